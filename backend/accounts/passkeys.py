"""Passkeys (WebAuthn): setting one up, and proving that it is there; sealed under the counsellor."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from backend.accounts.models import passkey
from backend.db import Transaction
from backend.organisations.counsellors import Counsellor
from backend.vault import Vault
from locales import undirected

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

LONGEST_NAME = 60
MOST = 10
_PLACE = "passkey.credential"
_PURPOSE = "passkey.credential"


class BadPasskey(ValueError):
    """What the browser sent is not a passkey of this account and this site, or not an answer to our challenge."""


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are: the origin of the service and its host."""

    origin: str

    @property
    def host(self) -> str:
        """The relying party's id."""
        return urlsplit(self.origin).hostname or ""

    @classmethod
    def of(cls, public_url: str) -> Site:
        """From the public address."""
        address = urlsplit(public_url)
        return cls(f"{address.scheme}://{address.netloc}")


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it; times in microseconds."""

    id: str
    name: str
    made_at: int
    used_at: int | None


def passkeys_of(db: Transaction, vault: Vault, counsellor_id: str) -> Sequence[Passkey]:
    """The counsellor's passkeys, the oldest first."""
    rows = _rows(db, counsellor_id)
    return [Passkey(row.id, _open(db, vault, row)["name"], row.made_at, row.used_at) for row in rows]


def offer_passkey(db: Transaction, vault: Vault, site: Site, who: Counsellor) -> tuple[str, str]:
    """What the browser needs to make one (JSON), and the challenge to keep."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=site.host,
        rp_name="Verder",
        user_id=bytes.fromhex(who.id),
        user_name=who.name,
        exclude_credentials=_descriptors(db, vault, who.id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )
    return options_to_json(options), bytes_to_base64url(options.challenge)


def add_passkey(
    db: Transaction, vault: Vault, site: Site, who: Counsellor, *, answer: str, challenge: str, name: str, at: int
) -> None:
    """Keeps the passkey the browser made. Raises `BadPasskey`."""
    from webauthn import verify_registration_response
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    if len(_rows(db, who.id)) >= MOST:
        raise BadPasskey
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise BadPasskey from error
    id, found = secrets.token_hex(16), vault.index(_PURPOSE, made.credential_id.hex())
    if db.execute(sa.select(passkey.c.id).where(passkey.c.credential_index == found)).first():
        raise BadPasskey
    plain = {
        "credential": bytes_to_base64url(made.credential_id),
        "key": bytes_to_base64url(made.credential_public_key),
        "name": undirected(name).strip()[:LONGEST_NAME] or "Passkey",
    }
    values = {
        "id": id,
        "counsellor_id": who.id,
        "credential_index": found,
        "credential": vault.seal(db, who.id, _PLACE, id, json.dumps(plain).encode()),
        "sign_count": made.sign_count,
        "made_at": at,
        "used_at": None,
    }
    db.execute(sa.insert(passkey), values)


def ask_passkey(db: Transaction, vault: Vault, site: Site, counsellor_id: str | None) -> tuple[str, str]:
    """What the browser needs to prove one (JSON), and the challenge to keep; nobody's yet without a counsellor."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.structs import UserVerificationRequirement

    alone = counsellor_id is None
    options = generate_authentication_options(
        rp_id=site.host,
        allow_credentials=None if counsellor_id is None else _descriptors(db, vault, counsellor_id),
        user_verification=UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED,
    )
    return options_to_json(options), bytes_to_base64url(options.challenge)


def use_passkey(
    db: Transaction, vault: Vault, site: Site, *, answer: str, challenge: str, of: str | None, at: int
) -> str:
    """The id of the counsellor whose passkey answered; without `of` it must have verified its user. Raises `BadPasskey`."""
    from webauthn import verify_authentication_response
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        id = base64url_to_bytes(json.loads(answer)["rawId"]).hex()
        row = db.execute(sa.select(passkey).where(passkey.c.credential_index == vault.index(_PURPOSE, id))).first()
        if row is None or (of is not None and row.counsellor_id != of):
            raise BadPasskey
        used = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(_open(db, vault, row)["key"]),
            credential_current_sign_count=row.sign_count,
            require_user_verification=of is None,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise BadPasskey from error
    same = passkey.c.id == row.id, passkey.c.sign_count == row.sign_count
    db.execute(sa.update(passkey).where(*same).values(sign_count=used.new_sign_count, used_at=at))
    owner: str = row.counsellor_id
    return owner


def remove_passkey(db: Transaction, counsellor_id: str, passkey_id: str) -> bool:
    """Whether one of the counsellor's passkeys was taken away."""
    mine = passkey.c.id == passkey_id, passkey.c.counsellor_id == counsellor_id
    return db.execute(sa.delete(passkey).where(*mine)).rowcount == 1


def _rows(db: Transaction, counsellor_id: str) -> Sequence[sa.Row[Any]]:
    mine = sa.select(passkey).where(passkey.c.counsellor_id == counsellor_id)
    return db.execute(mine.order_by(passkey.c.made_at, passkey.c.id)).all()


def _open(db: Transaction, vault: Vault, row: sa.Row[Any]) -> dict[str, str]:
    plain: dict[str, str] = json.loads(vault.open(db, row.counsellor_id, _PLACE, row.id, row.credential))
    return plain


def _descriptors(db: Transaction, vault: Vault, counsellor_id: str) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    ids = [_open(db, vault, row)["credential"] for row in _rows(db, counsellor_id)]
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(id)) for id in ids]
