"""Schools as DUO lists them (see data/README.md): a stable key, a kind and a link that can be trusted to be one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from knowledge.place_names import plain_words

SchoolKind = Literal["pro", "vso", "mbo"]
"""praktijkonderwijs, voortgezet speciaal onderwijs, middelbaar beroepsonderwijs."""

_WEBSITE = re.compile(
    r"(?:https?://)?(?P<host>(?:www\.)?(?!www\.)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})(?P<path>/[\w./-]*)?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class School:
    """One location of a school. Names and addresses are of November 2024; mbo rows give the main site only."""

    key: str
    """Stable, unique, ASCII, at most 40 bytes: DUO's location code, or a slug of the name for mbo."""
    name: str
    kind: SchoolKind
    municipality_code: str
    place: str
    website: str | None
    sure: bool
    """False when DUO only says "(V)SO": it may be a primary school. Do not tell anyone that it is a vso school."""
    street: str
    """Street and number, to tell two locations with one name apart; empty for mbo."""


def read_school(row: Mapping[str, str]) -> School:
    """One row of schools.csv as a School. Raises KeyError for an unknown kind or a missing column."""
    kinds: dict[str, SchoolKind] = {"pro": "pro", "vso": "vso", "so_vso": "vso", "mbo": "mbo"}
    return School(
        key=row["location_code"].lower() or f"mbo-{'-'.join(plain_words(row['name']))}"[:40],
        name=row["name"],
        kind=kinds[row["kind"]],
        municipality_code=row["municipality_code"],
        place=row["place"] or row["municipality"],
        website=sane_website(row["website"]),
        sure=row["kind"] != "so_vso",
        street=row["street"],
    )


def sane_website(text: str) -> str | None:
    """`text` as an https address when it is one host name with an optional path, else None."""
    match = _WEBSITE.fullmatch(text.strip())
    return f"https://{match['host'].lower()}{(match['path'] or '').rstrip('/')}" if match else None
