"""Recording at the desk what a parent or representative agreed to, and that they took it back: plain forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, cast

import sqlalchemy as sa
from fastapi import APIRouter, Form, Request, Response

from backend.consents.recorded import HOWS, LONGEST_GIVER, OTHERS, How, Recorded, Said, record_at_desk, recorded_for
from backend.consents.service import GivenBy
from backend.conversations.service import tell
from backend.db import Database, Transaction
from backend.desk.entrance import Clock, open_entrance
from backend.desk.frame import Pages, elsewhere, page_router
from backend.desk.words import Words
from backend.dutch_time import in_amsterdam
from backend.errors import Refused, not_found
from backend.my_data.withdrawing import withdraw
from backend.organisations.counsellors import Counsellor
from backend.organisations.login import Session
from backend.organisations.models import organisation
from backend.support_requests import repository
from backend.support_requests.openings import readable_request
from backend.support_requests.repository import SupportRequest
from backend.vault import Vault
from dialogs.goals import handover
from dialogs.news import OtherAgreed
from dialogs.transition_news import RECEIVING, RECEIVING_GROUPS
from locales import Text

GROUPS = {RECEIVING: RECEIVING_GROUPS, handover.PURPOSE: handover.DATA_GROUPS}
"""What a parent can agree to beside the young person, and the data that it covers."""
_ID = re.compile(r"[0-9a-f]{32}")
Field = Annotated[str, Form(max_length=200)]


def make_router(database: Database, vault: Vault, *, secure_cookies: bool, clock: Clock | None = None) -> APIRouter:
    """The pages under /desk/requests/{id}/consents; who may read the request may record for it."""
    pages = Pages(open_entrance(database, vault, secure_cookies=secure_cookies, clock=clock))
    router = page_router(pages)
    entrance = pages.entrance

    async def show(request: Request, session: Session, id: str, *, problem: str | None = None) -> Response:
        def read(db: Transaction) -> dict[str, Any]:
            one = readable_request(db, vault, session.counsellor, id)
            recorded = recorded_for(db, vault, one.person_id)
            return {"recorded": _lines(pages.words(request), db, recorded), "recipients": _recipients(db)}

        values = await entrance.database.read(read)
        fixed = {"id": id, "purposes": list(GROUPS), "others": OTHERS, "hows": HOWS, "longest": LONGEST_GIVER}
        today = in_amsterdam(entrance.clock()).date().isoformat()
        status = 422 if problem else 200
        return pages.show(
            request, "consents.html", session, status=status, problem=problem, today=today, **fixed, **values
        )

    @router.get("/requests/{request_id}/consents")
    async def form(request: Request, request_id: str) -> Response:
        return await show(request, await entrance.session(request), request_id)

    @router.post("/requests/{request_id}/consents")
    async def save(
        request: Request,
        request_id: str,
        csrf: Field = "",
        purpose: Field = "",
        recipient: Field = "",
        given_by: Field = "",
        giver: Field = "",
        how: Field = "",
        day: Field = "",
    ) -> Response:
        session = await entrance.acting(request, csrf)
        said_at = _moment(day, entrance.clock())
        whole = purpose in GROUPS and given_by in OTHERS and how in HOWS and giver.strip() and said_at
        if not whole or said_at is None or len(giver) > LONGEST_GIVER:
            problem = pages.words(request).say(Text.of("desk_consents.form.wrong"))
            return await show(request, session, request_id, problem=problem)
        said = Said(given_by=cast("GivenBy", given_by), giver=giver, how=cast("How", how), said_at=said_at)
        await entrance.database.write(
            lambda db: _save(db, vault, session.counsellor, request_id, purpose, recipient, said)
        )
        return elsewhere(f"/desk/requests/{request_id}/consents")

    @router.post("/requests/{request_id}/consents/{consent_id}/withdraw")
    async def take_back(request: Request, request_id: str, consent_id: str, csrf: Field = "") -> Response:
        who = (await entrance.acting(request, csrf)).counsellor

        def work(db: Transaction) -> None:
            one = _mine(db, vault, who, request_id)
            with db.across():  # what rested on it may lie with another organisation
                done = withdraw(db, vault, one.person_id, consent_id, by=who)
            if done is None:
                raise not_found()

        await entrance.database.write(work)
        return elsewhere(f"/desk/requests/{request_id}/consents")

    return router


def _save(
    db: Transaction, vault: Vault, who: Counsellor, request_id: str, purpose: str, recipient: str, said: Said
) -> None:
    one = _mine(db, vault, who, request_id)
    name = dict(_recipients(db)).get(recipient) if _ID.fullmatch(recipient) else None
    if name is None:
        raise Refused(422, "invalid", fields={"recipient": "unknown"})
    record_at_desk(
        db,
        vault,
        who,
        person_id=one.person_id,
        conversation_id=one.conversation_id,
        purpose=purpose,
        recipient=recipient,
        recipient_name=name,
        data_groups=GROUPS[purpose],
        said=said,
    )
    tell(db, vault, one.conversation_id, OtherAgreed(said.given_by, name))


def _mine(db: Transaction, vault: Vault, who: Counsellor, request_id: str) -> SupportRequest:
    """A request that `who` may read now, held for this transaction."""
    repository.lock(db, who, request_id)
    return readable_request(db, vault, who, request_id)


def _recipients(db: Transaction) -> list[tuple[str, str]]:
    """Connected organisations by name."""
    found = sa.select(organisation.c.id, organisation.c.name).order_by(organisation.c.name)
    return [(row.id, row.name) for row in db.execute(found)]


def _lines(words: Words, db: Transaction, recorded: Sequence[Recorded]) -> list[tuple[str, str]]:
    """Each recorded consent as its id and a sentence."""
    names = dict(_recipients(db))
    return [(one.consent.id, words.say(_line(one, names[one.consent.recipient]))) for one in recorded]


def _line(one: Recorded, name: str) -> Text:
    return Text.of(
        "desk_consents.form.one",
        giver=Text.verbatim(one.said.giver),
        who=Text.of(f"desk_consents.giver.{one.said.given_by}"),
        how=Text.of(f"desk_consents.how.{one.said.how}"),
        day=in_amsterdam(one.said.said_at).date(),
        purpose=Text.of(f"desk_consents.purpose.{one.consent.purpose}"),
        name=Text.verbatim(name),
    )


def _moment(day: str, now: int) -> int | None:
    """The noon of a day that is not in the future, or None."""
    try:
        noon = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=12)
    except ValueError:
        return None
    today = in_amsterdam(now).date()
    return int(noon.timestamp()) * 1_000_000 if noon.date() <= today else None
