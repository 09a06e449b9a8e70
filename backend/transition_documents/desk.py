"""The overgangsdocument as counsellors have it: the old school adds its part, whoever received it opens it.

Both only with a request of that person that they may read, and while the person's consent is in force.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa

from backend.audit import record
from backend.consents.service import require_sharing, sharing_states
from backend.conversations import messages as mail
from backend.conversations.service import tell
from backend.db import Transaction, now
from backend.errors import Refused, not_found
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import organisation, organisation_area
from backend.support_requests import repository
from backend.support_requests.openings import readable_request
from backend.support_requests.repository import SupportRequest, one_request
from backend.transition_documents import making, sending, store
from backend.transition_documents.forms import Forms
from backend.transition_documents.store import Stored
from backend.vault import NoKey, Vault
from dialogs.transition_document import LONGEST_SCHOOL, TOLD, Line, Told
from dialogs.transition_news import DocumentTold
from knowledge.transition_form import SCHOOL, Form

_SCHOOLS = ("pro", "vso", "mbo")
Role = Literal["school", "recipient"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the document is: sent to whom, when, and when it was first opened there; `open` whether it still opens."""

    organisation: str
    sent_at: int
    received_at: int | None
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDesk:
    """What a counsellor sees with a request: in which role, and of a school whether the person lets it read.

    `draft` is what the school wrote last, given to the person or not. `waits_for` as in `sending.waits_for`.
    """

    role: Role
    request: SupportRequest
    mine: bool
    shared: bool
    lines: Sequence[Line] = ()
    draft: Sequence[Line] = ()
    form: Form
    waits_for: str = ""
    ready_at: int | None = None
    language: str = "nl"
    places: Sequence[Place] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """One field of the school as it was filled in."""

    words: str
    told: str
    checked: bool


def read(
    db: Transaction, vault: Vault, who: Counsellor, request_id: str, forms: Forms, *, action: str = "open"
) -> AtDesk:
    """The document with this request, opened and written to the audit trail (as document.`action`).

    Raises 404 for what `who` may not know of and for a request without a document, 410 or 409 when the consent is gone,
    somebody else has to agree first, or the content is no longer what was agreed to.
    """
    request = readable_request(db, vault, who, request_id)
    try:
        brought = sending.sending_with(db, request.id)
        if brought:
            return _received(db, vault, who, request, brought[0], forms, action)
        if _kind(db, who) not in _SCHOOLS:
            raise not_found()
        return _at_school(db, vault, who, request, forms, action)
    except NoKey:
        raise not_found() from None


def has_document_page(db: Transaction, who: Counsellor, request: SupportRequest) -> bool:
    """Whether there is anything to see or do about a document with this request."""
    return request.kind_of_help == sending.KIND or _kind(db, who) in _SCHOOLS


def invite(db: Transaction, vault: Vault, who: Counsellor, request_id: str) -> None:
    """Proposes to the person to make one together; raises 409 for a request that is not `who`'s."""
    request = _own(db, vault, who, request_id)
    _record(db, "document.invite", request.id, who, request)
    _tell(db, vault, request, DocumentTold("invited", sending.name_of(db, who.organisation_id)))


def write(
    db: Transaction,
    vault: Vault,
    who: Counsellor,
    request_id: str,
    fields: Mapping[str, Written],
    *,
    give: bool,
    checked: Collection[str] = (),
) -> None:
    """Keeps what the school wrote as a draft, or gives it to the person to read; `checked` are the fields of the person's
    part that the school looked up and found right.

    Raises 409 without the person's consent, 409 while somebody else has to agree first, 422 for what is too long.
    """
    request = _own(db, vault, who, request_id)
    one = _shared_with(db, vault, request, who)
    if _waits(db, vault, request):
        raise Refused(409, "no_consent")
    draft = tuple(
        _line(field, written) for field, written in fields.items() if field in SCHOOL and written.words.strip()
    )
    if not give:
        store.save(db, vault, replace(one, draft=draft))
        _record(db, "document.draft", one.id, who, request)
        return
    _give(db, vault, who, request, replace(one, draft=None), draft, checked)


def _give(
    db: Transaction,
    vault: Vault,
    who: Counsellor,
    request: SupportRequest,
    one: Stored,
    draft: tuple[Line, ...],
    checked: Collection[str],
) -> None:
    before = {line.id: line for line in one.by("school")}
    theirs = tuple(_objected_still(line, before.get(line.id)) for line in draft)
    own = tuple(_looked_up(line, checked) for line in one.by("person"))
    at = now()
    given = replace(one.with_lines((*own, *theirs), at=at), ready_at=one.ready_at or at)
    with db.across():  # whoever received the document before may no longer open it
        making.change(db, vault, one, given)
    store.save(db, vault, given)
    _record(db, "document.ready", one.id, who, request)
    _tell(db, vault, request, DocumentTold("ready", sending.name_of(db, who.organisation_id)))


