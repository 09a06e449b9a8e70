"""Answers about rights, layer by layer: the sentence, why step by step, more words, what changes it, and paper to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dialogs.conversation import Conversation, GoalName
from dialogs.papers import calendar_of, law, sheet_of
from dialogs.say import Button, Say, button, say
from knowledge.best_first import DUTIES, HELPING, best_first
from knowledge.changes import changes, difference
from knowledge.clock import rights_clock
from knowledge.conditions import Situation
from knowledge.explanation import Step, explain
from knowledge.rights import ACTORS, SCHOOL_OF, Answer, evaluate
from knowledge.rules import UNKNOWN, Outcome
from knowledge.statutes import Source
from knowledge.wording import answer_texts, change_text, flag_texts, meanwhile_texts, more_text, reason_text
from locales import Text

SCHOOLS = ("pro_school", "vso_school", "mbo_school")


@dataclass(frozen=True, slots=True)
class Goal:
    """What a goal finds out: the actors it asks and tells of, and those it only names, to ask about with a button."""

    first: tuple[str, ...]
    also: tuple[str, ...] = ()

    @property
    def actors(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.first, *self.also)


GOALS: Mapping[GoalName, Goal] = {
    "rights": Goal(SCHOOLS),
    "who_helps": Goal(("doorstroompunt", "gemeente"), ("jongerenloket", "werkcentrum", "uwv")),
    "learning": Goal(("entree_admission", "mbo2_admission"), ("mbo_verklaring", "praktijkleren")),
    "money": Goal(("bijstand",)),
    "sheltered": Goal(("beschut_werk", "esb")),
    "document": Goal(("overgangsdocument_self", "overgangsdocument_gemeente")),
}

_STATUS_OF: Mapping[GoalName, str] = {
    "learning": "leerplicht_status",
    "money": "bijstand_search_period",
    "document": "consent_by",
}
PERSON = button("person", "dialogs.menu.person")
MENU = button("menu", "dialogs.menu.menu")
CONTACT = button("contact", "dialogs.rights.contact_choice")
LATER = button("remind", "follow_up.ask.choice")
MORE = button("goal:who_helps", "dialogs.rights.more_choice")
_WHY = button("because", "dialogs.rights.because_choice")
_MAKE = button("goal:transition", "transition.start.choice")
_OPTIONS = button("options", "dialogs.rights.options_choice")


def answer(conversation: Conversation, today: date) -> tuple[Say, ...]:
    """What the law says about the goal, best help first, and the ways on."""
    found = evaluate(conversation.facts, today)
    outcomes = [one for one in shown(conversation, found) if one.rule]
    if not outcomes:
        return (_stop(conversation, found),)
    school_first = (Text.of("dialogs.rights.school_too"),) if _school_is_open(conversation, found) else ()
    changed = _changed(conversation, found, today)
    said = Say(
        parts=(
            *(part for one in outcomes for part in (*answer_texts(one, conversation.facts), *flag_texts(one))),
            *_status(conversation, found),
            *school_first,
        ),
        picture=rights_clock(conversation.facts, today) if conversation.goal == "rights" else None,
    )
    reasons = tuple(text for one in outcomes if (text := reason_text(one, conversation.facts)))
    why = Say(
        parts=(*reasons, *changed, Text.of("rights.disclaimer", as_of=today)),
        sources=_sources(outcomes),
        buttons=_ways_on(conversation, found, outcomes),
    )
    return said, why


def about(conversation: Conversation, actor: str, today: date) -> tuple[Say, ...]:
    """One actor's outcome, with its reason and law."""
    outcome = evaluate(conversation.facts, today).outcomes[actor]
    if not outcome.rule:
        return (say("rights.unknown_stop", buttons=(CONTACT, PERSON, MENU)),)
    parts = (*answer_texts(outcome, conversation.facts), *flag_texts(outcome))
    reason = reason_text(outcome, conversation.facts)
    buttons = (button(f"because:{actor}", "dialogs.rights.because_choice"), CONTACT, PERSON, MENU)
    return (Say(parts=(*parts, *((reason,) if reason else ())), sources=outcome.sources, buttons=buttons),)


