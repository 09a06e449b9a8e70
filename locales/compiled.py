"""What takes long to read is kept beside its source in a `__pycache__`, as Python does: the `.mo` of a `.po`, the Dutch
texts of many files, the name of a language."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

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


def kept(place: Path, sources: Iterable[Path], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `make` gives (a JSON object), from `place` if it was made of these very files; otherwise made and kept there."""
    made_of = [[path.name, path.stat().st_mtime_ns] for path in sources]
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(place.read_bytes())
        if found["made_of"] == made_of:
            return dict(found["made"])
    made = make()
    _keep(place, json.dumps({"made_of": made_of, "made": made}, ensure_ascii=False).encode())
    return made


def _compiled(path: Path) -> bytes:
    """The `.mo` of a `.po` that has not changed since (same time of change), otherwise made anew."""
    place, changed = path.parent / "__pycache__" / "messages.mo", path.stat().st_mtime_ns
    if place.exists() and place.stat().st_mtime_ns == changed:
        return place.read_bytes()
    with path.open("rb") as file:
        catalogue = read_po(file)
    made = BytesIO()
    write_mo(made, catalogue)
    _keep(place, made.getvalue(), changed)
    return made.getvalue()


def _keep(path: Path, content: bytes, changed: int | None = None) -> None:
    """In one step, because several processes may do so together; not at all where nothing may be written."""
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(content)
        if changed is not None:
            os.utime(draft, ns=(changed, changed))
        draft.replace(path)
