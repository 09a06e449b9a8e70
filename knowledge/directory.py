"""Which organisations can be reached through Verder: who stands ready where. Filled by the host, pure here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OrganisationKind = Literal["pro", "vso", "mbo", "doorstroompunt", "gemeente"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedOrganisation:
    """An organisation with counsellors in Verder, and the municipalities (codes) it serves."""

    id: str
    kind: OrganisationKind
    name: str
    municipalities: frozenset[str]
    school_key: str | None = None
    website: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """All connected organisations."""

    organisations: tuple[ConnectedOrganisation, ...] = ()

    def get(self, id: str | None) -> ConnectedOrganisation | None:
        """The organisation with this id, if it is (still) connected."""
        return next((one for one in self.organisations if one.id == id), None)

    def serving(self, kind: str, municipality_code: str) -> tuple[ConnectedOrganisation, ...]:
        """The connected organisations of a kind for a municipality."""
        return tuple(one for one in self.organisations if one.kind == kind and municipality_code in one.municipalities)
