"""Which counsellor an identity of a provider belongs to: bound once, by an invitation, never by e-mail address."""

from __future__ import annotations

import sqlalchemy as sa

from backend.accounts.id_tokens import Identity
from backend.accounts.models import counsellor_identity
from backend.db import Transaction
from backend.organisations.models import counsellor
from backend.vault import Vault


def counsellor_of(db: Transaction, vault: Vault, identity: Identity) -> str | None:
    """The id of the counsellor this identity is bound to, when the account is not disabled."""
    found = (
        sa.select(counsellor.c.id)
        .join(counsellor_identity, counsellor_identity.c.counsellor_id == counsellor.c.id)
        .where(counsellor_identity.c.identity_index == _index(vault, identity), sa.not_(counsellor.c.disabled))
    )
    return db.execute(found).scalar_one_or_none()


def bind(db: Transaction, vault: Vault, identity: Identity, counsellor_id: str, *, provider: str, at: int) -> bool:
    """From now on this identity is the counsellor; False when it is somebody already."""
    index = _index(vault, identity)
    if db.execute(sa.select(counsellor_identity).where(counsellor_identity.c.identity_index == index)).first():
        return False
    values = {"identity_index": index, "counsellor_id": counsellor_id, "provider": provider, "made_at": at}
    db.execute(sa.insert(counsellor_identity), values)
    return True


def providers_of(db: Transaction, counsellor_id: str) -> frozenset[str]:
    """The keys of the providers at which the counsellor signs in."""
    mine = sa.select(counsellor_identity.c.provider).where(counsellor_identity.c.counsellor_id == counsellor_id)
    return frozenset(db.execute(mine).scalars())


def _index(vault: Vault, identity: Identity) -> bytes:
    return vault.index("counsellor_identity", f"{identity.issuer}\0{identity.subject}")
