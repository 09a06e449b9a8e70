"""The goals that explain rights: which fact to ask next, what to do when answers clash, and the message for the school."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dialogs.conversation import Conversation
from dialogs.goals.explaining import CONTACT, GOALS, MORE, PERSON, about, answer, school_outcome
from dialogs.papers import law
from dialogs.questions import QUESTIONS, ask
from dialogs.say import Move, Say, button
from knowledge.best_first import HELPING
from knowledge.next_fact import next_fact, settling_facts
from knowledge.rights import clashes_in, evaluate
from knowledge.rights.contradictions import Contradiction
from knowledge.wording import spoken_date
from locales import SOURCE, Text, source_texts

_OF_THIS_SCHOOL = ("still_at_same_school", "diploma", "diploma_date", "left_school_date", "follow_on_enrolment")
_SEND = button("send", "dialogs.rights.send")
_POINTED_OUT = 2
"""How often the same contradiction is pointed out."""
_MOST_DECIDED = 3


def proceed(conversation: Conversation, today: date) -> Move:
    """Asks the next fact of a goal that explains rights, or gives the answer when nothing can change it any more."""
    clashes = clashes_in(conversation.facts, today)
    clash = next((clash for clash in clashes if conversation.clashed.count(clash.id) < _POINTED_OUT), None)
    if clash:
        return _doubt(conversation, clash, today)
    fact = _next(conversation, today)
    if fact is not None:
        return Move(replace(conversation, asking=fact), (ask(fact, conversation, today),))
    done = replace(conversation, asking=None)
    says = about(done, done.focus, today) if done.focus else answer(done, today)
    return Move(replace(done, earlier={}, focus=None), says)


def decides(conversation: Conversation, fact: str, today: date) -> tuple[Text, ...]:
    """Which rights the answer to a question may decide, as one sentence; () when it only makes the rest more precise."""
    goal = GOALS.get(conversation.goal) if conversation.goal else None
    actors = [
        actor for actor in (goal.actors if goal else ()) if fact in settling_facts(conversation.facts, today, actor)
    ]
    # A praktijkschool and a vso-school have one name between them.
    by_words = {source_texts()[id]: Text.of(id) for id in (f"rights.actors.{actor}" for actor in actors)}
    names = list(by_words.values())[:_MOST_DECIDED]
    if not names:
        return ()
    values = dict(zip(("first", "second", "third"), names, strict=False))
    return (Text.of(f"dialogs.asking.decides_{len(names)}", **values),)


def message_for_school(conversation: Conversation, today: date) -> tuple[Say, ...]:
    """A short message in Dutch, ready to send to the old school, with the article when the school has a duty."""
    outcome = school_outcome(conversation, evaluate(conversation.facts, today))
    if outcome is None or outcome.label not in HELPING:
        return ()
    clock = "diploma_date" if outcome.actor == "mbo_school" else "left_school_date"
    left = conversation.facts.get(clock)
    values: dict[str, object] = {}
    match outcome.label:
        case "may":
            name = "message_may"
        case _ if left is None:
            name = "message_enrolled"
        case "on_request":
            name = "message_request"
        case _:
            name = "message"
    if left is not None:
        values["left"] = Text.of("dialogs.rights.copied_left", left=spoken_date(left))
    if name != "message_may":
        values["law"] = law(outcome.sources[0])
    if name == "message_may" and left is None:
        name, values = "message_plain", {}
    return (
        Say(parts=(Text.of("dialogs.rights.message_intro"),)),
        Say(
            parts=(Text.of(f"dialogs.rights.{name}", **values),),
            only=SOURCE,
            buttons=(button("copy:message", "dialogs.rights.copy"), _SEND, CONTACT, MORE, PERSON),
        ),
    )


def _asked_for(conversation: Conversation) -> tuple[str, ...]:
    """The actors whose outcomes the questions are for."""
    goal = GOALS[conversation.goal or "rights"]
    return (conversation.focus,) if conversation.focus in goal.actors and conversation.focus else goal.first


def _next(conversation: Conversation, today: date) -> str | None:
    """The fact to ask next. Without a school nothing is asked about "this school", nor about what a school must do."""
    skipped = conversation.skipped
    if "school_type" not in conversation.facts:
        if conversation.goal == "rights":
            return None if "school_type" in skipped else "school_type"
        skipped = (*skipped, *_OF_THIS_SCHOOL)
    fact = next_fact(conversation.facts, today, _asked_for(conversation), skipped)
    return fact if fact in QUESTIONS else None


def _doubt(conversation: Conversation, clash: Contradiction, today: date) -> Move:
    """Points out what cannot all be true and asks again; who keeps saying the same gets on, and hears of the doubt."""
    for fact in clash.doubted:
        conversation = conversation.forgetting(fact)
    asking = clash.doubted[0]
    doubting = replace(conversation, asking=asking, clashed=(*conversation.clashed, clash.id))
    return Move(doubting, (Say(parts=(Text.of(f"rights.contradictions.{clash.id}"),)), ask(asking, doubting, today)))
