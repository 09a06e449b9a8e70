"""Pages of kept answers: making and changing them, and putting one into a reply. With scripts it goes in at the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from backend.db import Transaction
from backend.desk.frame import Pages, elsewhere
from backend.desk.words import Words
from backend.desk.writing_views import writing_view
from backend.errors import Refused
from backend.organisations.login import Session
from backend.support_requests import canned
from backend.support_requests.canned import CannedAnswer
from backend.support_requests.service import LONGEST_TEXT, WRITTEN_IN
from locales import languages

_PAGE = "/desk/answers"


@dataclass(frozen=True, slots=True)
class CannedLine:
    """One kept answer in the list of them, with the level of its Dutch words ("" without Dutch)."""

    id: str
    title: str
    spoken: str
    start: str
    level: str


def canned_pages(router: APIRouter, pages: Pages) -> None:
    """Adds the pages under /desk/answers, and "put it in" for browsers without scripts, to the desk's router."""
    _add_list(router, pages)
    _add_one(router, pages)
    _add_insert(router, pages)


def _add_list(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.get("/answers")
    async def answers(request: Request) -> Response:
        session = await entrance.session(request)
        words = pages.words(request)
        found = await entrance.database.read(lambda db: canned.canned_answers(db, session.counsellor))
        groups = [(own, [_line(words, one) for one in found if one.own is own]) for own in (False, True)]
        return pages.show(request, "answers.html", session, groups=groups)

    @router.get("/answers/new")
    async def new(request: Request) -> Response:
        return _form_page(pages, request, await entrance.session(request), None, {})

    @router.post("/answers/{id}/remove")
    async def remove(request: Request, id: str, csrf: Annotated[str, Form()] = "") -> Response:
        who = (await entrance.acting(request, csrf)).counsellor
        await entrance.database.write(lambda db: canned.drop_canned(db, who, id))
        return elsewhere(f"{_PAGE}?done=removed")


def _add_one(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.get("/answers/{id}")
    async def answer(request: Request, id: str) -> Response:
        session = await entrance.session(request)
        one = await entrance.database.read(lambda db: canned.canned_one(db, session.counsellor, id))
        typed = {"title": one.title, "own": "1" if one.own else "", "text": one.words.get(WRITTEN_IN, "")}
        return _form_page(pages, request, session, id, {**typed, **{f"in_{k}": v for k, v in one.words.items()}})

    @router.post("/answers/{id}")
    async def save(request: Request, id: str) -> Response:
        form = {name: str(value)[: 2 * LONGEST_TEXT] for name, value in (await request.form()).items()}
        session = await entrance.acting(request, form.pop("csrf", ""))
        if form.pop("look", ""):
            return _form_page(pages, request, session, None if id == "new" else id, form)

        def work(db: Transaction) -> str:
            known = None if id == "new" else canned.canned_one(db, session.counsellor, id).id
            return canned.keep_canned(
                db,
                session.counsellor,
                id=known,
                title=form.get("title", ""),
                own=form.get("own") == "1",
                words=_spoken(form),
            )

        try:
            await entrance.database.write(work)
        except Refused as error:
            if error.status != 422:
                raise
            return _form_page(pages, request, session, None if id == "new" else id, form, refusal=error)
        return elsewhere(f"{_PAGE}?done=kept")


def _add_insert(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.post("/requests/{request_id}/insert")
    async def insert(
        request: Request,
        request_id: str,
        csrf: Annotated[str, Form()] = "",
        text: Annotated[str, Form()] = "",
        answer: Annotated[str, Form(max_length=120)] = "",
    ) -> Response:
        session = await entrance.acting(request, csrf)
        id, _, language = answer.partition(":")
        added = ""
        if id:
            one = await entrance.database.read(lambda db: canned.canned_one(db, session.counsellor, id))
            added = one.in_language(language)[0]
        draft = "\n\n".join(filter(None, (text.strip(), added)))
        return await pages.request_page(request, session, request_id, draft=draft)


def _form_page(
    pages: Pages,
    request: Request,
    session: Session,
    id: str | None,
    typed: Mapping[str, str],
    *,
    refusal: Refused | None = None,
) -> Response:
    words = pages.words(request)
    values: dict[str, Any] = {
        "id": id,
        "typed": typed,
        "others": [(one.code, one.name, one.direction) for one in languages().values() if one.code != WRITTEN_IN],
        "opened": any(text and name.startswith("in_") and name != f"in_{WRITTEN_IN}" for name, text in typed.items()),
        "writing": writing_view(words, typed.get("text", "")),
        "longest": LONGEST_TEXT,
        "longest_title": canned.LONGEST_TITLE,
        "problem": words.refusal(refusal) if refusal else None,
    }
    return pages.show(request, "answer.html", session, status=refusal.status if refusal else 200, **values)


def _spoken(form: Mapping[str, str]) -> dict[str, str]:
    """The words by language: the Dutch ones as "text", the others as "in_<code>"."""
    others = {name[3:]: text for name, text in form.items() if name.startswith("in_") and name[3:] != WRITTEN_IN}
    return {WRITTEN_IN: form.get("text", ""), **others}


def _line(words: Words, one: CannedAnswer) -> CannedLine:
    text, _ = one.in_language(WRITTEN_IN)
    dutch = writing_view(words, one.words.get(WRITTEN_IN, ""))
    spoken = ", ".join(words.language_name(code) for code in one.words)
    return CannedLine(one.id, one.title, spoken, text, dutch.level if dutch else "")
