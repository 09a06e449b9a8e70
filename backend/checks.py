"""Everything about words and rules that can be checked before a release: `python -m backend.checks`.

Prints one line for each problem and exits with 1; a text that a rule, a question or a language lacks is found here and
not by a person in the middle of a conversation.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from io import StringIO
from pathlib import Path
from string import Formatter

from alembic import command
from alembic.util import CommandError

from backend.engines import make_engine
from backend.migrations import config, upgrade
from dialogs.conversation import Conversation
from dialogs.questions import QUESTIONS, ask, ask_more, label
from knowledge.facts import DATA, FACTS, PartialDate
from knowledge.rights import ACTORS, STATUSES
from knowledge.rights.contradictions import CONTRADICTIONS
from knowledge.simple_language import KINDS, exceptions, problems
from locales import languages, renew, source_texts

FOR_PERSONS = ("dialogs", "questions", "rights", "danger", "widget", "telegram")
"""The files of `locales/nl` whose sentences a person reads, and that have to be simple."""
COMPLETE = ("en",)
"""The languages that must have every text; others fall back to Dutch where they lack one."""
_BUTTON_ID_BYTES = 60
_DATE_TEXTS = ("which_month", "which_day", "type_it")

Texts = Mapping[str, str]


def main() -> int:
    """Runs all checks; the exit status."""
    texts = source_texts()
    found = [
        *catalogues(),
        *placeholders(texts),
        *simple_dutch(texts),
        *rule_texts(texts),
        *question_texts(texts),
        *button_ids(),
        *schema(),
    ]
    sys.stdout.writelines(f"{line}\n" for line in found)
    rules = sum(len(decision.rules) for decision in (*ACTORS.values(), *STATUSES.values()))
    verdict = f"not ok ({len(found)})" if found else "ok"
    sys.stdout.write(f"checks: {len(texts)} texts, {rules} rules, {len(languages())} languages: {verdict}\n")
    return 1 if found else 0


def catalogues() -> Iterator[str]:
    """Catalogues that are behind the Dutch source, and texts that a complete language lacks."""
    for path in renew.stale():
        yield f"{path.parts[-3]}: out of date; run python -m locales.renew"
    for code in COMPLETE:
        lacking = sorted(source_texts().keys() - languages()[code].texts.keys())
        yield from (f"{code}: {id} is not translated, or fuzzy" for id in lacking)


def placeholders(texts: Texts) -> Iterator[str]:
    """Translations whose {places} are not those of the Dutch text, and texts whose braces do not pair."""
    for code, spoken in languages().items():
        for id, words in spoken.texts.items():
            try:
                same = places(words) == places(texts[id])
            except ValueError as error:
                yield f"{code}: {id}: {error}"
                continue
            if not same:
                yield f"{code}: {id} has the places {sorted(places(words))}, Dutch has {sorted(places(texts[id]))}"


def places(words: str) -> frozenset[str]:
    """The names of a text's {places}. Raises ValueError when its braces do not pair."""
    return frozenset(name for _, name, _, _ in Formatter().parse(words) if name is not None)


def simple_dutch(texts: Texts) -> Iterator[str]:
    """What a person would stumble over, unless it has an exception; and exceptions that excuse nothing (any more)."""
    unused = dict(exceptions())
    for id, words in texts.items():
        if id.partition(".")[0] not in FOR_PERSONS:
            continue
        for problem in problems(words):
            if (id, problem.kind) in exceptions():
                unused.pop((id, problem.kind), None)
            else:
                yield f"{id}: {problem.kind}: {problem.detail}: {problem.sentence}"
    for (id, kind), reason in unused.items():
        yield f"exception without need: {id}, {kind}" if kind in KINDS else f"unknown kind of exception: {kind}"
        if not reason.strip():
            yield f"exception without reason: {id}, {kind}"


def rule_texts(texts: Texts) -> Iterator[str]:
    """Rules without a sentence or a reason, flags, actors and contradictions without words, and ids used twice."""
    seen: set[str] = set()
    for actor, decision in ACTORS.items():
        yield from _lacking(texts, [f"rights.actors.{actor}"])
        for rule in decision.rules:
            for prefix in ("rights", "rights.why"):
                shared = f"{prefix}.school.{rule.id.partition('.')[2]}"
                if f"{prefix}.{rule.id}" not in texts and shared not in texts:
                    yield f"no text: {prefix}.{rule.id} (nor {shared})"
            yield from _lacking(texts, (f"rights.flags.{flag.name}" for flag in rule.flags))
    for decision in (*ACTORS.values(), *STATUSES.values()):
        yield from (f"rule id twice: {rule.id}" for rule in decision.rules if rule.id in seen)
        seen.update(rule.id for rule in decision.rules)
    yield from _lacking(texts, (f"rights.contradictions.{clash.id}" for clash in CONTRADICTIONS))


def question_texts(texts: Texts) -> Iterator[str]:
    """Questions without words, reason or labels, and askable facts without a question."""
    for fact, question in QUESTIONS.items():
        yield from _lacking(texts, (f"questions.{fact}.{name}" for name in ("question", "why")))
        if FACTS[fact].kind == "date":
            yield from _lacking(texts, (f"questions.{fact}.{name}" for name in _DATE_TEXTS))
        for value in (*question.values, *question.more):
            if not _has_label(texts, fact, value):
                yield f"no label: questions.{fact}.{value}"
    askable = tomllib.loads((DATA / "guesses.toml").read_text("utf-8"))
    yield from (f"askable, but there is no question: {fact}" for fact in askable if fact not in QUESTIONS)


def button_ids() -> Iterator[str]:
    """Buttons of questions whose id is too long for every channel."""
    today = date(2026, 11, 22)
    for fact in QUESTIONS:
        asked = [ask(fact, Conversation(channel="web"), today), ask_more(fact)]
        if FACTS[fact].kind == "date":
            known = {fact: PartialDate(today.year)}
            asked.append(ask(fact, Conversation(channel="web", facts=known), today))
        ids = {id for bubble in asked for id, _ in bubble.buttons}
        yield from (f"button id too long: {id}" for id in sorted(ids) if len(id.encode()) > _BUTTON_ID_BYTES)


def schema() -> Iterator[str]:
    """Differences between the tables in the code and those the migrations make."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder, 'verder.db')}")
        upgrade(engine)
        try:
            with engine.connect() as connection:
                settings = config(connection)
                settings.stdout = StringIO()
                command.check(settings)
        except CommandError as error:
            yield f"models and migrations differ: {error}"
        finally:
            engine.dispose()


def _lacking(texts: Texts, ids: Iterable[str]) -> Iterator[str]:
    yield from (f"no text: {id}" for id in ids if id not in texts)


def _has_label(texts: Texts, fact: str, value: str) -> bool:
    """A number may speak for itself; any other value without words would be shown as it is in the code."""
    words = label(fact, value)
    return words.id in texts if words.id else value.isdigit()


if __name__ == "__main__":
    sys.exit(main())
