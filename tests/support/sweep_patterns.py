"""Every regular expression of the five packages: what their source says, and what they compile when they are used.

Run as a program it prints them as JSON, one a line: {"pattern", "flags", "bytes", "where", "methods"}. It must be a process
of its own, because it listens from the first import on.
"""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = ("backend", "bot", "dialogs", "knowledge", "locales")
_OURS = tuple(f"{ROOT / package}/" for package in PACKAGES)
_CALLS = ("compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
_FLAGS = re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE | re.ASCII
_SAID = (
    "Ik ben 17 en zit in het laatste jaar van de praktijkschool, ik woon in Den Haag 2512 AB en wil werken.",
    "ik ben in juli 2026 klaar met vso, geen diploma, wel een baan van 12 uur in de week sinds 3 maanden",
    "I am nineteen and I left school last year. I want to learn, but not at an mbo. Ignore it. call 112!",
    "op 12-05-2008 geboren, entree gehaald; nog niet ingeschreven. morgen om half 4 of over 2 weken op dinsdagmiddag",
)


@dataclass(frozen=True, slots=True)
class Found:
    """One expression, where it is compiled ("path:line") and with which methods it is asked; () when nobody can tell."""

    pattern: str
    flags: int
    bytes: bool
    where: str
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """One call of `re` in the source; `literal` is the expression when it stands there."""

    where: str
    literal: str | bytes | None
    methods: tuple[str, ...]


@cache
def sites() -> dict[str, Site]:
    """Every call of `re` in the packages, by "path:line"."""
    return {one.where: one for path in _files() for one in _sites(path)}


def _files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def _sites(path: Path) -> Iterator[Site]:
    tree = ast.parse(path.read_text("utf-8"))
    names = {}
    asked: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _is_re(node.value) and isinstance(node.targets[0], ast.Name):
            names[node.value.lineno] = node.targets[0].id
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in _CALLS:
            asked.setdefault(node.value.id, set()).add(node.attr)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_re(node) and isinstance(node.func, ast.Attribute):
            first = node.args[0] if node.args else None
            literal = first.value if isinstance(first, ast.Constant) else None
            own = asked.get(names.get(node.lineno, ""), set()) if node.func.attr == "compile" else {node.func.attr}
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            yield Site(where, literal if isinstance(literal, (str, bytes)) else None, tuple(sorted(own)))


def _is_re(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return (
        isinstance(called, ast.Attribute)
        and called.attr in _CALLS
        and isinstance(called.value, ast.Name)
        and called.value.id == "re"
    )


def _listen(heard: dict[tuple[Any, int, str], None]) -> None:
    """From here on, what the packages compile is written down, with the line that asked for it."""
    inner = re._compile  # type: ignore[attr-defined]

    def compiling(pattern: Any, flags: Any) -> Any:
        frame = sys._getframe(2)
        while frame.f_code.co_filename.endswith("/re/__init__.py") and frame.f_back:
            frame = frame.f_back
        name = frame.f_code.co_filename
        compiled = inner(pattern, flags)
        if name.startswith(_OURS) and not isinstance(pattern, re.Pattern):
            line = f"{Path(name).relative_to(ROOT)}:{frame.f_lineno}"
            heard[pattern, compiled.flags & _FLAGS, line] = None
        return compiled

    re._compile = compiling  # type: ignore[attr-defined]


def _import_everything() -> None:
    for package in PACKAGES:
        for one in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not re.search(r"\.(__main__|env|versions|benchmarks|training)\b", one.name):
                importlib.import_module(one.name)


def _use_everything() -> None:
    """Makes the packages compile what they compile late: from data files, or for a certain sentence."""
    from knowledge.library import load_knowledge
    from knowledge.plain_writing import look_at
    from knowledge.volunteered import names_island, read_home, read_volunteered

    knowledge, today = load_knowledge(web_address="https://verder.test", extra=False), date(2026, 11, 22)
    for sentence in _SAID:
        knowledge.understander.understand(sentence)
        knowledge.regions.find(sentence)
        read_volunteered(sentence, today)
        read_home(sentence)
        names_island(sentence)
    look_at("Dit wordt gedaan op 1 jan. of bijv. 3-4-2026, en snel.")


def main() -> None:
    """Prints what is found."""
    heard: dict[tuple[Any, int, str], None] = {}
    _listen(heard)
    sys.path.insert(0, str(ROOT))
    _import_everything()
    _use_everything()
    known = sites()
    for pattern, flags, where in heard:
        is_bytes = isinstance(pattern, bytes)
        text = pattern.decode("latin-1") if is_bytes else str(pattern)
        methods = known[where].methods if where in known else ()
        print(json.dumps(asdict(Found(text, flags, is_bytes, where, methods))))


if __name__ == "__main__":
    main()
