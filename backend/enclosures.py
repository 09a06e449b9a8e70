"""What comes with a message or is printed, made into files. The libraries for it are loaded when they are first
needed: they would slow down every start."""

from __future__ import annotations

from backend.invitations.cards import Cards
from bot.channel import File, paper_kind
from dialogs.messages import Direction, Paper, Picture


def draw_svg(picture: Picture, *, language: str, direction: Direction) -> str:
    """The picture as SVG text; under half a millisecond."""
    from backend.documents import clock_picture

    return clock_picture.draw_svg(picture, language=language, direction=direction)


def draw_png(picture: Picture, *, language: str, direction: Direction) -> bytes:
    """The picture as PNG; part of a second."""
    from backend.documents import clock_picture

    return clock_picture.draw_png(picture, language=language, direction=direction)


def render_paper(paper: Paper) -> File:
    """The paper as PDF or iCalendar, under the name that was announced for it; part of a second."""
    from backend.documents import papers

    content, media_type, _ = papers.render(paper)
    return File(content, media_type, paper_kind(paper)[1])


def print_cards(cards: Cards) -> bytes:
    """The cards of an invitation as PDF; up to many seconds for a whole school."""
    from backend.documents import invitation_sheet

    return invitation_sheet.make_cards(cards)
