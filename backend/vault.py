"""Encryption at rest: a key for each person, wrapped by the key ring; sealed fields bound to their place.

Only `cryptography`'s AES-256-GCM and HMAC-SHA-256 are used. Without a person's key nothing of that person can be read,
so erasing the key erases the person (trust promise S12).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.db import Transaction, metadata
from backend.prepared import Prepared

_FORMAT = b"\x01"
_NONCE = 12
_CACHED_KEYS = 20_000
_LEASE_SECONDS = 2.0
"""How long a person's key is used without looking whether it is still there: another process may have erased it."""

person_key = sa.Table(
    "person_key",
    metadata,
    sa.Column("person_id", sa.String(32), primary_key=True),
    sa.Column("ring_version", sa.Integer, nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    schema="keys",
)

_FIND = Prepared(
    sa.select(person_key.c.ring_version, person_key.c.wrapped).where(
        person_key.c.person_id == sa.bindparam("person_id")
    )
)
_ADD = Prepared(sa.insert(person_key), *person_key.c.keys())
_REWRAP = Prepared(
    sa.update(person_key)
    .where(person_key.c.person_id == sa.bindparam("who"))
    .values(ring_version=sa.bindparam("version"), wrapped=sa.bindparam("new"))
)
KEYS_TOPIC = "keys"
"""What is woken when a person's key is gone: every process then forgets the keys it has opened."""


class NoKey(LookupError):
    """This person's key is gone: the person was erased."""


class KeyRingLacks(ValueError):
    """A person's key was wrapped by a key that is not in this ring."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys that wrap other keys, by version; the keys of the look-up index and of the audit trail's signed heads.

    `left` is the day on which the last person's key was wrapped anew: from then on a version only opens old copies.
    Never in the database.
    """

    current: int
    keys: dict[int, bytes]
    index_key: bytes
    audit_key: bytes
    left: Mapping[int, date] = field(default_factory=dict)

    @classmethod
    def make(cls) -> KeyRing:
        """A new ring with one key."""
        return cls(1, {1: secrets.token_bytes(32)}, secrets.token_bytes(32), secrets.token_bytes(32))

    @classmethod
    def read(cls, path: Path) -> KeyRing:
        """The ring in a key file; raises FileNotFoundError or ValueError."""
        raw = json.loads(path.read_text("ascii"))
        keys = {int(version): base64.b64decode(key) for version, key in raw["keys"].items()}
        left = {int(version): date.fromisoformat(day) for version, day in raw.get("left", {}).items()}
        index = base64.b64decode(raw["index"])
        # Files of the first release have no key for the audit trail: theirs follows from the one they have.
        audit = base64.b64decode(raw["audit"]) if "audit" in raw else hmac.digest(index, b"audit head", hashlib.sha256)
        ring = cls(int(raw["current"]), keys, index, audit, left)
        if ring.current not in keys or any(len(key) != 32 for key in (*keys.values(), index, audit)):
            raise ValueError("the key file does not hold whole keys")
        return ring

    def write(self, path: Path) -> None:
        """Writes a new key file that only its owner can read; refuses to overwrite one."""
        self._write(path)

    def replace(self, path: Path) -> None:
        """Puts this ring in the place of the key file at once: whoever reads finds the old or the new one, whole."""
        beside = path.with_name(f"{path.name}.new")
        beside.unlink(missing_ok=True)
        self._write(beside)
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def with_new_key(self) -> KeyRing:
        """The same with one more key, not yet the current one."""
        return replace(self, keys={**self.keys, max(self.keys) + 1: secrets.token_bytes(32)})

    def without(self, version: int) -> KeyRing:
        """The same without this version: what it wrapped cannot be opened any more, in no copy."""
        return replace(self, keys={one: key for one, key in self.keys.items() if one != version})

    def _write(self, path: Path) -> None:
        raw = {
            "current": self.current,
            "keys": {str(version): base64.b64encode(key).decode() for version, key in self.keys.items()},
            "index": base64.b64encode(self.index_key).decode(),
            "audit": base64.b64encode(self.audit_key).decode(),
            "left": {str(version): day.isoformat() for version, day in self.left.items()},
        }
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(raw, file, indent=1)
            file.flush()
            os.fsync(file.fileno())


class Vault:
    """Seals and opens fields of persons. `place` is "table.column", `row` the row's id: a moved value does not open."""

    def __init__(self, ring: KeyRing, newer: Callable[[], KeyRing | None] = lambda: None) -> None:
        """`newer` gives the ring of the key file when the file was changed since it was last asked."""
        self._ring = ring
        self._newer = newer
        self._ciphers: OrderedDict[str, tuple[AESGCM, float]] = OrderedDict()
        self._lock = Lock()

    @property
    def audit_key(self) -> bytes:
        """The seed of the key that signs the heads of the audit trail."""
        return self._ring.audit_key

    def add_person(self, db: Transaction) -> str:
        """A new person's id (128 random bits), with a key of their own."""
        person_id = secrets.token_hex(16)
        key = AESGCM.generate_key(256)
        self._renew_ring()
        version, wrapped = self._wrap(person_id, key)
        _ADD.run(db.connection, {"person_id": person_id, "ring_version": version, "wrapped": wrapped})
        self._remember(person_id, AESGCM(key))
        return person_id

    def forget_person(self, db: Transaction, person_id: str) -> None:
        """Deletes the person's key: from here on nothing sealed for them can be opened, in no process."""
        db.execute(sa.delete(person_key).where(person_key.c.person_id == person_id))
        with self._lock:
            self._ciphers.pop(person_id, None)
        db.wake(KEYS_TOPIC)

    def drop_cache(self) -> None:
        """Forgets every opened key; whoever still has one in the database is opened again."""
        with self._lock:
            self._ciphers.clear()

    def rewrap(self, db: Transaction, *, after: str = "", limit: int = 500) -> str | None:
        """Wraps anew some keys that are under an older version: those of the first persons whose id is larger than
        `after`. The last id, or None when there was none."""
        self._renew_ring()
        rows = db.execute(_stale(self._ring.current, after).limit(limit).with_for_update()).all()
        new = []
        for row in rows:
            key = self._unwrap(row.person_id, row.ring_version, row.wrapped)
            version, wrapped = self._wrap(row.person_id, key)
            new.append({"who": row.person_id, "version": version, "new": wrapped})
        if new:
            _REWRAP.run_many(db.connection, new)
        return rows[-1].person_id if rows else None

    def stale_keys(self, db: Transaction) -> int:
        """How many persons' keys are under an older version than the current one."""
        self._renew_ring()
        stale = _stale(self._ring.current, "").order_by(None).subquery()
        return int(db.execute(sa.select(sa.func.count()).select_from(stale)).scalar_one())

    def fits(self, db: Transaction) -> bool:
        """Whether the key ring belongs to this database: true for an empty one."""
        row = db.execute(sa.select(person_key).limit(1)).first()
        try:
            return row is None or bool(self._unwrap(row.person_id, row.ring_version, row.wrapped))
        except ValueError:
            return False

    def knows(self, db: Transaction, person_id: str) -> bool:
        """Whether this person's key is there."""
        try:
            self._cipher(db, person_id)
        except NoKey:
            return False
        return True

    def seal(self, db: Transaction, person_id: str, place: str, row: object, plain: bytes) -> bytes:
        """The sealed field: format, nonce, ciphertext. Raises `NoKey`."""
        nonce = os.urandom(_NONCE)
        return _FORMAT + nonce + self._cipher(db, person_id).encrypt(nonce, plain, _aad(place, row, person_id))

    def open(self, db: Transaction, person_id: str, place: str, row: object, sealed: bytes) -> bytes:
        """The plain field. Raises `NoKey` for an erased person, ValueError for a value that does not belong here."""
        try:
            return self._cipher(db, person_id).decrypt(sealed[1:13], sealed[13:], _aad(place, row, person_id))
        except InvalidTag:
            raise ValueError(f"{place} does not open in this place") from None

    def index(self, purpose: str, value: str) -> bytes:
        """A blind index for exact look-ups of a value that is stored sealed."""
        return hmac.digest(self._ring.index_key, f"{purpose}\0{value}".encode(), hashlib.sha256)

    def _cipher(self, db: Transaction, person_id: str) -> AESGCM:
        cipher, until = self._ciphers.get(person_id, (None, 0.0))
        if cipher is not None and time.monotonic() < until:
            return cipher
        row = _FIND.first(db.connection, {"person_id": person_id})
        if row is None:
            with self._lock:
                self._ciphers.pop(person_id, None)
            raise NoKey(person_id)
        return self._remember(person_id, cipher or AESGCM(self._unwrap(person_id, row.ring_version, row.wrapped)))

    def _renew_ring(self) -> None:
        self._ring = self._newer() or self._ring

    def _wrap(self, person_id: str, key: bytes) -> tuple[int, bytes]:
        """The current version, and the key wrapped under it."""
        version, nonce = self._ring.current, os.urandom(_NONCE)
        return version, nonce + AESGCM(self._ring.keys[version]).encrypt(nonce, key, _wrap_aad(person_id, version))

    def _unwrap(self, person_id: str, version: int, wrapped: bytes) -> bytes:
        if version not in self._ring.keys:
            self._renew_ring()
        try:
            ring_key = AESGCM(self._ring.keys[version])
            return ring_key.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _wrap_aad(person_id, version))
        except (InvalidTag, KeyError):
            raise KeyRingLacks("the key ring does not fit this key") from None

    def _remember(self, person_id: str, cipher: AESGCM) -> AESGCM:
        with self._lock:
            self._ciphers[person_id] = (cipher, time.monotonic() + _LEASE_SECONDS)
            self._ciphers.move_to_end(person_id)
            while len(self._ciphers) > _CACHED_KEYS:
                self._ciphers.popitem(last=False)
        return cipher


def _stale(current: int, after: str) -> sa.Select[Any]:
    found = sa.select(person_key).where(person_key.c.ring_version < current, person_key.c.person_id > after)
    return found.order_by(person_key.c.person_id)


def _aad(place: str, row: object, person_id: str) -> bytes:
    return f"{place}|{row}|{person_id}".encode()


def _wrap_aad(person_id: str, version: int) -> bytes:
    return f"{person_id}|{version}".encode()
