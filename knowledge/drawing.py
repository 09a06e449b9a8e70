"""The rules of one decision as a picture (SVG): from top to bottom, each with its condition, label, end and articles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from knowledge.conditions import Always
from knowledge.describing import Describer, Line
from knowledge.rules import Decision, Rule
from locales import Language, Text, language

_WIDTH, _MARGIN = 1000, 32
_LEFT, _RIGHT = 76, 660
"""Where the conditions and the outcomes start."""
_SPACE, _LINE, _SIZE = 14, 22, 15
_INDENT = 20
_NARROW, _WIDE = frozenset("iljtfr.,:;'()| "), frozenset("mwMWABCDEFGHKNOPQRSTUVXYZ")
_BOLD = 1.15
"""How much wider bold letters are."""
_COLOURS = {
    "must_offer": ("#1b6e3c", "#ffffff"),
    "must_offer_again": ("#1b6e3c", "#ffffff"),
    "on_request": ("#1f5fa8", "#ffffff"),
    "may": ("#cfe3f7", "#12355b"),
    "no": ("#e6e4df", "#33312c"),
    "unknown": ("#fdeec2", "#5a4300"),
}
_OTHER_COLOURS = ("#e3dcf3", "#3b2a63")
_TEXT, _SOFT, _EDGE, _PAPER = "#22262b", "#5b6470", "#d5d9de", "#ffffff"
_STYLE = 'font-family="Noto Sans, DejaVu Sans, Arial, sans-serif"'


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the picture and its height."""

    svg: str
    height: int