def because(conversation: Conversation, actor: str, today: date) -> tuple[Say, ...]:
    """Why it is so, step by step, each step with its law; for one actor, or for all that were told of."""
    situation = Situation(conversation.facts, today)
    actors = [actor] if actor else [one.actor for one in _told(conversation, today)]
    says = [_steps(one, explain(ACTORS[one], situation), named=len(actors) > 1) for one in actors]
    return _ending(says, (*_layers(), PERSON, MENU))


def more(conversation: Conversation, today: date) -> tuple[Say, ...]:
    """The same in more words (B1)."""
    says = [Say(parts=(text,), sources=one.sources) for one in _told(conversation, today) if (text := more_text(one))]
    return _ending(says, (_WHY, *_layers("more_about"), PERSON, MENU))


def what_changes(conversation: Conversation, today: date) -> tuple[Say, ...]:
    """The nearest days and answers that would change what was told."""
    situation = Situation(conversation.facts, today)
    says = []
    for outcome in _told(conversation, today):
        texts = tuple(change_text(change) for change in changes(ACTORS[outcome.actor], situation))
        says.append(Say(parts=texts or (Text.of("dialogs.rights.nothing_changes"),)))
    return _ending(says, (*_layers("changes"), PERSON, MENU))


def keep(conversation: Conversation, today: date) -> tuple[Say, ...]:
    """The answer on one page, and the last days for a calendar."""
    found = evaluate(conversation.facts, today)
    outcomes = [one for one in shown(conversation, found) if one.rule]
    if not outcomes:
        return ()
    calendar = calendar_of(outcomes, today)
    papers = (sheet_of(outcomes, conversation.facts, today), *((calendar,) if calendar else ()))
    words = "dialogs.rights.keep_intro" if calendar else "dialogs.rights.keep_sheet"
    return (Say(parts=(Text.of(words),), papers=papers, buttons=(LATER, *_layers("keep"), PERSON, MENU)),)


def options() -> tuple[Say, ...]:
    """What else can be asked about an answer."""
    return (say("dialogs.rights.options", buttons=(*_layers(), LATER, PERSON, MENU)),)


def shown(conversation: Conversation, found: Answer) -> tuple[Outcome, ...]:
    """The outcomes that the goal tells of, best help first; the old school too, while it has a duty."""
    school = school_outcome(conversation, found)
    if conversation.goal == "rights":
        return (school,) if school else ()
    first = [found.outcomes[actor] for actor in GOALS[conversation.goal or "who_helps"].first]
    if conversation.goal == "document" and any(one.label in HELPING for one in first):
        first = [one for one in first if one.label != "no"]
    if conversation.goal == "who_helps" and school and school.label in DUTIES:
        first.append(school)
    return best_first(first)


def school_outcome(conversation: Conversation, found: Answer) -> Outcome | None:
    """The outcome for the school the person was at; None while that is not known."""
    actor = SCHOOL_OF.get(str(conversation.facts.get("school_type")))
    return found.outcomes[actor] if actor else None


def _told(conversation: Conversation, today: date) -> list[Outcome]:
    return [one for one in shown(conversation, evaluate(conversation.facts, today)) if one.rule]


def _stop(conversation: Conversation, found: Answer) -> Say:
    """Not enough is known: says so, with any doubt, and leaves nobody without a way on."""
    doubts = [text for one in shown(conversation, found) for text in flag_texts(one)]
    in_any_case = [text for one in shown(conversation, found) for text in meanwhile_texts(one)]
    parts = (*dict.fromkeys(doubts), Text.of("rights.unknown_stop"), *in_any_case)
    more_help = () if conversation.goal == "who_helps" else (MORE,)
    others = (*_make(conversation, found), *_about(conversation, found, told=()), *more_help)
    return Say(parts=parts, buttons=(*_answers_button(conversation), *others, CONTACT, PERSON, MENU))


