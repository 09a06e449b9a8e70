"""A language is offered only once its safety, consent and menu texts are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import locales

_NL = '[menu]\nmenu = "Terug"\n[rights]\nmore = "Meer"\n'
_ENTRY = (
    'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgctxt "{id}"\nmsgid "{nl}"\nmsgstr "{en}"\n'
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Languages of a made-up product: Dutch, and two others that have one sentence each."""
    for code, id, nl in (("en", "dialogs.menu.menu", "Terug"), ("fr", "dialogs.rights.more", "Meer")):
        (tmp_path / code / "LC_MESSAGES").mkdir(parents=True)
        words = _ENTRY.format(id=id, nl=nl, en="…")
        (tmp_path / code / "LC_MESSAGES" / "messages.po").write_text(words, "utf-8")
    (tmp_path / "nl").mkdir()
    (tmp_path / "nl" / "dialogs.toml").write_text(_NL, "utf-8")
    monkeypatch.setattr(locales, "_FOLDER", tmp_path)
    _forget()
    yield tmp_path
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    locales.source_texts.cache_clear()
    locales.languages.cache_clear()


def test_a_language_without_its_menu_is_not_offered(folder: Path) -> None:
    """A language that lacks a vital sentence is not in the list; one that lacks another sentence is."""
    assert list(locales.languages()) == ["nl", "en"]
    assert locales.language("fr").code == "nl"
