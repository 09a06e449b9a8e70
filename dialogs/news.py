"""What the host tells a conversation: what became of something outside it, or the answer to an effect that asked.

A closed list. News changes the conversation and may be said to the person; it never comes from a channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class RequestChanged:
    """A counsellor did something with the person's open request; `name` is the counsellor's shown name."""

    change: Literal["claimed", "released", "answered", "closed"]
    name: str | None = None


News = RequestChanged
