"""The overgangsdocument at the desk: the school's part as plain forms, the whole for who received it, and the files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast, get_args

from fastapi import APIRouter, Form, Request, Response
from starlette.datastructures import FormData

from backend.db import Transaction
from backend.desk.entrance import NO_STORE
from backend.desk.frame import Pages, elsewhere
from backend.desk.words import Words
from backend.errors import Refused, not_found
from backend.organisations.login import Session
from backend.support_requests.once import Answer, once
from backend.transition_documents import desk
from backend.transition_documents.desk import AtDesk, Written
from backend.transition_documents.forms import STANDARD, Forms
from dialogs.transition_document import LONGEST_SCHOOL, TOLD, Line, mark_of, name_of, sections, value_of
from knowledge.transition_form import SCHOOL
from locales import Text, language

Action = Literal["invite", "draft", "give"]
_FILES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class LineView:
    """One line in words; `checked` whether the school looked it up, `known` whether it says anything."""

    field: str
    name: str
    value: str
    mark: str
    checked: bool
    known: bool


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of the school's form."""

    field: str
    name: str
    words: str
    told: str
    checked: bool
    objected: bool


def transition_router(router: APIRouter, pages: Pages, forms: Forms = STANDARD) -> None:
    """Adds the pages of the document to the desk's router."""
    making = asyncio.Semaphore(_AT_ONCE)

    @router.get("/requests/{request_id}/document")
    async def page(request: Request, request_id: str) -> Response:
        return await _page(pages, forms, request, await pages.entrance.session(request), request_id)

    @router.get("/requests/{request_id}/document.{kind}")
    async def file(request: Request, request_id: str, kind: str) -> Response:
        session = await pages.entrance.session(request)
        if kind not in _FILES:
            raise not_found()
        at_desk = await _read(pages, forms, session, request_id, action="export")
        if not at_desk.shared or at_desk.waits_for:
            raise Refused(409, "no_consent")
        async with making:
            content = await asyncio.to_thread(_make, kind, at_desk)
        headers = {"Content-Disposition": f'attachment; filename="overgangsdocument.{kind}"', **NO_STORE}
        return Response(content, media_type=_FILES[kind], headers=headers)

    @router.post("/requests/{request_id}/document/{action}")
    async def do(
        request: Request,
        request_id: str,
        action: str,
        csrf: Annotated[str, Form()] = "",
        key: Annotated[str | None, Form(max_length=120)] = None,
    ) -> Response:
        session = await pages.entrance.acting(request, csrf)
        if action not in get_args(Action):
            raise not_found()
        filled = await request.form()
        try:
            await _act(pages, session, cast("Action", action), request_id, filled, key or None)
        except Refused as error:
            if error.status not in (409, 422):
                raise
            return await _page(pages, forms, request, session, request_id, refusal=error, filled=filled)
        return elsewhere(f"/desk/requests/{request_id}/document?done={action}")


async def _act(
    pages: Pages, session: Session, action: Action, request_id: str, filled: FormData, key: str | None
) -> None:
    entrance, who = pages.entrance, session.counsellor
    fields, checked = _fields(filled), _checked(filled)

    def work(db: Transaction) -> Answer:
        if action == "invite":
            desk.invite(db, entrance.vault, who, request_id)
        else:
            give = action == "give"
            desk.write(db, entrance.vault, who, request_id, fields, give=give, checked=checked)
        return {"id": request_id, "action": action}

    asked, at = [action, request_id, _asked(filled)], entrance.clock()
    await entrance.database.write(lambda db: once(db, who, key, asked, at=at, work=lambda: work(db)))


def _asked(filled: FormData) -> list[tuple[str, str]]:
    """What was filled in, to tell the same form sent twice from another one."""
    return sorted((name, str(value)) for name, value in filled.multi_items() if name not in ("csrf", "key"))


