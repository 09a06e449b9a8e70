"""A picture and papers as answers carry them, and a service that answers whatever is typed with one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any
from unittest.mock import patch

from dialogs.conversation import Conversation
from dialogs.messages import (
    Calendar,
    CalendarEntry,
    Choice,
    Incoming,
    Picture,
    PictureStep,
    Reply,
    Sheet,
    SheetRow,
    SourceLink,
)
from dialogs.turn import Turn, take_turn
from knowledge.library import Knowledge

PICTURE = Picture(
    title="Wie helpt jou, en wanneer?",
    here="Jij bent hier",
    steps=(
        PictureStep("Van school", "juli 2025", "Je bent klaar met school."),
        PictureStep("Jaar 1", "tot juli 2026", "School moest jou hulp bieden."),
        PictureStep("Jaar 2", "tot juli 2027", "School moet hulp opnieuw aanbieden.", True),
        PictureStep("Daarna", "vanaf juli 2027", "De gemeente kan jou helpen."),
    ),
)
SHEET = Sheet(
    name="Mijn rechten op papier",
    languages=(("nl", "ltr"),),
    rows=(SheetRow("title", ("Mijn rechten",)), SheetRow("text", ("School moet hulp opnieuw aanbieden.",))),
)
CALENDAR = Calendar(
    name="De laatste dag in je agenda",
    language="nl",
    entries=(CalendarEntry("2027-07-16", "Laatste dag hulp van school", "Daarna stopt dit recht."),),
)
LAW = tuple(
    SourceLink("WVO 2020", "2.31a", paragraph, "https://wetten.overheid.nl/x", f"Woorden van lid {paragraph}.")
    for paragraph in ("1", "3")
)
ANSWER = Reply(
    text="Je oude school moet je nog helpen.\n\nHallo school, ik wil graag hulp.\nZie WVO 2020, artikel 2.31a.",
    language="nl",
    direction="ltr",
    choices=(Choice("menu", "Iets anders vragen"), Choice("copy:message", "Kopieer dit bericht")),
    sources=LAW,
    picture=PICTURE,
    papers=(SHEET, CALENDAR),
)

ARABIC = replace(
    ANSWER,
    text="المدرسة تساعدك.",
    language="ar",
    direction="rtl",
    choices=(Choice("menu", "سؤال آخر"),),
    picture=Picture(
        title="من يساعدك؟",
        here="أنت هنا",
        steps=(PictureStep("المدرسة", "juli 2025", "انتهت."), PictureStep("UWV", "2026", "الآن.", True)),
    ),
)
"""The same from right to left."""


@contextmanager
def answering(reply: Reply = ANSWER) -> Iterator[None]:
    """While the block runs, whatever is typed is answered with this."""

    def take(talk: Conversation, incoming: Incoming, known: Knowledge, today: date, **more: Any) -> Turn:
        turn = take_turn(talk, incoming, known, today, **more)
        return replace(turn, replies=(reply,), effects=()) if incoming.text else turn

    with patch("backend.conversations.service.take_turn", take):
        yield
