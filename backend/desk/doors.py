"""The ways into the desk besides a password: for whom passkeys are, and the identity providers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fastapi import Request, Response

from backend.accounts.oidc import Connection
from backend.accounts.passkeys import Site
from backend.accounts.providers import Provider
from backend.desk.entrance import Entrance
from backend.errors import not_found


@dataclass(frozen=True, slots=True)
class Doors:
    """Made once for a service."""

    site: Site
    connections: Mapping[str, Connection]

    @classmethod
    def of(cls, public_url: str, providers: Iterable[Provider] = ()) -> Doors:
        """The doors of a service at this address; a provider sends people back to /desk/login/back/<its key>."""
        back = f"{public_url.rstrip('/')}/desk/login/back"
        return cls(Site.of(public_url), {one.key: Connection(one, f"{back}/{one.key}") for one in providers})

    @property
    def names(self) -> list[tuple[str, str]]:
        """Key and name of each provider."""
        return [(key, one.provider.name) for key, one in self.connections.items()]

    def connection(self, key: str) -> Connection:
        """The provider under this key; raises 404."""
        if key not in self.connections:
            raise not_found()
        return self.connections[key]


def step_cookie(entrance: Entrance) -> str:
    """The cookie that holds the key of what the browser must come back with."""
    return "__Host-verder_step" if entrance.secure else "verder_step"


def give_step(entrance: Entrance, response: Response, key: str) -> None:
    """Sets it; Lax, because a provider sends people back from another site."""
    response.set_cookie(
        step_cookie(entrance), key, path="/", secure=entrance.secure, httponly=True, samesite="lax", max_age=600
    )


def step_of(entrance: Entrance, request: Request) -> str:
    """The key that the browser came back with."""
    return request.cookies.get(step_cookie(entrance), "")
