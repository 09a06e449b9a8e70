"""Persons whose rows are there without their key.

On SQLite keys and data are two files, each committed for itself, the keys first: a process that is killed in between may
have erased a key alone. Nobody can read those rows any more; the erasing is finished. Where the key of everybody is gone it
is no such accident, and nothing is touched.
"""

from __future__ import annotations

import logging
from functools import partial

import sqlalchemy as sa

from backend.conversations.models import conversation
from backend.db import Database, Transaction, now
from backend.persons.erasing import erase_person
from backend.rounds import alone, counted
from backend.vault import Vault, person_key

_log = logging.getLogger(__name__)
_ONE = counted("erasing one without a key")
_FEW = 200
"""One commit never erases more."""
_HAS_NO_KEY = ~sa.exists().where(person_key.c.person_id == conversation.c.person_id)
_DAY = 24 * 3600 * 1_000_000


def keys_are_gone(db: Transaction) -> bool:
    """Whether there are persons, and not one key."""
    key, person = (sa.select(sa.literal(1)).select_from(table).limit(1) for table in (person_key, conversation))
    return db.execute(key).first() is None and db.execute(person).first() is not None


async def finish_erasings(database: Database, vault: Vault) -> None:
    """As `finish_erasing`, now. There is hardly ever anybody, so a reader looks first and no turn waits for it."""
    if await database.read(_some_lack_keys):
        await database.write(lambda db: finish_erasing(db, vault, at=now()))


def _some_lack_keys(db: Transaction) -> bool:
    return (
        db.execute(sa.select(sa.literal(1)).select_from(conversation).where(_HAS_NO_KEY).limit(1)).first() is not None
    )


def finish_erasing(db: Transaction, vault: Vault, *, at: int) -> int:
    """Erases what is left of persons without a key, a day after they were last heard of: until then whoever put back older
    keys by mistake can bring back the right ones. How many; none when there are too many for that. `at` in microseconds."""
    newest = sa.func.max(conversation.c.updated_at).label("newest")
    found = sa.select(conversation.c.person_id, newest).where(_HAS_NO_KEY).group_by(conversation.c.person_id)
    persons = db.execute(found.limit(_FEW + 1)).all()
    if len(persons) > _FEW or (persons and keys_are_gone(db)):
        _log.error("the keys of many persons are gone; nothing of theirs is touched. Bring back the store of keys")
        return 0
    done = [person.person_id for person in persons if person.newest < at - _DAY]
    if len(done) < len(persons):
        _log.warning("persons without a key: %s. What is left of them goes a day after their last word", len(persons))
    outcomes = [alone(db, _ONE, partial(erase_person, db, vault, person_id, actor="retention")) for person_id in done]
    return outcomes.count("done")
