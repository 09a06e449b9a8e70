"""The shapes of the API's answers as JSON Schema, closed: what is not named here is not sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from backend.access.roles import ROLES
from knowledge.danger import Kind, Tier

Shape = Mapping[str, Any]

TEXT: Shape = {"type": "string"}
YES_NO: Shape = {"type": "boolean"}
COUNT: Shape = {"type": "integer", "minimum": 0}
NUMBER: Shape = {"type": "number"}
ID: Shape = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
MOMENT: Shape = {"type": "string", "format": "date-time"}
DAY: Shape = {"type": "string", "format": "date"}


def one_of(*values: str) -> Shape:
    """One of these words."""
    return {"type": "string", "enum": list(values)}


def maybe(shape: Shape) -> Shape:
    """This, or null."""
    return {"anyOf": [shape, {"type": "null"}]}


def many(shape: Shape) -> Shape:
    """A list."""
    return {"type": "array", "items": shape}


def by_name(shape: Shape) -> Shape:
    """An object with names that are not known beforehand."""
    return {"type": "object", "additionalProperties": shape}


def thing(*, sometimes: Mapping[str, Shape] | None = None, **always: Shape) -> Shape:
    """An object with these and no other names; `sometimes` holds those that may be absent. A trailing "_" is left out."""
    named = {name.rstrip("_"): shape for name, shape in always.items()}
    properties = {**named, **(sometimes or {})}
    return {"type": "object", "properties": properties, "required": list(named), "additionalProperties": False}


REFUSAL = thing(error=thing(code=TEXT, message=TEXT, fields=by_name(TEXT)))

_CHOICE = thing(id=TEXT, label=TEXT)
_SOURCE = thing(law=TEXT, article=TEXT, paragraph=maybe(TEXT), url=TEXT, quote=TEXT)
_STEP = thing(title=TEXT, when=TEXT, text=TEXT, here=YES_NO)
_PICTURE = thing(svg=TEXT, png=TEXT, alt=TEXT, title=TEXT, here=TEXT, steps=many(_STEP))
_PAPER = thing(id=TEXT, label=TEXT, type=TEXT, name=TEXT)
_MESSAGE: dict[str, Shape] = {
    "number": {"type": "integer", "minimum": 1},
    "from": one_of("bot", "person", "counsellor", "system"),
    "text": TEXT,
    "language": TEXT,
    "direction": one_of("ltr", "rtl"),
    "choices": many(_CHOICE),
    "sources": many(_SOURCE),
    "at": MOMENT,
}
MESSAGES = many(
    thing(sometimes={"name": TEXT, "papers": many(_PAPER)}, **_MESSAGE, image=maybe(_PICTURE)),
)
OPENED = thing(id=ID, token=TEXT, messages=MESSAGES)

_LABEL = one_of("must_offer", "must_offer_again", "on_request", "may", "no", "unknown")
RIGHTS = thing(
    as_of=DAY,
    language=TEXT,
    rulebook=TEXT,
    outcomes=many(
        thing(
            actor=TEXT,
            label=_LABEL,
            until=maybe(DAY),
            flags=many(TEXT),
            needs=many(TEXT),
            text=TEXT,
            because=many(thing(rule=TEXT, text=TEXT, sources=many(_SOURCE))),
        )
    ),
    statuses=by_name(TEXT),
    contradictions=many(thing(facts=many(TEXT), text=TEXT)),
    ask=maybe(thing(fact=TEXT, question=TEXT, why=TEXT, choices=many(_CHOICE))),
)
_DANGER = thing(tier=one_of(*get_args(Tier)), kind=one_of(*get_args(Kind)), why=TEXT)
UNDERSTOOD = thing(
    language=maybe(TEXT),
    answer=one_of("sure", "choose", "unknown"),
    intents=many(thing(intent=TEXT, score=NUMBER)),
    crisis=maybe(_DANGER),
)

_STATUS = one_of("waiting", "transferred", "claimed", "closed")
_PLACE = thing(
    id=ID,
    queue=ID,
    status=_STATUS,
    created_at=maybe(MOMENT),
    claimed_at=maybe(MOMENT),
    answered_at=maybe(MOMENT),
    closed_at=maybe(MOMENT),
)
_FEW = maybe(COUNT)
FIGURES = thing(queues=many(thing(id=ID, name=TEXT, waiting=_FEW, transferred=_FEW, claimed=_FEW, closed=_FEW)))
REQUEST_PLACES = thing(requests=many(_PLACE), next=maybe(TEXT))

ME = thing(
    id=ID,
    name=TEXT,
    role=one_of(*ROLES),
    organisation=thing(id=ID, name=TEXT, kind=TEXT),
    queues=many(thing(id=ID, name=TEXT, kind_of_help=TEXT, waiting=COUNT)),
    csrf_token=TEXT,
)
_REQUEST: dict[str, Shape] = {
    "id": ID,
    "status": _STATUS,
    "queue": thing(id=ID, name=TEXT),
    "access": TEXT,
    "kind_of_help": maybe(TEXT),
    "language": maybe(TEXT),
    "urgent": YES_NO,
    "created_at": maybe(MOMENT),
    "waiting_since": maybe(MOMENT),
    "claimed_by": maybe(thing(id=ID, name=maybe(TEXT))),
    "claimed_at": maybe(MOMENT),
    "closed_at": maybe(MOMENT),
    "mine": YES_NO,
}
_CONSENT = thing(
    purpose=TEXT,
    data_groups=many(TEXT),
    text_id=TEXT,
    text_version=TEXT,
    language=TEXT,
    given_by=TEXT,
    at=maybe(MOMENT),
    expires_at=maybe(MOMENT),
)
_AT_DESK = thing(
    **_MESSAGE,
    name=maybe(TEXT),
    image=maybe(thing(svg={"type": "null"}, png={"type": "null"}, alt=TEXT)),
    delivery=maybe(TEXT),
)
REQUESTS = thing(requests=many(thing(**_REQUEST)), next=maybe(TEXT))
REQUEST = thing(
    **_REQUEST,
    need=TEXT,
    danger=maybe(_DANGER),
    consent=_CONSENT,
    also_agreed=many(_CONSENT),
    reachable=YES_NO,
    messages=many(_AT_DESK),
)
DONE = by_name({"type": ["string", "integer", "null"]})
_ORGANISATION = thing(id=ID, name=TEXT)
HANDOVERS = thing(
    handovers=many(
        thing(
            id=ID,
            request=maybe(ID),
            side=one_of("sender", "receiver"),
            sender=_ORGANISATION,
            receiver=_ORGANISATION,
            stage=TEXT,
            urgent=YES_NO,
            **dict.fromkeys(
                ("asked_at", "agreed_at", "accepted_at", "no_contact_at", "due_at", "ended_at"), maybe(MOMENT)
            ),
        )
    )
)
WRITING = thing(level=maybe(TEXT), problems=many(thing(kind=TEXT, sentence=TEXT, detail=TEXT)), swaps=by_name(TEXT))

_DUTY: dict[str, Shape] = {
    "year": TEXT,
    "due": TEXT,
    "label": _LABEL,
    "rule": TEXT,
    "until": maybe(DAY),
    "flags": many(TEXT),
    "needs": many(TEXT),
    "sources": many(thing(law=TEXT, article=TEXT, paragraph=maybe(TEXT), url=TEXT)),
}
_PUPIL = thing(
    id=ID,
    access=TEXT,
    facts={"type": "object"},
    language=maybe(TEXT),
    **_DUTY,
    offers=many(thing(year=COUNT, again=YES_NO, answer=maybe(TEXT))),
    minutes=by_name(COUNT),
)
DUTIES = thing(
    as_of=DAY,
    school=TEXT,
    average_hours=by_name(NUMBER),
    pupils=many({"anyOf": [_PUPIL, thing(id=ID, access=TEXT)]}),
    classes=many(thing(invitation=TEXT, people=COUNT, **_DUTY)),
    requests_without_date=many(ID),
)
STATISTICS = thing(
    period=maybe(TEXT),
    place=TEXT,
    fewest=COUNT,
    tables=by_name(by_name(maybe(COUNT))),
    first_answer_hours=thing(count=maybe(COUNT), median=maybe(NUMBER), p90=maybe(NUMBER)),
)

ANSWERS: Mapping[str, Shape] = {
    "POST /api/v1/conversations": OPENED,
    "POST /api/v1/conversations/resume": OPENED,
    "POST /api/v1/conversations/{id}/turns": thing(messages=MESSAGES),
    "GET /api/v1/conversations/{id}/messages": thing(messages=MESSAGES),
    "GET /api/v1/conversations/{id}/export": {"type": "object"},
    "DELETE /api/v1/conversations/{id}": thing(receipt=thing(reference=TEXT, at=MOMENT)),
    "POST /api/v1/rights": RIGHTS,
    "POST /api/v1/understand": UNDERSTOOD,
    "GET /api/v1/organisation/figures": FIGURES,
    "GET /api/v1/organisation/requests": REQUEST_PLACES,
    "GET /api/v1/organisation/requests/{request_id}": _PLACE,
    "POST /api/v1/desk/login": ME,
    "GET /api/v1/desk/me": ME,
    "GET /api/v1/desk/requests": REQUESTS,
    "GET /api/v1/desk/requests/{request_id}": REQUEST,
    "POST /api/v1/desk/requests/{request_id}/open": REQUEST,
    "GET /api/v1/desk/handovers": HANDOVERS,
    "POST /api/v1/desk/writing": WRITING,
    "GET /api/v1/desk/duties": DUTIES,
    "GET /api/v1/desk/statistics": STATISTICS,
    **dict.fromkeys(
        (
            *(f"POST /api/v1/desk/requests/{{request_id}}/{act}" for act in ("claim", "release", "reply", "close")),
            *(f"POST /api/v1/desk/requests/{{request_id}}/{act}" for act in ("note", "transfer", "reassign")),
            *(f"POST /api/v1/desk/handovers/{{handover_id}}/{act}" for act in ("decline", "take-back")),
            "POST /api/v1/desk/duties/{pupil_id}/offer",
        ),
        DONE,
    ),
}
"""What each call answers when it is done; those that are not here describe it themselves."""
