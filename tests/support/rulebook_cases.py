"""The worked cases of tests/knowledge/cases, as a lawyer writes them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

CASES = Path(__file__).parents[1] / "knowledge" / "cases"
FIELDS = {"title", "law", "as_of", "facts", "expect", "flags", "until", "needs", "statuses", "contradiction"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One worked case: facts and a day, with the labels (one or more allowed), flags, ends and statuses expected."""

    title: str
    law: str
    as_of: date
    facts: Mapping[str, object]
    expect: Mapping[str, tuple[str, ...]]
    flags: Mapping[str, frozenset[str]]
    until: Mapping[str, date]
    needs: Mapping[str, str]
    statuses: Mapping[str, str]
    contradiction: bool | None


def load_cases() -> list[Case]:
    """All worked cases; raises ValueError for a field that does not exist."""
    return [
        _case(raw) for path in sorted(CASES.glob("*.toml")) for raw in tomllib.loads(path.read_text("utf-8"))["case"]
    ]


def _case(raw: Mapping[str, object]) -> Case:
    if unknown := set(raw) - FIELDS:
        raise ValueError(f"{raw.get('title')}: {unknown}")
    return Case(
        title=str(raw["title"]),
        law=str(raw["law"]),
        as_of=date.fromisoformat(str(raw["as_of"])),
        facts=_table(raw, "facts"),
        expect={actor: _labels(labels) for actor, labels in _table(raw, "expect").items()},
        flags={actor: frozenset(_labels(flags)) for actor, flags in _table(raw, "flags").items()},
        until={actor: date.fromisoformat(str(end)) for actor, end in _table(raw, "until").items()},
        needs={actor: str(fact) for actor, fact in _table(raw, "needs").items()},
        statuses={name: str(value) for name, value in _table(raw, "statuses").items()},
        contradiction=None if "contradiction" not in raw else bool(raw["contradiction"]),
    )


def _table(raw: Mapping[str, object], name: str) -> Mapping[str, object]:
    table = raw.get(name, {})
    assert isinstance(table, Mapping)
    return table


def _labels(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)
