"""Compiled catalogues: parsing a `.po` takes long, so its `.mo` is kept in a `__pycache__` beside it, as Python does."""

from __future__ import annotations

import os
from contextlib import suppress
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


class _Nothing(NullTranslations):
    """Says the empty text for what a catalogue lacks, where gettext itself would repeat the source."""

    def pgettext(self, context: str, message: str) -> str:
        """Nothing."""
        return ""


def read_catalogue(path: Path) -> NullTranslations:
    """What the `.po` file at this path translates, fuzzy ones left out; `pgettext` gives "" for what it lacks."""
    found = GNUTranslations(BytesIO(_compiled(path)))
    found.add_fallback(_Nothing())
    return found


def _compiled(path: Path) -> bytes:
    """The `.mo` of a `.po` that has not changed since (same time of change), otherwise made anew."""
    kept, changed = path.parent / "__pycache__" / "messages.mo", path.stat().st_mtime_ns
    if kept.exists() and kept.stat().st_mtime_ns == changed:
        return kept.read_bytes()
    with path.open("rb") as file:
        catalogue = read_po(file)
    made = BytesIO()
    write_mo(made, catalogue)
    _keep(kept, made.getvalue(), changed)
    return made.getvalue()


def _keep(path: Path, content: bytes, changed: int) -> None:
    """In one step, because several processes may do so together; not at all where nothing may be written."""
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(content)
        os.utime(draft, ns=(changed, changed))
        draft.replace(path)
