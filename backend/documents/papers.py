"""Makes a paper into a file to keep, whichever channel gives it."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

from backend.documents.calendar_file import make_ics
from backend.documents.rights_sheet import make_pdf
from dialogs.messages import OwnData, Paper, Sheet


def render(paper: Paper, *, stamp: datetime | None = None) -> tuple[bytes, str, str]:
    """The file, its media type, and a name for it in plain ASCII that says nothing about the person.

    `stamp` is when a calendar is made, with its time zone; now, when it is not given.
    """
    if isinstance(paper, Sheet):
        return make_pdf(paper), "application/pdf", f"{_slug(paper.name)}.pdf"
    if isinstance(paper, OwnData):
        raise ValueError("own data are made from the database, when they are fetched")
    made = make_ics(paper, stamp=stamp or datetime.now(UTC))
    return made, "text/calendar; charset=utf-8", f"{_slug(paper.name)}.ics"


def _slug(name: str) -> str:
    """The words of a name; what stands in brackets, "(pdf)", says no more than the extension does."""
    plain = unicodedata.normalize("NFKD", re.sub(r"\([^()]*\)", "", name)).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:40] or "verder"
