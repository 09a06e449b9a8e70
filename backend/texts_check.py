"""Whether what a young person reads is simple: every Dutch text at its level, and buttons that are read at a glance."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import dialogs.questions
from dialogs.questions import QUESTIONS, label
from knowledge.readability import OF_THE_WHOLE, figures, for_persons
from knowledge.simple_language import (
    KINDS,
    Problem,
    exceptions,
    explained_words,
    known_words,
    label_problems,
    level_of,
    problems,
    word_frequencies,
)

_HARD_PERCENT = 10
"""How many of all sentences at B1 may have a passive, two negations or a subordinate clause."""
_DIALOGS = Path(dialogs.questions.__file__).parent
_NO_BUTTON = ("dialogs.menu.question", "dialogs.menu.anything_else", "dialogs.topics.question", "dialogs.topics.links")
_ON_BUTTONS = re.compile(
    r"(?:dialogs\.menu|danger\.label|telegram\.(?:button|command))\.\w+|.*_choice|articles\.\w+\.title"
    r"|dialogs\.topics\.\w+|dialogs\.papers\.(?:sheet|calendar)|dialogs\.request\.(?:(?:kind|who)_\w+|consent_(?:yes|no|edit))"
)
"""How the ids of texts look that stand on buttons."""


def simple_dutch(texts: Mapping[str, str]) -> Iterator[str]:
    """What a person would stumble over, unless it has an exception; and exceptions that excuse nothing (any more)."""
    unused = dict(exceptions())
    for id, problem in _stumbles(texts):
        if (id, problem.kind) in exceptions():
            unused.pop((id, problem.kind), None)
        else:
            yield f"{id}: {problem.kind}: {problem.detail}: {problem.sentence}"
    for (id, kind), reason in unused.items():
        yield f"exception without need: {id}, {kind}" if kind in KINDS else f"unknown kind of exception: {kind}"
        if not reason.strip():
            yield f"exception without reason: {id}, {kind}"


def excused(texts: Mapping[str, str]) -> Iterator[str]:
    """What does not pass and has an exception, with its reason: sentences, and texts or buttons taken as a whole.

    Only the sentences count in the percentage of sentences that pass.
    """
    for id, problem in _stumbles(texts):
        if reason := exceptions().get((id, problem.kind)):
            what = "text" if problem.kind in OF_THE_WHOLE else "sentence"
            yield f"excused {what}: {id}: {problem.kind}: {problem.sentence} ({reason})"


def _stumbles(texts: Mapping[str, str]) -> Iterator[tuple[str, Problem]]:
    for id, words in for_persons(texts).items():
        labelled = label_problems(words) if is_button(id) else ()
        yield from ((id, found) for found in (*problems(words, level_of(id), zipf=word_frequencies()), *labelled))


def together(texts: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the texts taken together: known words nobody says or explains, too many hard sentences at B1."""
    for word, id in explained_words().items():
        if word not in texts.get(id, "").casefold():
            yield f"known word without explanation: {word} is not in {id}"
    said = " ".join(for_persons(texts).values()).casefold()
    yield from (f"known word without need: no text says {word}" for word in known_words() if word not in said)
    hard = figures(texts).get("b1_hard_sentences_percent", 0.0)
    if hard > _HARD_PERCENT:
        yield f"b1: {hard} % of the sentences are hard (passive, two negations, subordinate); at most {_HARD_PERCENT} %"


def is_button(text_id: str) -> bool:
    """Whether a text stands on a button: by how its id is built, or because the code makes a button of it."""
    if text_id in _NO_BUTTON:
        return False
    return _ON_BUTTONS.fullmatch(text_id) is not None or text_id in _in_code()


@cache
def _in_code() -> frozenset[str]:
    """The labels of answers, and the texts that the conversation's code calls `button(id, text)` with."""
    labels = {label(fact, value).id for fact, one in QUESTIONS.items() for value in (*one.values, *one.more)}
    calls = (
        node.args[1].value
        for path in sorted(_DIALOGS.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "button"
        if len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
    )
    return frozenset((*labels, *(str(value) for value in calls)))
