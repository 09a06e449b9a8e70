"""Carrying out what a person asks about their own data, from the chat and from the API alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from backend.consents.service import lift, restrict, restricted_since
from backend.conversations.service import tell
from backend.db import Transaction
from backend.my_data import looking
from backend.my_data.withdrawing import Withdrawn, withdraw
from backend.register.walking import Held
from backend.support_requests.closing import wake_all
from backend.vault import Vault
from dialogs.effects import LookUpMyData, MyDataEffect, RestrictMyData, WithdrawConsent
from dialogs.news import ConsentWithdrawn, MyDataLocked, MyDataNews


def carry_out_mine(db: Transaction, vault: Vault, row: sa.Row[Any], effect: MyDataEffect) -> MyDataNews:
    """Does what was asked in the conversation of `row`; its answer for that conversation, others are told at once."""
    match effect:
        case LookUpMyData("everything"):
            return looking.my_data(db, row.person_id)
        case LookUpMyData("views"):
            return looking.my_views(db, vault, row)
        case LookUpMyData():
            return looking.my_consents(db, row.person_id)
        case WithdrawConsent():
            return _withdraw(db, vault, row, effect.consent)
        case RestrictMyData():
            return replace(_lock(db, vault, row, on=effect.on), said=effect.said)


def withdraw_from_outside(db: Transaction, vault: Vault, row: sa.Row[Any], consent_id: str) -> Withdrawn | None:
    """The same by the API: the conversation is told as well, so that the chat says what was done."""
    done = withdraw(db, vault, row.person_id, consent_id)
    if done:
        for id in {row.id, done.given_in, *done.closed}:
            tell(db, vault, id, _news(done, id))
    return done


def lock_from_outside(db: Transaction, vault: Vault, row: sa.Row[Any], *, on: bool) -> None:
    """The lock by the API: every conversation of the person is told, once."""
    if (restricted_since(db, row.person_id) is not None) != on:
        news = _lock(db, vault, row, on=on)
        tell(db, vault, row.id, news)


def _withdraw(db: Transaction, vault: Vault, row: sa.Row[Any], consent_id: str) -> ConsentWithdrawn:
    done = withdraw(db, vault, row.person_id, consent_id)
    if done is None:
        return ConsentWithdrawn(None)
    for id in {done.given_in, *done.closed} - {row.id}:
        tell(db, vault, id, _news(done, id))
    return _news(done, row.id)


def _news(done: Withdrawn, conversation_id: str) -> ConsentWithdrawn:
    return ConsentWithdrawn(done.name, conversation_id in done.closed, done.purpose)


def _lock(db: Transaction, vault: Vault, row: sa.Row[Any], *, on: bool) -> MyDataLocked:
    held = Held.of(db, row.person_id)
    changed = restrict(db, row.person_id) if on else lift(db, row.person_id)
    if changed:
        wake_all(db, row.person_id)
        for id in held.conversations:
            if id != row.id:
                tell(db, vault, id, MyDataLocked(on))
    return MyDataLocked(on)
