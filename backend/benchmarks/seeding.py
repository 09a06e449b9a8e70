"""Requests by the million for benchmarks: most are rows alone, made inside SQLite; some are real ones, with keys."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

import sqlalchemy as sa

from backend.consents.service import record_consent
from backend.conversations.messages import find
from backend.conversations.models import conversation
from backend.db import Transaction, now
from backend.organisations.counsellors import Counsellor
from backend.organisations.service import make_counsellor, make_organisation, make_queue
from backend.support_requests.opening import open_request
from backend.vault import Vault
from dialogs.conversation import Conversation, write
from dialogs.effects import OpenSupportRequest, RecordConsent
from dialogs.goals.request import DATA_GROUPS, PURPOSE

_NUMBERS = "with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < :size)"
_ID = "printf('%032x', i)"
_GROUPS = "need messages language kind_of_help"
_FILL = (
    f"""insert into conversation (id, person_id, channel, state, last_number, reachable, started_at, updated_at)
    {_NUMBERS} select {_ID}, {_ID}, 'web', x'00', 0, 1, :at - i * 1000000, :at from n""",
    f"""insert into consent (id, person_id, conversation_id, purpose, recipient, data_groups, text_id, text_version,
    language, given, given_by, at)
    {_NUMBERS} select {_ID}, {_ID}, {_ID}, 'support_request', :organisation, '{_GROUPS}',
    'dialogs.request.consent', '0123456789abcdef', 'nl', 1, 'youth', :at from n""",
    f"""insert into sharing (id, consent_id, person_id, kind, object_id, recipient, purpose, data_groups, text_version,
    basis, at)
    {_NUMBERS} select {_ID}, {_ID}, {_ID}, 'support_request', {_ID}, :organisation, 'support_request', '{_GROUPS}',
    '0123456789abcdef', 'consent', :at from n""",
    f"""insert into support_request (id, conversation_id, person_id, organisation_id, queue_id, consent_id, kind_of_help,
    language, need, urgent, status, created_at, waiting_since, claimed_by, claimed_at, closed_at, escalate_at)
    {_NUMBERS} select {_ID}, {_ID}, {_ID}, :organisation, :queue, {_ID}, 'work', 'nl', x'00', i % 50 = 0,
    case i % 3 when 0 then 'waiting' when 1 then 'claimed' else 'closed' end,
    :at - i * 1000000, case i % 3 when 2 then null else :at - i * 1000000 end,
    case i % 3 when 0 then null else :colleague end, case i % 3 when 0 then null else :at end,
    case i % 3 when 2 then :at else null end, case i % 3 when 2 then null else :at + 86400000000 end from n""",
)


def make_desk(db: Transaction, vault: Vault) -> tuple[Counsellor, str]:
    """An organisation with one queue; the counsellor who works in it, and the queue's id."""
    organisation_id = make_organisation(db, kind="gemeente", name="Organisatie")
    queue_id = make_queue(db, organisation_id, name="Rij", kind_of_help="other")
    ids = [
        make_counsellor(
            db,
            vault,
            organisation_id,
            email=f"{letter}@voorbeeld.nl",
            name=f"Coach {letter.upper()}",
            password_hash="-",
            queue_ids=[queue_id],
        )
        for letter in ("a", "b")
    ]
    return Counsellor(ids[0], organisation_id, "Coach A"), queue_id


def fill_with_requests(db: Transaction, who: Counsellor, queue_id: str, size: int) -> None:
    """So many requests in the queue, a third each waiting, claimed by a colleague and closed; their words open nowhere."""
    from backend.organisations.models import counsellor

    colleague = db.execute(sa.select(counsellor.c.id).where(counsellor.c.id != who.id)).scalar_one()
    values = {"organisation": who.organisation_id, "queue": queue_id, "colleague": colleague, "at": now(), "size": size}
    for statement in _FILL:
        db.execute(sa.text(statement), values)


def open_real_requests(db: Transaction, vault: Vault, who: Counsellor, count: int) -> Sequence[str]:
    """The ids of requests that persons opened, as the front door does it."""
    return [_open_one(db, vault, who) for _ in range(count)]


def _open_one(db: Transaction, vault: Vault, who: Counsellor) -> str:
    person_id, id, at = vault.add_person(db), secrets.token_hex(16), now()
    state = json.dumps({"conversation": write(Conversation(channel="web", language="nl")), "offered": {}})
    values = {"id": id, "person_id": person_id, "channel": "web", "last_number": 0, "reachable": True}
    sealed = vault.seal(db, person_id, "conversation.state", id, state.encode())
    db.execute(sa.insert(conversation), {**values, "state": sealed, "started_at": at, "updated_at": at})
    agreed = RecordConsent(
        purpose=PURPOSE,
        recipient=who.organisation_id,
        data_groups=DATA_GROUPS,
        text_id="dialogs.request.consent",
        text_version="0123456789abcdef",
        language="nl",
        given=True,
    )
    asked = OpenSupportRequest(
        recipient=who.organisation_id, kind_of_help="work", need="Ik zoek werk.", language="nl", urgent=False
    )
    consent_id = record_consent(db, person_id, id, agreed)
    return open_request(db, vault, find(db, id), asked, agreed=agreed, consent_id=consent_id)
