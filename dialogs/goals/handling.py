"""How a goal takes its own buttons and its own typed answers; `dialogs.chosen` and `dialogs.answers` hand them over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from dialogs.conversation import Conversation
from dialogs.say import Move
from knowledge.library import Knowledge

Handler = Callable[[Conversation, str, Knowledge, date], Move | None]
"""Takes what stands after the first ":" of a button's id, or the typed words; None when it means nothing (any more)."""
