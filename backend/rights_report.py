"""The rights answer as lines to read: each actor's sentence, the steps with their law, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from backend.rights_api import answer_rights
from knowledge.best_first import best_first
from knowledge.changes import changes
from knowledge.conditions import Situation
from knowledge.facts import Facts, read_facts
from knowledge.rights import ACTORS, SCHOOL_OF, evaluate
from knowledge.rules import Outcome
from knowledge.wording import change_text
from locales import Language, Text, language

_SCHOOLS = frozenset(SCHOOL_OF.values())


def report(raw: Mapping[str, Any], as_of: date, spoken: Language) -> Iterator[str]:
    """The lines, best help first; who does not help is one line at the end. Raises the refusal that names a bad fact."""
    answer = answer_rights(raw, as_of, spoken)
    facts = read_facts(raw)
    said = {outcome["actor"]: outcome for outcome in answer["outcomes"]}
    outcomes = best_first(_own_school(evaluate(facts, as_of).outcomes, facts))
    for outcome in outcomes:
        if outcome.label != "no":
            yield from _actor(outcome, said[outcome.actor], facts, as_of, spoken)
    refusing = [_say(spoken, _name(outcome)) for outcome in outcomes if outcome.label == "no"]
    if refusing:
        names = Text.verbatim(", ".join(dict.fromkeys(refusing)))
        yield from (_say(spoken, Text.of("explanation.report.others", actors=names)), "")
    yield from (clash["text"] for clash in answer["contradictions"])
    if answer["ask"]:
        yield answer["ask"]["question"]
    yield _say(spoken, Text.of("rights.disclaimer", as_of=as_of))


def _own_school(outcomes: Mapping[str, Outcome], facts: Facts) -> list[Outcome]:
    """Without the schools the person did not go to: there is nothing to tell of them."""
    school = SCHOOL_OF.get(str(facts.get("school_type")))
    return [one for one in outcomes.values() if one.actor not in _SCHOOLS or one.actor == school or one.label != "no"]


def _actor(outcome: Outcome, said: Mapping[str, Any], facts: Facts, as_of: date, spoken: Language) -> Iterator[str]:
    yield f"{_say(spoken, _name(outcome))} ({outcome.label}): {said['text']}"
    for number, step in enumerate(said["because"], 1):
        yield f"  {number}. {step['text']}"
        yield from (f"     {_law(source, spoken)}: {source['url']}" for source in step["sources"])
    what = [change_text(change) for change in changes(ACTORS[outcome.actor], Situation(facts, as_of))]
    if what:
        yield f"  {_say(spoken, Text.of('explanation.changes.title'))}"
        yield from (f"  - {_say(spoken, text)}" for text in what)
    yield ""


def _law(source: Mapping[str, Any], spoken: Language) -> str:
    name = "law_paragraph" if source["paragraph"] else "law"
    places = ("law", "article", "paragraph") if source["paragraph"] else ("law", "article")
    return _say(spoken, Text.of(f"explanation.report.{name}", **{place: source[place] for place in places}))


def _name(outcome: Outcome) -> Text:
    return Text.of(f"rights.actors.{outcome.actor}")


def _say(spoken: Language, text: Text) -> str:
    return (spoken if spoken.has([text]) else language(None)).say(text)
