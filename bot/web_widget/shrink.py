"""Scripts and style sheets as short as they can travel: no blanks that mean nothing, and short names for own names.

Sound for sources as the widget's are: every statement ends in a semicolon, and no string goes over several lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import count, product
from string import ascii_letters

_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<blank>\s+)|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
    r"""|(?P<name>[A-Za-z_$][\w$]*)|(?P<number>\d[\w.]*)|(?P<sign>=>|\+\+|--|\.\.\.|&&|\|\||[^"'])""",
    re.DOTALL,
)
_PATTERN = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*")
_BEFORE_PATTERN = frozenset(["(", ",", "=", ":", "[", "!", "&", "|", "?", "{", "}", ";", "&&", "||", "=>", "return"])
_PARAMETERS = re.compile(r"\(([\w$, ]*)\) =>|function [\w$]+\(([\w$, ]*)\)")
_DECLARED = re.compile(r"\b(?:const|let|function) ([\w$]+)")
_WORD = re.compile(r"[\w$]")
_STYLE_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STYLE_BLANK = re.compile(r"\s*([{};,>])\s*|(?<=:)\s+|\s+(?=!)")


def style(source: str) -> str:
    """A style sheet without comments, line ends and blanks around its signs."""
    plain = _STYLE_BLANK.sub(lambda found: found[1] or "", _STYLE_COMMENT.sub("", source).strip())
    return re.sub(r"\s+", " ", plain).replace(";}", "}")


def script(source: str) -> str:
    """A script with the same tokens, its own names shortened, and a blank only where two words would become one."""
    tokens = list(parts(source))
    short = _short_names(source, tokens)
    said = ""
    for at, token in enumerate(tokens):
        new = short.get(token, token) if at == 0 or tokens[at - 1] != "." else token
        glue = said[-1:] + new[:1]
        said += " " * (glue in ("++", "--") or (len(glue) == 2 and all(map(_WORD.match, glue)))) + new
    return said


def parts(source: str) -> Iterator[str]:
    """The tokens of a script: names, numbers, strings, regular expressions and signs, without blanks and comments."""
    at, last = 0, ";"
    while at < len(source):
        found = _PATTERN.match(source, at) if last in _BEFORE_PATTERN else None
        if found and not source.startswith(("/*", "//"), at):
            kind: str | None = "pattern"
        else:
            found = _TOKEN.match(source, at)
            kind = found.lastgroup if found else None
        if found is None:
            raise ValueError(f"this is no script: {source[at : at + 30]!r}")
        at = found.end()
        if kind not in ("blank", "comment"):
            last = found[0]
            yield last


def _short_names(source: str, tokens: list[str]) -> dict[str, str]:
    """Short names for what the script declares itself; never for a name that is also a property or a key."""
    lists = [found[1] or found[2] or "" for found in _PARAMETERS.finditer(source)]
    own = {*_DECLARED.findall(source), *(name.strip() for names in lists for name in names.split(","))}
    often = Counter(token for token in tokens if token in own and len(token) > 1)
    around = zip([";", *tokens], tokens, [*tokens[1:], ";"], strict=False)
    public = {name for before, name, after in around if _is_public(before, after)}
    free = (name for name in _names() if name not in tokens)
    return {name: next(free) for name, _ in often.most_common() if name not in public}


def _is_public(before: str, after: str) -> bool:
    return before in (".", "...") or after == ":" or (before in ("{", ",") and after in (",", "}"))


def _names() -> Iterator[str]:
    for length in count(1):
        yield from ("".join(letters) for letters in product(ascii_letters, repeat=length))
