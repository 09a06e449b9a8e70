"""The whole way without JavaScript: one page of forms at /chat/plain, its conversation in a cookie no script can read.

Every action is a form post that answers with the page again, and carries the key that makes a second post of it do
nothing; a form from another site, or of another conversation, is refused.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from bot.channel import Message
from bot.routers import join
from bot.web_widget.articles import start_of
from bot.web_widget.channel import Conversations, address_of, handed_over
from bot.web_widget.looks import AWAY, Dress
from bot.web_widget.plain_page import PATH, Opened, Shown, back, dress_up, headers_of, receipt, rendered, worn
from bot.web_widget.translate import BadTurn, Turn, to_incoming
from dialogs.codes import MOVING, read_code

_CHOICE = re.compile(r"[!-~]{1,64}")
_LOST = (401, 403, 404, 410)

Words = Annotated[str, Form(max_length=20_000)]
Short = Annotated[str, Form(max_length=128)]
After = Annotated[int, Query(ge=0, le=2**31 - 1)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal of the host's: its HTTP status and its sentence."""

    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """The exceptions by which the host refuses, and what each means in a language (None: Dutch)."""

    kinds: tuple[type[Exception], ...]
    explain: Callable[[Exception, str | None], Refusal]


class ForeignForm(Exception):
    """This form came from another site or another conversation."""


@dataclass(frozen=True, slots=True)
class _Pages:
    conversations: Conversations
    refusals: Refusals
    secure: bool

    @property
    def cookie(self) -> str:
        """The cookie's name; the prefix binds it to this host, which needs https."""
        return "__Host-verder_chat" if self.secure else "verder_chat"

    def opened(self, request: Request) -> Opened | None:
        return Opened.of(request.cookies.get(self.cookie, ""))

    def acting(self, request: Request, proof: str) -> Opened | None:
        """Whose form this is, None when the conversation is over. Raises `ForeignForm` for somebody else's."""
        _from_here(request)
        opened = self.opened(request)
        if opened and not hmac.compare_digest(proof.encode(), opened.proof.encode()):
            raise ForeignForm
        return opened

    async def page(self, request: Request, opened: Opened | None, shown: Shown) -> Response:
        """The page of a conversation; the first screen, with the reason, when there is none any more."""
        wished = _wished(request)
        try:
            messages = await self.conversations.messages(opened.id, opened.token, 0) if opened else ()
        except self.refusals.kinds as error:
            refusal = self.refusals.explain(error, wished)
            if refusal.status not in _LOST:
                return rendered(request, wished, None, (), replace(shown, error=refusal.message, status=refusal.status))
            gone = rendered(request, wished, None, (), replace(shown, notice="state.gone"))
            return self._forget(gone)
        begun = any(one.sender == "person" for one in messages)
        return rendered(request, (_language(messages) if begun else None) or wished, opened, messages, shown)

    async def start(self, request: Request, code: str) -> Response:
        _from_here(request)
        if self.opened(request):
            return back(request)
        try:
            id, token, _ = await self.conversations.start(language=None, code=code, address=address_of(request))
        except self.refusals.kinds as error:
            refusal = self.refusals.explain(error, _wished(request))
            shown = Shown(error=refusal.message, status=refusal.status)
            return await self.page(request, None, shown)
        answer = back(request)
        self._remember(answer, Opened(id, token))
        return answer

    async def bring(self, request: Request, opened: Opened, code: str) -> Response:
        """A code of a conversation that was elsewhere: that one comes in the place of this one."""
        try:
            id, token = await self.conversations.resume(code, address_of(request))
        except self.refusals.kinds as error:
            refusal = self.refusals.explain(error, _wished(request))
            return await self.page(request, opened, Shown(error=refusal.message, text=code, status=refusal.status))
        answer = back(request)
        self._remember(answer, Opened(id, token))
        return answer

    async def take(self, request: Request, opened: Opened, key: str, turn: Turn, after: int) -> Response:
        """One turn. What cannot be taken is said beside the words, which stay."""
        text = turn.text or ""
        code = read_code(text)
        if code and len(code) == MOVING:
            return await self.bring(request, opened, code)
        try:
            key = self.conversations.key_of(key)
            said = await self.conversations.take(opened.id, opened.token, key, to_incoming(turn))
        except BadTurn as error:
            error_key = "write.empty" if error.code == "empty_text" else "plain.long"
            return await self.page(request, opened, Shown(error=error_key, text=text, status=422))
        except self.refusals.kinds as error:
            refusal = self.refusals.explain(error, _wished(request))
            if refusal.status in _LOST:
                return await self.page(request, opened, Shown())
            return await self.page(request, opened, Shown(error=refusal.message, text=text, status=refusal.status))
        if said and said[0].number == 1:  # numbers that begin anew: the last words of a conversation that is erased
            return self._erased(request, said[0].language, said)
        return back(request, after)

    async def paper(self, request: Request, opened: Opened, number: int, place: int) -> Response:
        try:
            return handed_over(await self.conversations.paper(opened.id, opened.token, number, place))
        except self.refusals.kinds as error:
            status = self.refusals.explain(error, None).status
            return await self.page(request, opened, Shown(error="log.paper_failed", status=status))

    async def erase(self, request: Request, opened: Opened) -> Response:
        """Erases, and shows the proof; what was gone already has none."""
        try:
            messages = await self.conversations.messages(opened.id, opened.token, 0)
            reference, at = await self.conversations.erase(opened.id, opened.token)
        except self.refusals.kinds as error:
            if self.refusals.explain(error, None).status not in _LOST:
                raise
            return await self.page(request, opened, Shown())
        spoken = _language(messages) or _wished(request)
        return self._erased(request, spoken, (receipt(spoken, reference, at),))

    def _erased(self, request: Request, language: str, last: Sequence[Message]) -> Response:
        """The first screen after the last words, which stand nowhere else."""
        return self._forget(rendered(request, language, None, last, Shown(notice="state.erased")))

    def leave(self, request: Request) -> Response:
        """Away, with nothing left in this browser: going back finds only the first screen."""
        dress = worn(request)
        return self._forget(RedirectResponse(dress.away if dress else AWAY, 303, headers=headers_of(dress)))

    def _remember(self, response: Response, opened: Opened) -> None:
        response.set_cookie(self.cookie, opened.cookie, path="/", secure=self.secure, httponly=True, samesite="lax")

    def _forget(self, response: Response) -> Response:
        response.delete_cookie(self.cookie, path="/", secure=self.secure, httponly=True, samesite="lax")
        return response


