"""Renewing catalogues: nothing a translator wrote is lost, nothing outdated is shown, and the file stays the same."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from locales import renew, source_texts

FIRST = {"a.one": "Eén", "a.two": "Twee {x}"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty catalogue in a folder of its own."""
    assert renew.main(["--add", "en"], tmp_path) == 0
    return tmp_path / "en" / "LC_MESSAGES" / "messages.po"


def _read(path: Path) -> dict[str, Message]:
    with path.open("rb") as file:
        return {message.context or "": message for message in read_po(file) if message.id}


def _translate(path: Path, source: dict[str, str], **words: str) -> None:
    """Renews for a source, and fills in translations by the last part of the id."""
    text = renew.renewed(path, source).decode()
    for id, dutch in source.items():
        if (name := id.partition(".")[2]) in words:
            text = text.replace(
                f'"{id}"\nmsgid "{dutch}"\nmsgstr ""', f'"{id}"\nmsgid "{dutch}"\nmsgstr "{words[name]}"'
            )
    path.write_text(text, "utf-8")


def test_a_new_language_has_every_text_empty(path: Path) -> None:
    """A new catalogue names every Dutch text in the order of the ids, and translates none."""
    messages = _read(path)
    assert list(messages) == sorted(source_texts())
    assert {id: message.id for id, message in messages.items()} == dict(source_texts())
    assert not any(message.string for message in messages.values())


def test_the_header_is_the_same_on_every_day(path: Path) -> None:
    """The file tells its language and charset, but no date, no tool and no translator."""
    head = path.read_text("utf-8").partition("msgctxt")[2].partition("\n\n")[0]
    assert '"Language: en\\n"' in head
    assert "charset=UTF-8" in head
    assert not any(word in head for word in ("Date", "Babel", "Generated", "Translator"))


def test_renewing_what_is_current_changes_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second run finds nothing to do, and --check agrees."""
    before = path.read_bytes()
    capsys.readouterr()
    assert renew.main([], path.parents[2]) == 0
    assert renew.main(["--check"], path.parents[2]) == 0
    assert (path.read_bytes(), capsys.readouterr().out) == (before, "")


def test_check_only_tells(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--check leaves an outdated catalogue as it is, names it and exits with 1; without it the catalogue is renewed."""
    path.write_bytes(renew.renewed(path, FIRST))
    before = path.read_bytes()
    capsys.readouterr()
    assert renew.main(["--check"], path.parents[2]) == 1
    assert path.read_bytes() == before
    assert capsys.readouterr().out == "en/LC_MESSAGES/messages.po: out of date\n"
    assert renew.main([], path.parents[2]) == 0
    assert renew.stale(path.parents[2]) == []


def test_a_changed_dutch_text_keeps_its_translation_as_a_suggestion(path: Path) -> None:
    """The translation stays, marked fuzzy, with the Dutch it was made for; a second change keeps that first Dutch."""
    _translate(path, FIRST, one="One", two="Two {x}")
    for dutch in ("Precies één", "Nog maar één"):
        path.write_bytes(renew.renewed(path, {**FIRST, "a.one": dutch}))
        message = _read(path)["a.one"]
        assert (message.id, message.string, message.fuzzy) == (dutch, "One", True)
        assert '#| msgid "Eén"\n' in path.read_text("utf-8")
    assert not _read(path)["a.two"].fuzzy


def test_a_translator_who_approves_ends_the_doubt(path: Path) -> None:
    """Once the fuzzy mark is taken away the old Dutch goes too, and a remark of the translator stays."""
    _translate(path, FIRST, one="One")
    changed = {**FIRST, "a.one": "Precies één"}
    path.write_bytes(renew.renewed(path, changed))
    path.write_text(path.read_text("utf-8").replace("#, fuzzy", "# as said at school"), "utf-8")
    path.write_bytes(renew.renewed(path, changed))
    message = _read(path)["a.one"]
    assert (message.string, message.fuzzy) == ("One", False)
    assert message.user_comments == ["as said at school"]


def test_the_old_dutch_may_have_lines_and_quotes(path: Path) -> None:
    """The Dutch beside a doubted translation is the whole old text, however often the catalogue is renewed."""
    dutch = 'Zeg "ja".\nOf zeg "nee".'
    _translate(path, {"a.one": "Eén"}, one="One")
    path.write_bytes(renew.renewed(path, {"a.one": dutch}))
    path.write_text(path.read_text("utf-8").replace("#, fuzzy\n", "").replace('#| msgid "Eén"\n', ""), "utf-8")
    path.write_bytes(renew.renewed(path, {"a.one": "Anders"}))
    once = path.read_text("utf-8")
    assert '#| msgid "" "Zeg \\"ja\\".\\n" "Of zeg \\"nee\\"."\n' in once
    assert renew.renewed(path, {"a.one": "Anders"}).decode() == once


def test_a_changed_text_without_translation_just_changes(path: Path) -> None:
    """Where there was no translation there is nothing to keep or to doubt."""
    path.write_bytes(renew.renewed(path, FIRST))
    path.write_bytes(renew.renewed(path, {**FIRST, "a.one": "Anders"}))
    message = _read(path)["a.one"]
    assert (message.id, message.string, message.fuzzy) == ("Anders", "", False)


def test_vanished_texts_go_and_new_ones_come_in_empty(path: Path) -> None:
    """The catalogue has exactly the ids of the source; what stays keeps its translation."""
    _translate(path, FIRST, one="One", two="Two {x}")
    path.write_bytes(renew.renewed(path, {"a.one": "Eén", "b.new": "Nieuw"}))
    assert {id: message.string for id, message in _read(path).items()} == {"a.one": "One", "b.new": ""}


def test_equal_dutch_texts_keep_their_own_translations(path: Path) -> None:
    """Two ids with the same Dutch words may be translated differently."""
    _translate(path, {"a.one": "Open", "a.two": "Open"}, one="Open", two="Not closed")
    assert {id: message.string for id, message in _read(path).items()} == {"a.one": "Open", "a.two": "Not closed"}


@given(
    texts=st.dictionaries(
        st.from_regex(r"[a-z]\.[a-z]{1,4}", fullmatch=True),
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), min_size=1, max_size=90),
    )
)
def test_renewing_twice_is_renewing_once(texts: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the Dutch texts hold, the renewed catalogue is current and reads back the same ids and words."""
    path = tmp_path_factory.mktemp("catalogue") / "en" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.touch()
    path.write_bytes(renew.renewed(path, texts))
    assert path.read_bytes() == renew.renewed(path, texts)
    assert {id: message.id for id, message in _read(path).items()} == texts


@pytest.mark.parametrize("code", ["en", "nl", "xx", "../oops", ""])
def test_a_language_that_cannot_be_added_is_refused(code: str, path: Path) -> None:
    """Nothing is made for a language that is there already, is the source, or does not exist."""
    before = sorted(path.parents[2].rglob("*"))
    if code:
        with pytest.raises(SystemExit) as refusal:
            renew.main(["--add", code], path.parents[2])
        assert refusal.value.code == 2
    else:
        assert renew.main(["--add", code], path.parents[2]) == 0
    assert sorted(path.parents[2].rglob("*")) == before


def test_it_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run as a module it exits with the status of the check: 0, since nothing is stale here."""
    monkeypatch.setattr(sys, "argv", ["renew", "--check"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(renew.__file__, run_name="__main__")
    assert end.value.code == 0
