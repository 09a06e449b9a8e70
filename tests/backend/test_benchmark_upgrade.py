"""The rehearsal of an upgrade: nothing changes, nothing is lost, nobody comes back; the release before goes on serving."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import pytest

from backend.benchmarks.upgrade import SMALL, WHOLE, migrated, targets
from backend.benchmarks.upgrades.drills import restored
from backend.benchmarks.upgrades.former import NoFormer, find_former
from backend.benchmarks.upgrades.sameness import columns_of, contents_of
from backend.benchmarks.upgrades.serving import Crowd, serve_through
from backend.engines import make_engine
from backend.migrations import upgrade
from backend.vault import KeyRing, Vault
from sizes import size
from world import new_database

PEOPLE = size(60, WHOLE.people)
RESTORED = size(40, WHOLE.restored)
ERASED = size(5, WHOLE.erased)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each of the two kinds of database."""
    return str(request.param)


def _url(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder / secrets.token_hex(4)}.db"
    context = new_database(request.getfixturevalue("postgres"), template="template1")
    url = context.__enter__()
    request.addfinalizer(lambda: context.__exit__(None, None, None))
    return url


@pytest.mark.timeout(1800)
def test_an_old_database_keeps_every_value(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """People of an old release are all there after the upgrade, value for value, and every row points at something."""
    figures = migrated(_url(kind, request, tmp_path), Vault(KeyRing.make()), PEOPLE)
    assert figures["rows"] > 10 * PEOPLE
    assert figures["steps"] > 0
    assert figures["migrate_minutes"] < 5
    assert [figures[name] for name in ("tables_changed", "columns_gone", "keys_broken")] == [0, 0, 0]


@pytest.mark.timeout(3600)
def test_a_backup_brings_back_all_but_the_erased(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A restore gives the same as the service holds, its trail verifies, words open, and who was erased since stays so."""
    urls = (_url(kind, request, tmp_path), _url(kind, request, tmp_path))
    figures = restored(tmp_path, urls, Vault(KeyRing.make()), RESTORED, ERASED)
    assert figures["erased_again"] == figures["erased_after_backup"] == ERASED
    assert figures["restore_minutes"] < 30
    for name in ("tables_that_differ", "trail_wrong", "erased_rows_back", "words_shut"):
        assert figures[name] == 0, name


def test_a_changed_value_is_seen(tmp_path: Path) -> None:
    """One value that changed changes the hash of its table and of no other."""
    engine = make_engine(f"sqlite:///{tmp_path / 'one.db'}")
    upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("insert into organisation (id, kind, name, demo) values ('a', 'mbo', 'Een', 0)")
        columns = columns_of(connection)
        before = contents_of(connection, columns)
        connection.exec_driver_sql("update organisation set name = 'Twee'")
        after = contents_of(connection, columns)
    engine.dispose()
    assert [name for name in columns if before[name] != after[name]] == ["organisation"]


@pytest.mark.timeout(1800)
def test_the_release_before_serves_while_this_one_migrates(postgres: str, tmp_path: Path) -> None:
    """People who write to the release before while the new one migrates and takes over lose no turn and see no error."""
    try:
        former = find_former()
    except NoFormer as reason:
        pytest.skip(f"the release before is not tried: {reason}")
    crowd = Crowd(PEOPLE, size(1, 20), 7)
    with new_database(postgres, template="template1") as url:
        figures = asyncio.run(serve_through(tmp_path, url, former, crowd))
    assert figures["turns"] > 20
    for name in ("turns_lost", "turns_doubled", "turns_failed", "turns_refused"):
        assert figures[name] == 0, name


def test_the_whole_run_is_as_big_as_promised() -> None:
    """The whole run has the numbers of the promises, and both runs the same targets on both databases."""
    assert (WHOLE.people, WHOLE.restored, WHOLE.erased) == (100_000, 20_000, 100)
    assert targets(SMALL).keys() == targets(WHOLE).keys()
    assert targets(WHOLE)["postgresql_erased_again"] == (100, "min")
