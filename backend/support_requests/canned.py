"""Answers that counsellors keep for another time: of one counsellor or of all, each in one or more languages.

They are plain words without places to fill in, so that none is ever sent half filled.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend.access.roles import answer
from backend.db import Transaction, now
from backend.errors import Refused, not_found
from backend.organisations.counsellors import Counsellor
from backend.support_requests.models import canned_answer
from backend.support_requests.service import LONGEST_TEXT, WRITTEN_IN, clean
from locales import languages, undirected

LONGEST_TITLE = 80
MOST = 200


@dataclass(frozen=True, slots=True)
class CannedAnswer:
    """One answer: its words by language. `own` is one counsellor's alone; the others are of the whole organisation."""

    id: str
    title: str
    own: bool
    words: Mapping[str, str]

    def in_language(self, code: str) -> tuple[str, str]:
        """The words in this language, otherwise in Dutch, otherwise in any; and the language they are in."""
        found = next((one for one in (code, WRITTEN_IN) if one in self.words), next(iter(self.words)))
        return self.words[found], found


def canned_answers(db: Transaction, who: Counsellor) -> Sequence[CannedAnswer]:
    """The answers `who` can use, those of the organisation first, by title."""
    of = canned_answer.c
    rows = db.execute(sa.select(canned_answer).where(_usable(who)).order_by(of.title, of.set_id, of.language)).all()
    found: dict[str, CannedAnswer] = {}
    for row in rows:
        words = {**(found[row.set_id].words if row.set_id in found else {}), row.language: row.content}
        found[row.set_id] = CannedAnswer(row.set_id, row.title, row.counsellor_id is not None, words)
    return sorted(found.values(), key=lambda one: (one.own, one.title.casefold(), one.id))


def canned_one(db: Transaction, who: Counsellor, id: str) -> CannedAnswer:
    """One of them; 404 for what does not exist and for what is somebody else's."""
    found = next((one for one in canned_answers(db, who) if one.id == id), None)
    if found is None:
        raise not_found()
    return found


def may_keep_ours(who: Counsellor) -> bool:
    """Whether `who` may make and change the answers of the whole organisation."""
    return answer(who.role, "manage_texts", "organisation") == "yes"


def keep_canned(
    db: Transaction, who: Counsellor, *, id: str | None, title: str, own: bool, words: Mapping[str, str]
) -> str:
    """Makes an answer, or replaces the one with this id; its id. A language without words is left out.

    Raises 422 without a title, without any words, for a language that is not spoken here, and when there are too many;
    403 for the organisation's when that is not `who`'s work.
    """
    if not own and not may_keep_ours(who):
        raise Refused(403, "not_your_role")
    title = clean(undirected(title), longest=LONGEST_TITLE, field="title")
    kept = {code: text for code, one in words.items() if (text := clean(one, longest=LONGEST_TEXT, empty=True))}
    if not kept:
        raise Refused(422, "empty_text", fields={"text": "empty"})
    if kept.keys() - languages().keys():
        raise Refused(422, "bad_request", fields={"language": "unknown"})
    if id:
        drop_canned(db, who, id)
    elif len(canned_answers(db, who)) >= MOST:
        raise Refused(422, "bad_request", fields={"answers": f"{MOST} at most"})
    set_id = id or secrets.token_hex(16)
    shared = {"set_id": set_id, "organisation_id": who.organisation_id, "title": title, "at": now()}
    rows = [{"id": secrets.token_hex(16), "language": code, "content": text, **shared} for code, text in kept.items()]
    db.execute(sa.insert(canned_answer), [{**row, "counsellor_id": who.id if own else None} for row in rows])
    return set_id


def drop_canned(db: Transaction, who: Counsellor, id: str) -> None:
    """Takes an answer away in all its languages; 404 when it is not there or somebody else's, 403 for the organisation's
    when that is not `who`'s work."""
    if not canned_one(db, who, id).own and not may_keep_ours(who):
        raise Refused(403, "not_your_role")
    db.execute(sa.delete(canned_answer).where(canned_answer.c.set_id == id, _usable(who)))


def language_of(db: Transaction, who: Counsellor, text: str) -> str:
    """The language of these words when they are a kept answer, exactly; otherwise that in which counsellors write."""
    of = canned_answer.c
    found = sa.select(of.language).where(_usable(who), of.content == text).order_by(of.language)
    return db.execute(found.limit(1)).scalar_one_or_none() or WRITTEN_IN


def _usable(who: Counsellor) -> sa.ColumnElement[bool]:
    of = canned_answer.c
    mine = sa.or_(of.counsellor_id.is_(None), of.counsellor_id == who.id)
    return sa.and_(of.organisation_id == who.organisation_id, mine)
