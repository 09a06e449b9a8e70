"""Papers to keep: "my rights" on one page in every script, and the last days for a calendar."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest

from backend.documents.calendar_file import make_ics
from backend.documents.papers import render
from backend.documents.rights_sheet import make_pdf
from dialogs.messages import Calendar, CalendarEntry, Direction, RowKind, Sheet, SheetRow
from pdf_reading import Pdf, words

STAMP = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
KINDS: tuple[RowKind, ...] = ("title", "small", "heading", "text", "law", "law", "small")
DUTCH = (
    "Mijn rechten",
    "Dit geldt op 22 november 2026.",
    "Je oude school",
    "Ja, je oude school moet je nog helpen. Dat geldt tot 1 augustus 2027.",
    "WVO 2020 artikel 2.31a lid 3",
    "WEC artikel 12a (vso) / 18-2-2027",
    "Dit is informatie, geen besluit.",
)
# Words to look at the script with, not translations.
ARABIC = (
    "حقوقي",
    "هذا في 22 november 2026.",
    "مدرستك القديمة",
    "نعم، مدرستك تساعدك (حتى 1 augustus 2027) في Praktijkschool De Brug. اليوم ١٢/٠٨/٢٠٢٧.",
    "WVO 2020 artikel 2.31a lid 3",
    "القانون 12a / 18-2-2027",
    "هذه معلومات.",
)
TIGRINYA = (
    "መሰለይ",
    "ኣብ 22 november 2026 ቅኑዕ እዩ።",
    "ቤት ትምህርትኻ",
    "እወ፡ ቤት ትምህርትኻ ክሕግዘካ ኣለዎ (ክሳብ 1 augustus 2027)።",
    "WVO 2020 artikel 2.31a lid 3",
    "ሕጊ 12a / 18-2-2027",
    "እዚ ሓበሬታ እዩ።",
)


def beside(code: str, direction: Direction, words: tuple[str, ...], times: int = 1) -> Sheet:
    """A sheet in a language beside Dutch, its middle rows repeated."""
    rows = tuple(SheetRow(*row) for row in zip(KINDS, zip(words, DUTCH, strict=True), strict=True))
    rows = (*rows[:2], *rows[2:-1] * times, rows[-1])
    return Sheet(name=words[0], languages=((code, direction), ("nl", "ltr")), rows=rows)


ALONE = Sheet(
    name="Mijn rechten",
    languages=(("nl", "ltr"),),
    rows=tuple(SheetRow(kind, (text,)) for kind, text in zip(KINDS, DUTCH, strict=True)),
)


@pytest.mark.parametrize(
    ("sheet", "language"),
    [(ALONE, "nl"), (beside("ar", "rtl", ARABIC), "ar"), (beside("ti", "ltr", TIGRINYA), "ti")],
    ids=["nl", "ar", "ti"],
)
def test_one_page_with_title_and_language(sheet: Sheet, language: str) -> None:
    """A4, one page, and the reader's programme knows its name and language; nothing says who or when."""
    data = make_pdf(sheet)
    assert len(Pdf(data).pages) == 1
    assert f"/Lang ({language})".encode() in data
    assert make_pdf(replace(sheet, name="Iets anders (pdf)")) == data, "its name is its first title"
    assert re.search(rb"/MediaBox \[0 0 595.28 841.89\]", data)
    title = sheet.name.encode("utf-16-be").hex()
    assert f"/Title <feff{title}>".encode() in data or f"/Title ({sheet.name})".encode() in data
    assert b"/CreationDate (D:20260101000000Z)" in data


def test_the_same_sheet_gives_the_same_bytes() -> None:
    """A paper asked twice is the same paper."""
    assert make_pdf(beside("ar", "rtl", ARABIC)) == make_pdf(beside("ar", "rtl", ARABIC))


def test_dutch_words_can_be_copied() -> None:
    """Every row of the sheet can be taken out as text, slashes, brackets and figures too."""
    shown = words(Pdf(make_pdf(ALONE))).replace(" ", "")
    for text in DUTCH:
        assert text.replace(" ", "") in shown


def test_every_sign_of_every_script_is_on_the_paper() -> None:
    """Slashes and brackets beside Arabic and Ethiopic letters are not lost, and no letter is."""
    for sheet in (beside("ar", "rtl", ARABIC), beside("ti", "ltr", TIGRINYA)):
        shown = words(Pdf(make_pdf(sheet)))
        wanted = "".join(text for row in sheet.rows for text in row.texts)
        for sign in set(wanted) - {" "}:
            assert shown.count(sign) == wanted.count(sign), sign


def test_arabic_is_joined_and_turned() -> None:
    """A letter has several forms, words stand from right to left, Dutch in it from left to right."""
    pdf = Pdf(make_pdf(beside("ar", "rtl", ARABIC)))
    forms = [found for one in pdf.maps.values() for found in one.values() if found == "م"]
    assert len(forms) > 2
    runs = [run[3] for run in pdf.runs()]
    assert "مدرستك القديمة"[::-1] in runs
    assert "1 augustus 2027" in words(pdf) and "Praktijkschool De Brug" in words(pdf)
    assert "١٢/٠٨/٢٠٢٧" in words(pdf).replace(" ", "")


