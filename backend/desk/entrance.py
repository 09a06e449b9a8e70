"""The door of the desk, shared by the JSON API and the pages: cookie, session, and proof that a request is its own."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request, Response

from backend.db import Database, Transaction, now
from backend.errors import Refused
from backend.organisations import login, passwords
from backend.organisations.login import Session
from backend.vault import Vault

Clock = Callable[[], int]
NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Entrance:
    """What the desk's routes work with. `clock` gives microseconds UTC."""

    database: Database
    vault: Vault
    secure: bool
    clock: Clock

    @property
    def cookie(self) -> str:
        """The cookie's name; the prefix binds it to this host, which needs https."""
        return "__Host-verder_desk" if self.secure else "verder_desk"

    async def log_in(self, request: Request, email: str, password: str) -> tuple[str, Session]:
        """A new session; see `login.log_in`. Raises 403 for a log-in that another site sent."""
        from_own_pages(request)
        return await login.log_in(
            self.database,
            self.vault,
            email=email,
            password=password,
            at=self.clock(),
            ends=request.cookies.get(self.cookie),
        )

    async def session(self, request: Request, *, keep_alive: bool = True) -> Session:
        """Whose request this is; raises 401 without a living session. Looking on by itself must not `keep_alive`."""
        token = request.cookies.get(self.cookie, "")
        at = self.clock()

        def find(db: Transaction) -> tuple[Session, bool] | None:
            return login.find_session(db, self.vault, token, at=at)

        found = await self.database.read(find) if token else None
        if found is None:
            raise Refused(401, "not_signed_in")
        session, stale = found
        if stale and keep_alive:
            await self.database.write(lambda db: login.keep_alive(db, session, at=at))
        return session

    async def acting(self, request: Request, csrf_token: str | None) -> Session:
        """Whose action this is; raises 401, or 403 when it may come from another site."""
        session = await self.session(request)
        from_own_pages(request)
        if not hmac.compare_digest((csrf_token or "").encode(), session.csrf_token.encode()):
            raise Refused(403, "forbidden")
        return session

    async def log_out(self, session: Session) -> None:
        """Ends the session."""
        await self.database.write(lambda db: login.log_out(db, session))

    def give(self, response: Response, token: str) -> None:
        """Sets the session cookie."""
        response.set_cookie(self.cookie, token, path="/", secure=self.secure, httponly=True, samesite="lax")

    def take_back(self, response: Response) -> None:
        """Removes the session cookie."""
        response.delete_cookie(self.cookie, path="/", secure=self.secure, httponly=True, samesite="lax")


def open_entrance(database: Database, vault: Vault, *, secure_cookies: bool, clock: Clock | None = None) -> Entrance:
    """An entrance, ready to check its first password."""
    passwords.prepare()
    return Entrance(database, vault, secure_cookies, clock or now)


def from_own_pages(request: Request) -> None:
    """Raises 403 when the browser says that another site sent this; programs that say nothing need the token alone."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Refused(403, "forbidden")
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refused(403, "forbidden")
