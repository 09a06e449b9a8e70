"""Changes that wait for a second one, and what everybody must see, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.db import Transaction
from backend.desk.words import Words
from backend.organisations.counsellors import Counsellor
from backend.together import changes, emergencies
from backend.together.changes import Change
from backend.vault import Vault


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits: what, who asked and when, what comes of it; whether the reader may agree."""

    id: str
    what: str
    asked: str
    until: str
    may_agree: bool
    organisation: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that everybody, or who must decide, sees on every page: the key of its sentence, where to go, and the
    change that it is about."""

    key: str
    page: str = ""
    change: Change | None = None


def waiting_lines(words: Words, who: Counsellor, found: Sequence[Change]) -> list[Waiting]:
    """The changes as `who` may decide about them."""
    return [
        Waiting(
            one.id,
            what(words, one),
            words("together.change.asked", who=one.asker, when=words.moment(one.asked_at)),
            words(f"together.change.{'by_itself' if one.by_itself else 'until'}", when=words.moment(one.ends_at)),
            who.id not in (one.asked_by, one.person_id),
            one.organisation,
        )
        for one in found
    ]


def what(words: Words, one: Change) -> str:
    """What a change would do, in a sentence."""
    role = words(f"access.role.{one.role}") if one.role else ""
    return words(f"together.change.{one.kind}", name=one.name, role=role)


def notices(db: Transaction, vault: Vault, who: Counsellor, *, at: int) -> Sequence[Notice]:
    """What `who` must see wherever they are: to everybody what will happen by itself, to who must decide what waits."""
    found = [Notice("alone", change=one) for one in changes.shown_to_all(db, vault, who.organisation_id)]
    if who.role in ("organisation_admin", "platform_admin"):
        page = "/desk/people" if who.role == "organisation_admin" else "/desk/tenants"
        mine = changes.waiting_for(db, vault, who)
        open_ones = [one for one in mine if not one.by_itself and who.id not in (one.asked_by, one.person_id)]
        found += [Notice("changes", page=page)] * bool(open_ones)
    asked = [one for one in emergencies.seen_by(db, vault, who, at=at) if one.asked_by != who.id]
    waits = [one for one in asked if one.state == "asked"]
    return [*found, *[Notice("emergency", page="/desk/emergency")] * bool(waits)]


def notice_line(words: Words, one: Notice) -> tuple[str, str]:
    """A notice in words, and the page that it leads to or ""."""
    if one.change is None:
        return words(f"together.notice.{one.key}"), one.page
    when, by = words.moment(one.change.ends_at), one.change.asker
    return words("together.notice.alone", what=what(words, one.change), when=when, who=by), one.page
