"""What the page of the duty list shows, in words: cards under their headings, classes, and requests without a date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal

from backend.desk.words import Words
from backend.dutch_time import in_amsterdam
from backend.duties.listing import Duties, Offer, Pupil, SchoolClass
from backend.duties.service import NUMBER, OFFERABLE
from knowledge.duties import AVERAGE_HOURS, SchoolDuty, Year
from knowledge.facts import read_facts
from knowledge.wording import spoken_date
from locales import Text

GROUPS = ("due", "one", "two", "other", "ended")
_ARTICLES = 3
_NAMES = {
    "left_school_date": "left_school_date",
    "vso_profile": "vso",
    "follow_on_enrolment": "follow_on",
    "dropped_out_of_follow_on": "dropped",
    "used_offer_year1": "used",
}
"""How the sentence of each fact is called."""


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the law."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class DutyWords:
    """What is due, why, until when, by which law, and what is doubtful."""

    due: str
    why: str
    until: str
    law: Sequence[Link]
    doubts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Card:
    """One former pupil; `send` is the label of the button, "" without one; `used` what was recorded ("", "yes", "no")."""

    id: str
    number: str
    open: bool
    badge: str = ""
    urgent: bool = False
    facts: Sequence[str] = ()
    language: str = ""
    duty: DutyWords | None = None
    send: str = ""
    offered: Sequence[str] = ()
    hours: Sequence[str] = ()
    asks_used: bool = False
    used: str = ""
    may_log: bool = False


@dataclass(frozen=True, slots=True)
class ClassCard:
    """An invited class."""

    id: str
    people: str
    tells: str
    badge: str
    duty: DutyWords


def groups_of(words: Words, found: Duties, names: Mapping[str, str]) -> Sequence[tuple[str, Sequence[Card]]]:
    """The cards under each heading that has any ("due" always); `names` are those of the counsellors by id."""
    cards: dict[str, list[Card]] = {key: [] for key in GROUPS}
    for pupil in found.pupils:
        cards[_group(pupil)].append(_card(words, pupil, names))
    return [(key, cards[key]) for key in GROUPS if cards[key] or key == "due"]


def class_card(words: Words, one: SchoolClass) -> ClassCard:
    """A class in words."""
    made = _day(words, in_amsterdam(one.invitation.made_at).date())
    return ClassCard(
        id=one.invitation.id,
        people=words("duties.class.people", people=one.invitation.people, day=made),
        tells=" ".join(_sentences(words, one.invitation.facts)),
        badge=words(f"duties.due.{one.duty.due}"),
        duty=_duty(words, one.duty),
    )


def hours_text(words: Words, minutes: int) -> str:
    """Minutes as hours, such as "1,5"."""
    return format_decimal(round(minutes / 60, 2), locale=words.language.code)


def _group(pupil: Pupil) -> str:
    if pupil.known is None:
        return "other"
    duty = pupil.known.duty
    if _offer_is_due(pupil):
        return "due"
    return duty.year if duty.year in ("one", "two", "ended") else "other"


def _offer_is_due(pupil: Pupil) -> bool:
    duty = pupil.known.duty if pupil.known else None
    return bool(duty and duty.due in OFFERABLE and duty.year in NUMBER and NUMBER[duty.year] not in pupil.offers)


def _card(words: Words, pupil: Pupil, names: Mapping[str, str]) -> Card:
    number = words("duties.pupil.title", number=pupil.id[:6])
    if pupil.known is None:
        return Card(pupil.id, number, open=False)
    known, due = pupil.known, _offer_is_due(pupil)
    duty = known.duty
    made = duty.due in OFFERABLE and NUMBER.get(duty.year) in pupil.offers
    return Card(
        id=pupil.id,
        number=number,
        open=True,
        badge=words("duties.due.made" if made else f"duties.due.{duty.due}"),
        urgent=due,
        facts=_sentences(words, read_facts(known.facts)),
        language=words.language_name(known.language),
        duty=_duty(words, duty),
        send=_send(words, duty) if due else "",
        offered=[line for offer in pupil.offers.values() for line in _offered(words, offer, names)],
        hours=_hours(words, pupil.minutes),
        asks_used=duty.year == "two" and duty.due in ("again", "again_if_unused", "guidance"),
        used={None: "", True: "yes", False: "no"}[known.used_first_year],
        may_log=duty.year not in ("enrolled", "unknown"),
    )


def _send(words: Words, duty: SchoolDuty) -> str:
    return words("duties.offer.send" if duty.due == "offer" else "duties.offer.send_again")


def _duty(words: Words, duty: SchoolDuty) -> DutyWords:
    outcome = duty.outcome
    key = "offer_enrolled" if duty.due == "offer" and duty.year == "enrolled" else duty.due
    missing = ", ".join(words(f"duties.fact.{need}") for need in outcome.needs if need in _NAMES)
    until = words("duties.pupil.until_day", day=_day(words, outcome.until)) if outcome.until else ""
    return DutyWords(
        due=words(f"duties.due.{duty.due}"),
        why=words("duties.why.ask", facts=missing) if key == "ask" else words(f"duties.why.{key}"),
        until=until,
        law=[_link(words, source.law, source.article, source.paragraph, source.url) for source in outcome.sources][
            :_ARTICLES
        ],
        doubts=[words(f"duties.doubt.{flag}") for flag in outcome.flags],
    )


def _link(words: Words, law: str, article: str, paragraph: str | None, url: str) -> Link:
    if paragraph:
        return Link(words("duties.pupil.paragraph", law=law, article=article, paragraph=paragraph), url)
    return Link(words("duties.pupil.article", law=law, article=article), url)


def _offered(words: Words, offer: Offer, names: Mapping[str, str]) -> Sequence[str]:
    day = _day(words, in_amsterdam(offer.offered_at).date())
    name = Text.verbatim(names.get(offer.offered_by or "", "?"))
    return (words("duties.offer.made", day=day, name=name), words(f"duties.offer.{offer.answer or 'silent'}"))


def _hours(words: Words, minutes: Mapping[Year, int]) -> Sequence[str]:
    lines = []
    for year, average in AVERAGE_HOURS.items():
        if year == "one" or minutes.get(year):
            spent = hours_text(words, minutes.get(year, 0))
            lines.append(words(f"duties.hours.{year}", spent=spent, average=hours_text(words, round(average * 60))))
    return lines


def _sentences(words: Words, facts: Mapping[str, object]) -> list[str]:
    """The facts that the duty depends on, about somebody else; other facts are left out."""
    told = {fact: value for fact, value in facts.items() if fact in _NAMES}
    return [words(f"duties.told.{_told(fact, value)}", value=spoken_date(value)) for fact, value in told.items()]


def _told(fact: str, value: object) -> str:
    return _NAMES[fact] if fact == "left_school_date" else f"{_NAMES[fact]}_{str(value).lower()}"


def _day(words: Words, day: date) -> str:
    return format_date(day, "d MMMM y", locale=words.language.code)
