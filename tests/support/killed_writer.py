"""A program that is killed while it stores persons, again and again: `python killed_writer.py URL TIMES SEED`."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from typing import NoReturn

from backend.audit import record
from backend.db import Transaction, run_now
from backend.engines import open_database
from backend.vault import KeyRing, Vault

_AT_LEAST = 3


def _store_for_ever(url: str, told: int) -> NoReturn:
    database, vault = open_database(url), Vault(KeyRing.make())

    def one(db: Transaction) -> None:
        record(db, "person.arrive", vault.add_person(db), actor="system")

    while True:
        run_now(database, one)
        os.write(told, b".")


def main(url: str, times: int, seed: int) -> None:
    """Each time another process, which lives for less than a tenth of a second. Every second one may first store some
    persons, however long a busy machine needs for that."""
    chance = random.Random(seed)
    for number in range(times):
        hears, told = os.pipe()
        child = os.fork()
        if not child:
            _store_for_ever(url, told)
        os.close(told)
        left = _AT_LEAST if number % 2 else 0
        while left and (heard := os.read(hears, left)):
            left -= len(heard)
        time.sleep(0.02 + chance.random() * 0.06)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(hears)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
