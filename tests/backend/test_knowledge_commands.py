"""`verder knowledge draw` and `diff`: pictures and differences for those who edit the rules."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from backend import knowledge_commands
from backend.counted import how_counted
from backend.main import main
from knowledge.comparing import Change
from knowledge.editions import all_decisions


def test_one_picture_is_written_to_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    """`draw gemeente` prints one SVG document; without actor and folder it says what it needs."""
    assert main(["knowledge", "draw", "gemeente"]) == 0
    assert capsys.readouterr().out.startswith("<svg ")
    assert main(["knowledge", "draw"]) == 2
    assert "--out" in capsys.readouterr().err


def test_all_pictures_are_written_to_a_folder(tmp_path: Path) -> None:
    """One file for each actor and status."""
    assert main(["knowledge", "draw", "--out", str(tmp_path / "new")]) == 0
    assert {path.stem for path in (tmp_path / "new").iterdir()} == set(all_decisions())


def test_two_days_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    """The start of the law: the law apart from the calendar, in Dutch words, how it is counted, and what does nothing."""
    assert main(["knowledge", "diff", "--from", "2025-12-31", "--to", "2026-01-01"]) == 0
    said = capsys.readouterr().out
    law, _, calendar = said.partition("\nBy the calendar ")
    assert "no -> must_offer:" in law
    assert "Je school is een praktijkschool." in law
    assert "geboortedatum" not in law
    assert "must_offer_again" not in calendar
    assert "Je geboortedatum: 1 januari 1999." in calendar
    assert "Counted: for each decision by itself every value" in law
    assert "evaluated in full as well: all the same." in law
    assert "Rules that decide nothing on 2025-12-31 and 2026-01-01: " in said
    assert main(["knowledge", "diff"]) == 2


def test_a_change_without_example_says_so() -> None:
    """What changes only for facts that do not fit together has no example, and a difference from the diagrams is loud."""
    lines = list(knowledge_commands._told("By the law", [Change("uwv", "no", "may", 2, 0.0, None)]))
    assert lines[-1].strip() == "(no example fits together)"
    assert list(how_counted(5, 2, 3, 1))[1].endswith(
        "5 combinations; 3 random combinations were evaluated in full as well: 1 DIFFER."
    )


def test_a_revision_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong revision, or one that looks like an option, is an answer and not a stack trace."""
    for revision in ("no-such-revision", "--output=x"):
        assert main(["knowledge", "diff", f"--from-git={revision}"]) == 2
    assert "revision" in capsys.readouterr().err


def test_nothing_differs_between_the_rules_and_themselves(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules in a process and folder of their own say the same as those that are here."""
    here = Path(knowledge_commands.__file__).parents[1]
    monkeypatch.setattr(knowledge_commands, "_checked_out", lambda *_: here)
    assert main(["knowledge", "diff", "--from-git", "HEAD", "--to", "2026-11-22"]) == 0
    assert "No label changes." in capsys.readouterr().out


def test_the_rules_of_a_revision_are_laid_out(tmp_path: Path) -> None:
    """A revision's knowledge and locales come out of git, with what is needed to tell them."""
    root = Path(knowledge_commands.__file__).parents[1]
    if subprocess.run(["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, check=False).returncode:
        pytest.skip("not a checkout")
    folder = knowledge_commands._checked_out("HEAD", tmp_path)
    assert (folder / "knowledge" / "rules.py").exists()
    assert (folder / "knowledge" / "editions.py").exists()
    assert (folder / "locales" / "nl").is_dir()
