"""The overgangsdocument as lines: who said what, whether it was checked; and how it is said, in the chat and on paper."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce
from typing import Any, Literal, get_args

from dialogs.messages import RowKind
from dialogs.papers import SheetPlan
from knowledge.transition_form import LINES, OPTIONS, Form
from locales import Text

By = Literal["person", "school"]
Mark = Literal["said", "checked", "unknown"]
Told = Literal["", "school", "internship", "parents", "person"]
MARKS: tuple[Mark, ...] = get_args(Mark)
TOLD: tuple[Told, ...] = ("school", "internship", "parents", "person")
"""Who told the school what it writes."""
LONGEST_OWN = 300
LONGEST_SCHOOL = 1500
_DIRECTING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the document.

    `options` are the tapped answers, `words` their own words; `mark` says whether it was only said, checked by the
    school, or not known. `told` is who told the school. `objected`: the person says that it is not right.
    """

    by: By
    field: str
    options: tuple[str, ...] = ()
    words: str = ""
    mark: Mark = "said"
    told: Told = ""
    objected: bool = False

    @property
    def id(self) -> str:
        """Such as "person.skills"."""
        return f"{self.by}.{self.field}"


def write_lines(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Lines as JSON."""
    return [{name: value for name, value in asdict(line).items() if value} for line in lines]


def read_lines(raw: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    """Lines from their JSON; what this version no longer knows is dropped."""
    lines = (Line(**{**_known(one), "options": tuple(one.get("options", ()))}) for one in raw)
    return tuple(line for line in lines if line.id in LINES)


def digest(lines: Iterable[Line], salt: str) -> str:
    """Identifies this content and no other; `salt` keeps short answers from being guessed from it."""
    written = json.dumps([salt, write_lines(sorted(lines, key=lambda line: line.id))], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()


def own_words(text: str) -> Text:
    """Free text as it was written, each line kept in its own direction, whatever stands around it (Unicode UAX 9)."""
    lines = (_DIRECTING.sub("", line).strip() for line in text.splitlines())
    return Text.verbatim("\n".join(f"\u2068{line}\u2069" for line in lines if line))


def name_of(line_id: str) -> Text:
    """The name of a line: "Dit kan ik goed"."""
    return Text.of(f"transition.name.{line_id}")


def value_of(line: Line) -> Text:
    """What a line says, in one piece."""
    options = [Text.of(f"transition.option.{_group(line.field)}.{option}") for option in _known_options(line)]
    parts = [*options, *([own_words(line.words)] if line.words else [])]
    return joined("transition.show.both", parts) if parts else Text.of("transition.mark.unknown")


def said(line: Line) -> Text:
    """A whole line: its name, what it says, and how sure that is."""
    value = value_of(line)
    if line.options or line.words:
        value = Text.of("transition.show.marked", value=value, mark=mark_of(line))
    return Text.of("transition.show.line", name=name_of(line.id), value=value)


def mark_of(line: Line) -> Text:
    """How sure a line is and who said it."""
    if line.objected:
        return Text.of("transition.mark.objected")
    if line.mark == "said":
        return Text.of(f"transition.mark.said_{line.told or line.by}")
    return Text.of(f"transition.mark.{line.mark}")


def paragraphs(form: Form, lines: Sequence[Line]) -> tuple[Text, ...]:
    """The document for the chat: a paragraph for each section that has lines."""
    return tuple(
        joined("transition.show.under", [title, *(said(line) for line in found)])
        for title, found in sections(form, lines)
    )


def sheet_of(form: Form, lines: Sequence[Line], names: Sequence[Text] = ()) -> SheetPlan:
    """The document on paper; `names` are lines above it, such as for whom it is."""
    rows: list[tuple[RowKind, Text]] = [("title", form.title), *(("small", name) for name in names)]
    for title, found in sections(form, lines):
        rows.append(("heading", title))
        for line in found:
            rows += _rows(line)
    rows.append(("small", Text.of("transition.document.foot")))
    return SheetPlan(Text.of("transition.document.paper"), tuple(rows))


def _rows(line: Line) -> list[tuple[RowKind, Text]]:
    """A line on paper: own words stand below it, apart, as they were written."""
    if not line.words:
        return [("text", said(line))]
    marked = said(replace(line, words="")) if line.options else None
    named = Text.of("transition.show.marked", value=name_of(line.id), mark=mark_of(line))
    return [("text", marked or named), ("words", own_words(line.words))]


def sections(form: Form, lines: Sequence[Line]) -> tuple[tuple[Text, tuple[Line, ...]], ...]:
    """The lines under their headings, in the form's order; a section without lines is left out."""
    by_id = {line.id: line for line in lines}
    found = ((section.title, tuple(by_id[id] for id in section.lines if id in by_id)) for section in form.sections)
    return tuple((title, under) for title, under in found if under)


def joined(text_id: str, parts: Sequence[Text]) -> Text:
    """Texts as one, two by two, in a text with the places {first} and {rest}."""
    return reduce(lambda rest, first: Text.of(text_id, first=first, rest=rest), reversed(parts[:-1]), parts[-1])


def _group(field: str) -> str:
    """The sectors of work have one set of names."""
    return "sector" if field in ("experience", "work") else field


def _known_options(line: Line) -> tuple[str, ...]:
    return tuple(option for option in line.options if option in OPTIONS.get(line.field, ()))


def _known(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if name in Line.__slots__}
