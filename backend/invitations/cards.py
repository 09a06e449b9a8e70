"""What is printed for an invitation, before it is set: a card for each person, and where its code leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from backend.dutch_time import in_amsterdam
from backend.invitations.service import Invitation


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """What to print: the codes (one for each card), where they lead, until when they work, and whether all have one code.

    `web` is the address of the service, `bot` the name of the Telegram bot or "".
    """

    codes: Sequence[str]
    web: str
    bot: str
    until: date
    shared: bool


def web_link(web: str, code: str) -> str:
    """The short address in the square code."""
    return f"{web.rstrip('/')}/s/{code}"


def telegram_link(bot: str, code: str) -> str:
    """The link that opens the bot with the code."""
    return f"https://t.me/{bot}?start={code}"


def cards_of(one: Invitation, *, web: str, bot: str) -> Cards:
    """The cards of an invitation: one for each code, or the shared code as often as there are people."""
    codes = one.codes * one.people if one.shared else one.codes
    return Cards(codes=codes, web=web, bot=bot, until=in_amsterdam(one.expires_at).date(), shared=one.shared)
