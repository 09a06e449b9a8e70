"""How many cases a long test tries: a few in every run, as many as promised with `./test --release`."""

from __future__ import annotations

import os


def size(small: int, full: int) -> int:
    """The number of cases for this run."""
    return full if os.environ.get("VERDER_TEST_RELEASE") else small
