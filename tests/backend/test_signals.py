"""Telling other processes: soon, each topic once, whatever goes wrong; of an erasure with the commit itself."""

from __future__ import annotations

import asyncio
import threading

from backend.db import PostgresDatabase, Transaction
from backend.engines import open_database
from backend.signals import Herald, hear_other_processes


def test_a_burst_is_told_in_a_few_words() -> None:
    """A thousand turns become a handful of announcements, and no topic is left out."""
    told: list[list[str]] = []
    herald = Herald(told.append)
    for number in range(1000):
        herald.announce([f"conversation:{number % 50}"])
    herald.close()
    assert {topic for topics in told for topic in topics} == {f"conversation:{number}" for number in range(50)}
    assert sum(map(len, told)) < 500


def test_trouble_is_passed_over() -> None:
    """When telling fails once, what comes after it is told all the same."""
    told: list[str] = []
    failed = threading.Event()

    def tell(topics: list[str]) -> None:
        if not failed.is_set():
            failed.set()
            raise ConnectionError
        told.extend(topics)

    herald = Herald(tell)
    herald.announce(["lost"])
    assert failed.wait(60)
    herald.announce(["heard"])
    herald.close()
    assert told == ["heard"]


def test_an_erasure_is_told_with_its_commit(database_url: str) -> None:
    """On PostgreSQL another process hears of an erasure even if this one does nothing more; SQLite has one process."""
    if database_url.startswith("sqlite"):
        return
    asyncio.run(_erase_and_hear(database_url))


async def _erase_and_hear(url: str) -> None:
    here, there = open_database(url), open_database(url)
    assert isinstance(here, PostgresDatabase)
    here._herald.close()  # as if this process died right after the commit
    hearing = asyncio.create_task(hear_other_processes(url, there.signals))
    try:
        with there.signals.listen("keys") as keys:
            assert await keys.wait(60), "whoever begins to listen is woken once"

            def erase(db: Transaction) -> None:
                db.erases = True
                db.wake("keys")

            await here.write(erase)
            assert await keys.wait(60)
    finally:
        hearing.cancel()
        there.close()
        here._engine.dispose()
