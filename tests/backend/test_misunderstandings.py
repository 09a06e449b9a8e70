"""Promises about what was not understood: counts that lead to nobody, and sentences that people gave, for half a year."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.db import now
from backend.dutch_time import AMSTERDAM
from backend.main import main
from backend.retention.purging import purge
from backend.understanding.models import given_sentence, misunderstanding
from backend.understanding.service import KEPT, Count, count, counts, listing, sentences
from backend.vault import person_key
from dialogs.effects import Misunderstood
from world import World, open_world, settings_for

WORDS = "xqzt vbnk wrtp"


def _noon(day: date) -> int:
    """That day at twelve in the Netherlands: days are counted there, and one of them has 23 hours."""
    return int(datetime.combine(day, time(12), AMSTERDAM).timestamp() * 1_000_000)


def _given(world: World) -> None:
    """Somebody is not understood twice and gives the sentence."""
    person = world.person()
    person.says(WORDS)
    person.says(WORDS)
    person.chooses("sentence")
    person.chooses("sentence:yes")


def test_misses_are_counted_by_day_language_and_kind(fresh: World) -> None:
    """Two misses of one person are two in one bucket, and the table has no column that could lead to a person."""
    person = fresh.person()
    person.says(WORDS)
    person.says(WORDS)
    assert [(one.language, one.kind, one.count) for one in _counts(fresh)] == [("nl", "unknown", 2)]
    assert set(misunderstanding.c.keys()) == {"day", "language", "kind", "count"}


def test_a_given_sentence_is_kept_alone_and_goes_after_half_a_year(fresh: World) -> None:
    """It is sealed, has only a day, outlives its conversation, and goes with its key after 180 days, not before."""
    _given(fresh)
    vault, keys = fresh.service.host.vault, fresh.count(person_key)
    (row,) = fresh.rows(sa.select(given_sentence))
    assert WORDS.encode() not in row.sentence
    assert set(given_sentence.c.keys()) == {"id", "day", "language", "kind", "sentence", "text_version"}
    fresh.do(lambda db: purge(db, vault, at=_noon(row.day + KEPT)))
    (kept,) = fresh.do(lambda db: sentences(db, vault, since=date.min))
    assert (kept.words, kept.language, kept.kind) == (WORDS, "nl", "unknown")
    fresh.do(lambda db: purge(db, vault, at=_noon(row.day + KEPT + timedelta(days=1))))
    assert fresh.count(given_sentence) == 0
    assert fresh.count(person_key) == keys - 2


def test_a_refused_sentence_is_not_kept(fresh: World) -> None:
    """No, and going on with something else, keep nothing but the count."""
    person = fresh.person()
    person.says(WORDS)
    person.says(WORDS)
    person.chooses("sentence")
    person.chooses("sentence:no")
    assert fresh.count(given_sentence) == 0
    assert [one.count for one in _counts(fresh)] == [2]


def test_editors_list_counts_and_sentences(fresh: World) -> None:
    """Small counts are told as "<5", larger ones as they are, and the sentences; a later day leaves out the rest."""
    _given(fresh)
    for _ in range(5):
        fresh.do(lambda db: count(db, Misunderstood("ti", "choose"), at=now()))
    lines = fresh.do(lambda db: list(listing(db, fresh.service.host.vault, since=date.min)))
    assert any("nl" in line and "unknown" in line and "<5" in line for line in lines)
    assert any("ti" in line and "choose" in line and line.endswith("5") for line in lines)
    assert lines[-1].endswith(repr(WORDS))
    later = date.today() + timedelta(days=2)  # noqa: DTZ011  # two days ahead, wherever this runs
    assert len(fresh.do(lambda db: list(listing(db, fresh.service.host.vault, since=later)))) == 1


def test_the_command_lists_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`verder knowledge misunderstandings` reads the service's own database with its key file."""
    settings = settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path)
    monkeypatch.setenv("VERDER_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("VERDER_KEY_FILE", str(settings.key_file))
    with open_world(settings, worker=False) as world:
        _given(world)
    assert main(["knowledge", "misunderstandings"]) == 0
    shown = capsys.readouterr().out
    assert "unknown" in shown
    assert WORDS in shown
    assert main(["knowledge", "misunderstandings", "--since", "2100-01-01"]) == 0
    assert WORDS not in capsys.readouterr().out


def _counts(world: World) -> list[Count]:
    found: list[Count] = world.do(lambda db: counts(db, since=date.min))
    return found
