"""The audit trail: whatever is done to it shows, erasing a person leaves it whole, and nobody waits for it."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from backend.audit import audit_cut, audit_event, audit_head, record
from backend.audit.chain import GENESIS, canonical, link, link_open_events
from backend.audit.heads import EVERY, Head, heads_after, is_due, kept_elsewhere, public_key, send, sign_head
from backend.audit.keeping import keep_trail, link_all
from backend.audit.verifying import verify
from backend.db import Database, Transaction, now, run_now
from backend.engines import make_engine, open_database
from backend.main import main
from backend.migrations import config, upgrade
from backend.retention.trail import TRAIL_DAYS, cut_trail
from backend.vault import KeyRing, NoKey, Vault
from sizes import size

EVENTS, TAMPERINGS = size(300, 10_000), size(60, 200)
HOUR = 3600 * 1_000_000


@dataclass
class Trail:
    """A trail of events, all linked, with a signed head after each third."""

    database: Database
    vault: Vault

    def do(self, work: Callable[[Transaction], Any]) -> Any:
        return run_now(self.database, work)

    def grows(self, count: int) -> None:
        """Adds events and links them."""

        def work(db: Transaction) -> None:
            for number in range(count):
                record(db, "request.read", f"object{number}", actor="a" * 32, organisation_id="b" * 32)
            while link_open_events(db):
                pass
            sign_head(db, self.vault.audit_key, at=now(), every=0)

        self.do(work)

    def wrong(self, db: Transaction | None = None, elsewhere: list[Head] | None = None) -> list[str]:
        """What verifying finds."""

        def work(db: Transaction) -> list[str]:
            return verify(db, self.vault.audit_key, at=now(), elsewhere=elsewhere or [])[1]

        return work(db) if db else self.do(work)


@pytest.fixture
def trail(database_url: str) -> Iterator[Trail]:
    """A trail on each of the two databases."""
    database = open_database(database_url)
    yield Trail(database, Vault(KeyRing.make()))
    database.close()


class _Undo(Exception):
    """Takes a transaction back."""


def _change(db: Transaction, at: int, last: int) -> None:
    values = {
        "actor": "c" * 32,
        "action": "request.closed",
        "object": "else",
        "organisation_id": None,
        "person_id": "d" * 32,
        "result": "refused",
        "origin": "web",
        "purpose": "other",
        "basis": "other",
        "personal": b"x",
        "at": audit_event.c.at + 1,
        "hash": secrets.token_bytes(32),
    }
    name = random.choice(sorted(values))
    db.execute(sa.update(audit_event).where(audit_event.c.number == at).values({name: values[name]}))


def _delete(db: Transaction, at: int, last: int) -> None:
    db.execute(sa.delete(audit_event).where(audit_event.c.number == at))


def _delete_and_close(db: Transaction, at: int, last: int) -> None:
    _delete(db, at, last)
    _renumber(db, at, -1)


def _insert(db: Transaction, at: int, last: int) -> None:
    """A whole event with a right hash after the one before it, and all later ones moved up."""
    _renumber(db, at - 1, 1)
    before = db.execute(sa.select(audit_event).where(audit_event.c.number == at - 1)).mappings().first()
    event = {**_bare(db), "number": at}
    event["hash"] = link(before["hash"] if before else GENESIS, event)
    db.execute(sa.insert(audit_event), event)


def _insert_unlinked(db: Transaction, at: int, last: int) -> None:
    """An event of long ago, which the background work then links by itself."""
    event = {name: value for name, value in _bare(db).items() if name not in ("number", "hash")}
    db.execute(sa.insert(audit_event), {**event, "at": event["at"] - HOUR})
    if random.random() < 0.5:
        link_open_events(db)


def _reorder(db: Transaction, at: int, last: int) -> None:
    other = at + 1 if at < last else at - 1
    for number, new in ((at, -1), (other, at), (-1, other)):
        db.execute(sa.update(audit_event).where(audit_event.c.number == number).values(number=new))


def _truncate(db: Transaction, at: int, last: int) -> None:
    db.execute(sa.delete(audit_event).where(audit_event.c.number >= at))


def _rewrite(db: Transaction, at: int, last: int) -> None:
    """A change with every later hash made anew: only the signed heads can tell."""
    db.execute(sa.update(audit_event).where(audit_event.c.number == at).values(actor="c" * 32))
    db.execute(sa.update(audit_event).where(audit_event.c.number >= at).values(number=None, hash=None))
    while link_open_events(db):
        pass


TAMPERING = [
    _change,
    _delete,
    _delete_and_close,
    _insert,
    _insert_unlinked,
    _reorder,
    _truncate,
    _rewrite,
]


def _renumber(db: Transaction, after: int, by: int) -> None:
    for sign, where in ((-1, audit_event.c.number > after), (1, audit_event.c.number < 0)):
        value = -(audit_event.c.number + by) if sign < 0 else -audit_event.c.number
        db.execute(sa.update(audit_event).where(where).values(number=value))


def _bare(db: Transaction) -> dict[str, Any]:
    row = db.execute(sa.select(audit_event).where(audit_event.c.number == 1)).mappings().one()
    id = db.execute(sa.select(sa.func.max(audit_event.c.id))).scalar_one() + 1
    return {**row, "id": id, "object": "inserted"}


def test_every_tampering_shows(trail: Trail) -> None:
    """Changing, deleting, inserting, reordering, cutting off, and rewriting all that follows: each is found, each time."""
    seed = random.randrange(10**9)
    random.seed(seed)
    trail.grows(EVENTS // 3)
    trail.grows(EVENTS // 3)
    trail.grows(EVENTS - 2 * (EVENTS // 3))
    assert trail.wrong() == []
    unseen = []
    for turn in range(TAMPERINGS):
        tamper = TAMPERING[turn % len(TAMPERING)]
        at = random.randint(2, EVENTS)

        def work(db: Transaction, tamper: Callable[[Transaction, int, int], None] = tamper, at: int = at) -> None:
            tamper(db, at, EVENTS)
            if not trail.wrong(db):
                unseen.append((tamper.__name__, at))
            raise _Undo

        with pytest.raises(_Undo):
            trail.do(work)
    assert unseen == [], f"seed {seed}"
    assert trail.wrong() == []


def test_heads_kept_elsewhere_show_what_the_database_hides(trail: Trail, tmp_path: Path) -> None:
    """Whoever cuts the trail off and takes its heads along is found by the heads in another place; a forged one too."""
    trail.grows(40)
    trail.grows(2)
    trail.do(lambda db: send(heads_after(db, 0), tmp_path / "heads"))
    kept = list(kept_elsewhere(tmp_path / "heads"))
    assert [head.number for head in kept] == [40, 42]
    assert trail.wrong(elsewhere=kept) == []
    forged = replace(kept[0], hash=bytes(32))
    assert "not signed" in trail.wrong(elsewhere=[forged])[0]

    def cut(db: Transaction) -> None:
        db.execute(sa.delete(audit_event).where(audit_event.c.number > 40))
        db.execute(sa.delete(audit_head).where(audit_head.c.number > 40))

    trail.do(cut)
    assert trail.wrong() == []
    assert trail.wrong(elsewhere=kept) == ["the trail was cut off: 42 events were signed, 40 are left"]


def test_the_trail_ends_where_it_was_signed_and_still_verifies(trail: Trail, tmp_path: Path) -> None:
    """What has had its time goes up to a signed head: the rest is whole, heads kept elsewhere fit, and every tampering with
    the new beginning shows: a cut that nobody signed, one that is gone, moved or of another chain, an event too few."""
    trail.grows(40)
    trail.grows(2)
    trail.do(lambda db: send(heads_after(db, 0), tmp_path / "heads"))
    kept = list(kept_elsewhere(tmp_path / "heads"))
    later = now() + TRAIL_DAYS * 24 * HOUR
    cut = lambda db, at=later: cut_trail(db, trail.vault.audit_key, at=at)  # noqa: E731
    assert trail.do(lambda db: cut(db, later - HOUR)) == 0
    assert trail.do(cut) == 40
    assert trail.do(lambda db: db.execute(sa.select(sa.func.min(audit_event.c.number))).scalar()) == 41
    assert trail.wrong(elsewhere=kept) == []
    trail.grows(3)
    assert trail.do(lambda db: verify(db, trail.vault.audit_key, at=now())) == (46, [])
    (head,) = [head for head in kept if head.number == 42]
    for tamper in (
        sa.delete(audit_cut),
        sa.update(audit_cut).values(at=audit_cut.c.at + 1),
        sa.update(audit_cut).values(number=head.number, hash=head.hash, at=head.at, signature=head.signature),
        sa.update(audit_cut).values(hash=bytes(32)),
        sa.delete(audit_event).where(audit_event.c.number == 41),
        sa.update(audit_event).where(audit_event.c.number == 41).values(actor="c" * 32),
    ):

        def work(db: Transaction, tamper: Any = tamper) -> None:
            db.execute(tamper)
            assert trail.wrong(db, elsewhere=kept)
            raise _Undo

        with pytest.raises(_Undo):
            trail.do(work)
    another = replace(kept[0], hash=bytes(32))
    assert trail.wrong(elsewhere=[another])


def test_heads_are_hourly_and_signed(trail: Trail) -> None:
    """A head is signed an hour after the last one and only when something happened; nobody without the key can make one."""
    trail.grows(3)
    (head,) = trail.do(lambda db: heads_after(db, 0))
    assert head.is_signed_by(trail.vault.audit_key)
    assert not head.is_signed_by(KeyRing.make().audit_key)
    assert not replace(head, number=2).is_signed_by(trail.vault.audit_key)
    assert Head.of_line(head.line) == head
    assert len(public_key(trail.vault.audit_key)) == 64
    assert not trail.do(lambda db: is_due(db, at=head.at + 2 * EVERY))
    trail.do(lambda db: record(db, "x", "y", actor="system"))
    trail.do(link_open_events)
    assert not trail.do(lambda db: is_due(db, at=head.at + EVERY - 1))
    assert trail.do(lambda db: is_due(db, at=head.at + EVERY))


def test_erasing_leaves_the_trail_whole_and_mute(trail: Trail) -> None:
    """What is personal in an event is sealed before it is hashed: with the person's key gone the chain still verifies."""
    vault = trail.vault

    def work(db: Transaction) -> str:
        person = vault.add_person(db)
        record(db, "consent.given", "c1", actor="person", person_id=person, personal="voor Sam", vault=vault)
        link_open_events(db)
        vault.forget_person(db, person)
        return person

    person = trail.do(work)
    assert trail.wrong() == []
    row = trail.do(lambda db: db.execute(sa.select(audit_event)).one())
    assert b"Sam" not in row.personal
    with pytest.raises(NoKey):
        trail.do(lambda db: vault.open(db, person, "audit_event.personal", "x", row.personal))
    with pytest.raises(ValueError, match="sealed for its person"):
        trail.do(lambda db: record(db, "x", "y", actor="person", personal="Sam"))


