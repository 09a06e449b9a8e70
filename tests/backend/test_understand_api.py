"""Understanding over HTTP as the contract (section 4) promises it: shape, refusals, limits, and nothing is stored."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.rate_limits import UNDERSTANDING
from backend.schema import metadata
from backend.understand_api import answer_understanding
from knowledge.danger import Danger
from knowledge.example_sentences import FOLDER
from knowledge.understand import Understanding
from world import World, open_world, pace_standing_still, settings_for

UNDERSTAND = "/api/v1/understand"
HELP_WORDS = tomllib.loads((FOLDER / "words" / "commands.toml").read_text("utf-8"))["commands"]["help_now"]
ABOUT_SUICIDE = ("113", "bel 113", "0800-0113", "١١٣", "۱۱۳")


def _ask(world: World, text: str, **more: Any) -> dict[str, Any]:
    answer = world.http.post(UNDERSTAND, json={"text": text, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_answer_has_the_contracts_shape(verder: World) -> None:
    """Language, answer, at most three intents with scores, and danger with its tier, kind and reason."""
    found = _ask(verder, "ik ben mijn diploma kwijt", language=None)
    assert set(found) == {"language", "answer", "intents", "crisis"}
    assert found["language"] == "nl"
    assert found["answer"] in ("sure", "choose")
    assert found["intents"][0]["intent"] == "diploma_copy"
    assert 0 < found["intents"][0]["score"] < 1
    crisis = _ask(verder, "ik wil dood")["crisis"]
    assert (crisis["tier"], crisis["kind"], crisis["why"]) == ("red", "suicide", "wil dood")


def test_commands_have_the_contracts_names(verder: World) -> None:
    """Typed commands are sure; a cry for help is marked, and no intent has a name that the contract does not know."""
    for typed in HELP_WORDS:
        found = _ask(verder, f"{typed.upper()}!")
        assert (found["answer"], found["intents"][0]["intent"]) == ("sure", "talk_to_person"), typed
        assert found["crisis"]["tier"] == "red", typed
        assert found["crisis"]["kind"] == ("suicide" if typed in ABOUT_SUICIDE else "medical"), typed
    assert _ask(verder, "terug")["intents"][0]["intent"] == "start_over"
    assert _ask(verder, "menu")["crisis"] is None


def test_what_is_unknown_has_no_intents() -> None:
    """Unknown: no guess is passed on; the chosen language stands in where none can be guessed, if it is one of ours."""
    found = Understanding(None, 0.1, "unknown", (("housing", 0.1),), Danger("footer", "abuse", "always"))
    assert answer_understanding(found, "nl") == {
        "language": "nl",
        "answer": "unknown",
        "intents": [],
        "crisis": {"tier": "footer", "kind": "abuse", "why": "always"},
    }
    assert answer_understanding(found, "xx")["language"] is None


@pytest.mark.parametrize("body", [{}, {"text": 3}, {"text": "x" * 20_000}, {"text": "hoi", "name": "x"}, []])
def test_what_is_no_message_is_refused(verder: World, body: Any) -> None:
    """A body of another shape is 422 with the contract's error, not a 500."""
    answer = verder.http.post(UNDERSTAND, json=body)
    assert answer.status_code == 422
    assert set(answer.json()["error"]) >= {"code", "message"}


@pytest.mark.parametrize("text", ["", "\0", "\u202e\u200b", "😀" * 500, "a. " * 5_000])
def test_any_text_gets_an_answer(verder: World, text: str) -> None:
    """Empty, hidden and endless texts are answered without a sure guess."""
    assert _ask(verder, text)["answer"] != "sure"


def test_nothing_is_stored(verder: World) -> None:
    """A message leaves no row anywhere."""
    counts = [sa.select(sa.func.count()).select_from(table) for table in metadata.sorted_tables]
    before = [verder.rows(count)[0][0] for count in counts]
    _ask(verder, "mijn vader slaat mij")
    assert [verder.rows(count)[0][0] for count in counts] == before


def test_a_flood_is_braked(tmp_path: Path) -> None:
    """Messages beyond the burst get 429 with Retry-After."""
    settings = settings_for(f"sqlite:///{tmp_path / 'v.db'}", tmp_path, rate_limits="on")
    with open_world(settings, fill=False, worker=False) as world, pace_standing_still():
        answers = [world.http.post(UNDERSTAND, json={"text": "hoi"}) for _ in range(int(UNDERSTANDING.burst) + 40)]
        braked = [answer for answer in answers if answer.status_code == 429]
        assert braked
        assert int(braked[0].headers["Retry-After"]) >= 1
