"""What a counsellor does with a request: read, claim, release, reply, close. Each is part of one transaction."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from backend import audit
from backend.connections.webhooks import announce
from backend.consents.service import ActiveConsent, agreed_to, refusal_of
from backend.conversations.messages import post, read_messages
from backend.conversations.service import tell
from backend.db import Transaction, now
from backend.dutch_time import in_amsterdam
from backend.errors import Refused, not_found
from backend.organisations.counsellors import Counsellor
from backend.organisations.models import counsellor
from backend.queues.settings import setting_of
from backend.statistics.service import count_first_answer
from backend.support_requests import repository
from backend.support_requests.access import may_read
from backend.support_requests.danger import danger_of
from backend.support_requests.escalating import answer_by, claim_ends
from backend.support_requests.models import assignment, support_request
from backend.support_requests.opening import NEED_PLACE
from backend.support_requests.openings import needs_reason, readable_request
from backend.support_requests.repository import SupportRequest, one_request
from backend.vault import NoKey, Vault
from bot.channel import Message
from dialogs.news import RequestChanged
from dialogs.transition_news import DocumentTold
from knowledge.danger import Danger
from locales import Text

LONGEST_TEXT = 4000
WRITTEN_IN = "nl"
Change = Literal["claimed", "released", "answered", "closed"]
NOT_PASSED_ON: Mapping[str, None] = {"transferred_at": None, "intended_for": None}
FREE: Mapping[str, object] = {"status": "waiting", "claimed_by": None, "claimed_at": None, **NOT_PASSED_ON}
"""How a request is that nobody has: it waits in its queue for everybody."""


@dataclass(frozen=True, slots=True)
class OpenedRequest:
    """A request as counsellors read it: `need` is the person's own words, `messages` those that belong to it, `consents`
    those it is read on, the person's first, `danger` what made the request urgent."""

    request: SupportRequest
    need: str
    consents: Sequence[ActiveConsent]
    messages: Sequence[Message]
    undelivered: Mapping[int, str]
    reachable: bool
    danger: Danger | None


def read_request(db: Transaction, vault: Vault, who: Counsellor, request_id: str) -> OpenedRequest:
    """Opens a request and writes the reading to the audit trail. Raises 404 for what `who` may not read, 410 or 409 when
    the person's consent is not in force, 403 for a colleague's without a reason; while it is read nobody takes it back."""
    repository.lock(db, who, request_id)
    request = readable_request(db, vault, who, request_id)
    try:
        sealed = repository.sealed_need(db, request)
        need = vault.open(db, request.person_id, NEED_PLACE, request.id, sealed).decode()
        messages = read_messages(db, vault, request.conversation_id, request_id=request.id)
        danger = danger_of(db, vault, request.person_id, request.id)
    except NoKey:
        raise not_found() from None
    _record(db, "request.read", request, who)
    undelivered = repository.undelivered(db, request)
    reachable = repository.is_reachable(db, request)
    return OpenedRequest(request, need, _consents(db, request), messages, undelivered, reachable, danger)


def read_newer(
    db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, after: int
) -> tuple[SupportRequest, Sequence[Message]]:
    """The request as it is now and the messages after `after`; reading new words is written to the audit trail."""
    repository.lock(db, who, request_id)
    request = one_request(db, vault, who, request_id)
    if needs_reason(db, who, request):
        return request, []
    try:
        messages = read_messages(db, vault, request.conversation_id, after=after, request_id=request.id)
    except NoKey:
        raise not_found() from None
    if messages:
        _record(db, "request.read", request, who)
    return request, messages


