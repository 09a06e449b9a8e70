"""What a turn asks of the host: a closed list. The conversation itself never stores or sends anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from dialogs.transition_news import DocumentEffect
from knowledge.danger import Danger


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConsent:
    """The person agreed (or refused) that their words go to one organisation, after seeing exactly which.

    `text_version` identifies the sentence as it was shown; `data_groups` name what it covers.
    """

    purpose: str
    recipient: str
    data_groups: tuple[str, ...]
    text_id: str
    text_version: str
    language: str
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSupportRequest:
    """Bring this need to the right queue of the recipient. Needs the consent recorded in the same turn. `danger` is what
    the person's words sounded like, for the counsellors."""

    recipient: str
    kind_of_help: str
    need: str
    language: str
    urgent: bool
    danger: Danger | None = None


@dataclass(frozen=True, slots=True)
class RelayToCounsellor:
    """The person wrote to the counsellors of their open request; `urgent` when the words sound like `danger`."""

    urgent: bool = False
    danger: Danger | None = None


FollowUpKind = Literal["two_weeks", "month", "year_two", "before_end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFollowUp:
    """Send one message on this day (of the person's own calendar), as they agreed to in these words. `time_zone` is where
    their clock stands, None for Dutch time."""

    kind: FollowUpKind
    day: date
    text_id: str
    text_version: str
    language: str
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class StopFollowUps:
    """Send nothing that was planned for later."""


Misunderstanding = Literal["unknown", "choose", "out_of_scope", "corrected"]


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """Typed words were not understood, or not for sure: one more of this kind today. Nothing of the words."""

    language: str
    kind: Misunderstanding


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveSentence:
    """The person gave this one sentence, exactly as it was shown, to learn from; it is kept without them."""

    sentence: str
    language: str
    kind: Misunderstanding
    text_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountHelped:
    """One more answer about a goal that helped, or did not; nobody's name is on it."""

    goal: str
    helped: bool
    language: str


Measure = Literal["reach", "question", "unmet"]


@dataclass(frozen=True, slots=True)
class CountUse:
    """One more of something in a month: a conversation reached, a question about a goal, or a need that could not be met.

    `detail` is a word of a closed list; `place` the code of the municipality where the person lives, "" for everywhere.
    Nobody's name is on it.
    """

    measure: Measure
    detail: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BecomeKnown:
    """The person lets their old school (the consent's recipient) see these `facts` (JSON values) and offer help, until
    this day; offers are made in this `language`."""

    consent: RecordConsent
    facts: Mapping[str, object]
    until: date
    language: str


@dataclass(frozen=True, slots=True)
class AnswerOffer:
    """What the person answered to the offer of this organisation."""

    organisation: str
    answer: Literal["yes", "no", "later"]


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """Erase everything about this person: key, rows, queued messages."""


@dataclass(frozen=True, slots=True)
class UseInvitation:
    """Somebody came with this code of a school; the host answers with `Invited` or `NotInvited`."""

    code: str


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """What the invitation told is right; it is counted, and nothing else is kept of it."""

    invitation: str


@dataclass(frozen=True, slots=True)
class MakeMovingCode:
    """The person asks for a code that opens this conversation elsewhere; the host answers with `CodeMade`.

    With `moves` the conversation goes there and is closed here; without, it can be read on the web as well.
    """

    moves: bool = True


@dataclass(frozen=True, slots=True)
class MoveHere:
    """The person brought a code of another conversation: it takes the place of this one, or the host says `NotMoved`."""

    code: str


@dataclass(frozen=True, slots=True)
class SendHere:
    """What was held back for reading on the web may come over this channel now."""


@dataclass(frozen=True, slots=True)
class AnswerHandover:
    """The person's yes or no to the proposed handover with this id, as they read it; the host answers with news."""

    handover: str
    consent: RecordConsent


@dataclass(frozen=True, slots=True)
class ConfirmContact:
    """Whether the person has had contact with the organisation that took over their request."""

    met: bool


@dataclass(frozen=True, slots=True)
class TellWhere:
    """The person asks where their request is; the host answers with `RequestStands`."""


@dataclass(frozen=True, slots=True)
class ChooseHelper:
    """For the request with this id: wait for the counsellor who is away, or go on with somebody else now; the host answers
    with `HelperChosen`."""

    request: str
    wait: bool


@dataclass(frozen=True, slots=True)
class ChooseAppointment:
    """The person took the moment with this number (from 1), or none (0); the host answers with `AppointmentSet`."""

    appointment: str
    place: int


WorkEffect = ChooseHelper | ChooseAppointment
HandoverEffect = AnswerHandover | ConfirmContact | TellWhere
InvitationEffect = UseInvitation | AcceptInvitation
MovingEffect = MakeMovingCode | MoveHere | SendHere


@dataclass(frozen=True, slots=True)
class LookUpMyData:
    """The person asks what is held about them; the host answers with `MyData`, `MyViews` or `MyConsents`."""

    what: Literal["everything", "views", "consents"]


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """The person takes this consent back: at once, for good; the host answers with `ConsentWithdrawn`."""

    consent: str


@dataclass(frozen=True, slots=True)
class RestrictMyData:
    """The person puts their data on lock, or takes the lock off; the host answers with `MyDataLocked`. `said`: this turn
    has told them already."""

    on: bool
    said: bool = False


OfferEffect = BecomeKnown | AnswerOffer
MyDataEffect = LookUpMyData | WithdrawConsent | RestrictMyData


Effect = (
    RecordConsent
    | OpenSupportRequest
    | RelayToCounsellor
    | ForgetPerson
    | PlanFollowUp
    | StopFollowUps
    | CountHelped
    | CountUse
    | OfferEffect
    | HandoverEffect
    | InvitationEffect
    | MovingEffect
    | DocumentEffect
    | MyDataEffect
    | Misunderstood
    | GiveSentence
    | WorkEffect
)
