"""A school that may offer help to its former pupil: asking whether it may, its offer in this chat, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from dialogs.asked import asked
from dialogs.conversation import Conversation
from dialogs.effects import AnswerOffer, BecomeKnown, RecordConsent
from dialogs.goals import request
from dialogs.goals.explaining import LATER, MENU, PERSON
from dialogs.goals.handling import Handler
from dialogs.goals.my_data import not_while_locked
from dialogs.news import SchoolOffers
from dialogs.say import Button, Move, Say, button, render, say
from knowledge.conditions import years_after
from knowledge.directory import ConnectedOrganisation
from knowledge.duties import KNOWN_TO_SCHOOL, WITH_DUTY_LIST
from knowledge.facts import PartialDate, write_facts
from knowledge.library import Knowledge
from knowledge.wording import fact_text
from locales import Text

PURPOSE = "school_offer"
_CONSENT = "offers.ask.question"
_YEARS = 2


def choices(conversation: Conversation, knowledge: Knowledge) -> tuple[Button, ...]:
    """The button to let the school know, where there is a school that can be let know."""
    return (button("known", "offers.ask.choice"),) if _school(conversation, knowledge) else ()


def offered(conversation: Conversation, news: SchoolOffers) -> Move:
    """The offer, in fixed words: which school, and that no is fine."""
    text_id = "offers.offer.again" if news.again else "offers.offer.first"
    buttons = [button(f"offer:{one}:{news.organisation}", f"offers.offer.{one}") for one in ("yes", "later", "no")]
    parts = (Text.of(text_id, school=Text.verbatim(news.name)), Text.of("offers.offer.free"))
    return Move(conversation, (Say(parts=parts, buttons=tuple(buttons)),))


def _known(conversation: Conversation, rest: str, knowledge: Knowledge, _today: date) -> Move | None:
    """Whether the school may see who left, and offer help; yes only to exactly what was shown."""
    school = _school(conversation, knowledge)
    if school is None:
        return None
    if conversation.locked:
        return Move(conversation, (not_while_locked(),))
    question = _question(conversation, school)
    mark, spoken = asked(conversation, question, school.id)
    answer, _, shown = rest.partition(":")
    if answer not in ("yes", "no") or shown != mark:
        ways = (button(f"known:yes:{mark}", "offers.ask.yes"), button(f"known:no:{mark}", "offers.ask.no"))
        return Move(conversation, (replace(question, buttons=ways),))
    consent = RecordConsent(
        purpose=PURPOSE,
        recipient=school.id,
        data_groups=(*_told(conversation), "language"),
        text_id=_CONSENT,
        text_version=mark,
        language=spoken,
        given=answer == "yes",
    )
    if answer == "no":
        return Move(conversation, (say("offers.ask.refused", buttons=(PERSON, MENU)),), (consent,))
    facts = write_facts(_told(conversation))
    known = BecomeKnown(consent=consent, facts=facts, until=_until(conversation), language=spoken)
    said = say("offers.ask.agreed", buttons=(MENU,), school=Text.verbatim(school.name))
    return Move(conversation, (said,), (known,))


def _offer(conversation: Conversation, rest: str, knowledge: Knowledge, _today: date) -> Move | None:
    """The answer to an offer; a yes becomes a request to that school, which the person reads before it goes."""
    answer, _, organisation = rest.partition(":")
    match answer:
        case "yes":
            move = request.proceed(_asking(conversation, organisation, knowledge), knowledge)
            return Move(move.conversation, move.says, (AnswerOffer(organisation, "yes"), *move.effects))
        case "no":
            said = say("offers.answer.no", buttons=(PERSON, MENU))
            return Move(conversation, (said,), (AnswerOffer(organisation, "no"),))
        case "later":
            said = say("offers.answer.later", buttons=(LATER, PERSON, MENU))
            return Move(conversation, (said,), (AnswerOffer(organisation, "later"),))
    return None


CHOICES: Mapping[str, Handler] = {"known": _known, "offer": _offer}


def _school(conversation: Conversation, knowledge: Knowledge) -> ConnectedOrganisation | None:
    """The school the person left and is in touch with, when the law gives it two years and the day is known."""
    school = knowledge.directory.get(conversation.school)
    left = isinstance(conversation.facts.get("left_school_date"), PartialDate)
    fits = school and left and conversation.facts.get("school_type") == school.kind and school.kind in WITH_DUTY_LIST
    return school if fits else None


def _question(conversation: Conversation, school: ConnectedOrganisation) -> Say:
    """What is asked, and exactly what the school would see."""
    name = Text.verbatim(school.name)
    shown = (fact_text(fact, value) for fact, value in _told(conversation).items())
    parts = (Text.of(_CONSENT, school=name), Text.of("offers.ask.shares"), *shown, Text.of("offers.ask.never"))
    return Say(parts=(*parts, Text.of("offers.ask.keeps", until=_until(conversation))))


def _told(conversation: Conversation) -> dict[str, object]:
    return {fact: conversation.facts[fact] for fact in KNOWN_TO_SCHOOL if fact in conversation.facts}


def _until(conversation: Conversation) -> date:
    """How long it is kept: two years from the last day the leaving day can be."""
    left = conversation.facts["left_school_date"]
    assert isinstance(left, PartialDate)
    return years_after(left.last, _YEARS)


def _asking(conversation: Conversation, organisation: str, knowledge: Knowledge) -> Conversation:
    """A request to this school with its words already there; they can still be changed, and nothing went anywhere."""
    asking = replace(conversation, goal="request", asking=None, talking=False, misunderstood=0)
    school = knowledge.directory.get(organisation)
    if school is None or conversation.request:
        return asking
    words = render([say("offers.answer.need")], conversation.language)[-1].text
    return asking.with_draft(need=words, kind_of_help="work", actor="school", recipient=school.id)
