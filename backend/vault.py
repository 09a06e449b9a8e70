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
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.db import Transaction, metadata
from backend.prepared import Prepared

_FORMAT = b"\x01"
_NONCE = 12
_CACHED_KEYS = 20_000

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


class NoKey(LookupError):
    """This person's key is gone: the person was erased."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys that wrap other keys, by version, and the key of the look-up index. Never in the database."""

    current: int
    keys: dict[int, bytes]
    index_key: bytes

    @classmethod
    def make(cls) -> KeyRing:
        """A new ring with one key."""
        return cls(1, {1: secrets.token_bytes(32)}, secrets.token_bytes(32))

    @classmethod
    def read(cls, path: Path) -> KeyRing:
        """The ring in a key file; raises FileNotFoundError or ValueError."""
        raw = json.loads(path.read_text("ascii"))
        keys = {int(version): base64.b64decode(key) for version, key in raw["keys"].items()}
        ring = cls(int(raw["current"]), keys, base64.b64decode(raw["index"]))
        if ring.current not in keys or any(len(key) != 32 for key in (*keys.values(), ring.index_key)):
            raise ValueError("the key file does not hold whole keys")
        return ring

    def write(self, path: Path) -> None:
        """Writes a new key file that only its owner can read; refuses to overwrite one."""
        raw = {
            "current": self.current,
            "keys": {str(version): base64.b64encode(key).decode() for version, key in self.keys.items()},
            "index": base64.b64encode(self.index_key).decode(),
        }
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(raw, file, indent=1)
            file.flush()
            os.fsync(file.fileno())


class Vault:
    """Seals and opens fields of persons. `place` is "table.column", `row` the row's id: a moved value does not open."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._ciphers: OrderedDict[str, AESGCM] = OrderedDict()
        self._lock = Lock()

    def add_person(self, db: Transaction) -> str:
        """A new person's id (128 random bits), with a key of their own."""
        person_id = secrets.token_hex(16)
        key = AESGCM.generate_key(256)
        nonce = os.urandom(_NONCE)
        version = self._ring.current
        wrapped = nonce + AESGCM(self._ring.keys[version]).encrypt(nonce, key, _wrap_aad(person_id, version))
        _ADD.run(db.connection, {"person_id": person_id, "ring_version": version, "wrapped": wrapped})
        self._remember(person_id, AESGCM(key))
        return person_id

    def forget_person(self, db: Transaction, person_id: str) -> None:
        """Deletes the person's key: from here on nothing sealed for them can be opened."""
        db.execute(sa.delete(person_key).where(person_key.c.person_id == person_id))
        with self._lock:
            self._ciphers.pop(person_id, None)

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
        cipher = self._ciphers.get(person_id)
        if cipher is not None:
            return cipher
        row = _FIND.first(db.connection, {"person_id": person_id})
        if row is None:
            raise NoKey(person_id)
        return self._remember(person_id, AESGCM(self._unwrap(person_id, row.ring_version, row.wrapped)))

    def _unwrap(self, person_id: str, version: int, wrapped: bytes) -> bytes:
        try:
            ring_key = AESGCM(self._ring.keys[version])
            return ring_key.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _wrap_aad(person_id, version))
        except (InvalidTag, KeyError):
            raise ValueError("the key ring does not fit this key") from None

    def _remember(self, person_id: str, cipher: AESGCM) -> AESGCM:
        with self._lock:
            self._ciphers[person_id] = cipher
            while len(self._ciphers) > _CACHED_KEYS:
                self._ciphers.popitem(last=False)
        return cipher


def _aad(place: str, row: object, person_id: str) -> bytes:
    return f"{place}|{row}|{person_id}".encode()


def _wrap_aad(person_id: str, version: int) -> bytes:
    return f"{person_id}|{version}".encode()
