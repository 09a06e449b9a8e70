"""Municipalities, Doorstroompunt regions and schools, and how to find them from what a person typed."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.place_names import PlaceName, PlaceNames, index_names, plain_words
from knowledge.schools import School, SchoolKind, read_school

DATA = Path(__file__).parent / "data"
NATIONAL_WERKCENTRUM_WEBSITE = "https://www.werkcentrum.nl"
"""The national entry to all Werkcentra; source: data/README.md, "What is missing"."""
MOST_ASKED = 6
"""How many municipalities a person is asked to choose from at most."""


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality of 2026 with both of its regions and its general contact (official register, March 2026)."""

    code: str
    """CBS code, four digits."""
    name: str
    province: str
    doorstroompunt_region_code: str
    doorstroompunt_region_name: str
    labour_market_region_code: str
    labour_market_region_name: str
    website: str
    phone: str


@dataclass(frozen=True, slots=True)
class DoorstroompuntRegion:
    """One of the 40 regions in which municipalities run a Doorstroompunt together."""

    code: str
    name: str
    contact_municipality: Municipality | None
    """The municipality that leads the region, as far as known; show it to nobody unless `contact_checked`."""
    contact_checked: bool
    """Whether a page of the region itself names the contact municipality (three regions, page of 2021)."""

    def desk_for(self, own: Municipality) -> Municipality:
        """Where to send somebody who lives in `own`: the contact municipality if checked, else `own`."""
        if self.contact_municipality and self.contact_checked:
            return self.contact_municipality
        return own


@dataclass(frozen=True, slots=True)
class Found:
    """Municipalities, likeliest first, at most `MOST_ASKED`: none = nothing found, several = ask which one.

    Act without asking only when `is_sure`. When `exact` is false (a typo, a hamlet, "niet in …") ask even for one.
    """

    municipalities: tuple[Municipality, ...]
    exact: bool

    @property
    def is_sure(self) -> bool:
        """Whether the text names this one municipality beyond doubt."""
        return self.exact and len(self.municipalities) == 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regions:
    """Everything about places, loaded once by `load_regions`."""

    municipalities: Mapping[str, Municipality]
    """By code, in order of the code."""
    doorstroompunt_regions: Mapping[str, DoorstroompuntRegion]
    schools: Mapping[str, School]
    place_names: PlaceNames

    def municipality(self, name_or_code: str) -> Municipality | None:
        """The municipality with this CBS code, everyday or official name, or alias; never guesses."""
        if known := self.municipalities.get(name_or_code):
            return known
        return self.municipalities.get(self.place_names.own_names.get(" ".join(plain_words(name_or_code)), ""))

    def find(self, text: str) -> Found:
        """Where somebody lives, from a postcode, a place, a former name, a sentence, or one with small typos.

        Never raises. Reads the first 100 characters.
        """
        reading = self.place_names.read(text)
        return Found(tuple(self.municipalities[code] for code in reading.codes[:MOST_ASKED]), exact=reading.exact)

    def doorstroompunt(self, code: str) -> DoorstroompuntRegion | None:
        """The Doorstroompunt region with DUO's two-digit code ("01" to "41"; there is no "14")."""
        return self.doorstroompunt_regions.get(code)

    def schools_in(self, municipality_code: str, kind: SchoolKind) -> tuple[School, ...]:
        """Schools of a kind in a municipality: sure ones first, then by name."""
        here = [s for s in self.schools.values() if s.kind == kind and s.municipality_code == municipality_code]
        return tuple(sorted(here, key=lambda school: (not school.sure, school.name, school.key)))

    def school(self, key: str) -> School | None:
        """The school with this key."""
        return self.schools.get(key)


def load_regions(folder: Path = DATA) -> Regions:
    """Read the five tables it needs, described in data/README.md. Raises OSError or KeyError when they are damaged."""
    rows = list(_rows(folder / "municipalities.csv"))
    municipalities = {row["code"]: _municipality(row) for row in rows}
    return Regions(
        municipalities=municipalities,
        doorstroompunt_regions={
            row["code"]: _doorstroompunt(row, municipalities) for row in _rows(folder / "doorstroompunt_regions.csv")
        },
        schools={school.key: school for school in map(read_school, _rows(folder / "schools.csv"))},
        place_names=_place_names(folder, rows),
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _municipality(row: Mapping[str, str]) -> Municipality:
    values = {name: row[name] for name in Municipality.__slots__}
    # The register brackets some of the short numbers that every municipality may have: (014) 030 is dialled 14 030.
    values["phone"] = values["phone"].replace("(014) ", "14 ")
    return Municipality(**values)


def _doorstroompunt(row: Mapping[str, str], municipalities: Mapping[str, Municipality]) -> DoorstroompuntRegion:
    contact = row["contact_municipality_code"]
    return DoorstroompuntRegion(
        code=row["code"],
        name=row["name"],
        contact_municipality=municipalities[contact] if contact else None,
        contact_checked=row["contact_source"] == "page",
    )


def _place_names(folder: Path, municipalities: list[dict[str, str]]) -> PlaceNames:
    own_names = {name: row["code"] for row in municipalities for name in _own_names(row)}
    own = [PlaceName(name, code, is_hamlet=False, is_checked=True) for name, code in own_names.items()]
    places = [place for row in _rows(folder / "places.csv") for place in _places(row)]
    postcodes = [(row["postcode4"], row["municipality_code"]) for row in _rows(folder / "postcodes4.csv")]
    provinces = {row["code"]: row["province"] for row in municipalities}
    return index_names(own + places, postcodes, own_names=own_names, provinces=provinces)


def _own_names(row: Mapping[str, str]) -> Iterator[str]:
    yield row["name"]
    yield row["official_name"]
    yield from filter(None, row["aliases"].split("|"))


def _places(row: Mapping[str, str]) -> Iterator[PlaceName]:
    for name in {row["name"], row["base_name"]}:
        yield PlaceName(
            name,
            row["municipality_code"],
            is_hamlet=row["type"] == "buurtschap",
            is_checked=not row["source"].startswith("GeoNames"),
        )
