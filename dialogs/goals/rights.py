"""The goals that explain rights: does my old school still help me, and who else helps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dialogs.conversation import Conversation
from dialogs.questions import ask
from dialogs.say import Button, Move, Say, button
from knowledge.next_fact import next_fact
from knowledge.rights import SCHOOL_OF, Answer, clashes_in, evaluate
from knowledge.rights.contradictions import Contradiction
from knowledge.rules import Outcome
from knowledge.wording import answer_text, flag_texts, reason_text, spoken_date
from locales import SOURCE, Text

SCHOOLS = ("pro_school", "vso_school", "mbo_school")
HELPERS = ("doorstroompunt", "gemeente")
_HELPING = frozenset(("must_offer", "must_offer_again", "on_request", "may"))
_OF_THIS_SCHOOL = ("still_at_same_school", "diploma")
_ACTORS = {"rights": SCHOOLS, "who_helps": HELPERS}

_POINTED_OUT = 2
"""How often the same contradiction is pointed out."""

_PERSON = button("person", "dialogs.menu.person")
_MENU = button("menu", "dialogs.menu.menu")
_CONTACT = button("contact", "dialogs.rights.contact_choice")
_MORE = button("goal:who_helps", "dialogs.rights.more_choice")


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
    answer = evaluate(conversation.facts, today)
    if conversation.goal == "who_helps":
        return Move(done, _who_helps(done, answer, today))
    return Move(done, _school_helps(done, answer, today))


def _next(conversation: Conversation, today: date) -> str | None:
    """The fact to ask next. Without a school nothing is asked about "this school", nor about what a school must do."""
    if "school_type" in conversation.facts:
        return next_fact(conversation.facts, today, _ACTORS[conversation.goal or "rights"], conversation.skipped)
    if conversation.goal == "rights":
        return None if "school_type" in conversation.skipped else "school_type"
    return next_fact(conversation.facts, today, HELPERS, (*conversation.skipped, *_OF_THIS_SCHOOL))


def _doubt(conversation: Conversation, clash: Contradiction, today: date) -> Move:
    """Points out what cannot all be true and asks again; who keeps saying the same gets on, and hears of the doubt."""
    for fact in clash.doubted:
        conversation = conversation.forgetting(fact)
    asking = clash.doubted[0]
    doubting = replace(conversation, asking=asking, clashed=(*conversation.clashed, clash.id))
    return Move(doubting, (Say(parts=(Text.of(f"rights.contradictions.{clash.id}"),)), ask(asking, doubting, today)))


def message_for_school(conversation: Conversation, today: date) -> tuple[Say, ...]:
    """A short message in Dutch, ready to send to the old school, with the article when the school has a duty."""
    outcome = school_outcome(conversation, evaluate(conversation.facts, today))
    if outcome is None or outcome.label not in _HELPING:
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
        law = outcome.sources[0]
        values["law"] = Text.of("dialogs.rights.law", law=law.law, article=law.article)
    if name == "message_may" and left is None:
        name, values = "message_plain", {}
    return (
        Say(parts=(Text.of("dialogs.rights.message_intro"),)),
        Say(
            parts=(Text.of(f"dialogs.rights.{name}", **values),),
            only=SOURCE,
            buttons=(button("copy:message", "dialogs.rights.copy"), _CONTACT, _MORE, _PERSON),
        ),
    )


def school_outcome(conversation: Conversation, answer: Answer) -> Outcome | None:
    """The outcome for the school the person was at; None while that is not known."""
    actor = SCHOOL_OF.get(str(conversation.facts.get("school_type")))
    return answer.outcomes[actor] if actor else None


def _school_helps(conversation: Conversation, answer: Answer, today: date) -> tuple[Say, ...]:
    outcome = school_outcome(conversation, answer)
    if outcome is None or not outcome.rule:
        doubts = flag_texts(outcome) if outcome else ()
        return (Say(parts=(*doubts, Text.of("rights.unknown_stop")), buttons=(_MORE, _CONTACT, _PERSON, _MENU)),)
    message: tuple[Button, ...] = ()
    if outcome.label in _HELPING:
        message = (button("message", "dialogs.rights.message_choice"),)
    said = Say(parts=(answer_text(outcome, conversation.facts), *flag_texts(outcome)))
    return said, _reasons((outcome,), conversation, today, buttons=(*message, _CONTACT, _MORE, _PERSON, _MENU))


def _who_helps(conversation: Conversation, answer: Answer, today: date) -> tuple[Say, ...]:
    outcomes = tuple(answer.outcomes[actor] for actor in HELPERS)
    said = Say(
        parts=tuple(
            part
            for outcome in outcomes
            for part in (answer_text(outcome, conversation.facts), *flag_texts(outcome))
            if outcome.rule
        )
        or (Text.of("rights.unknown_stop"),)
    )
    return said, _reasons(outcomes, conversation, today, buttons=(_CONTACT, _PERSON, _MENU))


def _reasons(
    outcomes: tuple[Outcome, ...], conversation: Conversation, today: date, *, buttons: tuple[Button, ...]
) -> Say:
    reasons = tuple(reason for outcome in outcomes if (reason := reason_text(outcome, conversation.facts)))
    return Say(
        parts=(*reasons, Text.of("rights.disclaimer", as_of=today)),
        sources=tuple(dict.fromkeys(source for outcome in outcomes for source in outcome.sources)),
        buttons=buttons,
    )
