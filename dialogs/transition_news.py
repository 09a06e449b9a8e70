"""What goes between a conversation and its host about the overgangsdocument: what is asked, and what is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dialogs.transition_document import Line
from knowledge.transition_form import Form

MAKING, RECEIVING = "transition_school", "transition_document"
"""Two purposes to agree to: that the old school reads and adds, and that the gemeente receives the document."""
MAKING_GROUPS = ("own_part", "messages", "language")
RECEIVING_GROUPS = ("transition_document", "messages", "language")


@dataclass(frozen=True, slots=True)
class KeepOwnPart:
    """What the person says on the document, all of it, in the place of what they said before."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferToSchool:
    """Lay the person's part before their old school. Needs the consent recorded in the same turn."""

    recipient: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDocument:
    """Asks for the whole document as it stands: answered with `DocumentShown`.

    `recipient` and `name` are the gemeente's organisation, "" where it is not connected; `municipality` is the CBS code.
    """

    recipient: str
    name: str
    municipality: str


@dataclass(frozen=True, slots=True)
class ObjectToLine:
    """The person says that a line of the school is not right; `line` is its id."""

    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDocument:
    """The person agreed that one organisation receives exactly the document with this digest.

    The host records the consent and sends only while it is still that document, and says `DocumentTold` either way.
    """

    recipient: str
    municipality: str
    digest: str
    text_id: str
    text_version: str
    language: str


@dataclass(frozen=True, slots=True)
class DropDocument:
    """Take the document away, with the school's part; who received it no longer opens it."""


@dataclass(frozen=True, slots=True)
class TakeBackDocument:
    """Withdraws the consent for whoever received the document: it no longer opens for them."""


DocumentEffect = (
    KeepOwnPart | OfferToSchool | ShowDocument | ObjectToLine | SendDocument | DropDocument | TakeBackDocument
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentShown:
    """The whole document, for the person to read. `ready`: the school has done its part. `waits_for`: who has to agree
    before there can be a document ("parents", "legal_rep" or "unknown"), "" when nobody."""

    lines: tuple[Line, ...] = ()
    form: Form
    digest: str = ""
    recipient: str = ""
    name: str = ""
    municipality: str = ""
    ready: bool = False
    sent: bool = False
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class DocumentTold:
    """Something happened to the document; `name` is the organisation or the counsellor who did it.

    invited: a counsellor proposes to make one · ready: the school did its part · sent: it is in the gemeente's queue ·
    changed: it is another document than the one agreed to · stale: it was sent before and changed since · claimed,
    answered, closed: a counsellor took up, answered or finished the request it came with.
    """

    what: Literal["invited", "ready", "sent", "changed", "stale", "taken_back", "claimed", "answered", "closed"]
    name: str = ""


DocumentNews = DocumentShown | DocumentTold
