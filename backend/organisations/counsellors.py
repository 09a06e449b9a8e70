"""A counsellor as the rest of the host knows one."""

from __future__ import annotations

from dataclasses import dataclass

from backend.access.roles import Role


@dataclass(frozen=True, slots=True)
class Counsellor:
    """Who acts; `name` is shown to colleagues and to the person, `role` says what they may do."""

    id: str
    organisation_id: str
    name: str
    role: Role = "counsellor"
