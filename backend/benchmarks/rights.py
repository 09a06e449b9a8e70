"""How fast and how good the rules answer and ask: the time of an answer and of a next question, how many questions a
goal takes beside a fixed order, how readable the texts are, and what was proved over all combinations of facts.
"""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import fmean, quantiles

from backend.benchmarks.report import Target, report
from backend.counted import how_counted
from backend.texts_check import excused, simple_dutch
from dialogs.goals.explaining import GOALS
from knowledge.conditions import Situation
from knowledge.facts import Facts
from knowledge.next_fact import common_answers, next_fact
from knowledge.one_by_one import LEFT_ON, Values, evaluate_all
from knowledge.proof import DAYS, idle_facts, idle_questions, idle_rules, prove, reasons
from knowledge.question_paths import walk
from knowledge.readability import figures as readability
from knowledge.rights import ACTORS, STATUSES, clashes_in, evaluate
from knowledge.rights.common import FIRST_YEAR, QUALIFIED, TWO_YEARS
from locales import source_texts

SEED = 20261122
DAY = date(2026, 11, 22)
TARGETS: Mapping[str, Target] = {
    "evaluate_p50_us": (300, "max"),
    "next_question_new_p50_ms": (5, "max"),
    "next_question_new_p99_ms": (5, "max"),
    "next_question_seen_p99_ms": (0.2, "max"),
    "rights_questions_mean": (3.5, "max"),
    "rights_questions_largest": (6, "max"),
    "a2_sentences_passing_percent": (100, "min"),
    "flesch_douma_mean": (85, "min"),
    "rules_that_never_decide": (0, "max"),
    "questions_that_never_matter": (0, "max"),
    "certain_labels_changed_without_reason": (0, "max"),
    "questions_in_vain": (0, "max"),
    "conversations_ended_too_soon": (0, "max"),
    "random_combinations_differing": (0, "max"),
    "combinations_evaluated_wrong": (0, "max"),
}
_GOALS = {goal: GOALS[goal].first for goal in ("rights", "who_helps")}
"""The actors about which a conversation asks."""
_PEOPLE, _FEW_PEOPLE = 2000, 200
_SAMPLES = 100
"""Random combinations of each decision on each day that are evaluated beside the proof."""
_SCHOOL_TYPES = ("pro", "vso", "mbo", "vmbo", "havo", "vwo", "ho")

Ask = Callable[[Facts, frozenset[str], tuple[str, ...]], str | None]


@dataclass(slots=True)
class Times:
    """Milliseconds of next questions: in situations never seen before, and in those seen; `busy` of the processor alone."""

    new: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    seen: list[float] = field(default_factory=list)


def main(*, small: bool) -> int:
    """Measures and prints the report."""
    print(report("rights", SEED, measure(small=small), TARGETS))
    return 0


def measure(*, small: bool) -> dict[str, float]:
    """All figures; in a small run with fewer people and two days in the proof."""
    chance = random.Random(SEED)
    people = [person(chance) for _ in range(_FEW_PEOPLE if small else _PEOPLE)]
    figures: dict[str, float] = {"people": len(people)}
    _tell("answers")
    figures |= _evaluation(people)
    _tell("questions")
    figures |= _questions(people)
    _tell("conversations")
    figures |= _conversations()
    _tell("proof")
    figures |= _proof((DAYS[0], DAY) if small else DAYS)
    _tell("one by one")
    figures |= _one_by_one(small=small)
    _tell("readability")
    for line in (*simple_dutch(source_texts()), *excused(source_texts())):
        _tell(f"  {line}")
    return figures | readability()


def person(chance: random.Random) -> dict[str, object]:
    """Somebody by the guesses of how common answers are, whose facts fit together; dates to the day."""
    facts = _anybody(chance)
    while clashes_in(facts, DAY):
        facts = _anybody(chance)
    return facts


