"""Passwords of counsellors: Argon2id, two computed at once at most, the same work for an account that is not there."""

from __future__ import annotations

import asyncio
import secrets
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.low_level import ARGON2_VERSION

from backend.errors import Unavailable

SHORTEST = 12
LONGEST = 1024
_MEMORY_KIB = 64 * 1024
_ROUNDS = 3
_AT_ONCE = 2
_WAITING = 40


class WeakPassword(ValueError):
    """Shorter than `SHORTEST` or longer than `LONGEST` characters."""


def hash_password(password: str) -> str:
    """The hash to store. Raises `WeakPassword`. Takes about 0.2 s: call it outside a transaction."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword
    return _hashing().hasher.hash(password)


async def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password is right; `None` (no such account) costs the same time. Raises `Unavailable` in a crowd."""
    return await _hashing().matches(stored, password)


class _Hashing:
    """The two threads that may hash, and how many callers wait for them."""

    def __init__(self) -> None:
        self.hasher = PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY_KIB, parallelism=1)
        self._nobody = _of_nobody()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="argon2")
        self._callers = 0

    async def matches(self, stored: str | None, password: str) -> bool:
        if self._callers >= _WAITING:
            raise Unavailable
        self._callers += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._verify, stored, password)
        finally:
            self._callers -= 1

    def _verify(self, stored: str | None, password: str) -> bool:
        try:
            self.hasher.verify(stored or self._nobody, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        return stored is not None


def _of_nobody() -> str:
    """A hash that no password has, as costly to check as any: chance in the place of salt and result."""
    salt, result = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v={ARGON2_VERSION}$m={_MEMORY_KIB},t={_ROUNDS},p=1${salt}${result}"


@cache
def _hashing() -> _Hashing:
    return _Hashing()
