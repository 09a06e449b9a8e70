"""What a turn adds to the figures: a new conversation, a question about a goal, a need that could not be met. Never who.

Each is counted once a month for a conversation, so that a figure is never more than the people in it; and once more for
the municipality where the person lives, when they say it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import cast

from dialogs.conversation import Conversation
from dialogs.effects import CountUse, Effect, Measure
from dialogs.messages import Reply
from dialogs.say import Say, complete
from locales import language

_THERE = "@"
"""After what was counted for a municipality as well."""


def count(
    before: Conversation,
    after: Conversation,
    effects: tuple[Effect, ...],
    *,
    opens: bool,
    lacking: bool,
    home: str,
    today: date,
) -> tuple[Conversation, tuple[Effect, ...]]:
    """The conversation with what was counted of it this month, and the turn's effects with what is new.

    `opens`: it has no language yet, or was opened (again). `lacking`: something could not be said in the person's
    language. `home`: the code of the municipality where they live, "" while that is not known.
    """
    month = f"{today:%Y-%m}"
    done = list(after.counted if after.counted[:1] == (month,) else (month,))
    unmet = [one.detail for one in effects if isinstance(one, CountUse)]
    others = tuple(one for one in effects if not isinstance(one, CountUse))
    new = [name for name in _seen(before, after, unmet, opens=opens, lacking=lacking) if name not in done]
    here = [name for name in (*done[1:], *new) if home and not name.endswith(_THERE) and name + _THERE not in done]
    if not new and not here:
        return after, others
    counted = (*done, *new, *(name + _THERE for name in here))
    uses = (*(_use(name) for name in new), *(_use(name, home) for name in here))
    return replace(after, counted=counted), (*others, *uses)


def lacks(says: Sequence[Say], replies: Sequence[Reply], code: str | None) -> bool:
    """Whether a bubble had to be said in another language than the person's, because theirs lacks a sentence of it."""
    if code is None or all(reply.language == code for reply in replies):
        return False
    return any(not complete(one, language(code)) for one in says)


def _seen(
    before: Conversation, after: Conversation, unmet: Sequence[str], *, opens: bool, lacking: bool
) -> Iterator[str]:
    if opens and after.language:
        yield "reach:conversation"
    if after.goal and after.goal != before.goal:
        yield f"question:{after.goal}"
    yield from (f"unmet:{detail}" for detail in dict.fromkeys(unmet))
    if lacking:
        yield f"unmet:language-{after.language}"


def _use(name: str, place: str = "") -> CountUse:
    measure, _, detail = name.partition(":")
    return CountUse(cast("Measure", measure), detail, place)
