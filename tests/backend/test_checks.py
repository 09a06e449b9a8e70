"""The checks before a release: the repository passes them, and each finds what it is there for."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from backend import checks
from backend.db import metadata
from locales import Language, renew, source_texts


@pytest.fixture
def texts() -> dict[str, str]:
    """All Dutch texts, to be spoilt."""
    return dict(source_texts())


def test_catalogues_are_current_and_english_is_complete() -> None:
    """No catalogue is behind the Dutch source, and English has every text."""
    assert list(checks.catalogues()) == []


def test_places_and_buttons_are_in_order(texts: dict[str, str]) -> None:
    """Every translation has the places of the Dutch text, and every button's id fits every channel."""
    assert [*checks.placeholders(texts), *checks.button_ids()] == []


def test_the_migrations_make_the_tables_of_the_code() -> None:
    """A database made by the migrations has exactly the tables and columns that the code knows."""
    assert list(checks.schema()) == []


def test_a_table_without_migration_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that only the code knows is named."""
    table = sa.Table("forgotten", metadata, sa.Column("id", sa.Integer, primary_key=True))
    try:
        (line,) = checks.schema()
    finally:
        metadata.remove(table)
    assert "forgotten" in line


def test_an_outdated_catalogue_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue that renewing would change is named with what to do."""
    renew.main(["--add", "uk"], tmp_path)
    path = tmp_path / "uk" / "LC_MESSAGES" / "messages.po"
    path.write_text(path.read_text("utf-8").replace("danger.card", "danger.kaart"), "utf-8")
    monkeypatch.setattr(renew, "stale", lambda: [path])
    assert list(checks.catalogues()) == ["uk: out of date; run python -m locales.renew"]


def test_a_text_that_english_lacks_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text that a complete language lacks is named."""
    some = {id: "x" for id in source_texts() if id != "danger.card"}
    monkeypatch.setattr(checks, "languages", lambda: {"en": Language("en", "English", "ltr", some)})
    assert list(checks.catalogues()) == ["en: danger.card is not translated, or fuzzy"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("I looked", "places"),
        ("I looked on {date}", "places"),
        ("{as_of} {more}", "places"),
        ("On {as_of", "expected '}'"),
    ],
)
def test_other_places_are_found(
    words: str, complaint: str, texts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A translation that forgets, renames or adds a place, or breaks one, is named."""
    spoilt = Language("en", "English", "ltr", {"rights.disclaimer": words})
    monkeypatch.setattr(checks, "languages", lambda: {"en": spoilt})
    (line,) = checks.placeholders(texts)
    assert line.startswith("en: rights.disclaimer")
    assert complaint in line


def test_a_long_button_id_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A button whose id would not fit a channel is named."""
    monkeypatch.setattr(checks, "_BUTTON_ID_BYTES", 30)
    found = list(checks.button_ids())
    assert "button id too long: a:vso_profile:arbeidsmarktgericht" in found


@pytest.mark.parametrize(("line", "status"), [([], 0), (["a table is missing"], 1)])
def test_it_prints_one_line_for_each_problem(
    line: list[str], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command names every problem, ends with what it looked at, and exits with 1 when there was one."""
    for name in ("catalogues", "button_ids"):
        monkeypatch.setattr(checks, name, list)
    for name in ("placeholders", "knowledge_problems", "register_complete"):
        monkeypatch.setattr(checks, name, lambda texts, *_: [])
    monkeypatch.setattr(checks, "schema", lambda: line)
    assert checks.main() == status
    *problems, last = capsys.readouterr().out.splitlines()
    assert problems == line
    assert last.startswith(f"checks: {len(source_texts())} texts, ")
    assert last.endswith(": ok") is not bool(line)
