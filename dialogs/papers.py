"""What a person can keep of an answer: "my rights" on one page, and the last days for a calendar; before any language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from dialogs.messages import Calendar, CalendarEntry, OwnData, OwnDataForm, RowKind, Sheet, SheetRow
from knowledge.facts import Facts
from knowledge.rules import Outcome
from knowledge.statutes import Source
from knowledge.wording import answer_texts, flag_texts, reason_text
from locales import SOURCE, Language, Text, language

_LAWS = 3
"""How many places in the law stand under one answer: it is one page."""


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """A sheet before it is said: its rows in order."""

    name: Text
    rows: tuple[tuple[RowKind, Text], ...]

    def texts(self) -> tuple[Text, ...]:
        """Everything it says."""
        return (self.name, *(text for _, text in self.rows))

    def said(self, spoken: Language) -> Sheet:
        """In a language, beside simple Dutch; in Dutch alone for who reads Dutch."""
        columns = list(dict.fromkeys((spoken.code, SOURCE)))
        both = [language(code) for code in columns]
        rows = tuple(SheetRow(kind, tuple(one.say(text) for one in both)) for kind, text in self.rows)
        return Sheet(name=spoken.say(self.name), languages=tuple((one.code, one.direction) for one in both), rows=rows)


@dataclass(frozen=True, slots=True)
class CalendarPlan:
    """Days to remember before they are said: the day, its title, its words; `time` (HH:MM, Dutch time) when they are
    moments."""

    name: Text
    entries: tuple[tuple[date, Text, Text], ...]
    time: str | None = None

    def texts(self) -> tuple[Text, ...]:
        """Everything it says."""
        return (self.name, *(text for _, *both in self.entries for text in both))

    def said(self, spoken: Language) -> Calendar:
        """In a language."""
        entries = tuple(
            CalendarEntry(day.isoformat(), spoken.say(title), spoken.say(text), self.time)
            for day, title, text in self.entries
        )
        return Calendar(name=spoken.say(self.name), language=spoken.code, entries=entries)


@dataclass(frozen=True, slots=True)
class OwnDataPlan:
    """Everything that is held about the person, to read or for a computer; the host makes it when it is fetched."""

    FORMS: ClassVar[tuple[OwnDataForm, ...]] = ("read", "machine")
    name: Text
    form: OwnDataForm

    def texts(self) -> tuple[Text, ...]:
        """Its name: the file itself holds what was said."""
        return (self.name,)

    def said(self, spoken: Language) -> OwnData:
        """In a language."""
        return OwnData(name=spoken.say(self.name), language=spoken.code, form=self.form)


PaperPlan = SheetPlan | CalendarPlan | OwnDataPlan


def sheet_of(outcomes: Iterable[Outcome], facts: Facts, today: date) -> SheetPlan:
    """The answer for these actors on one page, each with its reason and its law."""
    rows: list[tuple[RowKind, Text]] = [
        ("title", Text.of("dialogs.papers.title")),
        ("small", Text.of("dialogs.papers.as_of", as_of=today)),
    ]
    for outcome in outcomes:
        rows += _rows(outcome, facts)
    rows.append(("small", Text.of("rights.disclaimer", as_of=today)))
    return SheetPlan(Text.of("dialogs.papers.sheet"), tuple(rows))


def calendar_of(outcomes: Iterable[Outcome], today: date) -> CalendarPlan | None:
    """The last day of each right that ends; None when none does."""
    entries = tuple(_entry(one) for one in outcomes if one.until and one.until > today)
    return CalendarPlan(Text.of("dialogs.papers.calendar"), entries) if entries else None


def law(source: Source) -> Text:
    """A place in the law as it is said: "WVO 2020 artikel 2.31a lid 3"."""
    values = {"law": source.law, "article": source.article}
    if source.paragraph:
        return Text.of("dialogs.rights.law_paragraph", paragraph=source.paragraph, **values)
    return Text.of("dialogs.rights.law", **values)


def _rows(outcome: Outcome, facts: Facts) -> Iterator[tuple[RowKind, Text]]:
    yield "heading", Text.of(f"rights.actors.{outcome.actor}")
    texts = (*answer_texts(outcome, facts), *flag_texts(outcome), reason_text(outcome, facts))
    for text in filter(None, texts):
        yield "text", text
    for source in outcome.sources[:_LAWS]:
        yield "law", law(source)


def _entry(outcome: Outcome) -> tuple[date, Text, Text]:
    """`until` is the first day on which it no longer holds, so the day before is the last."""
    assert outcome.until
    actor = Text.of(f"rights.actors.{outcome.actor}")
    text = Text.of("dialogs.papers.last_day_text", until=outcome.until)
    return outcome.until - timedelta(days=1), Text.of("dialogs.papers.last_day", actor=actor), text
