"""No regular expression of the service can be made slow by what somebody types, however long it is."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import pytest

import sweep_patterns
from sizes import size
from sweep_attacks import attacks, runner, too_slow
from sweep_patterns import Found, sites

LENGTH, MOST_ATTACKS = size(8_000, 100_000), size(10, 10_000)
SEED = 20261122
OF_MAKERS = (
    *("backend/benchmarks/", "backend/training/", "backend/texts_check.py", "locales/renew.py"),
    "bot/web_widget/files.py",
)
"""These read only what makers of the service wrote."""


@cache
def patterns() -> tuple[Found, ...]:
    """Every expression of the packages, each once."""
    program = [sys.executable, sweep_patterns.__file__]
    listed = subprocess.run(program, check=True, capture_output=True, text=True, timeout=400).stdout
    heard = [json.loads(line) for line in listed.splitlines()]
    found = {(one["where"], one["pattern"]): Found(**{**one, "methods": tuple(one["methods"])}) for one in heard}
    for one in sites().values():
        if one.literal is not None:
            is_bytes = isinstance(one.literal, bytes)
            text = one.literal.decode("latin-1") if isinstance(one.literal, bytes) else one.literal
            found.setdefault((one.where, text), Found(text, 0, is_bytes, one.where, one.methods))
    return tuple(found.values())


def _slow(one: Found, *, attempts: int = MOST_ATTACKS) -> Iterator[str]:
    compiled = re.compile(one.pattern.encode("latin-1") if one.bytes else one.pattern, one.flags)
    for method in one.methods or ("search", "fullmatch"):
        run = runner(compiled, method)
        all_attacks = attacks(one.pattern, one.flags)
        chosen = random.Random(SEED).sample(all_attacks, min(len(all_attacks), attempts))
        for start, unit, end in chosen:

            def make(length: int, start: str = start, unit: str = unit, end: str = end) -> str | bytes:
                text = (start + unit * (length // len(unit) + 1))[: max(0, length - len(end))] + end
                return text.encode("utf-8", "replace") if one.bytes else text

            if problem := too_slow(run, make, most=LENGTH):
                yield f"{one.where} {one.pattern[:60]!r} {method} {start!r} + {unit!r}… + {end!r}: {problem}"
                return


@pytest.mark.timeout(1800)
def test_no_expression_explodes() -> None:
    """Every expression in the five packages, against texts made for it: time grows no faster than the text."""
    found = patterns()
    assert len(found) > 120
    assert [problem for one in found if not one.where.startswith(OF_MAKERS) for problem in _slow(one)] == []


@pytest.mark.timeout(600)
def test_no_expression_is_overlooked() -> None:
    """Each call of `re` in the packages is known: its expression stands in the source, or was heard when it was used."""
    heard = {one.where for one in patterns()}
    unheard = {where for where in sites() if where not in heard and not where.startswith(OF_MAKERS)}
    assert unheard == set()
    assert {one.where.partition(":")[0].partition("/")[0] for one in patterns()} == set(sweep_patterns.PACKAGES)


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|aa)+$", r"\s+$", r"([a-z]+)*\d", r"(.*)(.*)(.*)x"])
def test_an_explosion_is_seen(pattern: str) -> None:
    """The measure itself finds what is known to explode, and lets pass what does not."""
    assert list(_slow(Found(pattern, 0, False, "x:1", ("search",)), attempts=1_000))
    assert not list(_slow(Found(r"[a-z]+x?", 0, False, "x:1", ("match",))))
