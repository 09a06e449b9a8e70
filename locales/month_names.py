"""The names of the months in a language, from Babel.

Kept on disk: for them Babel loads all that it knows of a language, more than a megabyte each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import babel
from babel.dates import get_month_names

from locales.compiled import kept

_FOLDER = Path(__file__).parent
_MADE_OF = (Path(__file__), Path(babel.__file__))


@dataclass(frozen=True, slots=True)
class Months:
    """Twelve names each, January first: within a date ("17 juli") and alone, whole and short."""

    in_date: tuple[str, ...]
    alone: tuple[str, ...]
    in_date_short: tuple[str, ...]
    alone_short: tuple[str, ...]


@cache
def months(code: str) -> Months:
    """The months in the language with this code."""
    made = kept(_FOLDER / code / "__pycache__" / "months.json", _MADE_OF, lambda: _read(code))
    return Months(**{form: tuple(names) for form, names in made.items()})


def _read(code: str) -> dict[str, list[str]]:
    return {
        "in_date": _listed(get_month_names("wide", "format", code)),
        "alone": _listed(get_month_names("wide", "stand-alone", code)),
        "in_date_short": _listed(get_month_names("abbreviated", "format", code)),
        "alone_short": _listed(get_month_names("abbreviated", "stand-alone", code)),
    }


def _listed(names: Mapping[int, str]) -> list[str]:
    return [names[number] for number in range(1, 13)]
