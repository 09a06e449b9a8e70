"""A request that goes to another organisation: only after the person's own yes, and in sight of them until they met.

The counsellor proposes; the person reads who, why and what would be shared, and chooses. A no changes nothing. Later
the person says whether there was contact: until then the first organisation is not done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date

from dialogs.asked import asked
from dialogs.conversation import Conversation
from dialogs.effects import AnswerHandover, ConfirmContact, RecordConsent
from dialogs.goals import follow_up
from dialogs.goals.handling import Handler
from dialogs.goals.place import MENU
from dialogs.news import HandoverAsked, HandoverMoved, HandoverNews, Opening, RequestSlow, RequestStands
from dialogs.say import Move, Say, button, say
from knowledge.library import Knowledge
from locales import Text

PURPOSE = "handover"
DATA_GROUPS = ("need", "messages", "language", "kind_of_help", "reason")
_CONSENT = "handover.ask.question"
_ANSWERS = ("yes", "no")
_BACK_AT_SENDER = ("declined", "returned", "taken_back")
_CALL = button("contact", "dialogs.rights.contact_choice")


def hear(conversation: Conversation, news: HandoverNews) -> Move:
    """What the host tells about the open request, as the person hears it."""
    match news:
        case HandoverAsked():
            proposal = {name: str(value) for name, value in asdict(news).items()}
            return Move(replace(conversation, handover=proposal), _shown(conversation, proposal))
        case HandoverMoved():
            return _moved(conversation, news)
        case RequestSlow(came_back=True):
            freed = replace(conversation, request="waiting", helper=None)
            return Move(freed, (_named("handover.slow.came_back", organisation=news.organisation),))
        case RequestSlow():
            return Move(conversation, (_named("handover.slow.waiting", organisation=news.organisation, then=_CALL),))
        case RequestStands():
            return Move(conversation, _standing(conversation, news))
    return Move(conversation, (_opening(news),))


def _moved(conversation: Conversation, news: HandoverMoved) -> Move:
    if news.change == "contact":
        buttons = (button("handover:met", "handover.contact.yes"), button("handover:notyet", "handover.contact.no"))
        asked = Say(parts=(Text.of("handover.contact.question", **_names(news)),), buttons=buttons)
        return Move(conversation, (asked,))
    now = conversation if news.change in ("confirmed", "no_contact") else replace(conversation, handover={})
    if news.change == "agreed":
        now = replace(now, request="waiting", helper=None, talking=True)
    elif news.change in _BACK_AT_SENDER:
        now = replace(now, request="waiting", helper=None)
    said = Say(parts=(Text.of(f"handover.moved.{news.change}", **_names(news)),))
    return Move(now, (said, follow_up.offered()) if news.later else (said,))


def _answer(conversation: Conversation, rest: str, _knowledge: Knowledge, _today: date) -> Move | None:
    """A tap under the proposal (yes or no, to the words that were shown) or under the question about contact."""
    if rest in ("met", "notyet"):
        return Move(conversation, (), (ConfirmContact(met=rest == "met"),))
    answer, _, version = rest.partition(":")
    proposal = conversation.handover
    if not proposal or answer not in _ANSWERS:
        return None
    right, spoken = _asked(conversation, proposal)
    if version != right:
        return None
    consent = RecordConsent(
        purpose=PURPOSE,
        recipient=proposal["recipient"],
        data_groups=DATA_GROUPS,
        text_id=_CONSENT,
        text_version=version,
        language=spoken,
        given=answer == "yes",
    )
    answered = replace(conversation, handover={})
    return Move(answered, (), (AnswerHandover(proposal["handover"], consent),))


CHOICES: Mapping[str, Handler] = {"handover": _answer}


def _shown(conversation: Conversation, proposal: Mapping[str, str]) -> tuple[Say, ...]:
    """Who asks, why, and exactly what the other would read; then the question, with "no" as large as "yes"."""
    names = _proposal_names(proposal)
    why = Say(
        parts=(
            Text.of("handover.ask.who", counsellor=Text.verbatim(proposal["counsellor"]), **names),
            Text.of("handover.ask.why"),
            Text.of("handover.ask.quoted", words=proposal["reason"]),
            Text.of("handover.ask.what", receiver=names["receiver"]),
        )
    )
    return why, _question(proposal, _asked(conversation, proposal)[0])


def proposed(conversation: Conversation) -> tuple[Say, ...]:
    """The open proposal as it was shown, in the language of now; nothing where there is none."""
    return _shown(conversation, conversation.handover) if conversation.handover else ()


def _question(proposal: Mapping[str, str], version: str) -> Say:
    buttons = [button(f"handover:{answer}:{version}", f"handover.ask.{answer}") for answer in _ANSWERS]
    return Say(parts=(Text.of(_CONSENT, **_proposal_names(proposal)),), buttons=tuple(buttons))


def _asked(conversation: Conversation, proposal: Mapping[str, str]) -> tuple[str, str]:
    """The mark of what was shown (the question, the handover, its recipient, the reason), and its language."""
    shown = (proposal["handover"], proposal["recipient"], proposal["reason"])
    return asked(conversation, _question(proposal, ""), *shown)


def _standing(conversation: Conversation, news: RequestStands) -> tuple[Say, ...]:
    """Where the request is; an open proposal is shown again, with its buttons."""
    names = {"organisation": Text.verbatim(news.organisation), "name": Text.verbatim(news.helper or "")}
    parts = [Text.of("handover.where.helped" if news.helper else "handover.where.waiting", **names)]
    if news.stage in ("agreed", "accepted"):
        parts.append(Text.of(f"handover.where.{news.stage}", **_names(news)))
    if news.opening and not news.helper:
        parts += _opening(news.opening).parts
    again = proposed(conversation)
    return Say(parts=tuple(parts), buttons=() if again else (MENU,)), *again


def _opening(news: Opening) -> Say:
    id = "handover.open.now" if news.day is None else "handover.open.later"
    return say(id, organisation=Text.verbatim(news.organisation), time=news.time, day=news.day or "")


def _names(news: HandoverMoved | RequestStands) -> dict[str, Text]:
    return {"sender": Text.verbatim(news.sender or ""), "receiver": Text.verbatim(news.receiver or "")}


def _proposal_names(proposal: Mapping[str, str]) -> dict[str, Text]:
    return {name: Text.verbatim(proposal[name]) for name in ("sender", "receiver")}


def _named(id: str, *, organisation: str, then: tuple[str, Text] | None = None) -> Say:
    return say(id, buttons=(then, MENU) if then else (), organisation=Text.verbatim(organisation))
