"""Whether every answer about rights leads on: each rule that can be reached is told to somebody, who then has a button."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache

from dialogs.conversation import Conversation, GoalName
from dialogs.goals.explaining import GOALS
from dialogs.messages import Incoming
from dialogs.questions import QUESTIONS
from dialogs.turn import Turn, take_turn
from knowledge.conditions import Situation
from knowledge.library import Knowledge, load_knowledge
from knowledge.rights import ACTORS
from knowledge.rules import Decision, decide
from knowledge.space import space_of

DAYS = (date(2026, 11, 22), date(2025, 11, 22))
"""A day under the law of 2026, and one before it."""
_WAYS_ON = ("person", "menu", "goon")
_ANSWERING = ("a", "skip", "place", "change")
_DRAWS = 60_000
_SEED = 2026

Sample = tuple[Mapping[str, object], date]


def dead_ends() -> Iterator[str]:
    """Answers that end without a way on, for a situation of each rule of each actor; and so for each button under them."""
    knowledge = _knowledge()
    for goal, wanted in GOALS.items():
        for decision in (ACTORS[actor] for actor in wanted.actors if actor in ACTORS):
            for id, (facts, today) in samples(decision).items():
                try:
                    for step, choices in walk(goal, facts, today, knowledge).items():
                        if not _leads_on(choices):
                            yield f"{id}: dead end after {step}: the buttons are {', '.join(choices) or 'none'}"
                except LookupError as lacking:
                    yield f"{id}: cannot be told in {goal}: {lacking}"


@cache
def samples(decision: Decision) -> Mapping[str, Sample]:
    """For each rule id a situation in which that rule decides, as far as drawing at random finds one; always the same."""
    draw = random.Random(_SEED)
    axes = space_of((decision,), DAYS).axes
    found: dict[str, Sample] = {}
    for _ in range(_DRAWS):
        drawn = {fact: draw.choice(axis.values) for fact, axis in axes.items()}
        facts = {fact: value for fact, value in drawn.items() if value is not None}
        today = draw.choice(DAYS)
        found.setdefault(decide(decision, Situation(facts, today)).rule, (facts, today))
        if all(rule.id in found for rule in decision.rules):
            break
    return found


def walk(goal: GoalName, facts: Mapping[str, object], today: date, knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    """The buttons somebody is left with who knows these facts and no others, by what was tapped: the goal, then each button.

    Raises LookupError when a text is missing.
    """
    skipped = tuple(fact for fact in QUESTIONS if fact not in facts)
    person = Conversation(channel="web", language="nl", facts=facts, answered=tuple(facts), skipped=skipped)
    start = f"goal:{goal}"
    turn = take_turn(person, Incoming(choice=start), knowledge, today)
    steps = {start: _last(turn)}
    for choice in steps[start]:
        steps[f"{start} {choice}"] = _last(take_turn(turn.conversation, Incoming(choice=choice), knowledge, today))
    return steps


def _last(turn: Turn) -> tuple[str, ...]:
    return tuple(choice.id for choice in turn.replies[-1].choices) if turn.replies else ()


def _leads_on(choices: tuple[str, ...]) -> bool:
    return any(id in _WAYS_ON or id.partition(":")[0] in _ANSWERING for id in choices)


@cache
def _knowledge() -> Knowledge:
    return load_knowledge(extra=False)
