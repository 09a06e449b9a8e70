"""The looks of municipalities: one TOML file each, checked when it is read, turned into a style sheet and a chat page.

A file is named after the municipality's CBS code (`0344.toml`) and says what differs: `name`, `color`, `dark_color`,
`accent`, `logo` (an SVG or PNG beside it), `logo_alt`, `away`, `sites` (which alone may show this chat in a frame), and
`[first_text]` with a sentence by language. A colour on which words could not be read is refused with its contrast.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.web_widget.framing import frame_ancestors
from bot.web_widget.look import Look
from locales import SOURCE, languages

AWAY = "https://www.wikipedia.org/"
_FILES = "/static/widget"
_LARGEST_LOGO = 20_000
_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}
_NAMES = {"name", "color", "dark_color", "accent", "logo", "logo_alt", "away", "sites", "first_text"}
_CODE = re.compile(r"\d{4}")
_COLOR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_OWN = {"color": "#00564d", "accent": "#ffc53d"}
_UNDER = ("#eef3f0", "#fff3d6")
"""What words in the main colour stand on, of the style sheet's own colours: page and a counsellor's bubble."""
_UNDER_DARK = ("#0e1716", "#1c2927", "#3a3018", "#04221d")
_ON_ACCENT = "#241a00"
_READABLE, _VISIBLE = 4.5, 3.0


class BadLook(ValueError):
    """A file that cannot be used; the message says which, and every reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dress:
    """One municipality's look, checked. `first` is the first sentence by language; `logo` the file's bytes and type;
    `sites` are the only ones that may show its chat in a frame, unless there are none."""

    code: str
    name: str = "Verder"
    color: str = _OWN["color"]
    dark_color: str = ""
    accent: str = _OWN["accent"]
    logo: tuple[bytes, str] | None = None
    logo_alt: str = ""
    away: str = AWAY
    first: Mapping[str, str] = field(default_factory=dict)
    sites: tuple[str, ...] = ()

    @property
    def style(self) -> str:
        """The properties that chat.css and the public pages look for."""
        dark = self.dark_color or _lighter(self.color)
        values = {"kleur": self.color, "accent": self.accent, "donker-kleur": dark, "donker-accent": self.accent}
        return ":root{" + "".join(f"--verder-{name}:{value};" for name, value in values.items()) + "}"

    @property
    def logo_url(self) -> str:
        return f"{_FILES}/look-{self.code}.logo" if self.logo else ""

    @property
    def look(self) -> Look:
        """The same for the public pages."""
        return Look(
            style_url=f"{_FILES}/look-{self.code}.css",
            logo_url=self.logo_url,
            logo_alt=self.logo_alt,
            first_text=self.first.get(SOURCE, ""),
        )


def read_looks(folder: Path) -> Mapping[str, Dress]:
    """The looks of a folder by CBS code. Raises `BadLook` with every reason why one cannot be used."""
    read = [_read(path) for path in sorted(folder.glob("*.toml"))]
    reasons = [f"{dress.code}.toml: {reason}" for dress in read for reason in _reasons(dress)]
    if reasons:
        raise BadLook("; ".join(reasons))
    return {dress.code: dress for dress in read}


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (#rrggbb) as WCAG 2.2 counts it, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _read(path: Path) -> Dress:
    if not _CODE.fullmatch(path.stem):
        raise BadLook(f"{path.name}: the name of the file must be the CBS code of a municipality, such as 0344.toml")
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise BadLook(f"{path.name}: {error}") from error
    unknown = sorted(said.keys() - _NAMES)
    if unknown:
        raise BadLook(f"{path.name}: nothing is called {', '.join(unknown)}")
    logo = _logo(path, said.pop("logo")) if "logo" in said else None
    first, sites = dict(said.pop("first_text", {})), said.pop("sites", [])
    if not isinstance(sites, list) or not all(isinstance(one, str) for one in sites):
        raise BadLook(f"{path.name}: sites must be a list of addresses")
    values: dict[str, Any] = said
    return Dress(code=path.stem, logo=logo, first=first, sites=tuple(sites), **values)


def _logo(path: Path, name: str) -> tuple[bytes, str]:
    file = path.parent / Path(name).name
    if file.suffix not in _TYPES or not file.is_file():
        raise BadLook(f"{path.name}: there is no SVG or PNG {name!r} beside it")
    return file.read_bytes(), _TYPES[file.suffix]


def _reasons(dress: Dress) -> Iterator[str]:
    """What is wrong with a look."""
    if dress.logo and (len(dress.logo[0]) > _LARGEST_LOGO or b"<script" in dress.logo[0].lower()):
        yield f"the logo must have no script and at most {_LARGEST_LOGO} bytes"
    if not dress.away.startswith("https://"):
        yield "away must begin with https://"
    try:
        frame_ancestors(dress.sites)
    except ValueError as error:
        yield f"sites: {error}"
    yield from (f"first_text.{code} is no language" for code in dress.first if code not in languages())
    if dress.first and SOURCE not in dress.first:
        yield f"first_text needs {SOURCE}"
    colors = {"color": dress.color, "dark_color": dress.dark_color or _lighter(dress.color), "accent": dress.accent}
    wrong = [f"{name} must be written like #00564d" for name, color in colors.items() if not _COLOR.fullmatch(color)]
    yield from wrong or _faint(**colors)


def _faint(*, color: str, dark_color: str, accent: str) -> Iterator[str]:
    pairs = [
        *(("color", color, under, _READABLE) for under in _UNDER),
        *(("dark_color", dark_color, under, _READABLE) for under in _UNDER_DARK),
        ("accent", accent, _ON_ACCENT, _READABLE),
        ("accent", accent, color, _VISIBLE),
    ]
    for name, one, other, least in pairs:
        found = contrast(one, other)
        if found < least:
            yield f"{name} {one} and {other} have a contrast of {found:.1f} to 1; at least {least} is needed"


def _lighter(color: str) -> str:
    """The colour mixed with white until words in it can be read on dark surfaces; itself when it is no colour."""
    if not _COLOR.fullmatch(color):
        return color
    for tenths in range(11):
        mixed = "#" + "".join(f"{round(part + (255 - part) * tenths / 10):02x}" for part in _parts(color))
        if all(contrast(mixed, under) >= _READABLE for under in _UNDER_DARK):
            break
    return mixed


def _luminance(color: str) -> float:
    parts = [part / 255 for part in _parts(color)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))
