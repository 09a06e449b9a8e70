"""The password of everybody at the desk in tests, and a hash of it that costs hardly anything to check."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher

PASSWORD = "een lang wachtwoord"


@cache
def quick_hash() -> str:
    """A hash of `PASSWORD`, made once. What a real one costs matters only where guesses are timed."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