def test_every_event_says_why_and_on_what_ground(trail: Trail) -> None:
    """Action, object, result, origin, actor and time, and why and on what legal ground, without the caller naming them."""

    def work(db: Transaction) -> None:
        record(db, "request.read", "r1", actor="a" * 32)
        record(db, "person.erase", "p1", actor="person", result="refused")

    trail.do(work)
    read, erase = trail.do(lambda db: db.execute(sa.select(audit_event).order_by(audit_event.c.id)).all())
    assert (read.origin, read.result, read.purpose) == ("desk", "done", "support_request")
    assert read.basis.startswith("AVG 6")
    assert (erase.origin, erase.result, erase.basis[:6]) == ("conversation", "refused", "AVG 17")


def test_many_write_at_once_and_all_are_linked_once(trail: Trail) -> None:
    """While two link and eight write, no event is lost, none is linked twice, and the chain is whole."""

    def write(who: int) -> None:
        for number in range(10):
            trail.do(lambda db, number=number: record(db, "request.read", f"{who}-{number}", actor="system"))

    with ThreadPoolExecutor(10) as pool:
        writers = [pool.submit(write, who) for who in range(8)]
        linkers = [pool.submit(lambda: asyncio.run(link_all(trail.database))) for _ in range(2)]
        for each in (*writers, *linkers):
            each.result()
    asyncio.run(link_all(trail.database))
    assert trail.wrong() == []
    numbers = trail.do(lambda db: db.execute(sa.select(audit_event.c.number)).scalars().all())
    assert sorted(numbers) == list(range(1, 81))


