"""What would change an outcome: days to come with the same facts, and single facts with another value.

Only what is certain is told, and of facts only those that a person may not have known to count: never something to do
or to say in order to get help, such as staying away from school.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta
from itertools import chain, islice

from knowledge.conditions import AgeBelow, Assume, Condition, NotKnown, Situation
from knowledge.facts import FACTS
from knowledge.rights import outcome as outcome_of
from knowledge.rights.contradictions import contradictions
from knowledge.rules import UNKNOWN, Decision, Outcome
from locales import Text, source_texts

_DAYS = 2
_TELLING = (
    *("follow_on_enrolment", "used_offer_year1", "vso_profile", "mbo_leerweg", "mbo_level", "diploma"),
    *("startkwalificatie", "pro_document", "has_partial_result", "school_requests_gemeente", "special_circumstances"),
    *("consent", "municipality_continues", "applied_before_1_april", "entree_enrolled_last_two_study_years"),
    *("only_sheltered_work", "sheltered_quota_reached", "esb_indication", "age"),
)
"""Facts of which another value is told, those easily answered wrongly in front; of which school it is everybody knows."""
_OF_TODAY = ("age", "still_at_same_school")
"""Facts that do not stay as they are: on a later day they are not known."""


@dataclass(frozen=True, slots=True)
class Change:
    """The outcome from `day` on, or if `fact` had `value`."""

    outcome: Outcome
    day: date | None = None
    fact: str | None = None
    value: object = None

    def applied(self, situation: Situation) -> Situation:
        """The situation in which this outcome holds."""
        if self.day is not None:
            return later(situation, self.day)
        return Situation({**situation.facts, str(self.fact): self.value}, situation.as_of)


def changes(decision: Decision, situation: Situation, *, limit: int = 3) -> tuple[Change, ...]:
    """What would change this outcome: at most the next two days, then facts. Nothing while it is not certain itself."""
    now = _outcome(decision, situation)
    if not _certain(now):
        return ()
    days = islice(_by_day(decision, situation, now.label), _DAYS)
    return tuple(islice(chain(days, _by_fact(decision, situation, now.label)), limit))


def difference(before: Outcome, after: Outcome) -> Text | None:
    """What a changed answer changed; None when nothing was known before nor now."""
    if before.label == after.label == UNKNOWN:
        return None
    if (before.actor, before.label) != (after.actor, after.label):
        return Text.of("explanation.difference.other", before=label_text(before), after=label_text(after))
    if after.until and before.until != after.until:
        return Text.of("explanation.difference.until", date=after.until)
    same = (before.rule, before.until) == (after.rule, after.until)
    return Text.of(f"explanation.difference.{'none' if same else 'same'}")


def label_text(outcome: Outcome) -> Text:
    """A label as one sentence about its actor: "Je oude school moet je hulp aanbieden."."""
    own = f"explanation.own.{outcome.actor}.{outcome.label}"
    if own in source_texts():
        return Text.of(own)
    if outcome.label == UNKNOWN:
        return Text.of("explanation.labels.unknown")
    return Text.of(f"explanation.labels.{outcome.label}", actor=Text.of(f"rights.actors.{outcome.actor}"))


def later(situation: Situation, day: date) -> Situation:
    """The same facts on a later day, without those that are only true of today."""
    facts = {fact: value for fact, value in situation.facts.items() if fact not in _OF_TODAY}
    return Situation(facts, day)


def _by_day(decision: Decision, situation: Situation, label: str) -> Iterator[Change]:
    for day in sorted(_borders(decision, situation)):
        then = _outcome(decision, later(situation, day))
        if _certain(then) and then.label != label:
            label = then.label
            yield Change(then, day=day)


def _by_fact(decision: Decision, situation: Situation, label: str) -> Iterator[Change]:
    for fact in _telling(decision, situation):
        trials = (_with(decision, situation, fact, value) for value in _others(decision, situation, fact))
        found = next((trial for trial in trials if _certain(trial.outcome) and trial.outcome.label != label), None)
        if found:
            yield found


def _telling(decision: Decision, situation: Situation) -> Iterator[str]:
    """The facts worth telling of that this decision reads, and that are known or taken for granted."""
    assumed = frozenset(chain.from_iterable(_assumed(rule.when) for rule in decision.rules))
    for fact in _TELLING:
        if fact in decision.facts and (fact in situation.facts or fact in assumed):
            yield fact


def _with(decision: Decision, situation: Situation, fact: str, value: object) -> Change:
    then = Situation({**situation.facts, fact: value}, situation.as_of)
    return Change(_outcome(decision, then), fact=fact, value=value)


def _others(decision: Decision, situation: Situation, fact: str) -> Iterator[object]:
    """Other values that can be said of a fact; of an age only those still to come."""
    known = situation.facts.get(fact)
    if fact == "age":
        limits = {part.years for rule in decision.rules for part in _inside(rule.when) if isinstance(part, AgeBelow)}
        return iter(sorted(years for years in limits if isinstance(known, int) and years > known))
    values = (True, False) if FACTS[fact].kind == "boolean" else FACTS[fact].values
    return (value for value in values if value != known)


def _borders(decision: Decision, situation: Situation) -> frozenset[date]:
    """The days to come on which a comparison with a moment can turn out otherwise: the moment, or the day after it."""
    spans = [part.span(situation) for rule in decision.rules for part in _inside(rule.when) if hasattr(part, "span")]
    days = {day + timedelta(days=late) for span in spans if span for day in span for late in (0, 1)}
    return frozenset(day for day in days if day > situation.as_of)


def _assumed(condition: Condition) -> Iterator[str]:
    """The facts that a condition takes for granted while they are not known."""
    for part in _inside(condition):
        if isinstance(part, Assume | NotKnown):
            yield from part.reads()


def _inside(part: object) -> Iterator[object]:
    """A condition or moment, and all conditions and moments it is made of."""
    if isinstance(part, tuple):
        for one in part:
            yield from _inside(one)
    elif is_dataclass(part):
        yield part
        for field in fields(part):
            yield from _inside(getattr(part, field.name))


def _outcome(decision: Decision, situation: Situation) -> Outcome:
    return outcome_of(decision, situation, contradictions(situation))


def _certain(outcome: Outcome) -> bool:
    return outcome.label != UNKNOWN and "contradiction" not in outcome.flags
