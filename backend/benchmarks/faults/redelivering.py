"""Promise R3: each update comes one to five times, in any order, some at the same moment; each counts once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from dataclasses import dataclass

import sqlalchemy as sa

from backend.benchmarks.faults.fleets import Fleet, serving
from backend.benchmarks.faults.grounds import Ground
from backend.benchmarks.faults.lines import Line, NoAnswer
from backend.benchmarks.faults.people import asks_for_help, goes_to_consent, marker, on_telegram, said
from backend.benchmarks.faults.telegram import message, tap, telegram_server
from backend.consents.models import consent, sharing
from backend.conversations.models import parked
from backend.conversations.service import Host
from backend.db import Transaction, run_now
from backend.support_requests.models import assignment, support_request

_UPDATES_EACH = 25
_MOST_COPIES = 5
_AT_ONCE = 0.2
_LANES = 4
_EFFECTS = (support_request, consent, sharing, assignment)
_FIRST_CHAT = 2000

Update = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What will come: the yes of each chat, all other updates, and the words that must be there in the end."""

    agreed: list[Update]
    updates: list[Update]
    words: list[str]
    effects_of_one: dict[str, int]


async def deliver_again_and_again(ground: Ground, updates: int, seed: int) -> dict[str, float]:
    """So many updates, in chats where somebody is asked for consent first."""
    chance = random.Random(seed)
    with ground.fresh() as url:
        plan = await asyncio.to_thread(_arranged, ground, url, updates, chance)
        async with telegram_server() as telegram, serving(ground, url, telegram.url) as fleet:
            statuses = await _all_brought(fleet, plan, chance)
        with ground.opened(url) as (database, vault):
            found = Counter(run_now(database, lambda db: said(db, vault)))
            counts = run_now(database, _counted)
    # Before, one did all of it in one clean run: every chat must come to just as much.
    extra = {name: counts[name] - (len(plan.agreed) + 1) * clean for name, clean in plan.effects_of_one.items()}
    return {
        "updates": len(plan.updates) + len(plan.agreed),
        "deliveries": sum(statuses.values()),
        "updates_refused": sum(count for status, count in statuses.items() if status != 200),
        "updates_missing": sum(found[words] == 0 for words in plan.words),
        "updates_doubled": sum(found[words] > 1 for words in plan.words),
        "updates_parked": counts["parked"],
        "effects_extra_or_missing": sum(abs(number) for number in extra.values()),
    }


def _arranged(ground: Ground, url: str, updates: int, chance: random.Random) -> _Plan:
    with ground.inside(url) as service:
        return run_now(service.database, lambda db: _planned(db, service.host, updates, chance))


def _planned(db: Transaction, host: Host, updates: int, chance: random.Random) -> _Plan:
    clean = on_telegram(db, host, _FIRST_CHAT, first_update=_FIRST_CHAT * 1000)
    asks_for_help(db, host, clean)
    plan = _Plan([], [], [], {name: count for name, count in _counted(db).items() if name != "parked"})
    for place in range(max(1, updates // _UPDATES_EACH)):
        chat = _FIRST_CHAT + 1 + place
        one = on_telegram(db, host, chat, first_update=chat * 1000)
        goes_to_consent(db, host, one)
        plan.agreed.append(tap(one.updates + 1, chat, one.offered("consent:yes")))
        words = [marker(chance) for _ in range(min(_UPDATES_EACH, updates) - 1)]
        plan.updates.extend(message(one.updates + 2 + number, chat, text) for number, text in enumerate(words))
        plan.words.extend(words)
    return plan


async def _all_brought(fleet: Fleet, plan: _Plan, chance: random.Random) -> Counter[int]:
    """The yes of each chat first, and then once more among everything else; how often each status came."""
    lines = fleet.lines(_LANES * _MOST_COPIES)
    statuses = Counter([await _bring(fleet, lines[0], update) for update in plan.agreed])
    bundles: list[list[Update]] = []
    for update in plan.updates + plan.agreed:
        copies = [update] * chance.randint(1, _MOST_COPIES)
        bundles.extend([copies] if chance.random() < _AT_ONCE else [[one] for one in copies])
    chance.shuffle(bundles)
    waiting = deque(bundles)

    async def lane(own: list[Line]) -> None:
        while waiting:
            bundle = waiting.popleft()
            statuses.update(await asyncio.gather(*map(_bring, [fleet] * len(bundle), own, bundle)))

    await asyncio.gather(*(lane(lines[place::_LANES]) for place in range(_LANES)))
    for line in lines:
        line.close()
    return statuses


async def _bring(fleet: Fleet, line: Line, update: Update) -> int:
    """Until there is an answer, as Telegram does."""
    for _ in range(100):
        try:
            status = await fleet.bring(line, update)
        except NoAnswer:
            status = 0
        if status not in (0, 503):
            return status
        await asyncio.sleep(0.1)
    return 0


def _counted(db: Transaction) -> dict[str, int]:
    tables = (*_EFFECTS, parked)
    return {one.name: int(db.execute(sa.select(sa.func.count()).select_from(one)).scalar_one()) for one in tables}
