"""From a Message to the `sendMessage` payloads that show it in Telegram. Pure; sending them is the channel's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from bot.channel import Message
from bot.telegram.buttons import keyboard
from bot.telegram.words import clean, directed, units, visible
from dialogs.messages import Direction, SourceLink
from locales import SOURCE, Text, Untranslated, language

_LIMIT = 4_096
_LONGEST_NAME = 100
_LONGEST_LINK = 200
# Where a long text is cut, the nicest border first.
_BORDERS = tuple(map(re.compile, (r"\n\s*\n", r"\n", r"[.!?…؟。።]\s", r"\s")))
_ADDRESS = re.compile(r"https?://\S+")
_FIRST_ISOLATE, _END_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"

Payload = dict[str, object]


def to_payloads(message: Message) -> list[Payload]:
    """The payloads (without chat_id) that show this message, in order; empty when there is nothing to show.

    HTML with everything escaped, at most 4,096 UTF-16 code units each, cut at paragraphs, sentences or words. A
    counsellor's name stands in bold above, the sources in one line below, the buttons under the last part. Raises
    ValueError for a choice id that Telegram cannot carry.
    """
    buttons = keyboard((*message.choices, *_ways_out(message)), message.direction)
    pieces = _pieces(message, has_buttons=bool(buttons))
    payloads: list[Payload] = [
        {"text": piece.html, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}} for piece in pieces
    ]
    if payloads and buttons:
        payloads[-1]["reply_markup"] = {"inline_keyboard": buttons}
    return payloads


def _ways_out(message: Message) -> tuple[tuple[str, str], ...]:
    """What the widget always shows beside the conversation stands under the buttons here: back, and help now."""
    offered = [id for id, _ in message.choices]
    if message.sender != "bot" or not offered:
        return ()
    question = any(id.startswith(("a:", "skip:", "kind:", "who:", "consent:")) for id in offered)
    wanted = (*(("back",) if question else ()), *(("help",) if "help" not in offered else ()))
    return tuple((id, say(f"telegram.button.{id}", message)[0]) for id in wanted)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text as it is read, for measuring, and the same as HTML."""

    plain: str
    html: str

    @classmethod
    def of(cls, text: str) -> _Piece:
        return cls(text, escape(text, quote=False))

    def then(self, between: str, other: _Piece) -> _Piece:
        return _Piece(self.plain + between + other.plain, self.html + between + other.html)

    @property
    def fits(self) -> bool:
        return units(self.plain) <= _LIMIT


def _pieces(message: Message, *, has_buttons: bool) -> list[_Piece]:
    text = clean(message.text)
    if message.discretion == "covered":
        text = f"{say('telegram.message.cover', message)[0]}\n\n{text}"
    sources = list(_source_lines(message))
    if not visible(text) and not sources and has_buttons:
        text, _ = say("telegram.message.choose", message)
    header = None if message.discretion == "covered" else _header(message)
    room = _LIMIT - units(f"{header.plain}\n") if header else _LIMIT
    pieces = [_Piece.of(directed(part, message.direction)) for part in _parts(text, room)]
    if sources and pieces and (joined := pieces[-1].then("\n\n", sources[0])).fits:
        pieces[-1:], sources = [joined], sources[1:]
    pieces += sources
    if header and pieces:
        pieces[:1] = _under(header, pieces[0])
    return pieces


def _under(header: _Piece, first: _Piece) -> list[_Piece]:
    joined = header.then("\n", first)
    return [joined] if joined.fits else [header, first]


def _header(message: Message) -> _Piece | None:
    if message.sender != "counsellor":
        return None
    name = clean(message.name or "").replace("\n", " ").strip()[:_LONGEST_NAME]
    if not visible(name):
        name, _ = say("telegram.message.counsellor", message)
    name = directed(name, message.direction)
    return _Piece(name, f"<b>{escape(name, quote=False)}</b>")


def say(id: str, message: Message, **values: object) -> tuple[str, Direction]:
    """A text in the message's language with its direction, or in Dutch when that language lacks it."""
    spoken = language(message.language)
    try:
        return spoken.say(Text.of(id, **values)), spoken.direction
    except Untranslated:
        return language(SOURCE).say(Text.of(id, **values)), "ltr"


def _source_lines(message: Message) -> Iterator[_Piece]:
    if not message.sources:
        return
    intro, direction = say("telegram.source.in_the_law", message)
    line, between = _Piece.of(directed(intro, direction)), " "
    for source in message.sources:
        link = _link(source, message, direction)
        longer = line.then(between, link)
        if longer.fits:
            line = longer
        else:
            yield line
            line = link
        between = ", "
    yield line


def _link(source: SourceLink, message: Message, direction: Direction) -> _Piece:
    id = "telegram.source.paragraph" if source.paragraph else "telegram.source.article"
    values = {"law": source.law, "article": source.article, "paragraph": source.paragraph or ""}
    label = clean(say(id, message, **values)[0]).replace("\n", " ")[:_LONGEST_LINK]
    if direction == "rtl":
        label = f"{_FIRST_ISOLATE}{label}{_END_ISOLATE}"
    words = escape(label, quote=False)
    address = clean(source.url)
    if not _ADDRESS.fullmatch(address):
        return _Piece(label, words)
    return _Piece(label, f'<a href="{escape(address)}">{words}</a>')


def _parts(text: str, room: int) -> Iterator[str]:
    """The text in parts of at most `room` units for the first and 4,096 for the others; only white space gets lost."""
    rest = text.strip()
    while rest:
        end = _border(rest, room)
        part, rest = rest[:end].rstrip(), rest[end:].lstrip()
        if visible(part):
            yield part
            room = _LIMIT


def _border(text: str, room: int) -> int:
    end = _reach(text, room)
    if end == len(text):
        return end
    for border in _BORDERS:
        cuts = [found.end() for found in border.finditer(text, 0, end)]
        if cuts and cuts[-1] >= end // 2:
            return cuts[-1]
    return _between_letters(text, end)


def _reach(text: str, room: int) -> int:
    """How many characters fit, with one unit kept free per line for a mark of direction."""
    used = 1
    for index, sign in enumerate(text):
        used += 2 if sign == "\n" or ord(sign) > 0xFFFF else 1
        if used > room:
            return index
    return len(text)


def _between_letters(text: str, end: int) -> int:
    """A place at or shortly before `end` that does not part a letter from its accents or a joined picture."""
    for at in range(end, max(end - 20, 0), -1):
        joined = text[at - 1] == "\N{ZERO WIDTH JOINER}" or text[at] == "\N{ZERO WIDTH JOINER}"
        if not joined and not unicodedata.category(text[at]).startswith("M"):
            return at
    return end
