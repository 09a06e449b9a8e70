"""What answers in Telegram's place decides nothing: nobody counts as blocked and no message as lost for a page of a proxy."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence

import pytest
from fastapi import FastAPI, Response

from bot.channel import Delivered, DeliveryResult, Gone, TryAgain
from bot.telegram.channel import TelegramChannel
from fake_telegram import FakeTelegram, serving
from telegram_host import CHAT, deliver, message, opened

HOUR = 3600
NOT_TELEGRAM = [
    "<html><body>Access denied</body></html>",
    "",
    "[]",
    '"Forbidden"',
    "403",
    "null",
    '{"error": "denied"}',
]
"""Bodies that no Bot API server gives: those say whether it is "ok"."""


class Between:
    """What stands where Telegram should be, and answers each call as it is told to."""

    def __init__(self) -> None:
        self.url, self.asked = "", 0
        self.status, self.body = 200, ""
        self.app = FastAPI()
        self.app.add_api_route("/bot{token}/{method}", self._answer, methods=["GET", "POST"], response_model=None)

    async def _answer(self, token: str, method: str) -> Response:
        self.asked += 1
        return Response(self.body, self.status)

    def says(self, status: int, *bodies: str) -> list[DeliveryResult]:
        """What becomes of messages that are answered like this, each by one call."""
        return asyncio.run(self._say(status, bodies))

    async def _say(self, status: int, bodies: Sequence[str]) -> list[DeliveryResult]:
        self.status, self.asked, results = status, 0, []
        async with opened(self.url) as client:
            for self.body in bodies:
                results.append(await TelegramChannel(client).deliver(str(CHAT), message()))
        assert self.asked == len(bodies)
        return results


@pytest.fixture(scope="module")
def between() -> Iterator[Between]:
    """One for all tests of this module; each says what it answers."""
    one = Between()
    with serving(one.app) as one.url:
        yield one


@pytest.mark.parametrize("status", [400, 403])
def test_a_refusal_that_is_not_telegrams_is_waited_out(between: Between, status: int) -> None:
    """A proxy that refuses makes nobody "blocked" and no message "refused": the channel pauses, for an hour at most, and the
    message is tried again."""
    for body, result in zip(NOT_TELEGRAM, between.says(status, *NOT_TELEGRAM), strict=True):
        assert isinstance(result, TryAgain), body
        assert result.whole_channel, body
        assert 1 <= result.after <= HOUR, body


def test_a_failure_of_whatever_stands_there_is_not_uncertain(between: Between) -> None:
    """A server error without Telegram's own words took no message: it is tried again."""
    assert between.says(500, *NOT_TELEGRAM) == [TryAgain(0)] * len(NOT_TELEGRAM)


@pytest.mark.parametrize(
    ("status", "words", "result"),
    [
        (403, "Forbidden: bot was blocked by the user", Gone("blocked")),
        (400, "Bad Request: chat not found", Gone("no_chat")),
        (400, "Bad Request: message text is empty", Gone("refused")),
    ],
)
def test_telegrams_own_refusal_still_counts(between: Between, status: int, words: str, result: Gone) -> None:
    """Where Telegram itself says that a message cannot arrive, it is not tried again."""
    own = {"ok": False, "error_code": status, "description": words}
    assert between.says(status, json.dumps(own)) == [result]


def test_nobody_is_told_to_be_silent_for_ever(between: Between) -> None:
    """Whatever number of seconds an answer asks for, it is asked again after an hour at the latest."""
    waits = {"1e12": HOUR, "1e400": HOUR, "3601": HOUR, "7": 7, "-5": 1, '"soon"': 60, "null": 60}
    bodies = [f'{{"ok": false, "parameters": {{"retry_after": {asked}}}}}' for asked in waits]
    assert between.says(429, *bodies) == [TryAgain(wait, whole_channel=True) for wait in waits.values()]


def test_a_message_arrives_once_the_proxy_is_gone(between: Between, telegram: FakeTelegram) -> None:
    """What a proxy refused is delivered, once, when Telegram itself answers again."""
    telegram.person_says(CHAT, "hoi")
    assert isinstance(between.says(403, NOT_TELEGRAM[0])[0], TryAgain)
    assert deliver(telegram, message()) == [Delivered()]
    assert [seen.text for seen in telegram.sees(CHAT)] == [message().text]
