"""A counsellor as the rest of the host knows one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counsellor:
    """Who acts; `name` is shown to colleagues and to the person."""

    id: str
    organisation_id: str
    name: str
