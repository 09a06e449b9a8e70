"""The checks before a release: the repository passes them, and each finds what it is there for."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from backend import checks
from backend.db import metadata
from knowledge.rights import ACTORS
from locales import Language, renew, source_texts


@pytest.fixture
def texts() -> dict[str, str]:
    """All Dutch texts, to be spoilt."""
    return dict(source_texts())


def test_catalogues_are_current_and_english_is_complete() -> None:
    """No catalogue is behind the Dutch source, and English has every text."""
    assert list(checks.catalogues()) == []


def test_words_and_rules_are_in_order(texts: dict[str, str]) -> None:
    """Every text, rule, question and button passes."""
    assert [
        *checks.placeholders(texts),
        *checks.simple_dutch(texts),
        *checks.rule_texts(texts),
        *checks.question_texts(texts),
        *checks.button_ids(),
    ] == []


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


def test_a_hard_text_is_found(texts: dict[str, str]) -> None:
    """A text for persons that is not simple is named with the sentence; the desk's and errors' texts are not."""
    hard = "Binnenkort wordt u gebeld."
    found = list(
        checks.simple_dutch({**texts, "dialogs.menu.back": hard, "desk.page.back": hard, "errors.failed": hard})
    )
    assert {line.partition(":")[0] for line in found} == {"dialogs.menu.back"}
    assert len(found) == 3
    assert all(hard in line for line in found)


def test_exceptions_must_be_needed_and_reasoned(texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that excuses nothing, is about no kind of problem, or gives no reason is named."""
    given = {("dialogs.menu.back", "words"): " ", ("danger.card", "colour"): "nice"}
    monkeypatch.setattr(checks, "exceptions", lambda: given)
    found = list(checks.simple_dutch({"dialogs.menu.back": "Terug"}))
    assert found == [
        "exception without need: dialogs.menu.back, words",
        "exception without reason: dialogs.menu.back, words",
        "unknown kind of exception: colour",
    ]


@pytest.mark.parametrize(
    "id",
    [
        "rights.gemeente.young",
        "rights.why.gemeente.young",
        "rights.school.year_one",
        "rights.why.school.year_one",
        "rights.flags.uncertain_leap_day",
        "rights.contradictions.left_too_young",
        "rights.actors.gemeente",
    ],
)
def test_a_rule_without_words_is_found(id: str, texts: dict[str, str]) -> None:
    """Without its sentence, reason, doubt, clash or actor's name a rule is named."""
    del texts[id]
    found = list(checks.rule_texts(texts))
    assert found
    assert all(id in line for line in found)


def test_a_rule_id_that_is_used_twice_is_found(texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rules under one id would share a sentence unseen."""
    twice = {**ACTORS, "again": ACTORS["vo_school"]}
    monkeypatch.setattr(checks, "ACTORS", twice)
    monkeypatch.setattr(checks, "STATUSES", {})
    found = list(checks.rule_texts({**texts, "rights.actors.again": "Nog eens"}))
    assert set(found) == {f"rule id twice: {rule.id}" for rule in ACTORS["vo_school"].rules}


@pytest.mark.parametrize(
    "id",
    [
        "questions.diploma.question",
        "questions.diploma.why",
        "questions.left_school_date.which_month",
        "questions.school_type.havo",
        "questions.mbo_leerweg.bol",
    ],
)
def test_a_question_without_words_is_found(id: str, texts: dict[str, str]) -> None:
    """A question, its reason, a finer question of a date and an answer's label are each missed."""
    del texts[id]
    (line,) = checks.question_texts(texts)
    assert id in line


def test_an_askable_fact_without_question_is_found(texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A fact that may be chosen to be asked next must have a question."""
    some = {fact: question for fact, question in checks.QUESTIONS.items() if fact != "benefit"}
    monkeypatch.setattr(checks, "QUESTIONS", some)
    assert list(checks.question_texts(texts)) == ["askable, but there is no question: benefit"]


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
    for name in ("placeholders", "simple_dutch", "rule_texts", "question_texts"):
        monkeypatch.setattr(checks, name, lambda texts: [])
    monkeypatch.setattr(checks, "schema", lambda: line)
    assert checks.main() == status
    *problems, last = capsys.readouterr().out.splitlines()
    assert problems == line
    assert last.startswith(f"checks: {len(source_texts())} texts, ")
    assert last.endswith(": ok") is not bool(line)
