"""One turn: conversation + what came in + today -> new conversation + replies + effects. Pure; the only place that advances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from dialogs import interrupts
from dialogs.answers import answer_choice, answer_text
from dialogs.cleaning import clean
from dialogs.conversation import Conversation, GoalName
from dialogs.effects import Effect, RelayToCounsellor
from dialogs.goals import place, request, rights
from dialogs.messages import Incoming, Reply
from dialogs.say import Move, Say, button, render, say
from knowledge.library import Knowledge
from knowledge.understand import Understanding
from locales import languages

TEXT_LIMIT = 4000

_GOAL_OF: dict[str, GoalName] = {
    "school_help_y1": "rights",
    "school_help_y2": "rights",
    "school_no_help": "rights",
    "mbo_help_after": "rights",
    "help_content": "rights",
    "who_helps": "who_helps",
    "doorstroompunt": "who_helps",
    "gemeente_work": "who_helps",
    "age_limit": "who_helps",
    "moved_region": "contact",
    "talk_to_person": "request",
    "request_status": "request",
    "appointment_change": "request",
}
_CARD_OF = {"privacy_who": "privacy", "access_data": "privacy", "consent": "privacy", "costs": "costs", "bot_identity": "bot", "oos": "out_of_scope"}
_TITLES = {"rights": "dialogs.menu.rights", "who_helps": "dialogs.menu.who_helps", "request": "dialogs.menu.person", "contact": "dialogs.rights.contact_choice"}


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one turn: the conversation to store, what to say, and what the host must do, all in order."""

    conversation: Conversation
    replies: tuple[Reply, ...]
    effects: tuple[Effect, ...]


def take_turn(conversation: Conversation, incoming: Incoming, knowledge: Knowledge, today: date) -> Turn:
    """Takes one turn. Never raises for anything a person may do; `today` is the date in Europe/Amsterdam."""
    move = _respond(conversation, incoming, knowledge, today)
    after = replace(move.conversation, last_choice=incoming.choice)
    return Turn(after, render(move.says, after.language), move.effects)


def _respond(conversation: Conversation, incoming: Incoming, knowledge: Knowledge, today: date) -> Move:
    if incoming.start is not None:
        return _open(conversation, knowledge)
    if incoming.choice is not None:
        if incoming.choice == conversation.last_choice and _acts_once(incoming.choice):
            return Move(conversation)
        return _chosen(conversation, incoming.choice, knowledge, today)
    return _typed(conversation, incoming.text or "", knowledge, today)


def _open(conversation: Conversation, knowledge: Knowledge) -> Move:
    if conversation.language is None:
        return interrupts.choose_language(conversation)
    return interrupts.welcome(conversation, knowledge)


def _acts_once(choice: str) -> bool:
    """Whether tapping the same button twice in a row means it once."""
    return choice.partition(":")[0] in ("a", "skip", "lang", "goal", "who", "kind", "school", "place", "consent", "forget")


def _chosen(conversation: Conversation, choice: str, knowledge: Knowledge, today: date) -> Move:
    name, _, rest = choice.partition(":")
    simple: dict[str, Callable[[], Move]] = {
        "menu": lambda: interrupts.menu(conversation),
        "language": lambda: interrupts.choose_language(conversation),
        "help": lambda: interrupts.help_now(conversation),
        "stop": lambda: interrupts.stop(conversation),
        "forget": lambda: _forget(conversation, rest, knowledge, today),
        "person": lambda: _pursue(conversation, "request", knowledge, today),
        "goon": lambda: resume(conversation, knowledge, today),
        "safe": lambda: resume(conversation, knowledge, today),
        "not_text": lambda: _again(conversation, "dialogs.understanding.not_text", knowledge, today),
        "message": lambda: Move(conversation, rights.message_for_school(conversation, today) or (interrupts.menu_words(),)),
        "contact": lambda: _pursue(conversation, "contact", knowledge, today),
        "back": lambda: _back(conversation, knowledge, today),
    }
    if name in simple:
        return simple[name]()
    if name == "lang" and rest in languages():
        return _switch(conversation, rest, knowledge, today)
    if name == "goal" and rest in _TITLES:
        return _pursue(conversation, _goal(rest), knowledge, today)
    if name == "info" and rest in _CARD_OF.values():
        return interrupts.information(conversation, rest)
    if conversation.language is None:
        return interrupts.choose_language(conversation)
    answered = answer_choice(conversation, choice, knowledge, today, proceed)
    if answered is not None:
        return answered
    return _again(conversation, "dialogs.understanding.old_button", knowledge, today)


def _typed(conversation: Conversation, typed: str, knowledge: Knowledge, today: date) -> Move:
    if len(typed) > TEXT_LIMIT:
        return _again(conversation, "dialogs.understanding.too_long", knowledge, today)
    text, had_bsn = clean(typed)
    if not text:
        return _again(conversation, "dialogs.understanding.empty", knowledge, today)
    understood = knowledge.understander.understand(text)
    if understood.danger and understood.danger.tier == "red":
        return interrupts.danger(conversation, understood.danger)
    if understood.intent == "help_now":
        return interrupts.help_now(conversation)
    move = _typed_safely(conversation, text, understood, knowledge, today)
    if understood.danger:
        move = move.after(*interrupts.danger(conversation, understood.danger).says)
    return move.after(say("dialogs.understanding.bsn")) if had_bsn else move


