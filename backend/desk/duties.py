"""The duty list at the desk of a school, as pages, as JSON and as files: what is due, one tap for an offer, hours spent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from babel.dates import format_date
from fastapi import APIRouter, Depends, Form, Header, Request, Response

from backend.access.gate import own_organisation
from backend.db import Database, Transaction
from backend.desk import duty_views
from backend.desk.entrance import NO_STORE, Clock, open_entrance
from backend.desk.frame import Pages, elsewhere, page_router
from backend.desk.words import Words
from backend.documents import spreadsheet
from backend.dutch_time import in_amsterdam
from backend.duties import listing, service
from backend.errors import Refused, not_found
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor
from backend.organisations.service import open_name
from backend.support_requests.once import Answer, once
from backend.support_requests.repository import organisation_of
from backend.vault import Vault
from bot.routers import join
from knowledge.duties import AVERAGE_HOURS, WITH_DUTY_LIST, SchoolDuty

_PAGE = "/desk/duties"
Action = Literal["offer", "hours", "used"]
Fields = Mapping[str, str]
Key = Annotated[str | None, Header(alias="Idempotency-Key")]
Short = Annotated[str, Form(max_length=40)]


def make_router(database: Database, vault: Vault, *, secure_cookies: bool, clock: Clock | None = None) -> APIRouter:
    """The pages under /desk/duties and the JSON routes under /api/v1/desk/duties."""
    pages = Pages(open_entrance(database, vault, secure_cookies=secure_cookies, clock=clock))
    router = page_router(pages)
    _add_list(router, pages)
    _add_actions(router, pages)
    _add_files(router, pages)
    join(router, _api(pages))
    return router


def _add_list(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.get("/duties")
    async def duties(request: Request) -> Response:
        session = await entrance.session(request)
        who, at, words = session.counsellor, entrance.clock(), pages.words(request)
        done = request.query_params.get("done")
        told = words(f"duties.{done}.done") if done in ("offer", "hours", "used") else None
        values = await entrance.database.write(lambda db: _shown(db, entrance.vault, words, who, at=at))
        return pages.show(request, "duties.html", session, told=told, **values)


def _shown(db: Transaction, vault: Vault, words: Words, who: Counsellor, *, at: int) -> dict[str, Any]:
    name, kind = organisation_of(db, who)
    if kind not in WITH_DUTY_LIST:
        return {"organisation": name, "elsewhere": words(f"duties.elsewhere.{kind}")}
    found, today = listing.duties_of(db, vault, who, kind, at=at), in_amsterdam(at).date()
    return {
        "organisation": name,
        "elsewhere": "",
        "groups": duty_views.groups_of(words, found, _names(db, vault, who)),
        "classes": [duty_views.class_card(words, one) for one in found.classes],
        "asking": [id for id, _ in found.asking],
        "anybody": bool(found.pupils),
        "day": format_date(today, "d MMMM y", locale=words.language.code),
        "today": today.isoformat(),
        "kinds": service.KINDS_OF_TIME,
        "most": service.MOST_MINUTES,
    }


def _add_actions(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.post("/duties/{pupil_id}/{action}")
    async def act(
        request: Request,
        pupil_id: str,
        action: str,
        csrf: Annotated[str, Form()] = "",
        key: Annotated[str | None, Form(max_length=120)] = None,
        day: Short = "",
        minutes: Short = "",
        kind: Short = "",
        used: Short = "",
    ) -> Response:
        who = (await entrance.acting(request, csrf)).counsellor
        chosen = _action(action)
        fields = {"day": day, "minutes": minutes, "kind": kind, "used": used}
        await entrance.database.write(
            lambda db: _act(db, entrance.vault, who, chosen, pupil_id, fields, key=key or None, at=entrance.clock())
        )
        return elsewhere(f"{_PAGE}?done={chosen}#p{pupil_id[:32]}")


def _act(
    db: Transaction,
    vault: Vault,
    who: Counsellor,
    action: Action,
    pupil_id: str,
    fields: Fields,
    *,
    key: str | None,
    at: int,
) -> Answer:
    def work() -> Answer:
        match action:
            case "offer":
                service.offer(db, vault, who, pupil_id, at=at)
            case "hours":
                day, minutes = _day(fields["day"]), _number(fields["minutes"])
                service.log_hours(db, vault, who, pupil_id, day=day, minutes=minutes, kind=fields["kind"], at=at)
            case "used":
                used = {"yes": True, "no": False}.get(fields["used"])
                service.note_used(db, vault, who, pupil_id, used=used, at=at)
        return {"id": pupil_id, "done": action}

    return once(db, who, key, ["duties", action, pupil_id, dict(fields)], at=at, work=work)


def _add_files(router: APIRouter, pages: Pages) -> None:
    entrance = pages.entrance

    @router.get("/duties/hours.{kind}")
    async def hours(request: Request, kind: str) -> Response:
        who, words = (await entrance.session(request)).counsellor, pages.words(request)
        if kind not in ("csv", "xlsx"):
            raise not_found()

        def read(db: Transaction) -> spreadsheet.Rows:
            return _hour_rows(db, entrance.vault, words, who, at=entrance.clock())

        rows = await entrance.database.write(read)
        return file_of(rows, kind, title=words("duties.export.sheet"), name="verder-uren")


def file_of(rows: spreadsheet.Rows, kind: str, *, title: str, name: str) -> Response:
    """A table as a file to keep, "csv" or "xlsx"."""
    made = spreadsheet.as_csv(rows) if kind == "csv" else spreadsheet.as_xlsx(title, rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', **NO_STORE}
    return Response(made, media_type=spreadsheet.CSV if kind == "csv" else spreadsheet.XLSX, headers=headers)


def _hour_rows(db: Transaction, vault: Vault, words: Words, who: Counsellor, *, at: int) -> spreadsheet.Rows:
    spent = listing.hours_of(db, vault, who, service.school_of(db, who), at=at)
    names = _names(db, vault, who)
    columns = ("pupil", "day", "year", "hours", "kind", "by", "average")
    head = [words(f"duties.export.{name}") for name in columns]
    return [
        head,
        *(
            [
                one.pupil[:6],
                one.day.isoformat(),
                words(f"duties.group.{one.year}") if one.year in service.NUMBER else "",
                round(one.minutes / 60, 2),
                words(f"duties.hours.{one.kind}"),
                names.get(one.counsellor_id, ""),
                AVERAGE_HOURS.get(one.year),
            ]
            for one in spent
        ),
    ]


def _api(pages: Pages) -> APIRouter:
    entrance = pages.entrance
    router = APIRouter(prefix="/api/v1/desk", tags=["desk"], dependencies=[Depends(own_organisation)])

    @router.get("/duties")
    async def duties(request: Request, response: Response) -> dict[str, Any]:
        who, at = (await entrance.session(request)).counsellor, entrance.clock()
        response.headers.update(NO_STORE)

        def read(db: Transaction) -> dict[str, Any]:
            school = service.school_of(db, who)
            return _json(listing.duties_of(db, entrance.vault, who, school, at=at), in_amsterdam(at).date())

        return await entrance.database.write(read)

    @router.post("/duties/{pupil_id}/offer")
    async def offer(request: Request, pupil_id: str, key: Key = None) -> Answer:
        who = (await entrance.acting(request, request.headers.get("x-csrf-token"))).counsellor
        nothing = dict.fromkeys(("day", "minutes", "kind", "used"), "")
        return await entrance.database.write(
            lambda db: _act(db, entrance.vault, who, "offer", pupil_id, nothing, key=key, at=entrance.clock())
        )

    return router


def _json(found: listing.Duties, today: date) -> dict[str, Any]:
    return {
        "as_of": today.isoformat(),
        "school": found.school,
        "average_hours": {str(service.NUMBER[year]): hours for year, hours in AVERAGE_HOURS.items()},
        "pupils": [_pupil_json(pupil) for pupil in found.pupils],
        "classes": [
            {"invitation": one.invitation.id, "people": one.invitation.people, **_duty_json(one.duty)}
            for one in found.classes
        ],
        "requests_without_date": [id for id, _ in found.asking],
    }


def _pupil_json(pupil: listing.Pupil) -> dict[str, Any]:
    if pupil.known is None:
        return {"id": pupil.id, "access": pupil.access}
    offers = [{"year": one.year, "again": one.again, "answer": one.answer} for _, one in sorted(pupil.offers.items())]
    return {
        "id": pupil.id,
        "access": pupil.access,
        "facts": dict(pupil.known.facts),
        "language": pupil.known.language,
        **_duty_json(pupil.known.duty),
        "offers": offers,
        "minutes": {
            str(service.NUMBER[year]): spent for year, spent in pupil.minutes.items() if year in service.NUMBER
        },
    }


def _duty_json(duty: SchoolDuty) -> dict[str, Any]:
    outcome = duty.outcome
    return {
        "year": duty.year,
        "due": duty.due,
        "label": outcome.label,
        "rule": outcome.rule,
        "until": outcome.until.isoformat() if outcome.until else None,
        "flags": list(outcome.flags),
        "needs": list(outcome.needs),
        "sources": [
            {"law": one.law, "article": one.article, "paragraph": one.paragraph, "url": one.url}
            for one in outcome.sources
        ],
    }


def _names(db: Transaction, vault: Vault, who: Counsellor) -> dict[str, str]:
    """The shown names of the organisation's counsellors, by id."""
    of = counsellor.c
    rows = db.execute(sa.select(of.id, of.name).where(of.organisation_id == who.organisation_id))
    return {row.id: open_name(db, vault, row.id, row.name) for row in rows}


def _action(name: str) -> Action:
    actions: tuple[Action, ...] = ("offer", "hours", "used")
    found = next((one for one in actions if one == name), None)
    if found is None:
        raise not_found()
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(422, "invalid", fields={"day": "YYYY-MM-DD"}) from None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