def install(
    app: FastAPI, conversations: Conversations, refusals: Refusals, looks: Mapping[str, Dress], *, secure: bool
) -> None:
    """Puts `/chat/plain` and its forms on an app. `secure`: whether the service is reached over TLS."""
    dress_up(app, looks)
    app.add_exception_handler(ForeignForm, _foreign_form)
    join(app.router, _router(_Pages(conversations, refusals, secure)))


def _router(pages: _Pages) -> APIRouter:
    router = APIRouter(prefix=PATH, include_in_schema=False)

    @router.get("")
    async def show(request: Request, after: After = 0, start: str = "", topic: str = "") -> Response:
        code = start[:64] or start_of(topic)
        return await pages.page(request, pages.opened(request), Shown(after=after, start=code, topic=topic))

    @router.get("/papers/{number}/{place}")
    async def paper(request: Request, number: Number, place: Number) -> Response:
        opened = pages.opened(request)
        return await pages.paper(request, opened, number, place) if opened else back(request)

    @router.post("/start")
    async def begin(request: Request, start: Short = "") -> Response:
        return await pages.start(request, start[:64])

    @router.post("/leave")
    async def leave(request: Request) -> Response:
        _from_here(request)
        return pages.leave(request)

    _add_forms(router, pages)
    return router


def _add_forms(router: APIRouter, pages: _Pages) -> None:
    """The forms inside a conversation, each with the proof that it is this conversation's."""

    @router.post("/turn")
    async def turn(
        request: Request,
        proof: Short = "",
        key: Short = "",
        text: Words = "",
        choice: Short = "",
        after: Annotated[int, Form(ge=0, le=2**31 - 1)] = 0,
    ) -> Response:
        opened = pages.acting(request, proof)
        return await pages.take(request, opened, key, _did(text, choice), after) if opened else back(request)

    @router.post("/erase")
    async def erase(request: Request, proof: Short = "") -> Response:
        opened = pages.acting(request, proof)
        return await pages.erase(request, opened) if opened else back(request)


def is_page(request: Request) -> bool:
    """Whether a request is one of these pages', so that whoever made it reads HTML."""
    return request.url.path.startswith(PATH)


def refused(request: Request, refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    """The first screen with the host's refusal, for what did not come as far as these pages."""
    answer = rendered(request, _wished(request), None, (), Shown(error=refusal.message, status=refusal.status))
    answer.headers.update(headers or {})
    return answer


async def _foreign_form(request: Request, _error: Exception) -> Response:
    """Nothing was done; here is the way on."""
    return rendered(request, _wished(request), None, (), Shown(error="plain.foreign", status=403))


def _did(text: str, choice: str) -> Turn:
    """A button's id that is none becomes an empty text, which is refused kindly."""
    return Turn(choice=choice) if _CHOICE.fullmatch(choice) else Turn(text=text)


def _language(messages: Sequence[Message]) -> str | None:
    """The language the conversation is in now."""
    return next((one.language for one in reversed(messages) if one.sender == "bot"), None)


def _wished(request: Request) -> str:
    """The first language that the browser asks for."""
    return request.headers.get("accept-language", "nl").replace("-", ",").partition(",")[0].strip().lower() or "nl"


def _from_here(request: Request) -> None:
    """Raises `ForeignForm` when the browser says that another site sent this."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    else:
        foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if foreign:
        raise ForeignForm
