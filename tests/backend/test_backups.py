"""Backups: everything that must survive comes back, nobody who was erased does, and a broken file changes nothing."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from backend.audit import audit_event
from backend.audit.gone import keep_gone, mark_of, read_gone
from backend.audit.keeping import keep_trail, link_all
from backend.backups import service
from backend.backups.archive import BadArchive, Header, TableRows, write_archive
from backend.backups.rows import contents
from backend.backups.service import back_up, drill, move, restore
from backend.backups.target import CannotRestore
from backend.benchmarks.upgrades.town import fill_town
from backend.conversations.models import conversation, outbox
from backend.db import Transaction, now
from backend.engines import make_engine, sqlite_engine
from backend.keys import open_vault
from backend.main import main
from backend.migrations import head, is_current, upgrade
from backend.organisations.models import desk_session
from backend.settings import Settings
from backend.support_requests.models import support_request
from backend.vault import KeyRing, Vault, person_key
from databases import new_sqlite
from sizes import size
from world import Person, World, new_database, open_world, settings_for

PEOPLE = size(6, 100)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where the backups of a test lie."""
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder


@pytest.fixture
def there(tmp_path: Path, verder: World) -> tuple[Settings, Vault]:
    """An empty database elsewhere, with the same key file."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    shutil.copy(verder.service.settings.key_file, folder / "verder.key")
    settings = settings_for(f"sqlite:///{folder / 'verder.db'}", folder)
    return settings, open_vault(settings)


def _asking(world: World) -> Person:
    person = world.person()
    person.asks_for_help()
    return person


def _contents(url: str) -> dict[str, str]:
    engine = make_engine(url)
    with engine.connect() as connection:
        found = contents(connection)
    engine.dispose()
    return found


def _withdraw(person: Person) -> None:
    [consent] = person.get("consents").json()["consents"]
    answer = person.http.post(f"{person.path}/consents/{consent['id']}/withdraw", headers=person.headers)
    assert answer.status_code == 200


def _erase(person: Person) -> None:
    assert person.http.delete(person.path, headers=person.headers).status_code == 200


def _written_down(world: World, folder: Path, marks: int) -> set[str]:
    """What the background work kept of what was taken back, once there are so many."""

    async def work() -> set[str]:
        stop = asyncio.Event()
        task = asyncio.ensure_future(keep_trail(world.service.database, world.service.host.vault, stop, folder))
        while len(found := read_gone(folder)) < marks:
            await asyncio.sleep(0.05)
        stop.set()
        await task
        return found

    return asyncio.run(asyncio.wait_for(work(), 100))


def test_everything_comes_back_and_the_talk_goes_on(verder: World, kept: Path, there: tuple[Settings, Vault]) -> None:
    """After a restore a person reads every message with the same token and goes on, and their counsellor still has them."""
    person = _asking(verder)
    back_up(verder.service.settings.database_url, kept / "b")
    settings, vault = there
    restore(settings.database_url, kept / "b", vault, set())
    with open_world(settings, fill=False) as again:
        back = Person(again.http, person.id, person.token)
        assert back.messages() == person.messages()
        assert back.turn({"text": "menu"}).status_code == 200
        with again.counsellor() as coach, verder.counsellor() as same:
            assert [one["id"] for one in coach.requests()] == [one["id"] for one in same.requests()]


def test_what_was_taken_back_stays_so(verder: World, kept: Path, tmp_path: Path, there: tuple[Settings, Vault]) -> None:
    """Who was erased after the backup is nowhere in the restored database, and a consent that was withdrawn after it opens
    nothing."""
    people = [_asking(verder) for _ in range(PEOPLE)]
    erased, withdrawn = people[: PEOPLE // 2], people[-1]
    back_up(verder.service.settings.database_url, kept / "b")
    for person in erased:
        _erase(person)
    _withdraw(withdrawn)
    gone = _written_down(verder, tmp_path / "heads", len(erased) + 1)
    settings, vault = there
    done = restore(settings.database_url, kept / "b", vault, gone)
    assert (done.erased, done.withdrawn) == (len(erased), 1)
    with open_world(settings, fill=False) as again:
        for table in (conversation, person_key):
            assert again.count(table) == verder.count(table)
        left = {row.id for row in again.rows(sa.select(conversation.c.id))}
        assert left.isdisjoint(one.id for one in erased)
        states = {row.conversation_id: row.status for row in again.rows(sa.select(support_request))}
        assert states[withdrawn.id] == "closed"
        assert {states[one.id] for one in people[PEOPLE // 2 : -1]} == {"waiting"}


def test_of_what_is_kept_nobody_can_be_known(tmp_path: Path) -> None:
    """The list holds a hash for each and nothing else, each once, and old files go."""
    known: set[str] = set()
    for month in ("2026-01", "2026-02", "2026-03"):
        (tmp_path / f"gone-{month}.txt").write_text(f"{mark_of(month)}\n")
    keep_gone(tmp_path, [mark_of("a"), mark_of("b")], known)
    keep_gone(tmp_path, [mark_of("a"), mark_of("c")], known)
    assert read_gone(tmp_path) == {mark_of(one) for one in ("a", "b", "c", "2026-02", "2026-03")}
    lines = max(tmp_path.glob("gone-*.txt")).read_text().splitlines()
    assert len(lines) == 3
    assert all(re.fullmatch("[0-9a-f]{64}", line) for line in lines)


def test_messages_on_their_way_are_not_sent_twice(verder: World, kept: Path, there: tuple[Settings, Vault]) -> None:
    """What waited to be sent at the backup may have been sent since: it is marked uncertain and not sent again."""
    person = _asking(verder)
    row = {
        "conversation_id": person.id,
        "number": 1,
        "state": "waiting",
        "due_at": 1 << 60,
        "lease_until": 0,
        "tries": 0,
    }
    verder.do(lambda db: db.execute(sa.insert(outbox), row).rowcount)
    back_up(verder.service.settings.database_url, kept / "b")
    settings, vault = there
    assert restore(settings.database_url, kept / "b", vault, set()).uncertain == 1
    with open_world(settings, fill=False) as again:
        mine = sa.select(outbox.c.state).where(outbox.c.conversation_id == person.id)
        assert [row.state for row in again.rows(mine)] == ["uncertain"]


def test_nobody_is_still_signed_in(verder: World, kept: Path, there: tuple[Settings, Vault]) -> None:
    """A session of the desk that ended after the backup must not live on: all of them end."""
    with verder.counsellor():
        back_up(verder.service.settings.database_url, kept / "b")
    settings, vault = there
    restore(settings.database_url, kept / "b", vault, set())
    engine = make_engine(settings.database_url)
    with engine.connect() as connection:
        assert connection.execute(sa.select(desk_session)).first() is None
    engine.dispose()


def test_an_encrypted_backup_opens_with_its_key_alone(verder: World, kept: Path, there: tuple[Settings, Vault]) -> None:
    """Made for an age key it shows nothing, needs that key, and then comes back whole."""
    _asking(verder)
    settings, vault = there
    mine, other = kept / "mine", kept / "other"
    key = pyrage.x25519.Identity.generate()
    mine.write_text(f"# comment\n{key}\n")
    other.write_text(str(pyrage.x25519.Identity.generate()))
    back_up(verder.service.settings.database_url, kept / "b", [str(key.to_public())])
    assert b"Gemeente" not in (kept / "b").read_bytes()
    for identity in (None, other):
        with pytest.raises(BadArchive):
            restore(settings.database_url, kept / "b", vault, set(), identity)
    assert drill(kept, kept / "b", vault, set(), mine).persons == verder.count(person_key)


def test_a_file_that_is_not_whole_changes_nothing(verder: World, kept: Path, there: tuple[Settings, Vault]) -> None:
    """A backup that was cut off anywhere is refused, and the database is as empty as it was."""
    _asking(verder)
    back_up(verder.service.settings.database_url, kept / "b")
    whole = (kept / "b").read_bytes()
    settings, vault = there
    for length in (0, *(int(len(whole) * part) for part in (0.3, 0.9, 0.999)), len(whole) - 1):
        (kept / "cut").write_bytes(whole[:length])
        with pytest.raises(BadArchive):
            restore(settings.database_url, kept / "cut", vault, set())
        assert _rows(settings.database_url) == {}
    assert restore(settings.database_url, kept / "b", vault, set()).rows > 0


def test_another_key_file_is_refused(verder: World, kept: Path, tmp_path: Path) -> None:
    """With the wrong key file nothing could be read: it says so before anything stands there."""
    _asking(verder)
    back_up(verder.service.settings.database_url, kept / "b")
    settings = settings_for(f"sqlite:///{tmp_path / 'other.db'}", kept)
    with pytest.raises(CannotRestore, match="key file"):
        restore(settings.database_url, kept / "b", open_vault(settings), set())


def test_a_full_database_is_never_written_over(verder: World, kept: Path) -> None:
    """A restore into a database that holds something is refused."""
    url = verder.service.settings.database_url
    back_up(url, kept / "b")
    with pytest.raises(CannotRestore, match="not empty"):
        restore(url, kept / "b", verder.service.host.vault, set())


@pytest.fixture
def empty(request: pytest.FixtureRequest, verder: World, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Gives URLs of databases with nothing in them, of the kind that `verder` has."""
    with ExitStack() as stack:

        def make() -> str:
            if verder.service.settings.is_sqlite:
                folder = tmp_path / secrets.token_hex(4)
                folder.mkdir()
                return f"sqlite:///{folder / 'empty.db'}"
            return stack.enter_context(new_database(request.getfixturevalue("postgres"), template="template1"))

        yield make


