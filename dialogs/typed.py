"""Typed words: danger first, then an offered button, an answer to the open question, or a topic that was meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from dialogs import interrupts
from dialogs.answers import answer_text, clarify, offered_choice
from dialogs.chosen import TITLES, choose
from dialogs.cleaning import clean
from dialogs.codes import read_code
from dialogs.conversation import Conversation, GoalName
from dialogs.effects import RelayToCounsellor, TellWhere
from dialogs.goals import correcting, information, inviting, moving, my_data, place
from dialogs.layers import aside
from dialogs.pursuing import again, back, pursue, resume
from dialogs.questions import QUESTIONS, is_plain_answer, is_yes_or_no, read_typed, says_no, words
from dialogs.say import Button, Move, button, say
from knowledge.articles import articles
from knowledge.danger import Danger
from knowledge.example_sentences import OUT_OF_SCOPE
from knowledge.library import Knowledge
from knowledge.understand import Understanding

TEXT_LIMIT = 4000
_WINS = ("start_over", "go_back", "delete_data")
"""Commands that are meant for the computer even while typed words go to a counsellor."""

_GOAL_OF: Mapping[str, GoalName] = {
    "school_help_y1": "rights",
    "school_help_y2": "rights",
    "mbo_help_after": "rights",
    "who_helps": "who_helps",
    "moved_region": "contact",
    "talk_to_person": "request",
    "request_status": "request",
    "appointment_change": "request",
}


def take_words(conversation: Conversation, typed: str, knowledge: Knowledge, today: date) -> Move:
    """The move for what a person typed, whatever it is."""
    text, had_bsn = clean(typed)
    if not text:
        return again(conversation, "dialogs.understanding.empty", knowledge, today)
    understood = _in_its_place(conversation, text, knowledge.understander.understand(text), today)
    if understood.danger and understood.danger.tier == "red":
        move = interrupts.danger(conversation, understood.danger, text)
    elif _answers_our_worry(conversation, text):
        relay = (RelayToCounsellor(urgent=True),) if conversation.request else ()
        move = replace(interrupts.help_now(conversation), effects=relay)
    elif understood.intent == "help_now":
        relay = (RelayToCounsellor(),) if conversation.request and conversation.talking else ()
        move = replace(interrupts.help_now(conversation), effects=relay)
    else:
        move = _typed_safely(conversation, text, understood, knowledge, today)
        move = interrupts.cared(move, understood.danger)
    return move.after(say("dialogs.understanding.bsn")) if had_bsn else move


def _answers_our_worry(conversation: Conversation, text: str) -> bool:
    """A typed no where it was asked whether they are safe, or a yes or no under the card with help: it answers that,
    whatever else is being asked. What is said to a counsellor under the card answers them."""
    asked_if_safe = "safe" in conversation.offered and says_no(text)
    under_the_card = "goon" in conversation.offered and not conversation.talking
    return asked_if_safe or (under_the_card and is_yes_or_no(text))


def _in_its_place(conversation: Conversation, text: str, understood: Understanding, today: date) -> Understanding:
    """Who is asked something and says "niet meer" or "weet ik niet meer" answers; where help is still stands below. "Ik weet
    het niet meer" is also what despair says: then it is asked. What listed words say is made no less."""
    found = understood.danger
    if found is None or found.why != "model" or found.tier == "footer" or not _only_answers(conversation, text, today):
        return understood
    return replace(understood, danger=replace(found, tier="amber" if "het" in words(text) else "footer"))


def _only_answers(conversation: Conversation, text: str, today: date) -> bool:
    """Whether the question about a fact was the last thing said, nobody worries or reads along, and this answers it."""
    asking = conversation.asking
    if not asking or f"skip:{asking}" not in conversation.offered or "safe" in conversation.offered:
        return False
    if conversation.draft.danger_tier or conversation.request or not is_plain_answer(text):
        return False
    return read_typed(asking, text, conversation, today) is not None


def _typed_safely(
    conversation: Conversation, text: str, understood: Understanding, knowledge: Knowledge, today: date
) -> Move:
    if len(text) > TEXT_LIMIT:
        return again(conversation, "dialogs.understanding.too_long", knowledge, today)
    if code := read_code(text):
        return _brought(conversation, code, knowledge)
    if moving.asks_for_it(text, conversation.language):
        return choose(conversation, "move", knowledge, today)
    if asked := my_data.asked_for(text, conversation.language):
        return choose(conversation, asked, knowledge, today)
    choice = offered_choice(conversation, text)
    if choice is not None:
        return choose(conversation, choice, knowledge, today)
    if conversation.language is None:
        return interrupts.choose_language(conversation, knowledge)
    command = understood.intent if understood.score == 1 else None
    if conversation.talking and conversation.request and command not in _WINS:
        return _relayed(conversation, understood)
    if not command:
        answered = _answered(conversation, text, understood, knowledge, today)
        if answered is not None:
            return answered
    return _understood(conversation, understood, knowledge, today)


def _relayed(conversation: Conversation, understood: Understanding) -> Move:
    """Words for the counsellor; who asks where their request is hears that at once as well."""
    relay = _heard_by_counsellors(understood.danger)
    if conversation.locked:
        return Move(conversation, (my_data.kept_under_lock(),), (relay,))
    if understood.intent == "request_status" and understood.answer != "unknown":
        return Move(conversation, (), (relay, TellWhere()))
    said = (say("dialogs.request.added"),) if conversation.request == "waiting" else ()
    return Move(conversation, said, (relay,))


