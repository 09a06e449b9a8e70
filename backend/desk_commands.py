"""The command that sets how an organisation works its queues: `verder admin desk`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

import sqlalchemy as sa

from backend.app import Service
from backend.db import Transaction
from backend.organisations.models import organisation
from backend.queues.settings import DeskSetting, change_setting, setting_of
from backend.queues.working_time import BadHours
from backend.settings import Settings
from knowledge.holidays import REGIONS

_NUMBERS = ("first_answer_hours", "next_answer_hours", "claim_hours", "handover_days", "most_claims")


def add_desk_command(parser: argparse.ArgumentParser) -> None:
    """What can be set; without any of it the command prints how it is."""
    parser.add_argument("organisation", help="the organisation's id")
    parser.add_argument("--opening-hours", help='such as "1-4 09:00-17:00; 5 09:00-12:30" (1 is Monday)')
    parser.add_argument("--holiday-region", choices=REGIONS, help="closed in the school holidays of this region")
    for name in _NUMBERS:
        parser.add_argument(f"--{name.replace('_', '-')}", type=_number)


async def set_desk(wanted: argparse.Namespace, settings: Settings) -> int:
    """Changes what was given and prints the whole as JSON; 1 when there is nothing to change it of, or wrong hours."""
    service = Service.open(settings)
    names = ("opening_hours", "holiday_region", *_NUMBERS)
    changes = {name: getattr(wanted, name) for name in names if getattr(wanted, name) is not None}

    def work(db: Transaction) -> DeskSetting | None:
        there = sa.select(organisation.c.id).where(organisation.c.id == wanted.organisation)
        if db.execute(there).first() is None:
            return None
        return change_setting(db, wanted.organisation, **changes) if changes else setting_of(db, wanted.organisation)

    try:
        done = await service.database.write(work)
    except BadHours as bad:
        print(f"these opening hours cannot be read: {bad}")
        return 1
    finally:
        await service.close()
    if done is None:
        print("there is no such organisation")
        return 1
    print(json.dumps(asdict(done)))
    return 0


def _number(written: str) -> int:
    """A whole number from 1 to 1000."""
    number = int(written)
    if not 1 <= number <= 1000:
        raise ValueError(written)
    return number
