"""The door of the desk, shared by the JSON API and the pages: cookie, session, and proof that a request is its own."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request, Response

from backend.access.gate import let_in
from backend.accounts import signing_in
from backend.accounts.signing_in import Attempt
from backend.db import Database, Transaction, now
from backend.desk.change_views import Notice, notices
from backend.desk.devices import device_of
from backend.errors import Refused
from backend.organisations import login
from backend.organisations.login import OPEN, Session, Stage
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

    async def log_in(
        self, request: Request, email: str, password: str, code: str = "", *, unfinished: bool = False
    ) -> tuple[str, Session]:
        """A new session; see `signing_in.log_in`. Raises 403 for a log-in that another site sent."""
        from_own_pages(request)
        attempt = Attempt(
            email, password, code, address_of(request), device_of(request), request.cookies.get(self.cookie)
        )
        return await signing_in.log_in(self.database, self.vault, attempt, at=self.clock(), unfinished=unfinished)

    async def session(self, request: Request, *, keep_alive: bool = True, stages: Collection[Stage] = OPEN) -> Session:
        """Whose request this is; raises 401 without a living session, 403 for a role that may not do this. Looking on by
        itself must not `keep_alive`. From here on the request sees nothing but the counsellor's own organisation."""
        token = request.cookies.get(self.cookie, "")
        at = self.clock()

        def find(db: Transaction) -> tuple[Session, bool, Sequence[Notice]] | None:
            found = login.find_session(db, self.vault, token, at=at, stages=stages)
            is_page = found and found[0].stage == "open" and not request.url.path.startswith("/api/")
            seen = notices(db, self.vault, found[0].counsellor, at=at) if found and is_page else ()
            return (*found, seen) if found else None

        found = await self.database.read(find) if token else None
        if found is None:
            raise Refused(401, "not_signed_in")
        session, stale, request.state.notices = found
        if stale and keep_alive:
            await self.database.write(lambda db: login.keep_alive(db, session, at=at))
        request.state.session = session
        if session.stage == "open":
            let_in(request, session.counsellor.role, session.counsellor.organisation_id)
        return session

    async def acting(self, request: Request, csrf_token: str | None, *, stages: Collection[Stage] = OPEN) -> Session:
        """Whose action this is; raises 401, or 403 when it may come from another site."""
        session = await self.session(request, stages=stages)
        from_own_pages(request)
        if not hmac.compare_digest((csrf_token or "").encode(), session.csrf_token.encode()):
            raise Refused(403, "forbidden")
        return session

    def must_be_recent(self, session: Session) -> None:
        """For what is sensitive: raises 403 when the counsellor last proved who they are over ten minutes ago.

        Pages answer that with the page that asks for it and leads back.
        """
        if not session.is_recent(self.clock()):
            raise Refused(403, "confirm_first")

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
    """An entrance."""
    return Entrance(database, vault, secure_cookies, clock or now)


def address_of(request: Request) -> str:
    """The network address that asks."""
    return request.client.host if request.client else ""


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