@dataclass(frozen=True)
class Kept:
    """A backup, what was taken back since (marks), and the conversations of the erased and of the withdrawn consent."""

    path: Path
    gone: set[str]
    erased: str
    withdrawn: str


@pytest.fixture(params=[head(), "0010"])
def backup(request: pytest.FixtureRequest, verder: World, kept: Path) -> Kept:
    """Of this release, and of an older one: a migration of then commits in its midst on SQLite."""
    revision: str = request.param
    url, path = f"sqlite:///{kept / 'before.db'}", kept / "b"
    engine = make_engine(url)
    upgrade(engine, revision)
    with engine.connect() as connection:
        persons = fill_town(connection, verder.service.host.vault, PEOPLE)
    with engine.begin() as connection:
        talks = dict(connection.execute(sa.select(conversation.c.person_id, conversation.c.id)).all())
        waits = {"number": 1, "state": "waiting", "due_at": 0, "lease_until": 0, "tries": 0}
        connection.execute(sa.insert(outbox), {"conversation_id": talks[persons[1]], **waits})
    with engine.connect() as connection:
        write_archive(path, Header(revision, now()), _tables_of_then(connection))
    engine.dispose()
    erased, withdrawn = talks[persons[0]], talks[persons[3]]  # these two have a request; its consent has the same id
    return Kept(path, {mark_of(persons[0]), mark_of(withdrawn)}, erased, withdrawn)


