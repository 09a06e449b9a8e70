"""A backup, what is erased after it, and a restore into an empty database: how long it takes, and what is lost."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from backend.audit.gone import gone_since, keep_gone, read_gone
from backend.audit.keeping import link_all
from backend.audit.verifying import verify
from backend.backups.rows import contents
from backend.backups.service import back_up, restore
from backend.benchmarks.upgrades.town import fill_town, record_requests, words_of
from backend.conversations.models import conversation
from backend.db import Transaction, now, run_now
from backend.engines import make_engine, open_database
from backend.migrations import upgrade
from backend.persons.erasing import erase_person
from backend.vault import Vault, person_key

_SAMPLE = 200
_OWN = ("audit_event", "audit_head", "audit_cut")
"""A restore writes in the trail that it was one, and the trail of the backup is shorter."""


def restored(folder: Path, urls: tuple[str, str], vault: Vault, people: int, erased: int) -> dict[str, float]:
    """From the first, empty database into the second; what was erased after the backup must stay so, and all else come
    back: then both hold the same."""
    persons = _filled(urls[0], vault, people)
    file, heads = folder / f"{people}.backup", folder / "heads"
    began = time.perf_counter()
    rows = back_up(urls[0], file)
    saving = time.perf_counter() - began
    _erase(urls[0], vault, persons[:erased], heads)
    began = time.perf_counter()
    done = restore(urls[1], file, vault, read_gone(heads))
    loading = time.perf_counter() - began
    size = file.stat().st_size
    file.unlink()
    return {
        "restored_people": people,
        "restored_rows": rows,
        "backup_mb": size / 1e6,
        "backup_seconds": saving,
        "restore_minutes": loading / 60,
        "erased_after_backup": len(set(persons[:erased])),
        "erased_again": done.erased,
        **_judged(urls, vault, persons, erased),
    }


def _filled(url: str, vault: Vault, people: int) -> list[str]:
    engine = make_engine(url)
    upgrade(engine)
    with engine.connect() as connection:
        persons = fill_town(connection, vault, people)
        record_requests(Transaction(connection))
        connection.commit()
    engine.dispose()
    _link(url)
    return persons


def _erase(url: str, vault: Vault, persons: list[str], heads: Path) -> None:
    database = open_database(url)
    try:
        for person in persons:
            run_now(database, partial(erase_person, vault=vault, person_id=person, actor="person"))
    finally:
        database.close()
    _link(url)
    engine = make_engine(url)
    with engine.connect() as connection:
        _, marks = gone_since(Transaction(connection), 0)
    engine.dispose()
    keep_gone(heads, marks, set())


def _link(url: str) -> None:
    database = open_database(url)
    try:
        asyncio.run(link_all(database))
    finally:
        database.close()


def _judged(urls: tuple[str, str], vault: Vault, persons: list[str], erased: int) -> dict[str, float]:
    before, after = (_held(url) for url in urls)
    engine = make_engine(urls[1])
    vault.drop_cache()
    with engine.connect() as connection:
        db = Transaction(connection)
        _, wrong = verify(db, vault.audit_key, at=now())
        back = sum(
            len(db.execute(sa.select(table.c.person_id).where(table.c.person_id.in_(persons[:erased]))).all())
            for table in (conversation, person_key)
        )
        shut = sum(not opens for opens in words_of(db, vault, persons[erased : erased + _SAMPLE]))
    engine.dispose()
    return {
        "tables_that_differ": sum(before[name] != after[name] for name in before if name not in _OWN),
        "trail_wrong": len(wrong),
        "erased_rows_back": back,
        "words_shut": shut,
    }


def _held(url: str) -> dict[str, str]:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return contents(connection)
    finally:
        engine.dispose()
