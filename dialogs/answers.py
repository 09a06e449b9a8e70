"""Taking an answer, by button or in words, to the fact or step that is open; the goal then goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from dialogs.conversation import Conversation
from dialogs.goals import place, request
from dialogs.questions import QUESTIONS, Misread, ask, ask_more, check_date, json_value, read_typed
from dialogs.say import Button, Move, Say, button, say
from knowledge.facts import BadFact, PartialDate, read_facts
from knowledge.library import Knowledge

Proceed = Callable[[Conversation, Knowledge, date], Move]

_PLACES = ("municipality", "school_place")


def answer_choice(
    conversation: Conversation, choice: str, knowledge: Knowledge, today: date, proceed: Proceed
) -> Move | None:
    """The move for a button that answers something; None for one that no longer means anything."""
    name, _, rest = choice.partition(":")
    match name:
        case "a":
            return _answer_fact(conversation, rest, knowledge, today, proceed)
        case "skip" | "why" | "more" | "other" if rest in QUESTIONS and conversation.goal in ("rights", "who_helps"):
            return _about_question(conversation, name, rest, knowledge, today, proceed)
        case "place" if conversation.asking in _PLACES:
            return _answer_place(conversation, rest, knowledge, today, proceed)
    if conversation.goal == "request" or conversation.draft.need:
        return _answer_request(replace(conversation, goal="request"), name, rest, knowledge)
    return None


def answer_text(
    conversation: Conversation, text: str, knowledge: Knowledge, today: date, proceed: Proceed
) -> Move | None:
    """The move for typed words that answer the open question; None when they are about something else."""
    asking = conversation.asking
    if asking == "need":
        return _answer_need(conversation, text, knowledge)
    if asking in _PLACES:
        found = place.find_place(conversation, text, knowledge)
        if isinstance(found, Say):
            return Move(conversation, (found,))
        return _settle_place(conversation, found.code, knowledge, today, proceed)
    if asking not in QUESTIONS:
        return None
    assert asking is not None
    try:
        facts = read_typed(asking, text, conversation, today)
    except Misread as misread:
        return Move(conversation, (_misread(misread.text_id),))
    if facts is None:
        return None
    if not facts:
        return proceed(conversation.skipping(asking), knowledge, today).after(say("questions.common.not_known_on"))
    return proceed(conversation.knowing(read_facts(facts)), knowledge, today)


def _misread(text_id: str) -> Say:
    """Why an answer cannot be right; for a leaving date still to come, with the answer that was probably meant."""
    buttons: tuple[Button, ...] = ()
    if text_id == "questions.common.future_date":
        buttons = (button("a:still_at_same_school:true", "questions.common.still_there"),)
    return say(text_id, buttons=buttons)


def _answer_fact(
    conversation: Conversation, rest: str, knowledge: Knowledge, today: date, proceed: Proceed
) -> Move | None:
    fact, _, answer = rest.partition(":")
    if fact not in QUESTIONS or conversation.goal not in ("rights", "who_helps"):
        return None
    try:
        facts = read_facts({fact: json_value(fact, answer)})
        for value in facts.values():
            if isinstance(value, PartialDate):
                check_date(fact, value, today)
    except (BadFact, ValueError, KeyError):
        return None
    except Misread as misread:
        return Move(conversation, (_misread(misread.text_id),))
    if conversation.facts.get(fact) == facts[fact]:
        return proceed(conversation, knowledge, today)
    return proceed(conversation.knowing(facts), knowledge, today)


def _about_question(
    conversation: Conversation, name: str, fact: str, knowledge: Knowledge, today: date, proceed: Proceed
) -> Move:
    match name:
        case "skip":
            return proceed(conversation.skipping(fact), knowledge, today).after(say("questions.common.not_known_on"))
        case "why":
            return Move(conversation, (say(f"questions.{fact}.why"), ask(fact, conversation, today)))
        case "other":
            skip = button(f"skip:{fact}", "questions.common.skip")
            return Move(replace(conversation, asking=fact), (say(f"questions.{fact}.type_it", buttons=(skip,)),))
    return Move(conversation, (ask_more(fact),))


def _answer_place(
    conversation: Conversation, code: str, knowledge: Knowledge, today: date, proceed: Proceed
) -> Move | None:
    if code == "none":
        return Move(conversation, (say("questions.municipality.not_found"),))
    if knowledge.regions.municipality(code) is None:
        return None
    return _settle_place(conversation, code, knowledge, today, proceed)


def _settle_place(
    conversation: Conversation, code: str, knowledge: Knowledge, today: date, proceed: Proceed
) -> Move:
    municipality = knowledge.regions.municipality(code)
    assert municipality is not None
    if conversation.asking == "school_place":
        return proceed(conversation.with_draft(school_place=municipality.code), knowledge, today)
    return proceed(conversation.knowing({"municipality": municipality.name}), knowledge, today)


def _answer_need(conversation: Conversation, text: str, knowledge: Knowledge) -> Move:
    if len(text) > request.NEED_LIMIT:
        return Move(conversation, (say("dialogs.request.need_long"),))
    return request.proceed(conversation.with_draft(need=text), knowledge)


def _answer_request(conversation: Conversation, name: str, rest: str, knowledge: Knowledge) -> Move | None:
    match name:
        case "kind" if rest in request.KINDS:
            return request.proceed(conversation.with_draft(kind_of_help=rest), knowledge)
        case "who" if rest in (*request.ACTORS, "again"):
            return request.choose_actor(conversation, rest, knowledge)
        case "school":
            return request.choose_school(conversation, rest, knowledge)
        case "consent":
            answer, _, version = rest.partition(":")
            return request.answer_consent(conversation, answer, version, knowledge)
    return None
