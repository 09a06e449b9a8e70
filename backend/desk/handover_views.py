"""What the desk shows of handovers and notes: the track in four steps, the lines of the list, whom one can choose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from backend.db import Transaction
from backend.desk.words import Words
from backend.handovers.reading import Handover, handover_of, list_handovers, open_words
from backend.handovers.receivers import Receiver, receivers
from backend.organisations.counsellors import Counsellor
from backend.support_requests.notes import Note, read_notes
from backend.support_requests.passing import Place, places
from backend.support_requests.reassigning import colleagues_for, may_reassign
from backend.support_requests.repository import SupportRequest
from backend.vault import Vault
from knowledge.regions import Regions, load_regions

_STEPS = ("asked", "agreed", "accepted", "confirmed")
_ENDS = ("refused", "declined", "returned", "withdrawn")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the track: its name, when it was done, and whether it is the one that is waited for."""

    name: str
    when: str
    done: bool
    now: bool


@dataclass(frozen=True, slots=True)
class Track:
    """Where a handover is. `may` are what this counsellor can do with it: accept, decline, take_back."""

    id: str
    request_id: str
    number: str
    title: str
    said: str
    until: str
    steps: Sequence[Step]
    open: bool
    urgent: bool
    sent: bool
    may: frozenset[str]
    reason: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note in words."""

    who: str
    text: str
    when: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One organisation to choose, or one that does not take part (`contact` says how to reach it)."""

    id: str
    label: str
    connected: bool
    contact: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside an opened request; `colleagues` are whom a team lead can give it to, None when it cannot be;
    `seen_with` is who has it."""

    track: Track | None
    notes: Sequence[NoteView]
    places: Sequence[Place]
    receivers: Sequence[tuple[str, Sequence[Choice]]]
    absent: Sequence[Choice]
    colleagues: Sequence[tuple[str, str]] | None
    seen_with: str


def beside(db: Transaction, vault: Vault, words: Words, who: Counsellor, request: SupportRequest) -> Beside:
    """Track, notes and whom it can go to, for a request that `who` just opened."""
    one = handover_of(db, who, request.id)
    mine = request.claimed_by == who.id and request.status == "claimed"
    all_of_them = receivers(db, who) if mine else ()
    return Beside(
        track=track(words, who, one, open_words(db, vault, one)) if one else None,
        notes=[_note(words, each) for each in read_notes(db, vault, who, request)],
        places=_elsewhere(places(db, vault, who), who, request) if mine else (),
        receivers=_by_kind(words, (each for each in all_of_them if each.connected)),
        absent=[_choice(each) for each in all_of_them if not each.connected and each.near],
        colleagues=colleagues_for(db, vault, request) if may_reassign(who, request) else None,
        seen_with=request.claimed_by or "",
    )


def tracks(db: Transaction, words: Words, who: Counsellor, *, at: int) -> Sequence[Track]:
    """What is under way to and from other organisations: what was sent, and what was received and is not confirmed.

    What still waits for the receiver's yes is at the receiver among the requests, so it is not here a second time.
    """
    found = list_handovers(db, who, at=at)
    return [track(words, who, one) for one in found if one.sent_by(who) or one.stage != "agreed"]


def track(words: Words, who: Counsellor, one: Handover, said: tuple[str, str | None] | None = None) -> Track:
    """A handover as the four steps, with its words when they may be read."""
    sent = one.sent_by(who)
    key = one.stage if one.ended_at is None or one.stage == "confirmed" else "ended"
    waits = _STEPS.index(key) + 1 if key in _STEPS else len(_STEPS)
    times = (one.asked_at, one.agreed_at, one.accepted_at, one.ended_at if one.stage == "confirmed" else None)
    steps = [
        Step(words(f"track.{name}"), words.moment(at) if at else "", at is not None, place == waits)
        for place, (name, at) in enumerate(zip(_STEPS, times, strict=True))
    ]
    title = words("track.to", name=one.receiver) if sent else words("track.from", name=one.sender)
    return Track(
        id=one.id,
        request_id=one.request_id,
        number=one.request_id[:6],
        title=title,
        said=_said(words, one, sent),
        until=words("track.until", moment=words.moment(one.due_at)) if one.due_at and not one.ended_at else "",
        steps=steps,
        open=one.ended_at is None,
        urgent=one.urgent and one.ended_at is None,
        sent=sent,
        may=_may(one, sent),
        reason=said[0] if said else "",
        answer=(said[1] or "") if said else "",
    )


def _said(words: Words, one: Handover, sent: bool) -> str:
    if one.stage == "accepted" and one.no_contact_at and one.no_contact_at > (one.accepted_at or 0):
        return words("track.no_contact")
    names = {"sender": one.sender, "receiver": one.receiver}
    side = "sent" if sent else "received"
    return words(f"track_{side}.{one.stage}", **names)


def _may(one: Handover, sent: bool) -> frozenset[str]:
    if one.ended_at is not None:
        return frozenset()
    if sent:
        return frozenset({"take_back"} if one.stage in ("asked", "agreed") else ())
    return frozenset({"accept", "decline"} if one.stage == "agreed" else ())


def _note(words: Words, one: Note) -> NoteView:
    return NoteView(one.name, one.text, words.moment(one.at))


def _elsewhere(found: Iterable[Place], who: Counsellor, request: SupportRequest) -> Sequence[Place]:
    """Where it can go inside the organisation: other queues, and colleagues in any queue."""
    return [
        Place(
            one.id,
            one.name if one.id != request.queue_id else "",
            [each for each in one.colleagues if each[0] != who.id],
        )
        for one in found
    ]


def _by_kind(words: Words, found: Iterable[Receiver]) -> Sequence[tuple[str, Sequence[Choice]]]:
    grouped = groupby(found, key=lambda one: one.kind)
    return [(words.named("kind", kind), [_choice(one) for one in ones]) for kind, ones in grouped]


def _choice(one: Receiver) -> Choice:
    """An organisation by its name and where it is."""
    known = [_regions().municipality(code) for code in one.municipalities[:3]]
    names = [place.name for place in known if place]
    more = " …" if len(one.municipalities) > len(names) else ""
    return Choice(one.id, f"{one.name} ({', '.join(names)}{more})" if names else one.name, one.connected, one.contact)


@cache
def _regions() -> Regions:
    return load_regions()
