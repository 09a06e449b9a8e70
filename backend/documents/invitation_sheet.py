"""Sets the cards of an invitation as a PDF on A4, ten to a page: to cut out and hand out in a class.

A card says nothing about who gets it: two simple sentences, the code to scan or to type, and who else can be spoken to in
their own language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urlsplit

import segno
from fpdf import FPDF

from backend.documents.typesetting import FAMILIES, Face, clean, font_file, runs, visual, width, wrap
from backend.invitations.cards import Cards, telegram_link, web_link
from dialogs.codes import grouped
from dialogs.messages import Direction
from locales import SOURCE, Text, language, languages

_ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)
"""The date in every file: the same codes give the same bytes."""
_MM = 25.4 / 72
_LEADING = 1.3
_LEFT, _TOP, _WIDE, _HIGH, _ROWS = 10.0, 24.0, 95.0, 52.0, 5
_PAD, _CODE_SIDE, _BOT_SIDE = 3.5, 31.0, 15.0
_INK, _GREEN, _QUIET, _EDGE = (21, 48, 44), (0, 86, 77), (75, 98, 93), (150, 165, 160)
_TINY = "dialogs.menu.question"
"""Said in every language on the card: that somebody helps, and nothing else."""
_MOST_TINY, _TINY_SIZE = 12, 5.6


def make_cards(cards: Cards) -> bytes:
    """The sheets as PDF."""
    pdf = _document()
    for place, code in enumerate(cards.codes):
        spot = place % (2 * _ROWS)
        if spot == 0:
            pdf.add_page()
            _head(pdf, cards)
        _card(pdf, cards, code, _LEFT + spot % 2 * _WIDE, _TOP + spot // 2 * _HIGH)
    return bytes(pdf.output())


def square(text: str) -> bytes:
    """A square code (QR, 15 % may be damaged) as PNG, with the quiet border it needs."""
    picture = BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=8, border=4)
    return picture.getvalue()


def _document() -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_creation_date(_ALWAYS)
    pdf.set_title(_say("title"))
    pdf.set_lang(SOURCE)
    pdf.set_creator("Verder")
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.set_auto_page_break(False)
    faces: set[Face] = {"sans", *(run.face for words, _ in _tiny_lines() for run in runs(clean(words)))}
    for face in sorted(faces):
        for bold in (False, True):
            pdf.add_font(FAMILIES[face], "B" if bold else "", font_file(face, bold=bold))
    return pdf


def _head(pdf: FPDF, cards: Cards) -> None:
    """What the school does with the sheet, above the first cut."""
    _line(pdf, _say("title"), _LEFT, 8, 13, _GREEN, bold=True)
    how = _say("how_shared" if cards.shared else "how")
    _line(pdf, f"{how} {_say('until', until=cards.until)}", _LEFT, 15, 8.5, _QUIET)


def _card(pdf: FPDF, cards: Cards, code: str, left: float, top: float) -> None:
    pdf.set_draw_color(*_EDGE)
    pdf.set_line_width(0.15)
    pdf.set_dash_pattern(1.2, 1.2)
    pdf.rect(left, top, _WIDE, _HIGH)
    pdf.set_dash_pattern()
    pdf.image(BytesIO(square(web_link(cards.web, code))), left + 0.5, top + 0.5, _CODE_SIDE)
    words, room = left + _CODE_SIDE + 1, _WIDE - _CODE_SIDE - 1 - _PAD
    y = _lines(pdf, _say("card_first"), words, top + _PAD, 9.8, _GREEN, room=room, bold=True)
    y = _lines(pdf, _say("card_second"), words, y + 0.6, 9, _INK, room=room)
    host = urlsplit(cards.web).netloc or cards.web
    y = _lines(pdf, _say("scan", address=f"{host}/chat"), words, y + 1.2, 8, _QUIET, room=room)
    _line(pdf, f"{_say('code')}: {grouped(code)}", words, y + 0.4, 10.5, _INK, bold=True)
    if cards.bot:
        side = top + _CODE_SIDE + 0.5
        pdf.image(BytesIO(square(telegram_link(cards.bot, code))), left + 8.2, side, _BOT_SIDE)
        _line(pdf, _say("telegram"), left + _PAD, side + _BOT_SIDE - 0.6, 6.5, _QUIET)
    _tiny(pdf, words, top + _CODE_SIDE + 1.5, room)


def _tiny(pdf: FPDF, left: float, top: float, room: float) -> None:
    """The same question in other languages, two beside each other."""
    for place, (words, direction) in enumerate(_tiny_lines()):
        x, beside = left + place % 2 * room / 2, room / 2 - 1
        size = min(_TINY_SIZE, beside / (width(clean(words)) * _MM))
        _line(pdf, words, x, top + place // 2 * 2.9, size, _QUIET, direction=direction)


def _tiny_lines() -> Sequence[tuple[str, Direction]]:
    text = Text.of(_TINY)
    others = [spoken for code, spoken in languages().items() if code != SOURCE and spoken.has([text])]
    return [(spoken.say(text), spoken.direction) for spoken in others[:_MOST_TINY]]


def _lines(
    pdf: FPDF,
    text: str,
    x: float,
    y: float,
    size: float,
    colour: tuple[int, int, int],
    *,
    room: float,
    bold: bool = False,
) -> float:
    """Sets a text in lines of at most `room` mm; gives where the next can begin."""
    for line in wrap(text, room / (size * _MM), bold=bold):
        _line(pdf, line, x, y, size, colour, bold=bold)
        y += size * _MM * _LEADING
    return y


def _line(
    pdf: FPDF,
    text: str,
    x: float,
    y: float,
    size: float,
    colour: tuple[int, int, int],
    *,
    bold: bool = False,
    direction: Direction = "ltr",
) -> None:
    pdf.set_text_color(*colour)
    for face, words, way in _pieces(text, direction):
        pdf.set_font(FAMILIES[face], "B" if bold else "", size)
        # Shaping takes ten times as long, and only these scripts need it.
        pdf.set_text_shaping(use_shaping_engine=face != "sans", direction=way)
        pdf.set_xy(x, y)
        wide = width(words, bold=bold) * size * _MM
        pdf.cell(wide, size * _MM * _LEADING, words)
        x += wide


def _pieces(text: str, direction: Direction) -> Iterator[tuple[Face, str, Direction]]:
    for run in visual(clean(text), direction):
        yield run.face, run.text, run.direction


def _say(key: str, **values: object) -> str:
    return language(SOURCE).say(Text.of(f"invitations.sheet.{key}", **values))
