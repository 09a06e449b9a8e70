"""What an editor of rules and texts has to know before a release: `verder knowledge check`.

Every rule with its law, every paragraph of the law accounted for, every text there and simple enough, no dead end, and how
far each language is. `python -m backend.checks` runs the same.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping

from backend.conversations.service import today_in_amsterdam
from backend.dead_ends import dead_ends
from backend.language_states import language_table
from backend.texts_check import excused, simple_dutch, together
from dialogs.questions import QUESTIONS, label
from knowledge import coverage
from knowledge.articles import Article, Invalid, articles
from knowledge.facts import DATA, FACTS
from knowledge.help_numbers import help_numbers, number_changes, number_problems, stale_numbers
from knowledge.holidays import holiday_warnings
from knowledge.readability import figures
from knowledge.rights import ACTORS, STATUSES
from knowledge.rights.contradictions import CONTRADICTIONS
from knowledge.rules import UNKNOWN, Decision
from locales import languages, source_texts

Texts = Mapping[str, str]

_DATE_TEXTS = ("which_month", "which_day", "type_it")
_RULE_TEXTS = ("rights", "rights.why", "more")
"""What each rule of an actor has: the answer, the reason (both A2), and more about it (B1)."""
_FREE = ("date", "text")


def run_check() -> int:
    """Prints each problem, what is excused and why, help numbers nobody checked for a year, the state of the languages,
    figures of reading; the exit status."""
    texts = source_texts()
    found = list(knowledge_problems(texts))
    reading = (f"{name}: {value}" for name, value in figures(texts).items())
    today = today_in_amsterdam()
    stale = [*stale_numbers(today, help_numbers().values()), *holiday_warnings(today)]
    lines = [*found, *excused(texts), *stale, *language_table(texts), *reading]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.write(summary("knowledge", len(texts), len(found)))
    return 1 if found else 0


def summary(name: str, texts: int, found: int) -> str:
    """The last line of a check: what was looked at, and the verdict."""
    rules = sum(len(decision.rules) for decision in _decisions())
    verdict = f"not ok ({found})" if found else "ok"
    return f"{name}: {texts} texts, {rules} rules, {len(coverage.paragraphs())} paragraphs of law: {verdict}\n"


def knowledge_problems(texts: Texts) -> Iterator[str]:
    """Everything that is wrong with rules and Dutch texts, one line each: id, problem, words."""
    yield from law(texts)
    yield from rule_texts(texts)
    yield from fact_texts(texts)
    yield from question_texts(texts)
    yield from simple_dutch(texts)
    yield from together(texts)
    yield from numbers(texts)
    yield from dead_ends()


def law(texts: Texts) -> Iterator[str]:
    """Rules without law or other basis, quotes that are not in the law, and paragraphs nobody accounts for."""
    known: Iterable[Article] = ()
    try:
        known = articles().values()
    except Invalid as invalid:
        yield f"articles: {invalid}"
    found = coverage.citations(_decisions(), known)
    for decision in _decisions():
        lacking = (rule.id for rule in decision.rules if not (rule.sources or rule.basis.strip()))
        yield from (f"{id}: neither law nor basis" for id in lacking)
    for name, source in found:
        if not coverage.places_of(source):
            yield f"{name}: not in statutes.json: {source.law} {source.article} {source.paragraph}: {source.quote[:60]}"
    yield from coverage.problems(found, texts)


def numbers(texts: Texts) -> Iterator[str]:
    """Numbers to call at once that nobody checked, and translations that show others than the Dutch."""
    yield from number_problems(texts, help_numbers())
    for spoken in languages().values():
        yield from (f"{spoken.code} {line}" for line in number_changes(texts, spoken.texts))


def rule_texts(texts: Texts) -> Iterator[str]:
    """Rules without answer, reason or more, flags, actors, statuses and clashes without words, and ids used twice."""
    for actor, decision in ACTORS.items():
        yield from _lacking(texts, [f"rights.actors.{actor}"])
        for rule in decision.rules:
            shared = f"school.{rule.id.partition('.')[2]}"
            ids = {prefix: (f"{prefix}.{rule.id}", f"{prefix}.{shared}") for prefix in _RULE_TEXTS}
            lacking = [prefix for prefix, either in ids.items() if not any(id in texts for id in either)]
            if lacking:
                yield f"{rule.id}: no text under {', '.join(lacking)} (nor as {shared})"
            yield from _lacking(texts, (f"rights.flags.{flag.name}" for flag in rule.flags))
    for name, decision in STATUSES.items():
        yield from _lacking(texts, (f"rights.statuses.{name}.{label}" for label in _labels(decision)))
    seen: set[str] = set()
    for decision in _decisions():
        yield from (f"rule id twice: {rule.id}" for rule in decision.rules if rule.id in seen)
        seen.update(rule.id for rule in decision.rules)
    yield from _lacking(texts, (f"rights.contradictions.{clash.id}" for clash in CONTRADICTIONS))


def fact_texts(texts: Texts) -> Iterator[str]:
    """Facts on which a right depends without a name, or with a value that no sentence says."""
    for fact in dict.fromkeys(fact for decision in _decisions() for fact in decision.facts):
        kind, values = FACTS[fact].kind, FACTS[fact].values
        said = ("true", "false") if kind == "boolean" else values if kind not in _FREE and values else ("value",)
        yield from _lacking(texts, (f"facts.{fact}.{name}" for name in ("name", *said)))


def question_texts(texts: Texts) -> Iterator[str]:
    """Questions without words, reason, hint or labels, and askable facts without a question."""
    for fact, question in QUESTIONS.items():
        yield from _lacking(texts, (f"questions.{fact}.{name}" for name in ("question", "why", "hint")))
        if FACTS[fact].kind == "date":
            yield from _lacking(texts, (f"questions.{fact}.{name}" for name in _DATE_TEXTS))
        for value in (*question.values, *question.more):
            if not _has_label(texts, fact, value):
                yield f"no label: questions.{fact}.{value}"
    askable = tomllib.loads((DATA / "guesses.toml").read_text("utf-8"))
    yield from (f"askable, but there is no question: {fact}" for fact in askable if fact not in QUESTIONS)


def _decisions() -> tuple[Decision, ...]:
    return (*ACTORS.values(), *STATUSES.values())


def _labels(decision: Decision) -> tuple[str, ...]:
    return (*(rule.label for rule in decision.rules), UNKNOWN)


def _lacking(texts: Texts, ids: Iterable[str]) -> Iterator[str]:
    yield from (f"no text: {id}" for id in dict.fromkeys(ids) if id not in texts)


def _has_label(texts: Texts, fact: str, value: str) -> bool:
    """A number may speak for itself; any other value without words would be shown as it is in the code."""
    words = label(fact, value)
    return words.id in texts if words.id else value.isdigit()
