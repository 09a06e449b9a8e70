"""Taking an answer, by button or in words, to the fact or step that is open; the goal then goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from dialogs import interrupts
from dialogs.conversation import Conversation
from dialogs.goals import correcting, inviting, place, request, transition_sharing
from dialogs.goals.explaining import GOALS
from dialogs.goals.handling import Handler
from dialogs.goals.rights import decides
from dialogs.pursuing import proceed
from dialogs.questions import QUESTIONS, Misread, ask, ask_more, check_date, json_value, read_typed, words
from dialogs.say import Button, Move, Say, button, say
from knowledge.facts import FACTS, BadFact, PartialDate, read_facts
from knowledge.library import Knowledge
from knowledge.regions import Municipality
from knowledge.volunteered import names_island, read_yes_no
from locales import Text, source_texts

_FEW = 2
"""Words in a bare yes or no: "ja hoor"."""
_ONLY_TAPPED = ("consent:yes:", "handover:yes:", "transition:yes:", "transition:share:")
"""Agreeing is done with the button under the words that are agreed to, and in no other way."""


def offered_choice(conversation: Conversation, text: str) -> str | None:
    """The offered button whose label was typed; where nothing else can be meant, a few words of it are enough."""
    typed = set(words(text))
    labels = {id: set(words(label)) for id, label in conversation.offered.items()}
    hits = [id for id, label in labels.items() if typed == label]
    if not hits and typed and (conversation.asking in (*request.CHOOSING, correcting.HEARD) or "forget:yes" in labels):
        hits = [id for id, label in labels.items() if typed <= label or label <= typed]
    return hits[0] if len(hits) == 1 and not hits[0].startswith(_ONLY_TAPPED) else None


def answer_choice(conversation: Conversation, choice: str, knowledge: Knowledge, today: date) -> Move | None:
    """The move for a button that answers something; None for one that no longer means anything."""
    name, _, rest = choice.partition(":")
    match name:
        case "a" if conversation.goal in (*GOALS, "transition"):
            return _answer_fact(conversation, rest, knowledge, today)
        case "skip" | "why" | "more" | "other" if rest == conversation.asking and rest in QUESTIONS:
            return _about_question(conversation, name, rest, knowledge, today)
        case "place" if conversation.asking in place.PLACES:
            return _answer_place(conversation, rest, knowledge, today)
    if conversation.goal == "request" or conversation.draft.need:
        return _answer_request(replace(conversation, goal="request"), name, rest, knowledge)
    return None


def answer_text(conversation: Conversation, text: str, knowledge: Knowledge, today: date) -> Move | None:
    """The move for typed words that answer the open question; None when they are about something else."""
    asking = conversation.asking
    if asking and asking in _STEPS:
        return _STEPS[asking](conversation, text, knowledge, today)
    if asking in place.PLACES:
        found = place.find_place(text, knowledge)
        if names_island(text) and not isinstance(found, Municipality):
            return place.on_island(conversation)
        if isinstance(found, Say):
            return Move(conversation, (found,))
        return _settle_place(conversation, found, knowledge, today) if found else None
    if asking in (None, correcting.HEARD):
        return _agreed(conversation, text, knowledge, today)
    if asking not in QUESTIONS:
        return None
    try:
        facts = read_typed(asking, text, conversation, today)
    except Misread as misread:
        return Move(conversation, (_misread(asking, misread),))
    if facts is None:
        return None
    if not facts:
        return _not_known(conversation, asking, knowledge, today)
    return proceed(conversation.knowing(read_facts(facts)), knowledge, today)


def settle_heard(conversation: Conversation, right: bool, knowledge: Knowledge, today: date) -> Move:
    """The move after a yes or a no to what was read."""
    if right:
        return proceed(correcting.take_heard(conversation), knowledge, today)
    return proceed(correcting.drop_heard(conversation), knowledge, today).after(say("dialogs.heard.dropped"))


def settle_invited(conversation: Conversation, answer: str, knowledge: Knowledge, today: date) -> Move | None:
    """The move after the answer to what an invitation told; what the person was about goes on, or the menu comes."""
    settled = inviting.settle(conversation, answer)
    if settled is None or answer == "change":
        return settled
    after = Move(settled.conversation, (interrupts.menu_words(),))
    if settled.conversation.goal:
        after = proceed(settled.conversation, knowledge, today)
    return Move(after.conversation, (*settled.says, *after.says), (*settled.effects, *after.effects))


def _typed_to_invitation(conversation: Conversation, text: str, knowledge: Knowledge, today: date) -> Move | None:
    right = read_yes_no(text)
    return None if right is None else settle_invited(conversation, "yes" if right else "without", knowledge, today)


def _agreed(conversation: Conversation, text: str, knowledge: Knowledge, today: date) -> Move | None:
    """A yes or no to what was read; without an open question it is about nothing, and the menu helps on."""
    right = read_yes_no(text)
    if right is None:
        return None
    if conversation.asking:
        return settle_heard(conversation, right, knowledge, today)
    menu = interrupts.menu_words("dialogs.menu.anything_else")
    return Move(conversation, (menu,)) if len(text.split()) <= _FEW else None


def _misread(fact: str, misread: Misread) -> Say:
    """Why an answer cannot be right; for a leaving date still to come, with the answer that was probably meant."""
    buttons: list[Button] = []
    if misread.text_id == "questions.common.future_date":
        buttons.append(button("a:still_at_same_school:true", "questions.common.still_there"))
    return say(misread.text_id, buttons=[*buttons, button(f"skip:{fact}", "questions.common.skip")])


def _answer_fact(conversation: Conversation, rest: str, knowledge: Knowledge, today: date) -> Move | None:
    fact, _, answer = rest.partition(":")
    if fact not in QUESTIONS:
        return None
    try:
        facts = read_facts({fact: json_value(fact, answer)})
        for value in facts.values():
            if isinstance(value, PartialDate):
                check_date(fact, value, today)
    except (BadFact, ValueError, KeyError):
        return None
    except Misread as misread:
        return Move(conversation, (_misread(fact, misread),))
    if conversation.facts.get(fact) == facts[fact]:
        return proceed(conversation, knowledge, today)
    return proceed(conversation.knowing(facts), knowledge, today)


def _about_question(conversation: Conversation, name: str, fact: str, knowledge: Knowledge, today: date) -> Move | None:
    match name:
        case "skip":
            return _not_known(conversation, fact, knowledge, today)
        case "why":
            return explain(conversation, fact, today)
        case "other" if FACTS[fact].kind == "date":
            skip = button(f"skip:{fact}", "questions.common.skip")
            return Move(conversation, (say(f"questions.{fact}.type_it", buttons=(skip,)),))
        case "more" if QUESTIONS[fact].more:
            return Move(conversation, (ask_more(fact),))
    return None


def _not_known(conversation: Conversation, fact: str, knowledge: Knowledge, today: date) -> Move:
    """Not knowing is an answer: says where it can be found, and goes on without it."""
    hint = f"questions.{fact}.hint"
    said = say("questions.common.not_known_on")
    if hint in source_texts() and fact not in conversation.facts:
        said = say("questions.common.not_known_on", hint, buttons=(button(f"retry:{fact}", "dialogs.asking.retry"),))
    return proceed(conversation.skipping(fact), knowledge, today).after(said)


def explain(conversation: Conversation, fact: str, today: date) -> Move:
    """Why the open question is asked, and the question again."""
    why = Say(parts=(Text.of(f"questions.{fact}.why"), *decides(conversation, fact, today)))
    return Move(conversation, (why, ask(fact, conversation, today)))


def clarify(conversation: Conversation, fact: str, today: date) -> Move:
    """The open question was not understood: where its answer can be found and why it is asked, and the question again, with
    a human who can explain it."""
    said = say(f"questions.{fact}.hint", f"questions.{fact}.why", buttons=(interrupts.PERSON,))
    return Move(conversation, (said, ask(fact, conversation, today)))


def _answer_place(conversation: Conversation, code: str, knowledge: Knowledge, today: date) -> Move | None:
    if code == "none":
        return Move(conversation, (place.NOT_FOUND,))
    municipality = knowledge.regions.municipality(code)
    return _settle_place(conversation, municipality, knowledge, today) if municipality else None


def _settle_place(conversation: Conversation, municipality: Municipality, knowledge: Knowledge, today: date) -> Move:
    if conversation.asking == "school_place":
        return proceed(conversation.with_draft(school_place=municipality.code), knowledge, today)
    home = correcting.without(conversation, "municipality").knowing({"municipality": municipality.name})
    return proceed(home, knowledge, today)


def _answer_need(conversation: Conversation, text: str, knowledge: Knowledge, _today: date) -> Move:
    if len(text) > request.NEED_LIMIT:
        return Move(conversation, (say("dialogs.request.need_long", buttons=(place.MENU,)),))
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


_STEPS: Mapping[str, Handler] = {
    "need": _answer_need,
    inviting.INVITED: _typed_to_invitation,
    **transition_sharing.STEPS,
}
"""Steps of a goal that are answered in words, and what takes the words."""
