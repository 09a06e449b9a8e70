"""Compiled catalogues: quick to read again, never out of date, and never in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from locales.compiled import kept, read_catalogue

_PO = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

msgctxt "greeting"
msgid "Hoi"
msgstr "{said}"

#, fuzzy
msgctxt "doubtful"
msgid "Misschien"
msgstr "Maybe"
"""


@pytest.fixture
def po(tmp_path: Path) -> Path:
    """A small catalogue."""
    path = tmp_path / "messages.po"
    path.write_text(_PO.format(said="Hi"), "utf-8")
    return path


def test_says_what_is_translated_and_nothing_else(po: Path) -> None:
    """What a catalogue lacks, or what is fuzzy, is the empty text and not the Dutch again."""
    found = read_catalogue(po)
    said = [found.pgettext(*key) for key in (("greeting", "Hoi"), ("greeting", "Dag"), ("doubtful", "Misschien"))]
    assert said == ["Hi", "", ""]


def test_a_second_time_the_compiled_one_is_read(po: Path) -> None:
    """While the catalogue has not changed, its `.po` is not parsed again."""
    read_catalogue(po)
    kept = po.parent / "__pycache__" / "messages.mo"
    assert kept.stat().st_mtime_ns == po.stat().st_mtime_ns
    po.write_bytes(b"not a catalogue at all")
    os.utime(po, ns=(kept.stat().st_mtime_ns,) * 2)
    assert read_catalogue(po).pgettext("greeting", "Hoi") == "Hi"


@pytest.mark.parametrize("later", [1, -1])
def test_a_changed_catalogue_is_compiled_anew(po: Path, later: int) -> None:
    """A catalogue with another time of change, also an older one put back, is read itself."""
    read_catalogue(po)
    changed = po.stat().st_mtime_ns + later * 10**9
    po.write_text(_PO.format(said="Hello"), "utf-8")
    os.utime(po, ns=(changed, changed))
    assert read_catalogue(po).pgettext("greeting", "Hoi") == "Hello"


def test_where_nothing_may_be_written_it_is_read_all_the_same(po: Path) -> None:
    """Without a place to keep the compiled catalogue the texts are there, and nothing is left lying about."""
    (po.parent / "__pycache__").write_text("a file where the folder should be")
    assert read_catalogue(po).pgettext("greeting", "Hoi") == "Hi"
    assert sorted(path.name for path in po.parent.iterdir()) == ["__pycache__", "messages.po"]


def test_what_was_read_from_files_is_kept_until_one_changes(tmp_path: Path) -> None:
    """What is made of files is made once, and again when a file changes, comes or goes, or what was kept is damaged."""
    source, place, made = tmp_path / "a.toml", tmp_path / "__pycache__" / "a.json", []

    def read() -> dict[str, str]:
        made.append("once more")
        return {"text": source.read_text("utf-8")}

    source.write_text("één", "utf-8")
    assert [kept(place, [source], read), kept(place, [source], read)] == [{"text": "één"}] * 2
    assert len(made) == 1
    os.utime(source, ns=(1, 1))
    kept(place, [source], read)
    assert len(made) == 2
    kept(place, [source, source], read)
    assert len(made) == 3
    for damaged in ("", "[]", '{"made": {}}', '{"made_of": [["a.toml", 1]], "made": 5}'):
        place.write_text(damaged)
        assert kept(place, [source], read) == {"text": "één"}
    assert len(made) == 7
