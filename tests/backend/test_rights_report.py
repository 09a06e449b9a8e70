"""`verder rights` for who reads it in a terminal: the answers in order, the steps, the law, and what would change them."""

from __future__ import annotations

import json
from datetime import date

import pytest

from backend.commands import rights
from backend.errors import Refused
from backend.rights_report import report
from locales import language

TODAY = date(2026, 11, 22)
PRO: dict[str, object] = {
    "school_type": "pro",
    "left_school_date": "2025-07-17",
    "follow_on_enrolment": False,
    "used_offer_year1": False,
    "birth_date": "1999-01-02",
}


def _lines(facts: dict[str, object]) -> list[str]:
    return list(report(facts, TODAY, language("nl")))


def test_duties_come_first_with_steps_law_and_changes() -> None:
    """The school that must help is in front, with numbered steps, article, paragraph and link, and what would change it."""
    lines = _lines(PRO)
    assert lines[0].startswith("Je oude school (must_offer_again): Ja, je oude school moet je opnieuw hulp aanbieden.")
    assert lines[1] == "  1. Je school is een praktijkschool."
    assert any(line.startswith("     WVO 2020 artikel 2.31a lid 7: https://") for line in lines)
    after = lines[lines.index("  Wat verandert dit?") + 1]
    assert after == "  - Vanaf 17 juli 2027: Je oude school hoeft je niet te helpen."


def test_who_does_not_help_is_one_line() -> None:
    """All that say no stand in one line near the end, without the schools the person never went to."""
    lines = _lines(PRO)
    (no,) = [line for line in lines if line.startswith("Nee: ")]
    assert "Het Doorstroompunt" in no
    assert "school" not in no
    assert lines[-1].startswith("Dit is informatie, geen besluit.")
    assert "22 november 2026" in lines[-1]


def test_an_open_question_and_a_contradiction_are_said() -> None:
    """What would settle most is asked, and facts that cannot all be true are pointed out."""
    assert "Op welke school zat je het laatst?" in _lines({})
    clash = _lines({**PRO, "age": 19})
    assert "Je leeftijd en je geboortedatum passen niet bij elkaar. Wat klopt?" in clash
    assert not any(line.startswith("Nee: ") for line in _lines({}))


def test_the_command_prints_words_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The same facts are printed to read, or with --json in the contract's shape; a wrong fact is refused by name."""
    assert rights(dict(PRO), TODAY, "nl", as_json=False) == 0
    assert "1. Je school is een praktijkschool." in capsys.readouterr().out
    assert rights(dict(PRO), TODAY, "nl", as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["as_of"] == "2026-11-22"
    with pytest.raises(Refused):
        rights({"shoe_size": 42}, None, "nl", as_json=False)
