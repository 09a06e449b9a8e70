"""Forms of the overgangsdocument, of regions and of organisations: a TOML file each in VERDER_DOCUMENT_TEMPLATES."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from knowledge.transition_form import BadForm, Form, read_form, standard_form


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of the regions and organisations that have one; everybody else has the standard form."""

    regional: tuple[Form, ...] = ()

    def of(self, municipality: str, organisation: str = "") -> Form:
        """The form of an organisation (its id), else of the municipality (CBS code), else the standard one."""
        own = (form for form in self.regional if organisation in form.organisations)
        region = (form for form in self.regional if municipality in form.municipalities)
        return next(own, None) or next(region, standard_form())

    def named(self, name: str) -> Form:
        """The form with this name; the standard one when it is no longer there."""
        return next((form for form in self.regional if form.name == name), standard_form())


STANDARD = Forms()


def load_forms(folder: Path | None) -> Forms:
    """Reads every form of a folder. Raises `BadForm` for a file that is none, or that names somebody twice."""
    forms = tuple(_read(path) for path in sorted(folder.glob("*.toml"))) if folder else ()
    _only_once((form.name for form in (*forms, standard_form())), "name")
    _only_once((code for form in forms for code in form.municipalities), "municipality")
    _only_once((id for form in forms for id in form.organisations), "organisation")
    return Forms(forms)


def _read(path: Path) -> Form:
    try:
        return read_form(tomllib.loads(path.read_text("utf-8")))
    except (BadForm, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadForm(f"{path.name}: {error}") from None


def _only_once(values: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise BadForm(f"two forms have the {what} {value!r}")
        seen.add(value)