def test_an_open_transaction_holds_nobody_up(trail: Trail, database_url: str) -> None:
    """On PostgreSQL others write and link events while a transaction that wrote one is still open; it is linked after."""
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer")
    slow = make_engine(database_url)
    with slow.connect() as connection:
        record(Transaction(connection), "slow", "x", actor="system")
        trail.grows(5)
        connection.commit()
    slow.dispose()
    trail.grows(1)
    assert trail.wrong() == []
    actions = trail.do(
        lambda db: db.execute(sa.select(audit_event.c.action).order_by(audit_event.c.number)).scalars().all()
    )
    assert actions.index("slow") == 5


def test_events_of_the_last_release_are_kept_and_linked(tmp_path: Path) -> None:
    """A trail that an older release wrote keeps every event through the upgrade and joins the chain in its order."""
    engine = make_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.connect() as connection:
        command.upgrade(config(connection), "0001")
        old = [{"at": at, "actor": "person", "action": "request.open", "object": f"r{at}"} for at in range(1, 8)]
        connection.execute(
            sa.text("insert into audit_event (at, actor, action, object) values (:at, :actor, :action, :object)"), old
        )
        connection.commit()
    upgrade(engine)
    with engine.connect() as connection:
        db = Transaction(connection)
        assert link_open_events(db) == 7
        assert verify(db, KeyRing.make().audit_key, at=now()) == (7, [])
        objects = connection.execute(sa.select(audit_event.c.object).order_by(audit_event.c.number)).scalars().all()
        assert objects == [f"r{at}" for at in range(1, 8)]
    engine.dispose()


