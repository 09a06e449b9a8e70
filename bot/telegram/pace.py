"""How fast Telegram lets a bot write: about 30 sendings a second over all chats, and one a second in a chat."""

from __future__ import annotations

from bot.channel import Message, Pace
from bot.telegram.parts import to_parts


def sendings(message: Message) -> int:
    """How many calls a message takes; what is refused before a call counts as one."""
    try:
        return max(1, len(to_parts(message)))
    except ValueError:
        return 1


PACE = Pace(per_second=28, for_answers=10, at_once=5, sendings=sendings)
"""Two fewer than Telegram allows: last words to who is erased do not pass the outbox, and clocks differ a little."""
