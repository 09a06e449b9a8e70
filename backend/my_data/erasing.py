"""Erasing with a receipt: a random reference and the time, which say nothing about whose it was."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from backend.db import Transaction, now
from backend.dutch_time import in_amsterdam
from backend.my_data.models import erasure_receipt
from backend.persons.erasing import erase_person
from backend.vault import Vault
from dialogs.codes import SIGNS, grouped
from dialogs.news import Erased

_SIGNS = 15
"""Signs of a reference: 68 random bits, in the signs that cannot be mistaken for each other."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The reference as it is shown ("BCD23-FGH46-JKM78") and when, in microseconds UTC."""

    reference: str
    at: int


def erase_with_receipt(db: Transaction, vault: Vault, person_id: str, *, actor: str) -> Receipt:
    """Erases everything about the person and keeps the receipt, without the person."""
    erase_person(db, vault, person_id, actor=actor)
    reference, at = "".join(secrets.choice(SIGNS) for _ in range(_SIGNS)), now()
    db.execute(sa.insert(erasure_receipt), {"reference": reference, "at": at})
    return Receipt(grouped(reference), at)


def erase_and_tell(db: Transaction, vault: Vault, person_id: str, *, actor: str) -> Erased:
    """The same, as the last news of the conversation."""
    receipt = erase_with_receipt(db, vault, person_id, actor=actor)
    then = in_amsterdam(receipt.at)
    return Erased(receipt.reference, then.date(), f"{then:%H:%M}")