def test_the_background_work_links_signs_and_sends(trail: Trail, tmp_path: Path) -> None:
    """Left alone, the service links what was written, signs the first head and writes it to the folder; once each."""
    trail.do(lambda db: record(db, "request.read", "r", actor="system"))
    folder = tmp_path / "heads"

    async def run() -> None:
        for _ in range(2):  # a second start sends nothing again
            stop = asyncio.Event()
            task = asyncio.ensure_future(keep_trail(trail.database, trail.vault, stop, folder))
            while not (folder.exists() and list(kept_elsewhere(folder))):
                await asyncio.sleep(0.01)
            stop.set()
            await task

    asyncio.run(asyncio.wait_for(run(), 100))
    assert [head.number for head in kept_elsewhere(folder)] == [1]


def test_the_command_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`verder admin audit verify` ends with 0 on a whole trail, and with 1 and the event's number on a changed one."""
    monkeypatch.setenv("VERDER_DATABASE_URL", f"sqlite:///{tmp_path / 'verder.db'}")
    monkeypatch.setenv("VERDER_KEY_FILE", str(tmp_path / "verder.key"))
    KeyRing.make().write(tmp_path / "verder.key")
    assert main(["admin", "audit", "verify"]) == 0
    database = open_database(f"sqlite:///{tmp_path / 'verder.db'}")
    trail = Trail(database, Vault(KeyRing.read(tmp_path / "verder.key")))
    trail.grows(5)
    assert main(["admin", "audit", "verify"]) == 0
    assert "5 events: whole" in capsys.readouterr().out
    trail.do(lambda db: _change(db, 3, 5))
    database.close()
    assert main(["admin", "audit", "verify", "--heads", str(tmp_path)]) == 1
    assert "event 3 was changed" in capsys.readouterr().out
    for what in ("heads", "key"):
        assert main(["admin", "audit", what]) == 0


def test_the_canonical_form_is_that_of_the_standard() -> None:
    """Names in order, no spaces, strings escaped as RFC 8785 shows in its own example; what it cannot hold is refused."""
    event = {"string": '€$\u000f\nA\'B"\\\\"/', "a": 1, "literals": None, "yes": True}
    written = '{"a":1,"literals":null,"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/","yes":true}'
    assert canonical(event) == written.encode()
    for refused in (1.5, 2**53, ["x"]):
        with pytest.raises(TypeError, match="canonical"):
            canonical({"a": refused})  # type: ignore[dict-item]