async def _read(pages: Pages, forms: Forms, session: Session, request_id: str, *, action: str = "open") -> AtDesk:
    entrance, who = pages.entrance, session.counsellor
    return await entrance.database.write(
        lambda db: desk.read(db, entrance.vault, who, request_id, forms, action=action)
    )


async def _page(
    pages: Pages,
    forms: Forms,
    request: Request,
    session: Session,
    request_id: str,
    *,
    refusal: Refused | None = None,
    filled: FormData | None = None,
) -> Response:
    """The page of the document; with a `refusal` on top of it, and what the counsellor had typed."""
    at_desk = await _read(pages, forms, session, request_id)
    words = pages.words(request)
    done = request.query_params.get("done")
    values: dict[str, Any] = {
        "id": request_id,
        "number": request_id[:6],
        "doc": at_desk,
        "sections": _sections(words, at_desk),
        "own": [_line(words, line) for line in at_desk.lines if line.by == "person"],
        "fields": _field_views(words, at_desk.draft, filled),
        "told": TOLD,
        "places": [_place(words, place) for place in at_desk.places],
        "given": words.moment(at_desk.ready_at) if at_desk.ready_at else None,
        "longest": LONGEST_SCHOOL,
        "problem": words.refusal(refusal) if refusal else None,
        "said": words(f"transition.done.{done}") if done in get_args(Action) else None,
    }
    return pages.show(request, "transition.html", session, status=refusal.status if refusal else 200, **values)


def _sections(words: Words, at_desk: AtDesk) -> list[tuple[str, list[LineView]]]:
    return [
        (words.say(title), [_line(words, line) for line in under])
        for title, under in sections(at_desk.form, at_desk.lines)
    ]


def _line(words: Words, line: Line) -> LineView:
    return LineView(
        field=line.field,
        name=words.say(name_of(line.id)),
        value=words.say(value_of(line)),
        mark=words.say(mark_of(line)),
        checked=line.mark == "checked",
        known=line.mark != "unknown",
    )


def _field_views(words: Words, draft: Sequence[Line], filled: FormData | None) -> list[FieldView]:
    """The school's form: as it was typed just now, or else as it was kept."""
    kept = {line.field: line for line in draft}
    typed = _fields(filled) if filled is not None else {}
    return [_field_view(words, field, kept.get(field), typed.get(field)) for field in SCHOOL]


def _field_view(words: Words, field: str, kept: Line | None, typed: Written | None) -> FieldView:
    written = typed or Written(kept.words if kept else "", kept.told if kept else "school", _is_checked(kept))
    name = words.say(Text.of(f"transition.name.school.{field}"))
    objected = kept is not None and kept.objected
    return FieldView(field, name, written.words, written.told, written.checked, objected)


def _is_checked(kept: Line | None) -> bool:
    return kept is not None and kept.mark == "checked"


def _place(words: Words, place: desk.Place) -> list[str]:
    said = [words("transition.place.sent", name=place.organisation, when=words.moment(place.sent_at))]
    if place.received_at:
        said.append(words("transition.place.received", when=words.moment(place.received_at)))
    else:
        said.append(words("transition.place.not_received"))
    return said if place.open else [*said, words("transition.place.closed")]


def _fields(filled: FormData) -> Mapping[str, Written]:
    return {
        field: Written(
            words=str(filled.get(f"{field}-words", "")),
            told=str(filled.get(f"{field}-told", "")),
            checked=f"{field}-checked" in filled,
        )
        for field in SCHOOL
    }


def _checked(filled: FormData) -> frozenset[str]:
    """The fields of the person's part that were ticked as looked up."""
    return frozenset(str(value) for value in filled.getlist("own"))


def _make(kind: str, at_desk: AtDesk) -> bytes:
    """The file; its libraries are loaded when the first one is asked for."""
    spoken = language(at_desk.language)
    if kind == "docx":
        from backend.documents.transition_docx import make_docx

        return make_docx(at_desk.form, at_desk.lines, spoken)
    from backend.documents.transition_pdf import make_pdf

    return make_pdf(at_desk.form, at_desk.lines, spoken)
