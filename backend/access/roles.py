"""Who may do what: one table of role and act, by whose it is. Everything that asks for a role asks here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Role = Literal["counsellor", "team_lead", "organisation_admin", "privacy_officer", "auditor", "platform_admin"]
Act = Literal[
    "own_account",
    "list_requests",
    "read_request",
    "answer_request",
    "reassign_request",
    "invite_class",
    "follow_pupils",
    "read_figures",
    "watch_openings",
    "read_trail",
    "manage_data",
    "manage_people",
    "manage_queues",
    "manage_texts",
    "manage_connections",
    "manage_tenants",
    "agree_changes",
    "ask_emergency",
    "agree_emergency",
]
Whose = Literal["own", "colleague", "organisation", "other"]
"""Mine, a colleague's, nobody's but of my own organisation, another organisation's."""
Answer = Literal["yes", "reason", "no"]
Reason = Literal["absent", "asked", "danger", "quality", "else"]

ROLES: tuple[Role, ...] = get_args(Role)
ACTS: tuple[Act, ...] = get_args(Act)
WHOSE: tuple[Whose, ...] = get_args(Whose)
REASONS: tuple[Reason, ...] = get_args(Reason)

_Cells = tuple[Answer, Answer, Answer]
_HERE: _Cells = ("yes", "yes", "yes")
_OWN: _Cells = ("yes", "no", "no")
_WORK: _Cells = ("yes", "no", "yes")
_WITH_REASON: _Cells = ("yes", "reason", "yes")

_TABLE: Mapping[Act, Mapping[Role, _Cells]] = {
    "own_account": dict.fromkeys(ROLES, _OWN),
    "list_requests": {"counsellor": _HERE, "team_lead": _HERE},
    "read_request": {"counsellor": _WITH_REASON, "team_lead": _HERE},
    "answer_request": {"counsellor": _WORK, "team_lead": _WORK},
    "reassign_request": {"team_lead": ("no", "yes", "no")},
    "invite_class": {"counsellor": _HERE, "team_lead": _HERE},
    "follow_pupils": {"counsellor": _HERE, "team_lead": _HERE},
    "read_figures": {"team_lead": _HERE, "organisation_admin": _HERE, "privacy_officer": _HERE},
    "watch_openings": {"team_lead": _HERE, "privacy_officer": _HERE},
    "read_trail": {"auditor": _HERE, "privacy_officer": _HERE},
    "manage_data": {"privacy_officer": _HERE},
    "manage_people": {"organisation_admin": _HERE},
    "manage_queues": {"organisation_admin": _HERE},
    "manage_texts": {"counsellor": _OWN, "team_lead": _HERE, "organisation_admin": _HERE},
    "manage_connections": {"organisation_admin": _HERE},
    "manage_tenants": {"platform_admin": _HERE},
    "agree_changes": {"organisation_admin": _HERE, "platform_admin": _HERE},
    "ask_emergency": {"platform_admin": _HERE},
    "agree_emergency": {"platform_admin": _HERE, "privacy_officer": _HERE},
}
"""For own, colleague and organisation; what is another organisation's is always "no". A role that is not named: "no"."""


def answer(role: Role, act: Act, whose: Whose) -> Answer:
    """Whether a role may do this with what is `whose`; "reason" when it may with a written reason."""
    if whose == "other":
        return "no"
    cells = _TABLE[act].get(role)
    return cells[WHOSE.index(whose)] if cells else "no"


def may_ever(role: Role, act: Act) -> bool:
    """Whether there is anything that this role may do this with: what a page or a link is shown for."""
    return any(answer(role, act, whose) != "no" for whose in WHOSE)


def home(role: Role) -> str:
    """The page of the desk where this role begins."""
    return next((page for act, page in _HOMES.items() if may_ever(role, act)), "/desk")


_HOMES: Mapping[Act, str] = {
    "list_requests": "/desk",
    "manage_people": "/desk/people",
    "watch_openings": "/desk/openings",
    "read_trail": "/desk/trail",
    "manage_tenants": "/desk/tenants",
}
