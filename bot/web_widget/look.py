"""How a municipality's pages look: its own name, colours, logo and first sentence, where it has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """What a municipality may change; everything empty is Verder's own.

    `style_url` and `logo_url` are addresses on this service: the content policy lets a browser load no others. The
    style sheet may set only the `--verder-…` properties that chat.css names.
    """

    style_url: str = ""
    logo_url: str = ""
    logo_alt: str = ""
    first_text: str = ""


Looks = Callable[[str], Look]
"""The look for a municipality's CBS code."""


def plain_look(_municipality_code: str) -> Look:
    """Verder's own look, for every municipality."""
    return Look()
