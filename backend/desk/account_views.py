"""What the page of one's own account shows, in words."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from backend.accounts import factors, identities, passkeys
from backend.accounts.factors import Factors
from backend.accounts.signing_in import account_of
from backend.db import Transaction
from backend.desk.words import Words
from backend.organisations.login import Session, sessions_of
from backend.vault import Vault


@dataclass(frozen=True, slots=True)
class SessionView:
    """Where somebody is logged in."""

    id: str
    device: str
    started: str
    seen: str
    here: bool


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """A passkey by its name."""

    id: str
    name: str
    made: str
    used: str | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """The whole page; a demo account has nothing to change."""

    demo: bool
    has_password: bool
    factors: Factors
    may_remove: bool
    passkeys: Sequence[PasskeyView]
    providers: Sequence[str]
    sessions: Sequence[SessionView]


def account_view(
    db: Transaction, vault: Vault, words: Words, session: Session, providers: Mapping[str, str], *, at: int
) -> AccountView:
    """What there is now."""
    id = session.counsellor.id
    account, found = account_of(db, id), factors.factors_of(db, id)
    mine = identities.providers_of(db, id)
    return AccountView(
        account.demo,
        bool(account.password_hash),
        found,
        found.any and (not found.one or bool(mine)),
        [
            PasskeyView(one.id, one.name, words.moment(one.made_at), words.moment(one.used_at) if one.used_at else None)
            for one in passkeys.passkeys_of(db, vault, id)
        ],
        [providers.get(key, key) for key in sorted(mine)],
        [
            SessionView(
                row.id, row.device, words.moment(row.started_at), words.moment(row.seen_at), row.id == session.id
            )
            for row in sessions_of(db, id, at=at)
        ],
    )


def qr_of(text: str) -> Markup:
    """A QR code as SVG to stand in the page; dark on light whatever the theme, because cameras want that."""
    import segno  # needed once in the life of an account

    out = io.BytesIO()
    segno.make(text, error="m").save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=False,
        light="#fff",
        dark="#000",
        border=4,
        omitsize=True,
        svgclass="desk-qr",
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - made here from a matrix of squares