def _received(
    db: Transaction,
    vault: Vault,
    who: Counsellor,
    request: SupportRequest,
    one: sending.Sending,
    forms: Forms,
    action: str,
) -> AtDesk:
    stored = store.find(db, vault, request.person_id)
    if stored is None or one.organisation_id != who.organisation_id:
        raise not_found()
    row = _conversation(db, request)
    sending.require_open(db, vault, row, stored, one)
    form = forms.named(one.form)
    sending.received(db, one, at=now())
    _record(db, f"document.{action}", one.id, who, request)
    return AtDesk(
        role="recipient",
        request=request,
        mine=_is_own(request, who),
        shared=True,
        lines=_in(form, stored.lines),
        form=form,
        ready_at=stored.ready_at,
        language=request.language,
        places=[Place(sending.name_of(db, one.organisation_id), one.sent_at, one.received_at, open=True)],
    )


def _at_school(
    db: Transaction, vault: Vault, who: Counsellor, request: SupportRequest, forms: Forms, action: str
) -> AtDesk:
    form = _form_of(db, who, forms)
    mine = _is_own(request, who)
    one = store.find(db, vault, request.person_id)
    if one is None or not _is_shared(db, one, who):
        return AtDesk(role="school", request=request, mine=mine, shared=False, form=form, language=request.language)
    _record(db, f"document.{action}", one.id, who, request)
    return AtDesk(
        role="school",
        request=request,
        mine=mine,
        shared=True,
        lines=one.lines,
        draft=one.by("school") if one.draft is None else one.draft,
        form=form,
        waits_for=_waits(db, vault, request),
        ready_at=one.ready_at,
        language=request.language,
        places=_places(db, one),
    )


def _places(db: Transaction, one: Stored) -> list[Place]:
    return [
        Place(sending.name_of(db, each.organisation_id), each.sent_at, each.received_at, sending.is_open(db, one, each))
        for each in sending.sendings_of(db, one.id)
    ]


def _waits(db: Transaction, vault: Vault, request: SupportRequest) -> str:
    return sending.waits_for(db, vault, _conversation(db, request), recipient=None)


def _shared_with(db: Transaction, vault: Vault, request: SupportRequest, who: Counsellor) -> Stored:
    one = store.find(db, vault, request.person_id)
    if one is None or one.school_id != who.organisation_id:
        raise Refused(409, "no_consent")
    require_sharing(db, one.id, recipient=who.organisation_id)
    return one


def _is_shared(db: Transaction, one: Stored, who: Counsellor) -> bool:
    open_to_us = sharing_states(db, [one.id], recipient=who.organisation_id)[one.id] == "open"
    return one.school_id == who.organisation_id and open_to_us


def _own(db: Transaction, vault: Vault, who: Counsellor, request_id: str) -> SupportRequest:
    """A request that `who` has claimed, at a school; the person's own turns wait until this is done."""
    repository.lock(db, who, request_id)
    request = one_request(db, vault, who, request_id)
    if _kind(db, who) not in _SCHOOLS:
        raise not_found()
    if not _is_own(request, who):
        raise Refused(409, "not_claimed", fields={"status": request.status})
    return request


def _is_own(request: SupportRequest, who: Counsellor) -> bool:
    return request.status == "claimed" and request.claimed_by == who.id


def _conversation(db: Transaction, request: SupportRequest) -> sa.Row[Any]:
    row = mail.look_up(db, request.conversation_id)
    if row is None:
        raise not_found()
    found: sa.Row[Any] = row
    return found


def _kind(db: Transaction, who: Counsellor) -> str:
    return str(db.execute(sa.select(organisation.c.kind).where(organisation.c.id == who.organisation_id)).scalar_one())


def _form_of(db: Transaction, who: Counsellor, forms: Forms) -> Form:
    """The school's own form, or that of its region."""
    of = organisation_area.c
    codes = db.execute(sa.select(of.municipality_code).where(of.organisation_id == who.organisation_id)).scalars()
    return forms.of(min(codes, default=""), who.organisation_id)


def _in(form: Form, lines: Sequence[Line]) -> tuple[Line, ...]:
    ids = {id for section in form.sections for id in section.lines}
    return tuple(line for line in lines if line.id in ids)


def _line(field: str, written: Written) -> Line:
    words = _clean(written.words)
    if len(words) > LONGEST_SCHOOL:
        raise Refused(422, "long_text", fields={field: "too long"})
    told: Told = next((told for told in TOLD if told == written.told), "school")
    return Line(by="school", field=field, words=words, told=told, mark="checked" if written.checked else "said")


def _objected_still(line: Line, before: Line | None) -> Line:
    """What the person said is not right stays so marked until the school writes something else."""
    return replace(line, objected=True) if before and before.objected and before.words == line.words else line


def _looked_up(line: Line, checked: Collection[str]) -> Line:
    if line.mark == "unknown":
        return line
    return replace(line, mark="checked" if line.field in checked else "said")


def _clean(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(sign for sign in lines if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()


def _record(db: Transaction, action: str, of: str, who: Counsellor, request: SupportRequest) -> None:
    record(db, action, of, actor=who.id, organisation_id=who.organisation_id, person_id=request.person_id)


def _tell(db: Transaction, vault: Vault, request: SupportRequest, news: DocumentTold) -> None:
    try:
        tell(db, vault, request.conversation_id, news, request_id=request.id)
    except NoKey:
        raise not_found() from None