def draw(decision: Decision, *, edition: str, code: str | None = None) -> str:
    """The decision as an SVG document in a language (Dutch by default); it has a title and a description."""
    spoken = language(code)
    describer = Describer(spoken)
    name = _say(spoken, f"names.{decision.actor}")
    title = _say(spoken, "title", name=name)
    pieces = [_heading(spoken, title, edition)]
    pieces += [_rule(spoken, describer, decision, place) for place in range(len(decision.rules))]
    pieces += _definitions(spoken, describer)
    height = _MARGIN
    body = []
    for piece in pieces:
        body.append(f'<g transform="translate(0 {height})">{piece.svg}</g>')
        height += piece.height + _SPACE
    height += _MARGIN - _SPACE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="title about" lang="{spoken.code}" {_STYLE}>\n'
        f'<title id="title">{escape(title)}</title>\n<desc id="about">{escape(_say(spoken, "about"))}</desc>\n'
        f'<rect width="{_WIDTH}" height="{height}" fill="#f6f7f8"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def wrapped(words: str, width: float, size: int = _SIZE) -> list[str]:
    """The words in lines that surely fit the width, by a careful estimate of each letter; a long word is broken."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if _length(longer, size) <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if _length(lines[-1] + letter, size) > width:
                lines.append("")
            lines[-1] += letter
    return lines


def _length(words: str, size: int) -> float:
    return size * sum(0.36 if letter in _NARROW else 0.86 if letter in _WIDE else 0.62 for letter in words)


def _heading(spoken: Language, title: str, edition: str) -> _Piece:
    svg = _text(_MARGIN, 26, [title], size=26, weight=700)
    about = wrapped(_say(spoken, "about"), _WIDTH - 2 * _MARGIN)
    about += wrapped(_say(spoken, "edition", edition=edition), _WIDTH - 2 * _MARGIN)
    return _Piece(svg + _text(_MARGIN, 58, about, colour=_SOFT), 58 + _LINE * len(about) - 8)


def _rule(spoken: Language, describer: Describer, decision: Decision, place: int) -> _Piece:
    rule = decision.rules[place]
    conditions, left = _conditions(spoken, describer, rule, place)
    outcome, right = _outcome(spoken, describer, rule)
    height = max(left, right)
    svg = _box(height) + _number(place + 1) + conditions + outcome
    return _Piece(svg, height)


def _conditions(spoken: Language, describer: Describer, rule: Rule, place: int) -> tuple[str, int]:
    if isinstance(rule.when, Always):
        return _text(_LEFT, 34, [_say(spoken, "last" if place else "always")], weight=700), 56
    start = _text(_LEFT, 34, [_say(spoken, "otherwise" if place else "if")], weight=700)
    lines, height = _lines(describer.lines(rule.when), _LEFT, 34 + _LINE, _RIGHT - _LEFT - 24)
    return start + lines, height


def _lines(lines: Iterable[Line], x: int, y: int, width: int) -> tuple[str, int]:
    """Lines with a dot where they lie deeper; and where they end."""
    svg = ""
    for line in lines:
        at = x + _INDENT * line.depth
        if line.depth:
            svg += f'<circle cx="{at - 10}" cy="{y - 5}" r="2.5" fill="{_SOFT}"/>'
        rows = wrapped(line.words, width - _INDENT * line.depth)
        svg += _text(at, y, rows)
        y += _LINE * len(rows)
    return svg, y


def _outcome(spoken: Language, describer: Describer, rule: Rule) -> tuple[str, int]:
    fill, ink = _COLOURS.get(rule.label, _OTHER_COLOURS)
    label = _say(spoken, f"labels.{rule.label}")
    width = min(_length(label, 16) * _BOLD + 28, _WIDTH - _MARGIN - 16 - _RIGHT)
    svg = f'<rect x="{_RIGHT}" y="16" width="{width:.0f}" height="30" rx="15" fill="{fill}"/>'
    svg += _text(_RIGHT + 14, 37, [label], size=16, weight=700, colour=ink)
    y = 70
    space = _WIDTH - _MARGIN - 16 - _RIGHT
    for words in _notes(spoken, describer, rule):
        rows = wrapped(words, space, 14)
        svg += _text(_RIGHT, y, rows, size=14, colour=_SOFT)
        y += _LINE * len(rows)
    return svg, y


def _notes(spoken: Language, describer: Describer, rule: Rule) -> list[str]:
    """When it ends, which doubts may be said with it, and where it stands in the law."""
    until = [_say(spoken, "until", moment=describer.moment(rule.until))] if rule.until else []
    sources = dict.fromkeys(
        _say(spoken, "paragraph", law=source.law, article=source.article, paragraph=source.paragraph)
        if source.paragraph
        else _say(spoken, "article", law=source.law, article=source.article)
        for source in rule.sources
    )
    doubts = (_say(spoken, f"flags.{flag.name}") for flag in rule.flags)
    flags = [_say(spoken, "flag", flag=", ".join(doubts))] if rule.flags else []
    return [*until, *flags, *(sources or [_say(spoken, "no_source")]), rule.id]


def _definitions(spoken: Language, describer: Describer) -> list[_Piece]:
    """What the named conditions mean, those that turn up in the meanings too."""
    pieces: list[_Piece] = []
    told: set[object] = set()
    while waiting := [item for item in describer.met.items() if item[0] not in told]:
        for condition, term in waiting:
            told.add(condition)
            start = _text(_MARGIN + 20, 34, [_say(spoken, "definition", term=term)], weight=700)
            lines, height = _lines(describer.meaning(condition), _MARGIN + 20, 34 + _LINE, _WIDTH - 2 * _MARGIN - 40)
            pieces.append(_Piece(_box(height) + start + lines, height))
    if not pieces:
        return []
    return [_Piece(_text(_MARGIN, 30, [_say(spoken, "definitions")], size=20, weight=700), 38), *pieces]


def _box(height: int) -> str:
    width = _WIDTH - 2 * _MARGIN
    return f'<rect x="{_MARGIN}" width="{width}" height="{height}" rx="10" fill="{_PAPER}" stroke="{_EDGE}"/>'


def _number(number: int) -> str:
    centre = _MARGIN + 22
    circle = f'<circle cx="{centre}" cy="29" r="13" fill="{_SOFT}"/>'
    words = f'<text x="{centre}" y="34" font-size="14" font-weight="700" fill="{_PAPER}" text-anchor="middle">'
    return f"{circle}{words}{number}</text>"


def _text(x: int, y: int, rows: list[str], *, size: int = _SIZE, weight: int = 400, colour: str = _TEXT) -> str:
    bold = f' font-weight="{weight}"' if weight != 400 else ""
    return "".join(
        f'<text x="{x}" y="{y + _LINE * place}" font-size="{size}"{bold} fill="{colour}">{escape(row)}</text>'
        for place, row in enumerate(rows)
    )


def _say(spoken: Language, id: str, **values: object) -> str:
    return spoken.say(Text.of(f"drawing.{id}", **values))
