"""Making organisations, the municipalities they serve, their queues and counsellors (`verder admin`, the demo)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import sqlalchemy as sa

from backend.access.roles import Role
from backend.db import Transaction
from backend.organisations.models import counsellor, desk_session, organisation, organisation_area
from backend.queues.models import queue, queue_member
from backend.vault import Vault
from locales import undirected


def make_organisation(
    db: Transaction,
    *,
    kind: str,
    name: str,
    municipalities: Iterable[str] = (),
    school_key: str | None = None,
    website: str | None = None,
    phone: str | None = None,
    demo: bool = False,
) -> str:
    """A new organisation's id. `kind` is pro, vso, mbo, doorstroompunt or gemeente; `municipalities` are CBS codes."""
    organisation_id = secrets.token_hex(16)
    values = {"kind": kind, "school_key": school_key, "website": website, "phone": phone, "demo": demo}
    db.execute(sa.insert(organisation), {"id": organisation_id, "name": undirected(name), **values})
    for code in municipalities:
        add_area(db, organisation_id, code)
    return organisation_id


def add_area(db: Transaction, organisation_id: str, municipality_code: str) -> None:
    """From now on the organisation serves this municipality (CBS code, four digits)."""
    values = {"organisation_id": organisation_id, "municipality_code": municipality_code}
    db.execute(sa.insert(organisation_area), values)


def make_queue(db: Transaction, organisation_id: str, *, name: str, kind_of_help: str) -> str:
    """A new queue's id; an organisation has one queue for each kind of help (work, learning, other)."""
    queue_id = secrets.token_hex(16)
    values = {"id": queue_id, "organisation_id": organisation_id, "name": name, "kind_of_help": kind_of_help}
    db.execute(sa.insert(queue), values)
    return queue_id


def make_counsellor(
    db: Transaction,
    vault: Vault,
    organisation_id: str,
    *,
    email: str,
    name: str,
    password_hash: str,
    queue_ids: Iterable[str] = (),
    role: Role = "counsellor",
    demo: bool = False,
) -> str:
    """A new counsellor's id; `password_hash` comes from `passwords.hash_password`. An e-mail address serves once."""
    counsellor_id = vault.add_person(db)
    values = {
        "id": counsellor_id,
        "organisation_id": organisation_id,
        "email_index": email_index(vault, email),
        "email": vault.seal(db, counsellor_id, "counsellor.email", counsellor_id, email.strip().encode()),
        "name": vault.seal(db, counsellor_id, "counsellor.name", counsellor_id, name.strip().encode()),
        "password_hash": password_hash,
        "demo": demo,
        "disabled": False,
        "role": role,
    }
    db.execute(sa.insert(counsellor), values)
    for queue_id in queue_ids:
        add_to_queue(db, counsellor_id, queue_id)
    return counsellor_id


def add_to_queue(db: Transaction, counsellor_id: str, queue_id: str) -> None:
    """The counsellor works in this queue; raises LookupError when it is another organisation's."""
    same = (
        sa.select(queue.c.id)
        .join(counsellor, counsellor.c.organisation_id == queue.c.organisation_id)
        .where(queue.c.id == queue_id, counsellor.c.id == counsellor_id)
    )
    if db.execute(same).first() is None:
        raise LookupError("the queue is not one of the counsellor's organisation")
    db.execute(sa.insert(queue_member), {"queue_id": queue_id, "counsellor_id": counsellor_id})


def remove_from_queue(db: Transaction, counsellor_id: str, queue_id: str) -> None:
    """The counsellor no longer works in this queue and no longer sees its requests."""
    member = queue_member.c
    db.execute(sa.delete(queue_member).where(member.queue_id == queue_id, member.counsellor_id == counsellor_id))


def set_password(db: Transaction, counsellor_id: str, password_hash: str) -> None:
    """A new password; every session of the counsellor ends."""
    db.execute(sa.update(counsellor).where(counsellor.c.id == counsellor_id).values(password_hash=password_hash))
    end_sessions(db, counsellor_id)


def disable_counsellor(db: Transaction, counsellor_id: str) -> None:
    """The counsellor can no longer log in; every session ends at once."""
    db.execute(sa.update(counsellor).where(counsellor.c.id == counsellor_id).values(disabled=True))
    end_sessions(db, counsellor_id)


def email_index(vault: Vault, email: str) -> bytes:
    """Under which an e-mail address is found: the same for every spelling of capitals and spaces around it."""
    return vault.index("counsellor.email", email.strip().casefold())


def open_name(db: Transaction, vault: Vault, counsellor_id: str, sealed: bytes) -> str:
    """The counsellor's name, from its sealed column."""
    return undirected(vault.open(db, counsellor_id, "counsellor.name", counsellor_id, sealed).decode())


def end_sessions(db: Transaction, counsellor_id: str, *, but: bytes = b"") -> None:
    """Ends every session of a counsellor at once, except the one under this token's hash."""
    mine = desk_session.c.counsellor_id == counsellor_id
    db.execute(sa.delete(desk_session).where(mine, desk_session.c.token_hash != but))
