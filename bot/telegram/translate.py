"""From Telegram's update (raw Bot API JSON) to an Envelope. Pure, and raises nothing but ValueError for hostile input.

The way back, from a Message to Telegram, is in `payloads`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.channel import Envelope
from bot.telegram.buttons import choice_of
from bot.telegram.words import clean, visible
from dialogs.messages import Incoming

CHANNEL = "telegram"

_TOO_LONG = 4_001
_LARGEST = 2**53
_START_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_COMMAND = re.compile(r"/([a-z]+)(?:@\w+)?(?:\s+(\S+))?", re.IGNORECASE)
_COMMANDS = {
    "menu": "menu",
    "help": "help",
    "taal": "language",
    "mens": "person",
    "stop": "stop",
    "bewaar": "move",
    "wis": "forget",
}
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8}){0,3}")
# What Telegram itself says in a private chat: nobody typed it, so nobody waits for an answer.
_NOTICES = frozenset(
    (
        *("pinned_message", "message_auto_delete_timer_changed", "chat_background_set", "write_access_allowed"),
        *("connected_website", "web_app_data", "passport_data", "proximity_alert_triggered", "users_shared"),
        *("chat_shared", "boost_added", "gift", "unique_gift", "successful_payment", "refunded_payment"),
        *("forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"),
    )
)


def to_envelope(update: Mapping[str, object]) -> Envelope | None:
    """What a person did according to this update, or None when it asks for no turn.

    Private chats only. Texts (and the words under a picture) are cleaned, and cut to 4,001 characters so that the
    dialog can still say that it is too long; other content is the choice "not_text"; /menu, /taal, /mens, /stop, /bewaar and
    /wis are choices; a tap on a button that is not ours is the choice "old". None for edits, groups, bots and Telegram's own
    notices. Raises ValueError, without personal data in it, for what cannot be an update.
    """
    outside_id = _integer(update, "update_id")
    if outside_id < 0:
        raise ValueError("update_id is negative")
    if "message" in update:
        said = _object(update, "message")
        return _envelope(outside_id, said, said, _said(said))
    if "callback_query" in update:
        tap = _object(update, "callback_query")
        place = _object(tap, "message") if "message" in tap else {}
        return _envelope(outside_id, tap, place, Incoming(choice=choice_of(tap.get("data"))))
    return None


def callback_query_id(update: Mapping[str, object]) -> str | None:
    """The id with which a tap must be acknowledged, or None when this update is no tap."""
    tap = update.get("callback_query")
    id = tap.get("id") if isinstance(tap, Mapping) else None
    return id if isinstance(id, str) and id else None


def _envelope(
    outside_id: int, done: Mapping[str, object], place: Mapping[str, object], incoming: Incoming | None
) -> Envelope | None:
    if incoming is None or not place:
        return None
    chat = _object(place, "chat")
    sender = _object(done, "from") if "from" in done else {}
    if chat.get("type") != "private" or sender.get("is_bot") is True:
        return None
    return Envelope(
        channel=CHANNEL,
        outside_id=str(outside_id),
        address=str(_integer(chat, "id")),
        incoming=incoming,
        language_hint=_language(sender.get("language_code")),
    )


def _said(message: Mapping[str, object]) -> Incoming | None:
    for key in ("text", "caption"):
        if key in message:
            return _typed(_string(message, key))
    return None if _NOTICES & message.keys() else Incoming(choice="not_text")


def _typed(raw: str) -> Incoming:
    text = clean(raw).strip()
    if command := _COMMAND.fullmatch(text):
        name, word = command[1].lower(), command[2]
        if name == "start":
            return Incoming(start=word if word and _START_CODE.fullmatch(word) else "")
        # More words after a command are words of a person, perhaps urgent ones: they are read as text.
        if name in _COMMANDS and not word:
            return Incoming(choice=_COMMANDS[name])
    return Incoming(text=text[:_TOO_LONG]) if visible(text) else Incoming(choice="not_text")


def _language(code: object) -> str | None:
    found = _LANGUAGE.fullmatch(code) if isinstance(code, str) else None
    return found[1].lower() if found else None


def _object(parent: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = parent.get(key)
    if not isinstance(value, Mapping):
        raise ValueError(f"{key} is not an object")
    return value


def _integer(parent: Mapping[str, object], key: str) -> int:
    value = parent.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _LARGEST:
        raise ValueError(f"{key} is not a whole number")
    return value


def _string(parent: Mapping[str, object], key: str) -> str:
    value = parent.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key} is not a text")
    return value