def _status(conversation: Conversation, found: Answer) -> tuple[Text, ...]:
    """What goes with the goal's answer: whether one must wait, must go to school, must agree."""
    name = _STATUS_OF.get(conversation.goal or "rights")
    return (Text.of(f"rights.statuses.{name}.{found.statuses[name]}"),) if name else ()


def _school_is_open(conversation: Conversation, found: Answer) -> bool:
    """Whether somebody who asks who helps has not heard yet if the old school does."""
    school = school_outcome(conversation, found)
    return conversation.goal == "who_helps" and (school is None or school.label == UNKNOWN)


def _changed(conversation: Conversation, found: Answer, today: date) -> tuple[Text, ...]:
    """What another answer changed, where one was changed and there was an outcome before."""
    if not conversation.earlier:
        return ()
    before = evaluate(conversation.earlier, today)
    texts = [difference(before.outcomes[one.actor], one) for one in shown(conversation, found)]
    return tuple(dict.fromkeys(text for text in texts if text))


def _ways_on(conversation: Conversation, found: Answer, outcomes: list[Outcome]) -> tuple[Button, ...]:
    buttons: list[Button] = [_WHY]
    if _school_is_open(conversation, found):
        buttons.insert(0, button("goal:rights", "dialogs.menu.rights"))
    if conversation.goal == "rights" and outcomes[0].label in HELPING:
        buttons.append(button("message", "dialogs.rights.message_choice"))
    buttons += [
        *_make(conversation, found),
        *_about(conversation, found, told=[one.actor for one in outcomes]),
        CONTACT,
    ]
    if conversation.goal != "who_helps":
        buttons.append(MORE)
    return (*buttons, _OPTIONS, PERSON, MENU)


def _about(conversation: Conversation, found: Answer, *, told: Sequence[str]) -> tuple[Button, ...]:
    """Others who help, by name: asked about with a tap."""
    goal = GOALS[conversation.goal or "rights"]
    others = best_first(found.outcomes[actor] for actor in goal.also if actor not in told)
    return tuple((f"about:{one.actor}", Text.of(f"rights.actors.{one.actor}")) for one in others if one.label != "no")


def _layers(*without: str) -> tuple[Button, ...]:
    """The further layers of an answer, except the one that is being shown."""
    names = ("more_about", "changes", "keep", "answers")
    return tuple(button(name, f"dialogs.rights.{name}_choice") for name in names if name not in without)


def _make(conversation: Conversation, found: Answer) -> tuple[Button, ...]:
    """Making the document together, unless the law has none for this person."""
    has = found.outcomes["overgangsdocument_gemeente"].label != "no"
    return (_MAKE,) if conversation.goal == "document" and has else ()


def _answers_button(conversation: Conversation) -> tuple[Button, ...]:
    return (button("answers", "dialogs.rights.answers_choice"),) if conversation.answered else ()


def _ending(says: list[Say], buttons: tuple[Button, ...]) -> tuple[Say, ...]:
    """These bubbles with the ways on under the last one; none when there is nothing to say."""
    if not says:
        return ()
    last = says[-1]
    return (*says[:-1], Say(parts=last.parts, sources=last.sources, buttons=buttons))


def _steps(actor: str, steps: tuple[Step, ...], *, named: bool) -> Say:
    parts = tuple(_step(number, step) for number, step in enumerate(steps, 1))
    name = (Text.of(f"rights.actors.{actor}"),) if named else ()
    return Say(parts=(*name, *parts), sources=tuple(dict.fromkeys(source for step in steps for source in step.sources)))


def _step(number: int, step: Step) -> Text:
    if not step.sources:
        return Text.of("dialogs.rights.step", number=number, text=step.text)
    return Text.of("dialogs.rights.step_law", number=number, text=step.text, law=law(step.sources[0]))


def _sources(outcomes: list[Outcome]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(source for outcome in outcomes for source in outcome.sources))
