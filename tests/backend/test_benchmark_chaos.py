"""The benchmark of faults measures real services, and sees what it is there to see."""

from __future__ import annotations

import asyncio
from pathlib import Path

from backend.benchmarks.chaos import SMALL, WHOLE, targets
from backend.benchmarks.faults.delivering import Posted, judged
from backend.benchmarks.faults.erasing import after_receipt
from backend.benchmarks.faults.grounds import sqlite_ground
from backend.benchmarks.faults.killing import kill_while_people_write
from backend.benchmarks.faults.telegram import TelegramServer


def test_kills_are_measured_on_a_real_service(tmp_path: Path) -> None:
    """One kill while people write is counted and felt, and every promise with a figure is kept."""
    with sqlite_ground(tmp_path) as ground:
        figures = asyncio.run(kill_while_people_write(ground, 40, 1, 7))
    assert figures["turns_acknowledged"] >= 40
    assert figures["kills"] == 1
    assert figures["turns_replayed"] + figures["turns_unanswered"] > 0
    for name in ("turns_lost", "turns_doubled", "turns_refused", "conversations_with_holes"):
        assert figures[name] == 0


def test_deliveries_are_judged_by_what_the_other_side_saw() -> None:
    """A message without an end, one that never arrived, one twice without doubt, and one too early are each counted."""
    posted = [Posted("1", place, "a", place) for place in range(5)]
    states = {("a", 0): "sent", ("a", 1): "uncertain", ("a", 2): "sent", ("a", 3): "sending", ("a", 4): "sent"}
    order = [0, 1, 1, 4, 2, 2]
    telegram = TelegramServer(chats={"1": [f"Dit is bericht nummer {place} hier." for place in order]})
    figures = judged(posted, states, telegram)
    assert figures["messages"] == 5
    assert figures["messages_uncertain"] == 1
    assert figures["messages_without_an_end"] == 1
    assert figures["messages_sent_but_not_arrived"] == 0
    assert figures["messages_doubled"] == 1
    assert figures["messages_out_of_order"] == 1
    assert judged(posted, {("a", 0): "sent"}, TelegramServer())["messages_sent_but_not_arrived"] == 1


def test_words_after_a_confirmation_are_counted() -> None:
    """What comes after the receipt counts; without a receipt nothing was confirmed."""
    receipt = "Dit is je bewijs: BCD23-FGH46-JKM78."
    assert after_receipt(["Hoi", receipt]) == 0
    assert after_receipt([receipt, "Hoi", "Hoi"]) == 2
    assert after_receipt(["Hoi"]) is None


def test_the_whole_run_is_as_big_as_promised() -> None:
    """The whole run has the numbers of the promises, and both runs the same targets on both databases."""
    assert (WHOLE.turns, WHOLE.kills, WHOLE.updates, WHOLE.messages) == (10_000, 200, 5_000, 2_000)
    assert (WHOLE.requests, WHOLE.claimers, WHOLE.erasings) == (200, 100, 500)
    assert targets(SMALL).keys() == targets(WHOLE).keys()
    assert targets(WHOLE)["postgresql_turns_lost"] == (0, "max")
