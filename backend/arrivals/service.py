"""From which network a conversation on the web began: kept for a day, as a mark that only says which began in the same one.

The address itself is stored nowhere. The mark of whoever brings a school's code is blotted out: a class comes from one
network.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from backend.arrivals.models import arrival
from backend.db import Transaction
from backend.dutch_time import in_amsterdam
from backend.networks import network_of
from backend.prepared import Prepared
from backend.vault import Vault

KEPT = 24 * 3600 * 1_000_000
"""How long a mark is kept (microseconds)."""
_NOTE = Prepared(sa.insert(arrival), *arrival.c.keys())


def note_arrival(db: Transaction, vault: Vault, conversation_id: str, address: str, *, at: int) -> None:
    """Keeps the mark of where a conversation begins; nothing where the address is not known ("")."""
    if address:
        mark = mark_of(vault, address, at=at)
        _NOTE.run(db.connection, {"conversation_id": conversation_id, "mark": mark, "at": at})


def mark_of(vault: Vault, address: str, *, at: int) -> bytes:
    """What stands for a network on the Dutch day of `at` (microseconds UTC)."""
    return vault.index("arrival", f"{in_amsterdam(at).date()} {network_of(address)}")


def blot_out(db: Transaction, conversation_id: str) -> None:
    """From now on nothing is known of where this conversation began. The row stays: that one is missing would tell that
    somebody came with a code."""
    here = arrival.c.conversation_id == conversation_id
    db.execute(sa.update(arrival).where(here).values(mark=secrets.token_bytes(32)))


def forget_old(db: Transaction, *, at: int) -> None:
    """Removes every mark that is older than `KEPT`."""
    db.execute(sa.delete(arrival).where(arrival.c.at < at - KEPT))
