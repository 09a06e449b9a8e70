"""Sealing: what is stored cannot be read without its person's key, nor in any other place."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.db import Database, Transaction, run_now
from backend.engines import open_database
from backend.vault import KeyRing, NoKey, Vault, person_key

PLACE = "message.content"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database on each of the two kinds."""
    opened = open_database(database_url)
    yield opened
    opened.close()


def test_a_sealed_value_opens_only_where_it_belongs(database: Database) -> None:
    """A value that was moved to another column, row or person does not open; in its own place it does."""
    vault = Vault(KeyRing.make())

    def work(db: Transaction) -> None:
        mine, other = vault.add_person(db), vault.add_person(db)
        sealed = vault.seal(db, mine, PLACE, "a:1", b"geheim")
        assert vault.open(db, mine, PLACE, "a:1", sealed) == b"geheim"
        for person, place, row in [(mine, "support_request.need", "a:1"), (mine, PLACE, "a:2"), (other, PLACE, "a:1")]:
            with pytest.raises(ValueError, match="does not open"):
                vault.open(db, person, place, row, sealed)

    run_now(database, work)


@settings(deadline=None)
@given(where=st.integers(min_value=1, max_value=40), cut=st.booleans())
def test_a_changed_value_does_not_open(where: int, cut: bool) -> None:
    """A value of which one byte was changed, or the end is missing, does not open."""
    vault = Vault(KeyRing.make())
    vault._remember("p", _cipher())
    db: Transaction = None  # type: ignore[assignment]
    sealed = bytearray(vault.seal(db, "p", PLACE, 1, b"vierentwintig tekens hier"))
    where = min(where, len(sealed) - 1)
    changed = (
        bytes(sealed[:where])
        if cut
        else bytes(sealed[:where]) + bytes([sealed[where] ^ 1]) + bytes(sealed[where + 1 :])
    )
    with pytest.raises(ValueError):  # noqa: PT011 - the library's words differ with the length
        vault.open(db, "p", PLACE, 1, changed)


def _cipher() -> AESGCM:
    return AESGCM(b"k" * 32)


def test_the_same_words_never_look_the_same(database: Database) -> None:
    """Sealing the same words twice gives two different values, so equal messages cannot be told."""
    vault = Vault(KeyRing.make())

    def work(db: Transaction) -> int:
        person = vault.add_person(db)
        return len({vault.seal(db, person, PLACE, 1, b"hoi") for _ in range(50)})

    assert run_now(database, work) == 50


def test_without_the_persons_key_nothing_opens(database: Database) -> None:
    """After a person was forgotten nothing of theirs opens, in this process or in one that starts later."""
    ring = KeyRing.make()
    vault = Vault(ring)
    person = run_now(database, vault.add_person)
    sealed = run_now(database, lambda db: vault.seal(db, person, PLACE, 1, b"geheim"))
    run_now(database, lambda db: vault.forget_person(db, person))
    for reader in (vault, Vault(ring)):
        with pytest.raises(NoKey):
            run_now(database, partial(reader.open, person_id=person, place=PLACE, row=1, sealed=sealed))


def test_a_key_that_was_moved_to_another_person_does_not_unwrap(database: Database) -> None:
    """Putting one person's wrapped key in another's row gives nobody's words away."""
    ring = KeyRing.make()
    vault = Vault(ring)
    mine, other = (run_now(database, vault.add_person) for _ in range(2))
    wrapped = sa.select(person_key.c.wrapped).where(person_key.c.person_id == mine).scalar_subquery()
    run_now(
        database,
        lambda db: db.execute(sa.update(person_key).where(person_key.c.person_id == other).values(wrapped=wrapped)),
    )
    with pytest.raises(ValueError, match="does not fit"):
        run_now(database, lambda db: Vault(ring).seal(db, other, PLACE, 1, b"x"))


def test_another_ring_opens_nothing(database: Database) -> None:
    """The database without its key file is mute."""
    person = run_now(database, Vault(KeyRing.make()).add_person)
    assert not run_now(database, Vault(KeyRing.make()).fits)
    with pytest.raises(ValueError, match="does not fit"):
        run_now(database, lambda db: Vault(KeyRing.make()).seal(db, person, PLACE, 1, b"x"))


def test_the_index_finds_and_tells_nothing() -> None:
    """The blind index is the same for the same value, differs by purpose and by ring, and holds no part of the value."""
    ring = KeyRing.make()
    one = Vault(ring).index("telegram", "700700")
    assert one == Vault(ring).index("telegram", "700700")
    assert len({one, Vault(ring).index("email", "700700"), Vault(KeyRing.make()).index("telegram", "700700")}) == 3
    assert b"700700" not in one


def test_the_key_file_is_the_owners_alone(tmp_path: Path) -> None:
    """A key file is readable by its owner only, is never overwritten, reads back whole, and a broken one is refused."""
    path = tmp_path / "verder.key"
    ring = KeyRing.make()
    ring.write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        KeyRing.make().write(path)
    assert KeyRing.read(path) == ring
    raw = json.loads(path.read_text())
    for broken in ({**raw, "current": 2}, {**raw, "index": "AAAA"}, {**raw, "keys": {"1": "AAAA"}}):
        path.write_text(json.dumps(broken))
        with pytest.raises(ValueError, match="whole keys"):
            KeyRing.read(path)