def _tables_of_then(connection: sa.Connection) -> Iterator[TableRows]:
    """As a backup of that release would hold them."""
    then = sa.MetaData()
    for schema in (None, "keys"):
        then.reflect(connection, schema)
    for table in then.sorted_tables:
        if table.name != "alembic_version":
            rows = [tuple(row) for row in connection.execute(sa.select(table))]
            yield TableRows(table.fullname, tuple(table.c.keys()), rows)


def _rows(url: str) -> dict[str, int]:
    """How many rows stand in the tables that are there."""
    engine = make_engine(url)
    with engine.connect() as connection:
        there = sa.inspect(connection)
        names = [*there.get_table_names(), *(f"keys.{name}" for name in there.get_table_names("keys"))]
        found = {name: connection.exec_driver_sql(f"select count(*) from {name}").scalar_one() for name in names}
    engine.dispose()
    return found


class CutOff(Exception):
    """What a test throws into a restore."""


@contextmanager
def _cut_off(world: World, at: int | None = None) -> Iterator[list[str]]:
    """Breaks off whoever works on another database than this world's, at that statement or commit of theirs; gives those
    that came so far."""
    came: list[str] = []

    def step(connection: sa.Connection, what: str) -> None:
        if not _is_on(world.service.settings.database_url, connection):
            came.append(what)
            if len(came) == at:
                raise CutOff(what)

    def statement(connection: sa.Connection, _cursor: object, sql: str, *_: object) -> None:
        step(connection, sql)

    def commit(connection: sa.Connection) -> None:
        step(connection, "commit")

    with _heard("before_cursor_execute", statement), _heard("commit", commit):
        yield came


def _is_on(url: str, connection: sa.Connection) -> bool:
    return connection.engine.url.database == make_url(url).database


@contextmanager
def _heard(event: str, by: Callable[..., None]) -> Iterator[None]:
    sa.event.listen(sa.Engine, event, by)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, event, by)


def _is_settled(url: str, backup: Kept) -> None:
    """Everybody is there but who was erased, nothing rests on the withdrawn consent, and nothing is sent again."""
    engine = make_engine(url)
    with engine.connect() as connection:
        assert is_current(connection)
        talks = set(connection.execute(sa.select(conversation.c.id)).scalars())
        assert (len(talks), backup.erased in talks) == (PEOPLE - 1, False)
        assert connection.execute(sa.select(sa.func.count()).select_from(person_key)).scalar_one() == PEOPLE - 1
        requests = sa.select(support_request.c.id, support_request.c.status)
        states = {row.id: row.status for row in connection.execute(requests)}
        assert states.pop(backup.withdrawn) == "closed"
        assert backup.erased not in states
        assert set(states.values()) <= {"waiting"}
        assert connection.execute(sa.select(outbox.c.state)).scalars().all() == ["uncertain"]
    engine.dispose()


