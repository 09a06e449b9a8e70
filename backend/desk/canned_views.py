"""Kept answers as they can be chosen in a reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.db import Transaction
from backend.desk.words import Words
from backend.organisations.counsellors import Counsellor
from backend.support_requests import canned
from backend.support_requests.canned import CannedAnswer


@dataclass(frozen=True, slots=True)
class CannedChoice:
    """One kept answer as it can be chosen in a reply; `label` says in which language it comes when that is another."""

    id: str
    label: str
    own: bool
    text: str


def choices(db: Transaction, words: Words, who: Counsellor, language: str) -> Sequence[CannedChoice]:
    """What can be put into a reply to somebody who speaks this language."""
    return [_choice(words, one, language) for one in canned.canned_answers(db, who)]


def _choice(words: Words, one: CannedAnswer, language: str) -> CannedChoice:
    text, spoken = one.in_language(language)
    label = one.title
    if spoken != language:
        label = words("work.canned.other_language", title=one.title, language=words.language_name(spoken))
    return CannedChoice(f"{one.id}:{spoken}", label, one.own, text)