def _anybody(chance: random.Random) -> dict[str, object]:
    facts: dict[str, object] = {}

    def draw(*names: str) -> None:
        for name in names:
            values, weights = zip(*common_answers(name, DAY, facts), strict=True)
            facts[name] = chance.choices(values, weights)[0]

    draw("school_type", "age", "birth_date", "still_at_same_school", "benefit", "employed", "special_circumstances")
    school = facts["school_type"]
    own = {"vso": ("vso_profile",), "mbo": ("mbo_level", "mbo_leerweg", "earlier_school"), "pro": ("pro_document",)}
    draw(*own.get(str(school), ()))
    if facts.get("earlier_school") in ("pro", "vso"):
        draw("pro_document" if facts["earlier_school"] == "pro" else "earlier_vso_profile")
    if facts["still_at_same_school"]:
        facts |= {"currently_enrolled": True, "diploma": False}
    else:
        draw("left_school_date", "follow_on_enrolment", "used_offer_year1", "currently_enrolled", "diploma")
    if facts["diploma"]:
        draw("diploma_date")
    derived = QUALIFIED.holds(Situation(facts, DAY))
    if derived is None:
        draw("startkwalificatie")
    else:
        facts["startkwalificatie"] = derived
    return facts


def fixed_order(facts: Facts, skipped: frozenset[str], actors: tuple[str, ...]) -> str | None:
    """The hand-written order of the rule book (section 1.6), with the same rule for when to stop."""
    settled = next_fact(facts, DAY, actors, skipped)
    if settled is None:
        return None
    read = {fact for actor in actors for fact in ACTORS[actor].facts}
    open_ = (fact for fact in _in_order(facts) if fact in read and fact not in facts and fact not in skipped)
    return next(open_, settled)


def _in_order(facts: Facts) -> Iterable[str]:
    school, situation = facts.get("school_type"), Situation(facts, DAY)
    yield "school_type"
    yield from {"vso": ("vso_profile",), "mbo": ("mbo_level",)}.get(str(school), ())
    if school == "mbo":
        yield from ("mbo_leerweg", "diploma") if facts.get("mbo_level") == 2 else ("diploma",)
    if school in ("pro", "vso") and not facts.get("still_at_same_school"):
        yield "left_school_date"
    if school == "mbo" and facts.get("diploma"):
        yield "diploma_date"
    yield "follow_on_enrolment"
    if FIRST_YEAR.holds(situation) is False and TWO_YEARS.holds(situation):
        yield "used_offer_year1"
    yield "age"
    age = facts.get("age")
    if isinstance(age, int) and age < 18:
        yield "birth_date"
    if QUALIFIED.holds(situation) is None:
        yield "startkwalificatie"
    yield from ("currently_enrolled", "benefit")


