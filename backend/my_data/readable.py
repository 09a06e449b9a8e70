"""Everything that is held about a person as one page to read: no script, nothing from outside, every value as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any

from backend.dutch_time import AMSTERDAM
from backend.register.reading import the_register
from locales import Language, Text, language, source_texts

_FIRST = ("conversation", "messages", "requests", "consents", "sharing", "who_looked")
_HIDDEN = ("choices", "image", "sources", "direction", "offered")
"""What only serves to draw a message: it is in the file for computers."""
_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:45rem;margin:1rem auto;padding:0 1rem}"
    "dl{border-top:1px solid #999;padding:.5rem 0;margin:0}dt{font-weight:bold;margin-top:.4rem}dd{margin:0 0 0 1rem}"
    "dd{overflow-wrap:anywhere;white-space:pre-line}"
)


def readable(sections: Mapping[str, Any], code: str) -> str:
    """The page (HTML, UTF-8) of an export, in the language of this code, Dutch where that lacks a word."""
    spoken = language(code)
    names = _names()
    order = sorted(sections, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    body = "".join(_section(spoken, names, name, sections[name]) for name in order if sections[name])
    title = escape(_word(spoken, "my_data.menu.choice"))
    head = f'<meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>{title}</title>'
    return (
        f'<!doctype html><html lang="{spoken.code}" dir="{spoken.direction}"><head>{head}<style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1>{body}</body></html>"
    )


def _section(spoken: Language, names: Mapping[tuple[str, str], str], section: str, found: Any) -> str:
    heading = escape(_word(spoken, f"held.section.{section}", section))
    rows = [found] if isinstance(found, Mapping) else list(found)
    return f"<h2>{heading}</h2>" + "".join(_row(spoken, names, section, row) for row in rows)


def _row(spoken: Language, names: Mapping[tuple[str, str], str], section: str, row: Any) -> str:
    shown = [(key, value) for key, value in row.items() if key not in _HIDDEN and value not in (None, "", [], {})]
    pairs = "".join(
        f"<dt>{escape(_name(spoken, names, section, key))}</dt><dd dir='auto'>{_value(value)}</dd>"
        for key, value in shown
    )
    return f"<dl>{pairs}</dl>"


def _value(value: Any) -> str:
    return "<br>".join(escape(line) for line in _lines(value))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            for line in _lines(part):
                yield f"{key}: {line}"
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _lines(part)
    else:
        yield _moment(value) if isinstance(value, str) else str(value)


def _moment(value: str) -> str:
    """A time of the export in Dutch time; any other text as it is."""
    if not value.endswith("Z"):
        return value
    try:
        then = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{then.astimezone(AMSTERDAM):%d-%m-%Y %H:%M}"


def _names() -> Mapping[tuple[str, str], str]:
    """The text that names a value, by section and key."""
    texts = source_texts()
    found = {}
    for entry in the_register().tables.values():
        for column in entry.columns.values():
            ids = (f"held.{entry.name}.{column.name}", f"held.any.{column.name}")
            found[entry.section, column.shown_as] = next((id for id in ids if id in texts), "")
    return found


def _name(spoken: Language, names: Mapping[tuple[str, str], str], section: str, key: str) -> str:
    return _word(spoken, names.get((section, key)) or f"held.any.{key}", key)


def _word(spoken: Language, id: str, otherwise: str = "") -> str:
    text = Text.of(id)
    if spoken.has([text]):
        return spoken.say(text)
    return language(None).say(text) if id in source_texts() else otherwise
