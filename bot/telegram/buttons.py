"""Inline buttons: what a choice carries in Telegram, and how choices are laid out. Works for ever, without memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from bot.telegram.words import clean, directed, visible
from dialogs.messages import Direction

OLD = "old"
"""The choice that stands for a button this bot no longer knows."""

_PREFIX = "v1:"
_CHOICE_ID = re.compile(r"[!-~]{1,60}")
_MOST_BYTES = 64
_MOST_BUTTONS = 100
_SHORT = 10
_VERY_SHORT = 6

Button = dict[str, str]


def data_of(choice_id: str) -> str:
    """The callback data of a choice; raises ValueError when Telegram could not carry it (1 to 64 bytes)."""
    data = _PREFIX + choice_id
    if not _CHOICE_ID.fullmatch(choice_id) or len(data.encode()) > _MOST_BYTES:
        raise ValueError("a choice id is 1 to 60 visible ASCII characters")
    return data


def choice_of(data: object) -> str:
    """The choice id in callback data, or "old" for data that this version did not make."""
    if isinstance(data, str) and data.startswith(_PREFIX) and _CHOICE_ID.fullmatch(data[len(_PREFIX) :]):
        return data[len(_PREFIX) :]
    return OLD


def keyboard(choices: Sequence[tuple[str, str]], direction: Direction) -> list[list[Button]]:
    """Rows of buttons: one per row, but three or four where more than six short labels follow each other.

    Choices whose id begins with "copy:" are left out, because in Telegram a long press copies. At most 100 buttons.
    """
    shown = [(id, clean(label).replace("\n", " ")) for id, label in choices if not id.startswith("copy:")]
    rows: list[list[Button]] = []
    for short, run in groupby(shown[:_MOST_BUTTONS], key=lambda choice: len(choice[1]) <= _SHORT):
        rows += _rows(list(run), direction, grid=short)
    return rows


def _rows(choices: list[tuple[str, str]], direction: Direction, *, grid: bool) -> list[list[Button]]:
    width = 1
    if grid and len(choices) > 6:
        width = 4 if all(len(label) <= _VERY_SHORT for _, label in choices) else 3
    buttons = [_button(id, label, direction) for id, label in choices]
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def _button(id: str, label: str, direction: Direction) -> Button:
    return {"text": directed(label, direction) if visible(label) else "…", "callback_data": data_of(id)}