def _evaluation(people: list[dict[str, object]]) -> dict[str, float]:
    times = []
    for number, facts in enumerate(people * max(1, 2000 // len(people))):
        told = {**facts, "municipality": str(number)}
        start = time.perf_counter()
        evaluate(told, DAY)
        times.append((time.perf_counter() - start) * 1e6)
    return {"evaluate_p50_us": _percentile(times, 50), "evaluate_p99_us": _percentile(times, 99)}


def _questions(people: list[dict[str, object]]) -> dict[str, float]:
    times = Times()
    seen: set[object] = set()
    gc.collect()

    def timed(facts: Facts, skipped: frozenset[str], actors: tuple[str, ...]) -> str | None:
        key = (frozenset(facts.items()), skipped, actors)
        start, busy = time.perf_counter(), time.thread_time()
        fact = next_fact(facts, DAY, actors, skipped)
        (times.seen if key in seen else times.new).append((time.perf_counter() - start) * 1000)
        if key not in seen:
            times.busy.append((time.thread_time() - busy) * 1000)
        seen.add(key)
        return fact

    figures: dict[str, float] = {}
    for goal, actors in _GOALS.items():
        for name, ask in (("questions", timed), ("fixed_order", fixed_order)):
            counts = [_ask_all(facts, actors, ask) for facts in people]
            figures |= {f"{goal}_{name}_mean": fmean(counts), f"{goal}_{name}_largest": max(counts)}
    return figures | {
        "next_question_new_p50_ms": _percentile(times.new, 50),
        "next_question_new_p99_ms": _percentile(times.new, 99),
        "next_question_new_max_ms": max(times.new),
        "next_question_new_processor_p99_ms": _percentile(times.busy, 99),
        "next_question_new_processor_max_ms": max(times.busy),
        "next_question_seen_p50_ms": _percentile(times.seen, 50),
        "next_question_seen_p99_ms": _percentile(times.seen, 99),
        "situations_new": len(times.new),
        "situations_seen": len(times.seen),
    }


def _ask_all(truth: Facts, actors: tuple[str, ...], ask: Ask) -> int:
    """How many questions this person gets until nothing can change a label any more."""
    facts: dict[str, object] = {}
    skipped: frozenset[str] = frozenset()
    count = 0
    while (fact := ask(facts, skipped, actors)) is not None:
        count += 1
        if fact in truth:
            facts[fact] = truth[fact]
        elif fact == "left_school_date" and truth.get("still_at_same_school"):
            facts["still_at_same_school"] = True
        else:
            skipped |= {fact}
    return count


def _conversations() -> dict[str, float]:
    """Every conversation from every school, with any "I don't know"; and the longest without one."""
    figures: dict[str, float] = {"questions_in_vain": 0, "conversations_ended_too_soon": 0, "conversations": 0}
    for goal, actors in _GOALS.items():
        for skipping in (False, True):
            walks = [walk(actors, DAY, start={"school_type": one}, skipping=skipping) for one in _SCHOOL_TYPES]
            longest = 1 + max(found.longest for found in walks)
            figures[f"{goal}_longest_{'with_skips_and' if skipping else 'with'}_vague_dates"] = longest
            figures["questions_in_vain"] += sum(len(found.in_vain) for found in walks)
            figures["conversations"] += sum(found.conversations for found in walks)
            if not skipping:
                figures["conversations_ended_too_soon"] += sum(len(found.too_soon) for found in walks)
    return figures


def _proof(days: tuple[date, ...]) -> dict[str, float]:
    decisions = tuple({**ACTORS, **STATUSES}.values())
    start = time.perf_counter()
    proof = prove(decisions, days, samples=_SAMPLES)
    seconds = time.perf_counter() - start
    for line in how_counted(proof.combinations, proof.runs, proof.compared, len(proof.differing)):
        _tell(f"  {line}")
    decided = idle_rules(proof, decisions)
    questions = idle_questions(proof, tuple(ACTORS.values()))
    by_name = {decision.actor: decision for decision in decisions}
    broken = [step for step in proof.unsettled if not reasons(by_name[step[0]], step[1])]
    for title, found in (("never decide", decided), ("never matter", questions), ("no reason", broken)):
        _tell(f"  {title}: {found or 'none'}")
    _tell(f"  facts that change no label of a decision that reads them: {idle_facts(proof, decisions)}")
    _tell(
        f"  unknown though every value gives the same: { {step: float(part) for step, part in proof.needless.items()} }"
    )
    return {
        "proof_combinations": proof.combinations,
        "conditions_run": proof.runs,
        "random_combinations_compared": proof.compared,
        "random_combinations_differing": len(proof.differing),
        "proof_days": len(days),
        "proof_seconds": seconds,
        "rules_that_never_decide": len(decided),
        "questions_that_never_matter": len(questions),
        "certain_labels_changed_with_reason": len(proof.unsettled) - len(broken),
        "certain_labels_changed_without_reason": len(broken),
        "unknown_though_every_value_gives_the_same": len(proof.needless),
    }


def _one_by_one(*, small: bool) -> dict[str, float]:
    """Every combination for the school of pro, without any shortcut; in a small run of fewer values."""
    few: Values = {"school_type": ("pro",), "left_school_date": LEFT_ON[3:5], "now_at": ("pro", "mbo")}
    start = time.perf_counter()
    found = evaluate_all("pro_school", DAY, few if small else {"left_school_date": LEFT_ON})
    seconds = time.perf_counter() - start
    _tell(
        f"  {found.combinations:,} combinations of what the school of pro reads: each evaluated, label, flags and end"
    )
    _tell(f"  wrong: {found.wrong[:3] or 'none'}")
    return {
        "combinations_evaluated_one_by_one": found.combinations,
        "combinations_evaluated_wrong": len(found.wrong),
        "combinations_evaluated_seconds": seconds,
    }


def _percentile(times: list[float], percent: int) -> float:
    return quantiles(times, n=100)[percent - 1]


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