def claim(db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, at: int) -> SupportRequest:
    """The request is `who`'s. Exactly one of many wins; the others get 409 with the owner's name and since when.

    Raises 409 "load_full" when `who` has as many as the organisation allows; danger can always be taken.
    """
    _refuse_late(db, vault, who, request_id, at=at)  # nothing is held yet: who comes too late does not stand in line
    repository.lock(db, who, request_id)
    _refuse_late(db, vault, who, request_id, at=at)
    _check_load(db, who, request_id)
    ends = claim_ends(db, who.organisation_id, at)
    mine = {"status": "claimed", "claimed_by": who.id, "claimed_at": at, "bundled_at": None}
    taken = {**mine, "escalate_at": ends, **NOT_PASSED_ON}
    of = support_request.c
    claimed = sa.update(support_request).where(of.id == request_id, of.status == "waiting", may_read(who))
    won = db.execute(claimed.values(**taken)).rowcount == 1
    request = one_request(db, vault, who, request_id)
    if not won:
        if request.claimed_by == who.id and request.status == "claimed":
            return request
        raise _not_yours(request, who, at)
    values = {"id": secrets.token_hex(16), "request_id": request_id, "counsellor_id": who.id, "started_at": at}
    db.execute(sa.insert(assignment), values)
    tell_change(db, vault, request, who, change="claimed")
    return request


def _refuse_late(db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, at: int) -> None:
    request = one_request(db, vault, who, request_id)
    if request.status != "waiting" and request.claimed_by != who.id:
        raise _not_yours(request, who, at)


def release(db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, at: int) -> SupportRequest:
    """Gives the request back to its queue, where it waits on from when the person began to wait."""
    since = sa.func.coalesce(support_request.c.waiting_since, at)
    values = {**FREE, "waiting_since": since, "escalate_at": answer_by(db, who.organisation_id, at)}
    request = change_own(db, vault, who, request_id, at=at, values=values)
    end_assignment(db, request_id, at)
    tell_change(db, vault, request, who, change="released")
    return request


def reply(
    db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, text: str, at: int, language: str = WRITTEN_IN
) -> int:
    """Answers the person; the number of the new message. Raises 422 without words or with more than `LONGEST_TEXT`."""
    words = clean(text)
    before = db.execute(sa.select(support_request.c.answered_at).where(support_request.c.id == request_id)).scalar()
    answered = {"waiting_since": None, "answered_at": at, "escalate_at": None}
    request = change_own(db, vault, who, request_id, at=at, values=answered)
    if before is None:
        calendar = setting_of(db, who.organisation_id).working_time
        count_first_answer(db, who.organisation_id, hours=calendar.hours_between(request.created_at, at), at=at)
    number = _post(db, vault, request, who, words, language=language)
    tell_change(db, vault, request, who, change="answered")
    return number


def close(db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, text: str, at: int) -> SupportRequest:
    """The request is done; `text` is a last sentence to the person, or ""."""
    words = clean(text, empty=True)
    values = {"status": "closed", "closed_at": at, "waiting_since": None, "escalate_at": None}
    request = change_own(db, vault, who, request_id, at=at, values=values)
    if words:
        _post(db, vault, request, who, words)
    end_assignment(db, request_id, at)
    tell_change(db, vault, request, who, change="closed")
    return request


def own_request(db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, at: int) -> SupportRequest:
    """A request that is `who`'s, held for this transaction; raises 409 when it is not."""
    return change_own(db, vault, who, request_id, at=at, values={"claimed_by": who.id})


def change_own(
    db: Transaction, vault: Vault, who: Counsellor, request_id: str, *, at: int, values: Mapping[str, Any]
) -> SupportRequest:
    """Changes a request only while it is `who`'s, in one statement."""
    of = support_request.c
    repository.lock(db, who, request_id)
    own = sa.update(support_request).where(
        of.id == request_id, of.status == "claimed", of.claimed_by == who.id, may_read(who)
    )
    changed = db.execute(own.values(**values)).rowcount == 1
    request = one_request(db, vault, who, request_id)
    if not changed:
        raise _not_yours(request, who, at)
    return request


