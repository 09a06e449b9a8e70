"""What the person does with the overgangsdocument in the chat: one function for each effect, in the turn's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never

import sqlalchemy as sa

from backend.audit import record
from backend.db import Transaction, now
from backend.support_requests.models import support_request
from backend.transition_documents import sending, store
from backend.transition_documents.forms import Forms
from backend.transition_documents.store import Stored
from backend.vault import Vault
from dialogs.effects import RecordConsent
from dialogs.transition_document import Line
from dialogs.transition_news import (
    MAKING,
    RECEIVING,
    DocumentEffect,
    DocumentNews,
    DocumentShown,
    DocumentTold,
    DropDocument,
    KeepOwnPart,
    ObjectToLine,
    OfferToSchool,
    SendDocument,
    ShowDocument,
    TakeBackDocument,
)

Row = sa.Row[Any]


def carry_out_document(
    db: Transaction,
    vault: Vault,
    row: Row,
    effect: DocumentEffect,
    *,
    agreed: tuple[RecordConsent, str] | None,
    forms: Forms,
) -> list[DocumentNews]:
    """Does what was asked in the conversation of `row`. `agreed` is the consent of the same turn, with its id."""
    match effect:
        case KeepOwnPart():
            return keep_own_part(db, vault, row, effect.lines)
        case OfferToSchool():
            if agreed is None or (agreed[0].purpose, agreed[0].recipient) != (MAKING, effect.recipient):
                raise ValueError("a school reads nothing without the consent of the same turn")
            offer(db, vault, row, agreed[0], consent_id=agreed[1])
            return []
        case ShowDocument():
            return [show(db, vault, row, effect, forms)]
        case ObjectToLine():
            return object_to(db, vault, row, effect.line)
        case SendDocument():
            return [send(db, vault, row, effect, forms)]
        case DropDocument():
            drop(db, vault, row)
            return []
        case TakeBackDocument():
            names = sending.take_back(db, vault, row.person_id, RECEIVING)
            return [DocumentTold("taken_back", ", ".join(names))]
        case _:
            assert_never(effect)


def keep_own_part(db: Transaction, vault: Vault, row: Row, lines: tuple[Line, ...]) -> list[DocumentNews]:
    """The person's part in the place of what it was; what the school checked and did not change stays checked."""
    at, one = now(), store.find(db, vault, row.person_id)
    if one is None:
        store.save(db, vault, store.new_document(row.id, row.person_id, lines, at=at))
        record(db, "document.begin", row.id, actor="person", person_id=row.person_id)
        return []
    before = {line.id: line for line in one.by("person")}
    kept = (*(_still_checked(line, before) for line in lines), *one.by("school"))
    return change(db, vault, one, one.with_lines(kept, at=at))


def change(db: Transaction, vault: Vault, one: Stored, changed: Stored) -> list[DocumentNews]:
    """Stores another content; who received the document can no longer read it, and the person is told so."""
    if changed.digest == one.digest:
        return []
    lost = [each.organisation_id for each in sending.sendings_of(db, one.id) if sending.is_open(db, one, each)]
    store.save(db, vault, changed)
    return [DocumentTold("stale", sending.name_of(db, id)) for id in dict.fromkeys(lost)]


def offer(db: Transaction, vault: Vault, row: Row, agreed: RecordConsent, *, consent_id: str) -> None:
    """Lays the person's part before the school: with the request that is open there, or with a new one."""
    at, one = now(), store.find(db, vault, row.person_id)
    one = one or store.new_document(row.id, row.person_id, (), at=at)
    if one.school_id not in (None, agreed.recipient):
        one = replace(one.with_lines(one.by("person"), at=at), draft=None, ready_at=None)
    store.save(db, vault, replace(one, school_id=agreed.recipient))
    sending.open_document(db, row.person_id, one.id, agreed)
    there = sending.open_request_at(db, row.person_id, agreed.recipient)
    if there is None:
        sending.open_document_request(db, vault, row, agreed, consent_id=consent_id, part="own")
    else:
        wake(db, there, at=at)
    record(db, "document.offer", one.id, actor="person", organisation_id=agreed.recipient, person_id=row.person_id)


