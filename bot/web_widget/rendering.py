"""The widget's templates, and its own words in every language that has all of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, Template

from locales import SOURCE, Direction, languages, source_texts

FILES = "/static/widget"
_PREFIX = "widget."
_BORROWED = {"start.ask": "dialogs.start.choose_language", "state.receipt": "my_data.erased.receipt"}
"""Words of the conversation that the page says too."""


def template(name: str) -> Template:
    """A template of the widget."""
    return _environment().get_template(name)


def words_file(code: str) -> str:
    """The name of the file with a language's words."""
    return f"words-{code}.json"


def ui_words(code: str) -> tuple[str, Direction, Mapping[str, str]]:
    """The words of a language with its code and direction; Dutch where that language lacks some."""
    ui = widget_words()["ui"]
    found = code if code in ui else SOURCE
    return found, languages()[found].direction, ui[found]


@cache
def widget_words() -> dict[str, Any]:
    """What a page is rendered with: the widget's words by language, and the languages to choose from."""
    ids = [id for id in source_texts() if id.startswith(_PREFIX)]
    ui = {
        code: {id.removeprefix(_PREFIX): spoken.texts[id] for id in ids}
        | {key: spoken.texts.get(id, source_texts()[id]) for key, id in _BORROWED.items()}
        for code, spoken in languages().items()
        if all(id in spoken.texts for id in ids)
    }
    return {
        "languages": [(code, languages()[code].name, languages()[code].direction) for code in ui],
        "ui": ui,
        "words_url": f"{FILES}/{words_file('CODE')}",
    }


@cache
def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    return environment
