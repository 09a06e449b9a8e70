"""Signed heads: every hour the chain's length and last hash are signed and sent elsewhere, so that cutting it off shows."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend.audit import audit_cut, audit_head
from backend.audit.chain import canonical, hold_chain, last_link
from backend.db import Transaction

EVERY = 3600 * 1_000_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Head:
    """What is signed: at this time (microseconds UTC) the chain had `number` events, the last with this hash. A "cut" says
    that they were cut off then."""

    number: int
    at: int
    hash: bytes
    signature: bytes
    what: str = "head"

    @property
    def line(self) -> str:
        """The head as one line of JSON, as it is kept elsewhere."""
        raw = {"number": self.number, "at": self.at, "hash": self.hash.hex(), "signature": self.signature.hex()}
        return json.dumps(raw, sort_keys=True)

    @classmethod
    def of_line(cls, line: str) -> Head:
        """A head from its line; raises ValueError or KeyError."""
        raw = json.loads(line)
        return cls(int(raw["number"]), int(raw["at"]), bytes.fromhex(raw["hash"]), bytes.fromhex(raw["signature"]))

    def is_signed_by(self, audit_key: bytes) -> bool:
        """Whether this release's key signed exactly this."""
        try:
            signed = _signed(self.number, self.at, self.hash, self.what)
            _key(audit_key).public_key().verify(self.signature, signed)
        except InvalidSignature:
            return False
        return True


def public_key(audit_key: bytes) -> str:
    """The key by which others can check the heads, as hexadecimal."""
    return _key(audit_key).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def is_due(db: Transaction, *, at: int, every: int = EVERY) -> bool:
    """Whether the chain grew since the last head and that is `every` microseconds old."""
    number, _ = last_link(db)
    before = db.execute(sa.select(audit_head).order_by(audit_head.c.number.desc()).limit(1)).first()
    return number > 0 if before is None else number > before.number and at - before.at >= every


def sign_head(db: Transaction, audit_key: bytes, *, at: int, every: int = EVERY) -> None:
    """Signs the chain as it is, if a head is due."""
    hold_chain(db)
    if is_due(db, at=at, every=every):
        number, hashed = last_link(db)
        signature = _key(audit_key).sign(_signed(number, at, hashed))
        db.execute(sa.insert(audit_head), {"number": number, "at": at, "hash": hashed, "signature": signature})


def sign_cut(db: Transaction, audit_key: bytes, *, number: int, hashed: bytes, at: int) -> None:
    """Signs that the events up to `number` were cut off."""
    signature = _key(audit_key).sign(_signed(number, at, hashed, "cut"))
    db.execute(sa.insert(audit_cut), {"number": number, "at": at, "hash": hashed, "signature": signature})


def last_cut(db: Transaction) -> Head | None:
    """Where the trail begins, when it was cut."""
    row = db.execute(sa.select(audit_cut).order_by(audit_cut.c.number.desc()).limit(1)).first()
    return Head(row.number, row.at, row.hash, row.signature, "cut") if row else None


def longest_head(db: Transaction) -> int:
    """How many events the newest head speaks of; 0 without one."""
    return db.execute(sa.select(sa.func.max(audit_head.c.number))).scalar() or 0


def heads_after(db: Transaction, number: int) -> list[Head]:
    """The stored heads of a longer chain than this, in order."""
    rows = db.execute(sa.select(audit_head).where(audit_head.c.number > number).order_by(audit_head.c.number))
    return [Head(row.number, row.at, row.hash, row.signature) for row in rows]


def kept_elsewhere(folder: Path) -> Iterator[Head]:
    """The heads in a folder, oldest first; raises ValueError for a line that is none."""
    for path in _files_in(folder):
        for line in path.read_text("ascii").splitlines():
            try:
                yield Head.of_line(line)
            except (ValueError, KeyError):
                raise ValueError(f"{path.name} holds a line that is no head") from None


def has_heads(folder: Path) -> bool:
    """Whether heads were ever kept here: an empty folder is probably one that is not mounted."""
    return bool(_files_in(folder))


def _files_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("heads-*.jsonl"))


def last_kept(folder: Path) -> int:
    """How many events the folder's newest head speaks of; 0 without one. Raises ValueError for a damaged file."""
    return max((head.number for head in kept_elsewhere(folder)), default=0)


def send(heads: Iterable[Head], folder: Path | None) -> None:
    """Writes heads to the log, and to a folder that lies (or is copied) elsewhere: a file for each month."""
    for head in heads:
        _log.info("audit head %s", head.line)
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            month = datetime.fromtimestamp(head.at / 1_000_000, UTC).strftime("%Y-%m")
            with (folder / f"heads-{month}.jsonl").open("a", encoding="ascii") as file:
                file.write(f"{head.line}\n")
                file.flush()
                os.fsync(file.fileno())


def _signed(number: int, at: int, hashed: bytes, what: str = "head") -> bytes:
    return canonical({"what": f"verder audit {what}", "number": number, "at": at, "hash": hashed.hex()})


def _key(audit_key: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(audit_key)