def _brought(conversation: Conversation, code: str, knowledge: Knowledge) -> Move:
    """A code was typed; before the first language it is kept until there is one."""
    if conversation.language is None:
        return interrupts.choose_language(replace(conversation, code=code), knowledge)
    return inviting.bring(conversation, code)


def _heard_by_counsellors(found: Danger | None) -> RelayToCounsellor:
    """They hear what the words sound like, when that is more than a faint sign."""
    pressing = interrupts.is_pressing(found)
    return RelayToCounsellor(urgent=pressing, danger=found if pressing else None)


def _answered(
    conversation: Conversation, text: str, understood: Understanding, knowledge: Knowledge, today: date
) -> Move | None:
    """What typed words answer: the open question, or, told in one sentence, questions that were not asked yet."""
    asking = conversation.asking
    told = asking in (None, correcting.HEARD) or asking in QUESTIONS
    heard = correcting.hear(conversation, text, knowledge, today) if told else {}
    if not asking and set(heard) == {"employed"}:
        return None  # having work changes no right: it is more likely a question about that work
    answered = None
    if not (heard and correcting.is_plain(conversation, heard)):
        answered = answer_text(conversation, text, knowledge, today)
    if heard and answered is None:
        goal = _GOAL_OF.get(understood.intent or "") if understood.answer == "sure" else None
        return correcting.ask_heard(conversation, heard, conversation.goal or goal or "rights")
    return answered


def _understood(conversation: Conversation, understood: Understanding, knowledge: Knowledge, today: date) -> Move:
    """Free text chooses among written answers: sure, or "do you mean", or honestly not understood, never a loop."""
    if understood.answer == "sure" and understood.intent:
        if not conversation.asking:
            return _for_intent(conversation, understood.intent, knowledge, today)
        if _GOAL_OF.get(understood.intent) != conversation.goal:
            return _for_intent_amid(conversation, understood.intent, knowledge, today)
    missed = replace(conversation, place=None, misunderstood=conversation.misunderstood + 1)
    if conversation.asking:
        return _not_an_answer(missed, knowledge, today)
    buttons = list(dict.fromkeys(found for intent, _ in understood.intents if (found := _meant(intent))))[:3]
    if understood.answer == "choose" and buttons:
        labels = [label for _, label in buttons]
        human = [interrupts.PERSON] if missed.misunderstood >= 2 and interrupts.PERSON[1] not in labels else []
        other = button("menu", "dialogs.understanding.something_else")
        return Move(missed, (say("dialogs.understanding.did_you_mean", buttons=[*buttons, *human, other]),))
    if missed.misunderstood >= 2:
        ways = [interrupts.PERSON, *interrupts.MENU[:2]]
        return Move(missed, (say("dialogs.understanding.unknown_twice", buttons=ways),))
    kind_no = (
        "dialogs.information.out_of_scope" if understood.intent == OUT_OF_SCOPE else "dialogs.understanding.unknown"
    )
    return Move(missed, (say(kind_no, buttons=interrupts.MENU),))


def _meant(intent: str) -> Button | None:
    """The button for a topic that may be meant: the goal that works it out, or its article."""
    if intent in _GOAL_OF:
        return button(f"goal:{_GOAL_OF[intent]}", TITLES[_GOAL_OF[intent]])
    article = information.find(intent)
    return (f"info:{article.id}", article.title) if article else None


def _not_an_answer(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """Typed words did not answer the open question: says so and asks again; the second time a human is offered too."""
    if conversation.misunderstood >= 2 and conversation.goal != "request":
        offer = say("dialogs.understanding.unknown_twice", buttons=(interrupts.PERSON, place.MENU))
        return resume(conversation, knowledge, today).after(offer)
    if conversation.asking in place.PLACES:
        return Move(conversation, (place.NOT_FOUND,))
    text_id = "dialogs.request.consent_tap" if conversation.asking == "agreement" else "questions.common.not_understood"
    return again(conversation, text_id, knowledge, today)


def _for_intent_amid(conversation: Conversation, intent: str, knowledge: Knowledge, today: date) -> Move:
    """What was asked while a question is open; after small things the question comes again."""
    asking = conversation.asking
    if intent == "explain_simpler" and asking and asking in QUESTIONS:
        return clarify(conversation, asking, today)
    if intent == "explain_simpler" and conversation.goal == "request":
        # What it is all about: asking a human, and at the end that only a yes sends it.
        text_id = "articles.consent.text" if asking == "agreement" else "articles.talk_to_person.text"
        return again(conversation, text_id, knowledge, today)
    if intent == "explain_simpler":
        return again(conversation, "articles.explain_simpler.text", knowledge, today)
    if intent == "greeting":
        return resume(conversation, knowledge, today)
    return _for_intent(conversation, intent, knowledge, today)


def _for_intent(conversation: Conversation, intent: str, knowledge: Knowledge, today: date) -> Move:
    if intent in _GOAL_OF:
        return pursue(conversation, _GOAL_OF[intent], knowledge, today)
    match intent:
        case "delete_data":
            return interrupts.ask_forget(conversation)
        case "change_language":
            return interrupts.choose_language(conversation, knowledge)
        case "go_back":
            return back(conversation, knowledge, today)
        case "start_over" | "greeting":
            return interrupts.menu(conversation)
        case "thanks_bye":
            return Move(
                replace(conversation, place=None), (say("dialogs.information.thanks", buttons=interrupts.MENU),)
            )
    return aside(conversation, articles()[intent], knowledge, today)
