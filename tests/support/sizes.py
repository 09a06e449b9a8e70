"""How many cases a long test tries and how strict it is about time: a few cases and some patience in every run, as many and
as fast as promised with `./test --release`."""

from __future__ import annotations

import os


def size(small: int, full: int) -> int:
    """The number of cases for this run."""
    return full if os.environ.get("VERDER_TEST_RELEASE") else small


def promised(seconds: float) -> float:
    """How long something that must be there within so many seconds may take in this run. Five times as long where other
    things run on the machine: still far less than what waits for its turn to be asked again."""
    return seconds * size(5, 1)