def test_a_restore_that_is_cut_off_leaves_nothing(verder: World, empty: Callable[[], str], backup: Kept) -> None:
    """Cut off at any statement, or at the commit, a restore leaves the database without a row and without a table, and the
    same command then works: whoever was erased since is not in it, whatever release made the backup."""
    url, vault, some = empty(), verder.service.host.vault, size(10, 120)
    whole = empty()
    with _cut_off(verder) as came:
        restore(whole, backup.path, vault, backup.gone)
    for at in sorted({*(1 + len(came) * step // some for step in range(some)), len(came) - 1, len(came)}):
        with _cut_off(verder, at), pytest.raises(CutOff):
            restore(url, backup.path, vault, backup.gone)
        assert _rows(url) == {}, f"cut off at {came[at - 1]}"
    restore(url, backup.path, vault, backup.gone)
    _is_settled(url, backup)


@pytest.mark.parametrize("release", ["0012", head()])
def test_tables_without_rows_may_be_there(
    verder: World, empty: Callable[[], str], backup: Kept, release: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a release was started before, an older one or today's, the backup comes back as well; cut off at its last step
    the restore leaves those tables as they were."""
    url, vault = empty(), verder.service.host.vault
    engine = make_engine(url)
    upgrade(engine, release)
    engine.dispose()
    before = _rows(url)

    def cut_off(*_: object, **__: object) -> None:
        raise CutOff

    with monkeypatch.context() as broken:
        broken.setattr(service, "record", cut_off)
        with pytest.raises(CutOff):
            restore(url, backup.path, vault, backup.gone)
    assert _rows(url) == before
    restore(url, backup.path, vault, backup.gone)
    _is_settled(url, backup)


def test_data_and_keys_are_committed_together(kept: Path) -> None:
    """A kill in the midst of the commit leaves no data without their keys: then neither file of an embedded database has a
    log of its own, without which SQLite commits both or none."""
    modes: list[str] = []

    def look(connection: sa.Connection) -> None:
        if _is_on(there, connection):
            asked = (connection.exec_driver_sql(f"pragma {name}.journal_mode") for name in ("main", "keys"))
            modes.extend(one.scalar_one() for one in asked)

    here, there = f"sqlite:///{kept / 'here.db'}", f"sqlite:///{kept / 'there.db'}"
    new_sqlite(kept / "here.db")
    back_up(here, kept / "b")
    with _heard("commit", look):
        restore(there, kept / "b", Vault(KeyRing.make()), set())
    assert modes == ["delete", "delete"]


def test_a_database_that_somebody_uses_is_refused(kept: Path) -> None:
    """Into an embedded database that is open elsewhere nothing is restored, and it says what to do."""
    url = f"sqlite:///{kept / 'here.db'}"
    new_sqlite(kept / "here.db")
    back_up(url, kept / "b")
    engine = sqlite_engine(url, pool_size=1, read_only=True)
    with engine.connect() as connection:
        assert connection.execute(sa.select(conversation)).all() == []
        with pytest.raises(CannotRestore, match="stop what uses it"):
            restore(url, kept / "b", Vault(KeyRing.make()), set())
    engine.dispose()


def test_who_starts_during_a_restore_waits(kept: Path, postgres: str) -> None:
    """On PostgreSQL a process that starts on the same database serves when the restore is through, and not before."""
    new_sqlite(kept / "here.db")
    back_up(f"sqlite:///{kept / 'here.db'}", kept / "b")
    waiting: list[Future[None]] = []
    with new_database(postgres, template="template1") as url, ThreadPoolExecutor(1) as pool:
        other, eye = make_engine(url), make_engine(url)

        def start(connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
            if _is_on(url, connection) and statement.startswith("UPDATE outbox"):
                waiting.append(pool.submit(upgrade, other))
                assert _somebody_waits(eye)

        with _heard("before_cursor_execute", start):
            restore(url, kept / "b", Vault(KeyRing.make()), set())
        waiting[0].result(20)
        with eye.connect() as connection:
            assert is_current(connection)
        for engine in (other, eye):
            engine.dispose()


def _somebody_waits(engine: sa.Engine) -> bool:
    """Whether anybody comes to wait for the lock of who changes the schema."""
    waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = "
    here = "(select oid from pg_database where datname = current_database())"
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with engine.connect() as connection:
            if connection.exec_driver_sql(waits + here).scalar_one():
                return True
        time.sleep(0.02)
    return False


def test_keys_of_nobody_are_never_written_over(kept: Path) -> None:
    """Where the file of keys was left beside data that are gone, a restore says so and touches neither."""
    url, vault = f"sqlite:///{kept / 'here.db'}", Vault(KeyRing.make())
    new_sqlite(kept / "here.db")
    back_up(url, kept / "b")
    engine = make_engine(url)
    with engine.begin() as connection:
        vault.add_person(Transaction(connection))
    engine.dispose()
    with pytest.raises(CannotRestore, match=r"not empty.*keys\.person_key"):
        restore(url, kept / "b", vault, set())


def test_a_drill_tells_what_is_wrong(fresh: World, kept: Path) -> None:
    """A drill opens every person's key and walks the trail; somebody who changed an event is found out."""
    _asking(fresh)
    url, vault = fresh.service.settings.database_url, fresh.service.host.vault
    asyncio.run(link_all(fresh.service.database))
    back_up(url, kept / "good")
    fine = drill(kept, kept / "good", vault, set())
    assert (fine.wrong, fine.persons) == ((), fresh.count(person_key))
    first = sa.select(sa.func.min(audit_event.c.id)).scalar_subquery()
    fresh.do(lambda db: db.execute(sa.update(audit_event).where(audit_event.c.id == first).values(actor="x")).rowcount)
    back_up(url, kept / "bad")
    (kept / "drill.db").unlink()
    (kept / "drill-keys.db").unlink()
    assert drill(kept, kept / "bad", vault, set()).wrong


def test_moving_gives_the_same_on_the_other_kind(database_url: str, tmp_path: Path, postgres: str) -> None:
    """Everything of an embedded database stands in PostgreSQL, row for row, and the other way round; it goes on there."""
    with open_world(settings_for(database_url, tmp_path), worker=False) as world:
        person = _asking(world)
        said = person.messages()
    with new_database(postgres, template="template1") as empty:
        other = empty if database_url.startswith("sqlite") else f"sqlite:///{tmp_path / 'moved.db'}"
        assert move(database_url, other) > 0
        assert _contents(other) == _contents(database_url)
        with open_world(settings_for(other, tmp_path), fill=False, worker=False) as again:
            assert Person(again.http, person.id, person.token).messages() == said
            _asking(again)
            with again.counsellor() as coach:
                assert len(coach.requests()) == 2
        with pytest.raises(CannotRestore, match="not empty"):
            move(database_url, other)


def test_the_commands_say_what_they_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """backup, drill and restore at the keyboard: never over a file, never without knowing what was taken back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VERDER_UNDERSTANDING", "plain")
    assert main(["demo"]) == 0
    assert main(["backup", "b"]) == 0
    assert "not encrypted" in capsys.readouterr().err
    assert (tmp_path / "b").stat().st_mode & 0o077 == 0
    assert main(["backup", "b"]) == 2
    assert main(["admin", "drill", "b"]) == 2
    assert "--gone" in capsys.readouterr().err
    assert main(["admin", "drill", "b", "--nothing-gone"]) == 0
    monkeypatch.setenv("VERDER_DATABASE_URL", "sqlite:///other.db")
    assert main(["restore", "b", "--nothing-gone"]) == 0
    assert main(["restore", "b", "--nothing-gone"]) == 2
    assert "not empty" in capsys.readouterr().err
    assert main(["restore", "away", "--nothing-gone"]) == 2
    assert "away" in capsys.readouterr().err


@pytest.mark.parametrize("command", [("restore", "b"), ("admin", "drill", "b")])
def test_heads_that_are_not_mounted_are_no_list_of_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: Sequence[str]
) -> None:
    """A folder of heads that holds none does not count as "nobody was erased": nothing is restored and the reason is told,
    whether the folder is named in the command or in the settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VERDER_UNDERSTANDING", "plain")
    assert main(["admin", "list"]) == 0
    assert main(["backup", "b"]) == 0
    monkeypatch.setenv("VERDER_DATABASE_URL", "sqlite:///other.db")
    heads = tmp_path / "heads"
    heads.mkdir()
    capsys.readouterr()
    assert main([*command, "--gone", str(heads)]) == 2
    assert f"{heads} holds no heads" in capsys.readouterr().err
    monkeypatch.setenv("VERDER_AUDIT_HEADS", str(heads))
    assert main([*command]) == 2
    assert "holds no heads" in capsys.readouterr().err
    assert not list(tmp_path.glob("other*"))
    (heads / "heads-2026-11.jsonl").touch()
    assert main([*command]) == 0
