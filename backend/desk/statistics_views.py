"""The figures in words: sections with a picture and a table each, and the same as rows for a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal

from backend.desk.words import Words
from backend.documents.bar_chart import Bar, draw_bars
from backend.documents.spreadsheet import Rows
from backend.statistics.reading import HOURS, AnswerTimes, Line, Table
from knowledge.regions import Regions

REGION = "region-"
_LONGEST = HOURS[-2]


@dataclass(frozen=True, slots=True)
class Section:
    """A table of figures with its picture (SVG) under a heading; `rows` are what and how many, in words."""

    name: str
    title: str
    lead: str
    chart: str
    rows: Sequence[tuple[str, str]]


def section(words: Words, table: Table, regions: Regions) -> Section:
    """One measure."""
    title = words(f"statistics.title.{table.name}")
    named = [(line_name(words, table.name, line, regions), line.count) for line in table.lines]
    bars = [Bar(name, count, number(words, count)) for name, count in named]
    return Section(
        name=table.name,
        title=title,
        lead=words(f"statistics.lead.{table.name}"),
        chart=draw_bars(title, words("statistics.page.alt"), bars),
        rows=[(bar.label, bar.shown) for bar in bars],
    )


def answers(words: Words, found: AnswerTimes) -> Section:
    """How fast first answers came; limits in working hours."""
    lines: list[tuple[str, float | None, str]] = []
    for name, hours in (("median", found.median), ("p90", found.p90)):
        lines.append((words(f"statistics.answer.{name}"), hours, _within(words, hours)))
    bars = [Bar(name, None if value == float("inf") else value, shown) for name, value, shown in lines]
    title = words("statistics.title.answer")
    return Section(
        name="answer",
        title=title,
        lead=words("statistics.lead.answer"),
        chart=draw_bars(title, words("statistics.page.alt"), bars),
        rows=[
            (words("statistics.answer.count"), number(words, found.count)),
            *((name, shown) for name, _, shown in lines),
        ],
    )


def line_name(words: Words, table: str, line: Line, regions: Regions) -> str:
    """What a line counts."""
    key = line.key
    match table:
        case "reach" if key.startswith(REGION):
            return words("statistics.reach.region", name=region_name(regions, key))
        case "reach" if key != "all":
            return place_name(regions, key)
        case "unmet" if key.startswith("language-"):
            return words("statistics.unmet.language", language=words.language_name(key.removeprefix("language-")))
        case "helped":
            goal, _, word = key.partition(" ")
            return words(f"statistics.helped.{word}", goal=words(f"statistics.question.{goal}"))
        case "kind" if key:
            return words.named("help", key)
        case "language":
            return words.language_name(key)
    return words(f"statistics.{table}.{key or 'all'}")


def number(words: Words, count: int | None) -> str:
    """A count, or the sign for what is not shown."""
    return words("statistics.page.hidden") if count is None else format_decimal(count, locale=words.language.code)


def period_name(words: Words, period: str) -> str:
    """Such as "oktober 2026", "kwartaal 3 van 2026" or "jaar 2026"."""
    year, _, part = period.partition("-")
    if not part:
        return words("statistics.page.year", year=year)
    if part.startswith("Q"):
        return words("statistics.page.quarter", number=part[1:], year=year)
    return format_date(date(int(year), int(part), 1), "LLLL y", locale=words.language.code)


def region_name(regions: Regions, key: str) -> str:
    """The name of a Doorstroompunt region by its key."""
    found = regions.doorstroompunt(key.removeprefix(REGION))
    return found.name if found else key


def place_name(regions: Regions, code: str) -> str:
    """The name of a municipality."""
    found = regions.municipality(code)
    return found.name if found else code


def file_rows(words: Words, sections: Sequence[Section], *, period: str, place: str) -> Rows:
    """All sections as the rows of a file: figures as numbers, what is not shown as its sign."""
    head = [words(f"statistics.export.{name}") for name in ("measure", "detail", "period", "place", "count")]
    return [
        head,
        *([one.title, name, period, place, _figure(shown)] for one in sections for name, shown in one.rows),
    ]


def _figure(shown: str) -> str | int:
    digits = shown.replace(".", "").replace(",", "")
    return int(digits) if digits.isascii() and digits.isdecimal() else shown


def _within(words: Words, hours: float | None) -> str:
    if hours is None:
        return words("statistics.page.hidden")
    if hours == float("inf"):
        return words("statistics.answer.beyond", hours=_LONGEST)
    return words("statistics.answer.within", hours=format_decimal(hours, locale=words.language.code))