def test_rows_stand_beside_each_other_and_arabic_on_the_right() -> None:
    """The same row begins at one height in both columns; the column read from the right ends at the right margin."""
    runs = list(Pdf(make_pdf(beside("ar", "rtl", ARABIC))).runs())
    dutch = next(run for run in runs if run[3] == "Mijn rechten")
    arabic = next(run for run in runs if run[3] == "حقوقي"[::-1])
    assert dutch[0] < 297 < arabic[0]
    assert abs(dutch[1] - arabic[1]) < 0.5
    left = list(Pdf(make_pdf(beside("ti", "ltr", TIGRINYA))).runs())
    assert next(run for run in left if run[3] == "መሰለይ")[0] < next(run for run in left if run[3] == "Mijn rechten")[0]


def test_much_text_shrinks_before_it_takes_a_second_page() -> None:
    """Smaller letters first, never text under 8 points; after that more pages, legible, with nothing lost."""
    sizes = {}
    for times in (1, 8, 12):
        pdf = Pdf(make_pdf(beside("ar", "rtl", ARABIC, times)))
        sizes[times] = next(run[2] for run in pdf.runs() if run[3].startswith("Ja, je oude"))
        assert (len(pdf.pages) == 1) == (times < 12)
        assert words(pdf).count("moet je nog helpen") + words(pdf).count("moet je noghelpen") >= times
        assert all(run[1] > 40 for run in pdf.runs()), "nothing runs off the page"
    assert sizes[1] == 12 and 8 <= sizes[8] < 12 and sizes[12] == 9


CALENDAR = Calendar(
    name="Einddatums",
    language="nl",
    entries=(
        CalendarEntry(
            "2027-07-31", "Laatste dag: je oude school; hulp", "Bel, vóór deze dag.\n" + "Vraag wat er kan. " * 9
        ),
        CalendarEntry("2028-02-29", "آخر يوم", "مدرستك القديمة"),
    ),
)


def test_a_phone_can_read_the_calendar() -> None:
    """Parsed again it has whole, free days with their words, and alarms four weeks and one day before."""
    data = make_ics(CALENDAR, stamp=STAMP)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    read = icalendar.Calendar.from_ical(data)
    assert (read["version"], read["prodid"], read["x-wr-calname"]) == ("2.0", "-//Verder//NL", "Einddatums")
    for event, entry in zip(read.walk("VEVENT"), CALENDAR.entries, strict=True):
        assert not event.errors
        day = date.fromisoformat(entry.day)
        assert (event["dtstart"].dt, event["dtend"].dt) == (day, day + timedelta(days=1))
        assert (event["summary"], event["description"]) == (entry.title, entry.text)
        assert event["transp"] == "TRANSPARENT" and event["dtstamp"].dt == STAMP
        alarms = [(alarm["action"], alarm["trigger"].dt) for alarm in event.walk("VALARM")]
        assert alarms == [("DISPLAY", timedelta(days=-28, hours=9)), ("DISPLAY", timedelta(days=-1, hours=9))]


def test_importing_twice_doubles_nothing() -> None:
    """The same day and title keep their name between files, and no two days share one."""
    first, second = (
        [str(event["uid"]) for event in icalendar.Calendar.from_ical(make_ics(CALENDAR, stamp=stamp)).walk("VEVENT")]
        for stamp in (STAMP, STAMP + timedelta(days=40))
    )
    assert first == second and len(set(first)) == 2


def test_words_cannot_become_lines_of_the_calendar() -> None:
    """New lines and control characters in a title cannot begin a property of their own."""
    entry = CalendarEntry("2027-07-31", "Hulp\r\nATTACH:https://example.org\x00", "x")
    read = icalendar.Calendar.from_ical(make_ics(Calendar(name="n\nX:y", language="nl", entries=(entry,)), stamp=STAMP))
    (event,) = read.walk("VEVENT")
    assert "attach" not in event and "x" not in read


def test_papers_become_files_with_neutral_names() -> None:
    """A name says what it is and never who; a name in another script has no letters to give."""
    data, media_type, name = render(replace(ALONE, name="Mijn rechten (pdf)"))
    assert data.startswith(b"%PDF") and (media_type, name) == ("application/pdf", "mijn-rechten.pdf")
    data, media_type, name = render(CALENDAR, stamp=STAMP)
    assert data == make_ics(CALENDAR, stamp=STAMP)
    assert (media_type, name) == ("text/calendar; charset=utf-8", "einddatums.ics")
    assert render(CALENDAR)[0].startswith(b"BEGIN:VCALENDAR")
    assert render(beside("ar", "rtl", ARABIC))[2] == "verder.pdf"
