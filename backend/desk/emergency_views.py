"""Access in an emergency, in words: for who asks, who agrees, and the organisation whose request it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.desk.words import Words
from backend.organisations.counsellors import Counsellor
from backend.together.emergencies import Emergency


@dataclass(frozen=True, slots=True)
class Line:
    """One of the page of emergencies: what stands there, and what the reader may do."""

    id: str
    about: str
    reason: str
    state: str
    may_agree: bool
    may_read: bool
    is_open: bool


def lines(words: Words, who: Counsellor, found: Sequence[Emergency], *, at: int) -> list[Line]:
    """What is asked and open now."""
    return [
        Line(
            id=one.id,
            about=words(
                "together.emergency.about", who=one.asker, number=one.request_id[:6], organisation=one.organisation
            ),
            reason=one.reason,
            state=_state(words, one),
            may_agree=one.state == "asked" and one.asked_by != who.id,
            may_read=one.is_open(at) and one.asked_by == who.id,
            is_open=one.is_open(at),
        )
        for one in found
    ]


def sentences(words: Words, found: Sequence[Emergency], *, at: int) -> list[tuple[str, bool]]:
    """For the organisation: who read which request in an emergency, and why; each with whether it goes on now."""
    return [
        (
            words(
                f"together.emergency.{'open_now' if one.is_open(at) else 'was_open'}"
                if one.second
                else "together.emergency.not_opened",
                who=one.asker,
                second=one.second or "",
                number=one.request_id[:6],
                when=words.moment(one.agreed_at or one.asked_at),
                until=words.moment(one.ends_at),
                reason=one.reason,
            ),
            one.is_open(at),
        )
        for one in found
    ]


def _state(words: Words, one: Emergency) -> str:
    return words(
        f"together.emergency.{one.state}",
        when=words.moment(one.agreed_at or one.asked_at),
        until=words.moment(one.ends_at),
    )
