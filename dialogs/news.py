"""What the host tells a conversation: what became of something outside it, or the answer to an effect that asked.

A closed list. News changes the conversation and may be said to the person; it never comes from a channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from dialogs.transition_news import DocumentNews


@dataclass(frozen=True, slots=True)
class RequestChanged:
    """A counsellor did something with the person's open request; `name` is the counsellor's shown name."""

    change: Literal["claimed", "released", "answered", "closed"]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """When somebody is there to read: until `time` today, or from `time` on this `day` on while it is closed."""

    organisation: str
    time: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class RequestSlow:
    """The request waits longer than was promised, or comes back from a counsellor who did not answer."""

    organisation: str
    came_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStands:
    """Where the open request is: with whom, and how far a handover from `sender` got. All are shown names."""

    organisation: str
    helper: str | None = None
    stage: Literal["asked", "agreed", "accepted"] | None = None
    sender: str | None = None
    receiver: str | None = None
    opening: Opening | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverAsked:
    """A counsellor of `sender` proposes that the request goes to another organisation, and wrote why."""

    handover: str
    counsellor: str
    sender: str
    recipient: str
    receiver: str
    reason: str


HandoverChange = Literal[
    "refused",
    "agreed",
    "accepted",
    "declined",
    "returned",
    "withdrawn",
    "taken_back",
    "contact",
    "confirmed",
    "no_contact",
    "gone",
]


@dataclass(frozen=True, slots=True)
class HandoverMoved:
    """What became of a handover. "gone": there was nothing (any more) to answer. `later`: it is complete, and the person
    was not promised yet to be asked how it goes."""

    change: HandoverChange
    sender: str = ""
    receiver: str = ""
    later: bool = False


@dataclass(frozen=True, slots=True)
class FollowUpDue:
    """The day of a message that the person asked for has come; `recipient` is the organisation that helped before."""

    kind: str
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class SchoolOffers:
    """A school (id and name) offers its former pupil help, as it must; `again`: in year two, after none."""

    organisation: str
    name: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Invited:
    """The code is a good one: of which school (id and name), what it tells about everybody it is for (JSON values), and
    the id under which it is counted."""

    invitation: str
    organisation: str
    name: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotInvited:
    """The code is unknown, over or withdrawn."""


@dataclass(frozen=True, slots=True)
class CodeMade:
    """A code to go on elsewhere, the last day it works, and where: the web address, and the bot's link if there is one."""

    code: str
    until: date
    moves: bool
    web: str
    telegram: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """The conversation is now on this channel; `web` is the address of the chat on the web."""

    channel: str
    web: str


@dataclass(frozen=True, slots=True)
class NotMoved:
    """Nothing was moved: the code is not good, there were too many tries, or there is an open request here."""

    why: Literal["code", "tries", "busy"] = "code"


@dataclass(frozen=True, slots=True)
class SameHelper:
    """A new request is for the counsellor (`name`) who helped before, and who is there."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperAway:
    """The counsellor who has, or had, the person's requests is away until `day`; `stand_in` is the shown name of who helps
    in the meantime, "" when nobody was named. Nobody waits for an `urgent` request."""

    request: str
    name: str
    day: date
    stand_in: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class HelperChosen:
    """What became of the person's choice. "gone": the request no longer waits for anybody."""

    change: Literal["wait", "now", "gone"]
    name: str = ""
    stand_in: str = ""


@dataclass(frozen=True, slots=True)
class CallMoment:
    """A moment in Dutch time; `time` is HH:MM."""

    day: date
    time: str


@dataclass(frozen=True, slots=True)
class AppointmentAsked:
    """A counsellor (`name`) offers to call at one of these moments, three at most."""

    appointment: str
    name: str
    moments: tuple[CallMoment, ...]


@dataclass(frozen=True, slots=True)
class AppointmentSet:
    """What became of the offer. "withdrawn" has the `moment` that was agreed on, if one was."""

    change: Literal["chosen", "none", "withdrawn", "gone"]
    name: str = ""
    moment: CallMoment | None = None


StandInNews = SameHelper | HelperAway | HelperChosen
AppointmentNews = AppointmentAsked | AppointmentSet
HandoverNews = HandoverAsked | HandoverMoved | RequestStands | RequestSlow | Opening


@dataclass(frozen=True, slots=True, kw_only=True)
class MyData:
    """How much is held about the person, and whether it is on lock."""

    messages: int
    requests: int
    documents: int
    consents: int
    locked: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """Somebody looked: on which day, at what time (in Dutch time), of which organisation; None for who runs Verder.

    `reason` is why a colleague of the counsellor looked, a key of `looked.reason`; "emergency": two persons let somebody
    who runs Verder read for an hour.
    """

    day: date
    time: str
    organisation: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class MyViews:
    """Who looked, the newest first, and how often in all."""

    newest: tuple[Looked, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldConsent:
    """A consent in force: to whom (the organisation's name), for what, since when, and who gave it."""

    id: str
    name: str
    purpose: str
    since: date
    given_by: str


@dataclass(frozen=True, slots=True)
class MyConsents:
    """The consents in force, the newest first."""

    consents: tuple[HeldConsent, ...]


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """A consent was taken back; `name` is the organisation that reads no more, None when there was nothing to take back.
    `closed`: the person's open request rested on it, and is closed. `purpose` is that of the consent."""

    name: str | None
    closed: bool = False
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class OtherAgreed:
    """A counsellor recorded that a parent or representative agreed; `name` is the organisation it is for."""

    given_by: str
    name: str


@dataclass(frozen=True, slots=True)
class MyDataLocked:
    """The person's data are on lock, or no longer; `said` when the turn that asked for it has told them."""

    locked: bool
    said: bool = False


@dataclass(frozen=True, slots=True)
class Erased:
    """Everything is gone; the reference of the receipt, and when (in Dutch time). Said once, and kept without the person."""

    reference: str
    day: date
    time: str


MyDataNews = MyData | MyViews | MyConsents | ConsentWithdrawn | MyDataLocked | OtherAgreed | Erased
News = (
    HandoverNews
    | RequestChanged
    | FollowUpDue
    | SchoolOffers
    | Invited
    | NotInvited
    | CodeMade
    | Moved
    | NotMoved
    | DocumentNews
    | MyDataNews
    | StandInNews
    | AppointmentNews
)