def _typed_safely(
    conversation: Conversation, text: str, understood: Understanding, knowledge: Knowledge, today: date
) -> Move:
    if conversation.language is None:
        return interrupts.choose_language(conversation)
    if conversation.asking:
        answered = answer_text(conversation, text, knowledge, today, proceed)
        if answered is not None:
            return answered
    if conversation.talking and conversation.request:
        urgent = bool(understood.danger)
        said = (say("dialogs.request.added"),) if conversation.request == "waiting" else ()
        return Move(conversation, said, (RelayToCounsellor(urgent=urgent),))
    return _understood(conversation, understood, knowledge, today)


def _understood(conversation: Conversation, understood: Understanding, knowledge: Knowledge, today: date) -> Move:
    """Free text chooses among written answers: sure, or "do you mean", or honestly not understood, never a loop."""
    if understood.answer == "sure" and understood.intent:
        move = _for_intent(replace(conversation, misunderstood=0), understood.intent, knowledge, today)
        if move is not None:
            return move
        return Move(replace(conversation, misunderstood=0), (say("dialogs.information.by_person", buttons=interrupts.MENU),))
    if conversation.asking:
        return _again(_missed(conversation), "questions.common.not_understood", knowledge, today)
    goals = list(dict.fromkeys(_GOAL_OF[intent] for intent, _ in understood.intents if intent in _GOAL_OF))
    missed = _missed(conversation)
    if understood.answer == "choose" and goals and missed.misunderstood < 2:
        buttons = [button(f"goal:{goal}", _TITLES[goal]) for goal in goals[:3]]
        other = button("menu", "dialogs.understanding.something_else")
        return Move(missed, (say("dialogs.understanding.did_you_mean", buttons=[*buttons, other]),))
    if missed.misunderstood >= 2:
        return Move(missed, (say("dialogs.understanding.unknown_twice", buttons=(interrupts.MENU[2], *interrupts.MENU[:2])),))
    return Move(missed, (say("dialogs.understanding.unknown", buttons=interrupts.MENU),))


def _for_intent(conversation: Conversation, intent: str, knowledge: Knowledge, today: date) -> Move | None:
    if intent in _GOAL_OF:
        return _pursue(conversation, _GOAL_OF[intent], knowledge, today)
    if intent in _CARD_OF:
        return interrupts.information(conversation, _CARD_OF[intent])
    match intent:
        case "delete_data":
            return interrupts.ask_forget(conversation)
        case "change_language":
            return interrupts.choose_language(conversation)
        case "start_over" | "greeting":
            return interrupts.menu(conversation)
        case "thanks_bye":
            return Move(conversation, (say("dialogs.information.thanks"),))
    return None


def proceed(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """The next step of the goal that is pursued; the menu without one."""
    match conversation.goal:
        case "rights" | "who_helps":
            return rights.proceed(conversation, today)
        case "contact":
            if "municipality" not in conversation.facts:
                return place.ask_place(conversation, "municipality")
            return Move(replace(conversation, asking=None, goal=None), place.contacts(conversation, knowledge, today))
        case "request":
            return request.proceed(conversation, knowledge)
        case None:
            return Move(replace(conversation, asking=None), (interrupts.menu_words("dialogs.menu.anything_else"),))


def resume(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """Where we were: the open question again, the counsellor, or the menu."""
    if conversation.language is None:
        return interrupts.choose_language(conversation)
    if conversation.talking and conversation.request:
        return Move(conversation, (say("dialogs.request.busy"),))
    return proceed(conversation, knowledge, today)


def _pursue(conversation: Conversation, goal: GoalName, knowledge: Knowledge, today: date) -> Move:
    if conversation.language is None:
        return interrupts.choose_language(conversation)
    return proceed(replace(conversation, goal=goal, asking=None, talking=False, misunderstood=0), knowledge, today)


def _switch(conversation: Conversation, code: str, knowledge: Knowledge, today: date) -> Move:
    first = conversation.language is None
    spoken = replace(conversation, language=code)
    if first:
        return interrupts.welcome(spoken, knowledge)
    return resume(spoken, knowledge, today).after(say("dialogs.understanding.switched"))


def _forget(conversation: Conversation, answer: str, knowledge: Knowledge, today: date) -> Move:
    if answer == "yes":
        return interrupts.forget(conversation)
    if answer == "no":
        return resume(conversation, knowledge, today).after(say("dialogs.forget.kept"))
    return interrupts.ask_forget(conversation)


def _back(conversation: Conversation, knowledge: Knowledge, today: date) -> Move:
    """One answer is taken back; what follows is computed again."""
    if conversation.goal == "request":
        earlier = request.step_back(conversation)
        if earlier is not None:
            return proceed(earlier, knowledge, today)
    if conversation.goal is None or not conversation.answered:
        return interrupts.menu(conversation).after(say("dialogs.understanding.nothing_back"))
    return proceed(conversation.forgetting(conversation.answered[-1]), knowledge, today)


def _again(conversation: Conversation, text_id: str, knowledge: Knowledge, today: date) -> Move:
    """Something could not be taken: says so kindly and stands where we were. Nothing is lost."""
    return resume(conversation, knowledge, today).after(say(text_id))


def _missed(conversation: Conversation) -> Conversation:
    return replace(conversation, misunderstood=conversation.misunderstood + 1)


def _goal(name: str) -> GoalName:
    return next(goal for goal in ("rights", "who_helps", "contact", "request") if goal == name)


__all__ = ["Say", "Turn", "take_turn"]
