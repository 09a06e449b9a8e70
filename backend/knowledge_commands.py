"""What `verder knowledge check`, `diff` and `draw` do, for those who edit the rules."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from backend.commands import CannotRun
from backend.conversations.service import today_in_amsterdam
from backend.counted import how_counted
from backend.engines import open_database
from backend.keys import open_vault
from backend.settings import Settings
from knowledge import proof
from knowledge.comparing import Change, between_days, between_editions
from knowledge.drawing import draw
from knowledge.editions import all_decisions, merged, tell_axes, tell_labels
from knowledge.facts import Facts
from knowledge.rights import ACTORS, RULEBOOK
from knowledge.wording import fact_text
from locales import Text, language

_ROOT = Path(__file__).parents[1]
_TELLING = ("space.py", "diagrams.py", "editions.py")
"""What an older revision is told with: it may not have these yet."""
_TELL = (
    "import json, sys; from datetime import date; from knowledge import editions; wanted = json.load(sys.stdin); "
    "day = date.fromisoformat(wanted['day']); axes = wanted['axes']; "
    "json.dump(editions.tell_labels({name: axes[name] for name in editions.all_decisions()}, day) if axes "
    "else editions.tell_axes(day), sys.stdout)"
)
_LONGEST_SECONDS = 600
_SAMPLES = 50
"""Random combinations of each decision that `diff` evaluates on each day."""


def add_parsers(knowledge: argparse.ArgumentParser) -> None:
    """The sub-commands of `verder knowledge`."""
    sub = knowledge.add_subparsers(required=True, metavar="WHAT")
    check = sub.add_parser("check", help="rules, sources, texts and translations: complete, cited, simple enough")
    check.set_defaults(run=_check)

    diff = sub.add_parser("diff", help="whose outcome changes between two days, or two revisions of the rules")
    diff.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DATE")
    diff.add_argument("--to", dest="second", type=date.fromisoformat, metavar="DATE")
    diff.add_argument("--from-git", metavar="REV", help="the rules of this revision, beside those of --to-git")
    diff.add_argument("--to-git", metavar="REV", help="without it: the rules that are here")
    diff.set_defaults(run=_diff)

    missed = sub.add_parser("misunderstandings", help="what was not understood: counts, and sentences that were given")
    missed.add_argument("--since", type=date.fromisoformat, metavar="DATE", default=date.min)
    missed.set_defaults(run=_misunderstandings)

    drawing = sub.add_parser("draw", help="the rules as a picture (SVG)")
    drawing.add_argument("actor", nargs="?", choices=sorted(all_decisions()), help="without it: all, with --out")
    drawing.add_argument("--out", type=Path, metavar="FOLDER", help="writes ACTOR.svg there")
    drawing.add_argument("--language", default="nl")
    drawing.set_defaults(run=_draw)


def _check(_wanted: argparse.Namespace, _settings: Settings) -> int:
    from backend.knowledge_check import run_check

    return run_check()


def _misunderstandings(wanted: argparse.Namespace, settings: Settings) -> int:
    from backend.understanding.service import listing

    vault, database = open_vault(settings), open_database(settings.database_url)
    try:
        lines = asyncio.run(database.read(lambda db: list(listing(db, vault, since=wanted.since))))
    finally:
        database.close()
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _draw(wanted: argparse.Namespace, _settings: Settings) -> int:
    if wanted.out is None and wanted.actor is None:
        raise CannotRun("name an actor, or a folder for all of them (--out FOLDER)")
    for actor in [wanted.actor] if wanted.actor else sorted(all_decisions()):
        svg = draw(all_decisions()[actor], edition=RULEBOOK, code=wanted.language)
        if wanted.out is None:
            sys.stdout.write(svg)
        else:
            wanted.out.mkdir(parents=True, exist_ok=True)
            (wanted.out / f"{actor}.svg").write_text(svg, "utf-8")
    return 0


def _diff(wanted: argparse.Namespace, _settings: Settings) -> int:
    day = wanted.second or today_in_amsterdam()
    if wanted.from_git:
        changes, size = _between_revisions(wanted.from_git, wanted.to_git, day)
        title = f"rules of {wanted.from_git} and {wanted.to_git or 'here'}, on {day}"
        told = (*_compared(title, how_counted(size)), *_told("By the rules", changes))
        days: tuple[date, ...] = (day,)
    elif wanted.first and wanted.second:
        days = (wanted.first, wanted.second)
        told = tuple(_two_days(*days))
    else:
        raise CannotRun("give two days (--from DATE --to DATE) or a revision (--from-git REV)")
    sys.stdout.writelines(f"{line}\n" for line in (*told, *_idle(days)))
    return 0


def _two_days(first: date, second: date) -> Iterable[str]:
    found = between_days(first, second, samples=_SAMPLES)
    counted = how_counted(found.combinations, found.runs, found.compared, found.differing)
    yield from _compared(f"{first} and {second}", counted)
    yield from _told(
        f"By the law (the same person on {second}, under the law of {first} and of {second})", found.by_law
    )
    title = f"By the calendar (under the law of {first}: birthdays, and times since leaving that end)"
    yield from _told(title, found.by_calendar)


def _compared(title: str, counted: Iterable[str]) -> Iterable[str]:
    yield f"Compared: {title}. Labels only."
    yield from counted
    yield "Percentages: of people by data/guesses.toml who told everything that is asked."


def _told(title: str, changes: Iterable[Change]) -> Iterable[str]:
    yield f"\n{title}"
    actor = ""
    for change in changes:
        if change.actor != actor:
            actor = change.actor
            yield f"\n{actor}"
        yield f"  {change.before} -> {change.after}: {change.combinations:,} combinations, {change.weight:.2%} of people"
        yield f"    {'(no example fits together)' if change.example is None else facts_in_words(change.example)}"
    if not actor:
        yield "No label changes."


def facts_in_words(facts: Facts) -> str:
    """An example as somebody would tell it, in Dutch."""
    spoken = language(None)
    texts = [(fact, value, fact_text(fact, value)) for fact, value in facts.items()]
    said = (spoken.say(text) if spoken.has([text]) else f"{fact}: {value}." for fact, value, text in texts)
    return " ".join(said) or spoken.say(Text.of("drawing.nothing_known"))


def _idle(days: tuple[date, ...]) -> Iterable[str]:
    """What never does anything on these days."""
    decisions = tuple(all_decisions().values())
    found = proof.prove(decisions, days)
    rules = proof.idle_rules(found, decisions)
    questions = proof.idle_questions(found, tuple(ACTORS.values()))
    yield f"\nRules that decide nothing on {' and '.join(map(str, days))}: {', '.join(rules) or 'none'}"
    yield f"Questions that change no label then: {', '.join(questions) or 'none'}"


def _between_revisions(first: str, second: str | None, day: date) -> tuple[tuple[Change, ...], int]:
    with tempfile.TemporaryDirectory() as folder:
        before = _checked_out(first, Path(folder, "before"))
        after = _checked_out(second, Path(folder, "after")) if second else None
        axes = merged(_tell(before, day), _tell(after, day))
        return between_editions(_tell(before, day, axes), _tell(after, day, axes), axes, day)


def _checked_out(revision: str, folder: Path) -> Path:
    """The rules of a revision in a folder of their own."""
    git = shutil.which("git")
    if git is None:
        raise CannotRun("git is not installed")
    if revision.startswith("-"):
        raise CannotRun(f"no such revision: {revision}")
    made = subprocess.run(  # noqa: S603  # git itself, with a revision that is no option
        [git, "-C", str(_ROOT), "archive", revision, "knowledge", "locales"], capture_output=True, check=False
    )
    if made.returncode:
        raise CannotRun(f"git cannot give the rules of {revision}")
    with tarfile.open(fileobj=BytesIO(made.stdout)) as archive:
        archive.extractall(folder, filter="data")
    for name in _TELLING:
        shutil.copy(_ROOT / "knowledge" / name, folder / "knowledge" / name)
    return folder


def _tell(folder: Path | None, day: date, axes: Any = None) -> Any:
    """What the rules in the folder say, in a process of their own; the present ones without a folder."""
    if folder is None:
        told = tell_labels({name: axes[name] for name in all_decisions()}, day) if axes else tell_axes(day)
        return json.loads(json.dumps(told))
    ran = subprocess.run(  # noqa: S603  # our own interpreter and our own words
        [sys.executable, "-c", _TELL],
        input=json.dumps({"day": day.isoformat(), "axes": axes}),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=_LONGEST_SECONDS,
        check=False,
    )
    if ran.returncode:
        raise CannotRun(f"the rules of that revision cannot be run: {ran.stderr.strip().rpartition(chr(10))[2]}")
    return json.loads(ran.stdout)
