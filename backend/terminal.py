"""`verder chat`: the conversation in a terminal, through the same door as the widget."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Sequence

from backend.app import Service
from backend.errors import Refused
from backend.web_conversations import WebConversations
from bot.channel import Message
from bot.terminal import Screen


async def converse(service: Service, code: str | None) -> int:
    """Talks until the end of input (Ctrl+D); what a counsellor answers in the meantime is shown too."""
    conversations = WebConversations(service.database, service.host)
    screen = Screen(sys.stdout)
    id, token, first = await conversations.start(language=code, code="")
    screen.show(first)
    following = asyncio.ensure_future(_follow(conversations, id, token, first, screen))
    try:
        while (line := await asyncio.to_thread(sys.stdin.readline)) != "":
            incoming = screen.read(line)
            try:
                screen.show(await conversations.take(id, token, secrets.token_hex(8), incoming))
            except Refused as refused:
                screen.tell(refused.message(code))
    finally:
        following.cancel()
    return 0


async def _follow(
    conversations: WebConversations, id: str, token: str, first: Sequence[Message], screen: Screen
) -> None:
    """Shows what others write, as it comes."""
    try:
        async for message in conversations.follow(id, token, first[-1].number if first else 0):
            if message.sender in ("counsellor", "system"):
                screen.show([message])
    except Refused:
        return