def _not_yours(request: SupportRequest, who: Counsellor, at: int) -> Refused:
    """Why `who` cannot do this: it is closed, it is a colleague's (who, since when), or it still waits for someone."""
    if request.status == "closed":
        return Refused(409, "request_closed", fields={"status": "closed"})
    if request.claimed_by is None or request.claimed_at is None or request.claimed_by == who.id:
        return Refused(409, "not_claimed", fields={"status": request.status})
    owner = request.owner or ""
    since = datetime.fromtimestamp(request.claimed_at // 1_000_000, UTC)
    fields = {"status": "claimed", "claimed_by": owner, "claimed_at": since.isoformat().replace("+00:00", "Z")}
    return Refused(409, "already_claimed", fields=fields, name=owner, since=since_when(request.claimed_at, at))


def since_when(moment: int, at: int) -> Text:
    """A moment in words, in Dutch time: "sinds 14:05", or with its day when that is not today."""
    then, today = (in_amsterdam(time) for time in (moment, at))
    clock = f"{then:%H:%M}"
    if then.date() == today.date():
        return Text.of("desk.since.today", time=clock)
    return Text.of("desk.since.day", day=then.date(), time=clock)


def _post(
    db: Transaction, vault: Vault, request: SupportRequest, who: Counsellor, words: str, *, language: str = WRITTEN_IN
) -> int:
    try:
        return post(
            db,
            vault,
            request.conversation_id,
            "counsellor",
            words,
            language=language,
            name=who.name,
            request_id=request.id,
        )
    except NoKey:
        raise not_found() from None


def tell_change(db: Transaction, vault: Vault, request: SupportRequest, who: Counsellor, *, change: Change) -> None:
    """Lets the person, the colleagues and the audit trail know."""
    try:
        news = _news(request, change, who)
        if news:
            tell(db, vault, request.conversation_id, news, request_id=request.id)
    except NoKey:
        raise not_found() from None
    _record(db, f"request.{change}", request, who)
    announce(db, request.organisation_id, change, request.id, at=now())
    db.wake(f"queue:{request.queue_id}")


def _news(request: SupportRequest, change: Change, who: Counsellor) -> RequestChanged | DocumentTold | None:
    """What the person hears; that a colleague will look at a document is no news to them."""
    if request.kind_of_help != "transition_document":
        return RequestChanged(change, who.name)
    return None if change == "released" else DocumentTold(change, who.name)


def _record(db: Transaction, action: str, request: SupportRequest, who: Counsellor) -> None:
    audit.record(db, action, request.id, actor=who.id, organisation_id=who.organisation_id)


def _check_load(db: Transaction, who: Counsellor, request_id: str) -> None:
    most = setting_of(db, who.organisation_id).most_claims
    if most is None:
        return
    of = support_request.c
    if db.execute(sa.select(of.urgent).where(of.id == request_id)).scalar_one_or_none():
        return
    if db.locks_rows:  # two claims of one counsellor at once count each other
        db.execute(sa.select(counsellor.c.id).where(counsellor.c.id == who.id).with_for_update())
    own = sa.select(sa.func.count()).where(of.claimed_by == who.id, of.status == "claimed", of.id != request_id)
    if db.execute(own).scalar_one() >= most:
        raise Refused(409, "load_full", count=most)


def end_assignment(db: Transaction, request_id: str, at: int) -> None:
    still = sa.and_(assignment.c.request_id == request_id, assignment.c.ended_at.is_(None))
    db.execute(sa.update(assignment).where(still).values(ended_at=at))


def _consents(db: Transaction, request: SupportRequest) -> Sequence[ActiveConsent]:
    """What this organisation reads the request on; the gate was passed before, so there is one at least."""
    found = agreed_to(db, request.id, recipient=request.organisation_id)
    if not found:
        raise refusal_of("withdrawn")
    return found


def clean(text: str, *, longest: int = LONGEST_TEXT, field: str = "text", empty: bool = False) -> str:
    """Without control characters and spaces around it; raises 422 when it is too long, or has no words unless `empty`."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    words = "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()
    if len(words) > longest:
        raise Refused(422, "long_text", fields={field: "too long"})
    if not words and not empty:
        raise Refused(422, "empty_text", fields={field: "empty"})
    return words
