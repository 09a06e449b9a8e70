"""`POST /api/v1/understand`: what a message is about and whether somebody may be in danger. Stores nothing."""

from __future__ import annotations

import unicodedata
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from knowledge.understand import Understander, Understanding
from locales import languages

_LONGEST = 16_000
_HELP_NOW = "help_now"
_CONTRACT_NAMES = {_HELP_NOW: "talk_to_person", "go_back": "start_over"}
"""Commands of the conversation that the contract's list of intents names otherwise."""
_SUICIDE_LINE = "113"


class Message(BaseModel):
    """The words, and the language the person chose, if any."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=_LONGEST)
    language: str | None = Field(default=None, max_length=16)


def understand_router(understander: Understander) -> APIRouter:
    """The route under `/api/v1/understand`."""
    router = APIRouter(prefix="/api/v1", tags=["understanding"])

    @router.post("/understand")
    def understand(message: Message) -> dict[str, Any]:
        return answer_understanding(understander.understand(message.text), message.language, typed=message.text)

    return router


def answer_understanding(found: Understanding, chosen: str | None = None, *, typed: str = "") -> dict[str, Any]:
    """The answer in the contract's shape (§4); the language is a guess, else the one that was chosen.

    A typed word for help is red as in the chat, where it shows the numbers at once; 113 is the number about suicide.
    """
    known = found.intents if found.answer != "unknown" else ()
    return {
        "language": found.language or (chosen if chosen in languages() else None),
        "answer": found.answer,
        "intents": [{"intent": _CONTRACT_NAMES.get(intent, intent), "score": score} for intent, score in known],
        "crisis": _crisis(found, typed),
    }


def _crisis(found: Understanding, typed: str) -> dict[str, str] | None:
    if found.danger:
        return {"tier": found.danger.tier, "kind": found.danger.kind, "why": found.danger.why}
    if found.intent == _HELP_NOW:
        digits = "".join(str(unicodedata.digit(sign)) for sign in typed if sign.isdigit())
        kind = "suicide" if digits.endswith(_SUICIDE_LINE) else "medical"
        return {"tier": "red", "kind": kind, "why": _HELP_NOW}
    return None
