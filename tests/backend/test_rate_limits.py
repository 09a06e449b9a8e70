"""One abuser cannot drown others: new conversations per address and turns per conversation are braked."""

from __future__ import annotations

from pathlib import Path

from backend.rate_limits import TURNS, Buckets, Rate
from world import open_world, pace_standing_still, settings_for


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    """After the burst one has to wait exactly as long as the rate says, and then goes on."""
    buckets = Buckets(Rate(3, 0.5))
    assert [buckets.take("a", 0.0) for _ in range(4)] == [None, None, None, 2]
    assert buckets.take("b", 0.0) is None
    assert buckets.take("a", 1.9) == 1
    assert buckets.take("a", 2.1) is None


def test_a_flood_of_turns_is_braked_and_nobody_else_is(tmp_path: Path) -> None:
    """Turns beyond the burst get a kind 429 with Retry-After and change nothing; another person goes on."""
    settings = settings_for(f"sqlite:///{tmp_path / 'v.db'}", tmp_path, rate_limits="on")
    with open_world(settings) as world, pace_standing_still():
        person, other = world.person(), world.person()
        answers = [person.turn({"choice": "menu"}) for _ in range(int(TURNS.burst) + 20)]
        braked = [answer for answer in answers if answer.status_code == 429]
        assert braked
        assert int(braked[0].headers["Retry-After"]) >= 1
        assert braked[0].json()["error"]["code"] == "rate_limited"
        assert braked[0].headers["X-Content-Type-Options"] == "nosniff"
        answered = len(answers) - len(braked)
        assert len(person.messages()) == len(person.sees) + answered
        assert other.turn({"choice": "menu"}).status_code == 200