def show(db: Transaction, vault: Vault, row: Row, effect: ShowDocument, forms: Forms) -> DocumentShown:
    """The whole document for the person; without its content while somebody else has to agree first."""
    form, one = forms.of(effect.municipality, effect.recipient), store.find(db, vault, row.person_id)
    waiting = sending.waits_for(db, vault, row, recipient=effect.recipient)
    if one is None or waiting:
        return DocumentShown(form=form, recipient=effect.recipient, name=effect.name, waits_for=waiting)
    ids = {id for section in form.sections for id in section.lines}
    there = [each for each in sending.sendings_of(db, one.id) if each.organisation_id == effect.recipient]
    return DocumentShown(
        lines=tuple(line for line in one.lines if line.id in ids),
        form=form,
        digest=one.digest,
        recipient=effect.recipient,
        name=effect.name,
        municipality=effect.municipality,
        ready=one.ready_at is not None,
        sent=any(sending.is_open(db, one, each) for each in there),
    )


def object_to(db: Transaction, vault: Vault, row: Row, line_id: str) -> list[DocumentNews]:
    """The person says that a line of the school is not right: it stands beside it, and the school sees it."""
    at, one = now(), store.find(db, vault, row.person_id)
    if one is None or line_id not in {line.id for line in one.by("school")}:
        return []
    lines = (replace(line, objected=True) if line.id == line_id else line for line in one.lines)
    news = change(db, vault, one, one.with_lines(lines, at=at))
    record(db, "document.object", one.id, actor="person", organisation_id=one.school_id, person_id=row.person_id)
    there = sending.open_request_at(db, row.person_id, one.school_id or "")
    if there:
        wake(db, there, at=at)
    return news


def send(db: Transaction, vault: Vault, row: Row, effect: SendDocument, forms: Forms) -> DocumentNews:
    """Sends exactly what was shown, when everybody who must has agreed; else says why nothing was sent."""
    one = store.find(db, vault, row.person_id)
    form = forms.of(effect.municipality, effect.recipient)
    if one is None or one.digest != effect.digest or one.ready_at is None:
        return DocumentTold("changed")
    waiting = sending.waits_for(db, vault, row, recipient=effect.recipient)
    if waiting:
        return DocumentShown(form=form, waits_for=waiting)
    there = [each for each in sending.sendings_of(db, one.id) if each.organisation_id == effect.recipient]
    if not any(sending.is_open(db, one, each) for each in there):  # agreed to twice, it is there once
        sending.send(db, vault, row, one, effect, form=form.name)
    return DocumentTold("sent", sending.name_of(db, effect.recipient))


def drop(db: Transaction, vault: Vault, row: Row) -> None:
    """Takes the document away: the consents are withdrawn, and with them the requests that it came with."""
    one = store.find(db, vault, row.person_id)
    sending.take_back(db, vault, row.person_id, MAKING, RECEIVING)
    if one is None:
        return
    store.delete(db, one.id)
    record(db, "document.drop", one.id, actor="person", person_id=row.person_id)


def wake(db: Transaction, request_id: str, *, at: int) -> None:
    """The counsellor sees that somebody waits."""
    mine = support_request.c.id == request_id
    since = sa.func.coalesce(support_request.c.waiting_since, at)
    db.execute(sa.update(support_request).where(mine).values(waiting_since=since))
    db.wake(f"queue:{db.execute(sa.select(support_request.c.queue_id).where(mine)).scalar_one()}")


def _still_checked(line: Line, before: Mapping[str, Line]) -> Line:
    was = before.get(line.id)
    same = was is not None and (was.options, was.words) == (line.options, line.words)
    return replace(line, mark=was.mark) if was is not None and same else line
