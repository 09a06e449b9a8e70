"""What machines may know: times and counts under names of the program, one line for each turn, and nobody in either."""

from __future__ import annotations

import json
import logging
import re
import time
from itertools import islice

import pytest

from backend.telemetry import JsonLines, TextLines, log_as
from world import World


def _figure(text: str, begin: str) -> float:
    """The sum of all series that begin like this."""
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(begin))


def test_turns_are_counted_by_channel_and_result(verder: World) -> None:
    """A turn that was stored and one that was refused are counted apart, with their times."""
    before = verder.http.get("/metrics").text
    person = verder.person()
    person.taps("menu")
    assert person.turn({"choice": "no such button at all " * 30}).status_code == 422
    after = verder.http.get("/metrics").text

    def grown(begin: str) -> float:
        return _figure(after, begin) - _figure(before, begin)

    assert grown('verder_turn_seconds_count{channel="web",result="ok"}') == 2
    assert grown("verder_turn_seconds_sum") > 0


def test_routes_are_named_without_ids(verder: World) -> None:
    """Requests stand under the route as the program has it: no id, no address of a person and no query is a label."""
    person = verder.person()
    person.taps("menu")
    person.get(after=0)
    verder.http.get("/not/there?naam=iemand")
    text = verder.http.get("/metrics").text
    labels = set(re.findall(r'route="([^"]*)"', text))
    assert any(label.endswith("/turns") for label in labels)
    assert not any(re.search("[0-9a-f]{32}|naam", label) for label in labels)
    assert person.id not in text


def test_open_streams_are_counted_and_let_go(verder: World) -> None:
    """A stream counts while somebody listens, and no longer."""
    person = verder.person()
    with person.follow() as stream:
        list(islice(stream, 1))
        assert _figure(verder.http.get("/metrics").text, "verder_streams_open") == 1
    until = time.monotonic() + 60
    while _figure(verder.http.get("/metrics").text, "verder_streams_open"):
        assert time.monotonic() < until, "the stream is still counted"


def test_each_turn_is_one_line_and_says_nothing_of_anybody(verder: World, caplog: pytest.LogCaptureFixture) -> None:
    """The line has the channel, how it ended and how long it took; not the conversation, not the words."""
    caplog.set_level(logging.INFO, logger="verder.turn")
    person = verder.person()
    caplog.clear()
    person.says("kanarievogel")
    [record] = [one for one in caplog.records if one.name == "verder.turn"]
    for form in (JsonLines(), TextLines("%(message)s")):
        line = form.format(record)
        assert "kanarievogel" not in line
        assert person.id not in line
    said = json.loads(JsonLines().format(record))
    assert {"at", "level", "from", "what", "channel", "result", "ms"} == set(said)
    assert (said["channel"], said["result"]) == ("web", "ok")


def test_an_error_in_the_log_is_named_and_not_quoted() -> None:
    """What went wrong may repeat somebody's words: a line for machines has its kind alone."""
    error = ValueError("kanarievogel")
    wrong = (ValueError, error, None)
    record = logging.getLogger("x").makeRecord("x", logging.ERROR, "f", 1, "trouble", (), wrong)
    assert json.loads(JsonLines().format(record))["error"] == "ValueError"
    assert "kanarievogel" not in JsonLines().format(record)


def test_logging_never_takes_over_what_is_set_up_already() -> None:
    """A program that has its own logging keeps it."""
    handlers = list(logging.getLogger().handlers)
    log_as("json")
    assert logging.getLogger().handlers == handlers
