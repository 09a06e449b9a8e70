"""Writes the days on which rights end, or the moment of a call, as an iCalendar file for the calendar of a phone."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta

import icalendar

from backend.documents.typesetting import clean
from backend.dutch_time import AMSTERDAM
from dialogs.messages import Calendar, CalendarEntry

_WARNINGS = (timedelta(days=-28, hours=9), timedelta(days=-1, hours=9))
"""Four weeks before and one day before, at nine in the morning: a phone that rings at midnight helps nobody."""
_SHORT_WARNING = timedelta(hours=-1)
_CALL = timedelta(minutes=30)


def make_ics(calendar: Calendar, *, stamp: datetime) -> bytes:
    """The file, RFC 5545: whole days that leave the day free, each with two alarms, or moments with one. `stamp` is when
    the file is made. The same day with the same title keeps its UID, so importing it again doubles nothing.
    """
    file = icalendar.Calendar()
    for name, value in (
        ("prodid", "-//Verder//NL"),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("method", "PUBLISH"),
    ):
        file.add(name, value)
    file.add("x-wr-calname", _one_line(calendar.name))
    for entry in calendar.entries:
        file.add_component(_event(entry, calendar.language, stamp))
    made: bytes = file.to_ical()
    return made


def _event(entry: CalendarEntry, language: str, stamp: datetime) -> icalendar.Event:
    day, title = date.fromisoformat(entry.day), _one_line(entry.title)
    event = icalendar.Event()
    event.add("uid", hashlib.sha256(f"{entry.day} {title}{entry.time or ''}".encode()).hexdigest()[:32] + "@verder")
    event.add("dtstamp", stamp)
    if entry.time:
        begins = datetime.combine(day, time.fromisoformat(entry.time), AMSTERDAM).astimezone(UTC)
        event.add("dtstart", begins)
        event.add("dtend", begins + _CALL)
    else:
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
    event.add("summary", title, {"language": language})
    event.add("description", clean(entry.text), {"language": language})
    event.add("transp", "OPAQUE" if entry.time else "TRANSPARENT")
    for before in (_SHORT_WARNING,) if entry.time else _WARNINGS:
        event.add_component(_alarm(before, title))
    return event


def _alarm(before: timedelta, title: str) -> icalendar.Alarm:
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", before)
    alarm.add("description", title)
    return alarm


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())
