"""Deliveries end honestly, updates come in exactly as durably as promised, and the token stays secret."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from telegram.error import RetryAfter

from bot.channel import Delivered, DeliveryResult, Gone, TryAgain, Uncertain
from bot.telegram.channel import TelegramChannel
from bot.telegram.client import Client, seconds
from fake_telegram import TOKEN, Failure, FakeTelegram, serving
from telegram_host import CHAT, Host, Unavailable, deliver, message, opened

pytest_plugins = ["fake_telegram"]

SECRET = "s" * 43
WEBHOOK = "/telegram/webhook"
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}


def post(host: Host, body: object, headers: Mapping[str, str | bytes] = HEADERS, **request: Any) -> httpx.Response:
    """One request at the webhook, as whoever knows the address could make it."""

    async def ask() -> httpx.Response:
        async with opened("http://127.0.0.1:9") as client:
            app = FastAPI()
            app.include_router(TelegramChannel(client).webhook_router(host.receive, SECRET, host.park))
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://bot") as http:
                return await http.post(WEBHOOK, headers=headers, **({"json": body} | request))  # type: ignore[arg-type]

    return asyncio.run(ask())


# Out.


def test_a_message_arrives_with_its_buttons(telegram: FakeTelegram) -> None:
    """A delivered message stands in the chat with its buttons, without any call at start."""
    telegram.person_says(CHAT, "/start")
    assert deliver(telegram, message("Hallo <jij>", choices=(("a", "Ja"), ("b", "Nee")))) == [Delivered()]
    [seen] = telegram.sees(CHAT)
    assert (seen.text, seen.labels) == ("Hallo <jij>", ["Ja", "Nee", "Nu hulp"])
    assert [call.method for call in telegram.calls] == ["sendMessage"]


def test_an_empty_message_needs_no_sending(telegram: FakeTelegram) -> None:
    """A message without anything to show counts as delivered."""
    assert deliver(telegram, message("")) == [Delivered()]
    assert telegram.calls == []


def test_a_message_that_we_cannot_carry_is_refused(telegram: FakeTelegram) -> None:
    """A button that Telegram cannot carry makes the message undeliverable, not the outbox stuck."""
    assert deliver(telegram, message(choices=(("x" * 61, "Ja"),))) == [Gone("refused")]


@pytest.mark.parametrize(
    ("failure", "result"),
    [
        ("429", TryAgain(9, whole_channel=True)),
        ("403", Gone("blocked")),
        ("500", TryAgain(0)),
        ("502", TryAgain(0)),
        ("reset", Uncertain()),
        ("reset_after", Uncertain()),
    ],
)
def test_each_failure_has_its_consequence(telegram: FakeTelegram, failure: Failure, result: DeliveryResult) -> None:
    """Only what surely did not arrive is tried again; after a broken connection nobody knows."""
    telegram.person_says(CHAT, "hoi")
    telegram.fail("sendMessage", failure, retry_after=9)
    assert deliver(telegram, message()) == [result]


def test_an_answer_that_does_not_come_is_uncertain(telegram: FakeTelegram) -> None:
    """When Telegram takes the message and then says nothing, it is not sent twice."""
    telegram.person_says(CHAT, "hoi")
    telegram.fail("sendMessage", "hang_after")
    assert deliver(telegram, message(), read_timeout=3) == [Uncertain()]
    assert len(telegram.sees(CHAT)) == 1


def test_a_server_that_is_not_there_is_tried_again(telegram: FakeTelegram) -> None:
    """Nothing listens or no such host: nothing was sent, so the outbox may try again."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))  # taken, so that nobody else listens there either
        closed = f"http://127.0.0.1:{door.getsockname()[1]}"
        assert deliver(telegram, message(), url=closed) == [TryAgain(0)]
    assert deliver(telegram, message(), url="http://telegram.invalid") == [TryAgain(0)]


def test_a_wrong_token_pauses_the_channel(telegram: FakeTelegram) -> None:
    """With a wrong token no message gets lost: the whole channel waits for the operator."""
    assert deliver(telegram, message(), token="1:wrong") == [TryAgain(60, whole_channel=True)]


def test_a_person_who_left_is_gone(telegram: FakeTelegram) -> None:
    """Someone who blocked the bot, or a chat that never was, gets no further attempts."""
    assert deliver(telegram, message()) == [Gone("no_chat")]
    telegram.person_says(CHAT, "hoi")
    telegram.person_blocks(CHAT)
    assert deliver(telegram, message()) == [Gone("blocked")]


def test_an_address_that_is_no_chat_is_gone() -> None:
    """An address that cannot be a chat id is refused without a call."""

    async def send() -> DeliveryResult:
        async with opened("http://127.0.0.1:9") as client:
            return await TelegramChannel(client).deliver("abc", message())

    assert asyncio.run(send()) == Gone("no_chat")


def test_a_long_message_goes_on_where_it_failed(telegram: FakeTelegram) -> None:
    """When the second part of a long message must wait, the first part is not sent again."""
    telegram.person_says(CHAT, "hoi")
    long = message("Dit is een zin. " * 400, choices=(("a", "Ja"),))

    async def twice() -> list[DeliveryResult]:
        async with opened(telegram.url) as client:
            channel = TelegramChannel(client)
            return [await channel.deliver(str(CHAT), long) for _ in range(2)]

    telegram.fail("sendMessage", "429", after=1, retry_after=2)
    assert asyncio.run(twice()) == [TryAgain(2, whole_channel=True), Delivered()]
    assert [seen.labels for seen in telegram.sees(CHAT)] == [[], ["Ja", "Nu hulp"]]


def test_the_command_menu_follows_the_language(telegram: FakeTelegram) -> None:
    """The menu of commands is set for everybody in Dutch, per language, and for one chat after a choice."""

    async def set_all() -> None:
        async with opened(telegram.url) as client:
            channel = TelegramChannel(client)
            await channel.set_commands("nl")
            await channel.set_commands("tr")
            await channel.set_commands("nl", str(CHAT))

    asyncio.run(set_all())
    assert set(telegram.commands) == {("", ""), ("", "tr"), (str(CHAT), "")}
    assert [each["command"] for each in telegram.commands["", ""]] == [
        *("start", "menu", "taal", "mens", "stop", "bewaar", "wis"),
    ]


def test_the_token_is_in_no_log(telegram: FakeTelegram, caplog: pytest.LogCaptureFixture) -> None:
    """Even with every log open, neither the token nor the words of a message are written down."""
    caplog.set_level(logging.DEBUG)
    telegram.person_says(CHAT, "hoi")
    telegram.fail("sendMessage", "502")
    deliver(telegram, message("geheime woorden"), message("geheime woorden"))
    deliver(telegram, message("geheime woorden"), token="1:geheim-token")
    written = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records)
    assert "not delivered" in written
    assert not any(secret in written for secret in (TOKEN, "geheime", "geheim-token", "hoi"))


# In, by webhook.


def test_the_webhook_wants_the_secret() -> None:
    """Without the secret, or with a wrong one, nothing is read and the answer is 403 in the shape of the contract."""
    host, update = Host(), FakeTelegram().person_says(CHAT, "hoi")
    for wrong in (b"", b"x", SECRET[:-1].encode(), "é".encode()):
        response = post(host, update, {"X-Telegram-Bot-Api-Secret-Token": wrong} if wrong else {})
        assert response.status_code == 403
        assert response.json() == {"error": {"code": "forbidden", "message": "Je mag dit niet doen.", "fields": {}}}
    assert (host.received, host.parked) == ([], [])


def test_a_webhook_without_a_secret_is_not_opened() -> None:
    """An empty or impossible secret stops the start, so that a missing header can never equal it."""
    channel = TelegramChannel(Client.of(TOKEN))
    for secret in ("", "a b", "x" * 257):
        with pytest.raises(ValueError, match="secret"):
            channel.webhook_router(Host().receive, secret, Host().park)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b" " * (256 * 1024 + 1), 413, "too_large"),
        (b"", 400, "not_json"),
        (b"\xff{}", 400, "not_json"),
        (b"[]", 400, "not_json"),
        (b"[" * 200_000, 400, "not_json"),
    ],
)
def test_the_webhook_refuses_what_is_no_update(body: bytes, status: int, code: str) -> None:
    """A body that is too large or no JSON object is refused without reaching anything behind the door."""
    host = Host()
    response = post(host, None, {**HEADERS, "Content-Type": "application/json"}, content=body)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert post(host, None, {**HEADERS, "Content-Type": "text/plain"}, content=b'{"update_id": 5}').status_code == 415
    assert (host.received, host.parked) == ([], [])


def test_the_webhook_says_ok_after_storing() -> None:
    """A text is handed over once and answered with 200; an update of no interest too."""
    host = Host()
    response = post(host, FakeTelegram().person_says(CHAT, "hoi"))
    assert (response.status_code, response.json()) == (200, {"ok": True})
    assert post(host, {"update_id": 5, "my_chat_member": {}}).status_code == 200
    assert host.said == ["hoi"]


def test_nothing_stored_means_offer_it_again() -> None:
    """When the host could not store, Telegram hears 503 and when to come back."""
    host = Host(Unavailable(6.2))
    response = post(host, FakeTelegram().person_says(CHAT, "hoi"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "7")
    assert host.parked == []


def test_a_poison_update_is_parked() -> None:
    """An update that breaks the host or the translation is kept for people to look at and answered with 200."""
    host, update = Host(RuntimeError("defect")), FakeTelegram().person_says(CHAT, "hoi")
    assert post(host, update).status_code == 200
    broken = {"update_id": 5, "message": {"text": 4}}
    assert post(host, broken).status_code == 200
    assert host.parked == [update, broken]


def test_what_cannot_even_be_parked_is_offered_again() -> None:
    """When parking fails too, Telegram keeps the update: 503, never 500."""
    host = Host(RuntimeError("defect"))
    host.park_failures = [OSError("disk full")]
    response = post(host, FakeTelegram().person_says(CHAT, "hoi"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


def test_a_conversation_over_the_webhook(telegram: FakeTelegram) -> None:
    """Words and taps come in by webhook, a repeated update keeps its number, and taps are acknowledged."""
    host = Host(Unavailable(1))
    channel = TelegramChannel(Client.of(TOKEN, telegram.url))
    app = FastAPI()
    app.include_router(channel.webhook_router(host.receive, SECRET, host.park))
    telegram.person_says(CHAT, "/menu")
    deliver(telegram, message(choices=(("school.pro", "Pro"),)))
    with serving(app) as url:
        asyncio.run(_set_webhook(telegram, url + WEBHOOK))
        tap = telegram.person_taps(CHAT, "Pro")
        telegram.until(lambda: bool(telegram.acknowledged))
        telegram.happens_again(tap)
        telegram.until(lambda: len(telegram.pushes) == 4)
    assert host.said == ["menu", "school.pro", "school.pro"]
    assert [status for _, status in telegram.pushes] == [503, 200, 200, 200]
    assert host.received[1] == host.received[2]
    assert telegram.acknowledged == [tap["callback_query"]["id"]]


async def _set_webhook(telegram: FakeTelegram, url: str) -> None:
    async with opened(telegram.url) as client:
        await TelegramChannel(client).set_webhook(url, SECRET)


def test_an_acknowledgement_may_fail(telegram: FakeTelegram) -> None:
    """An old tap or a silent Telegram does not turn an acknowledgement into an error."""

    async def acknowledge() -> None:
        async with opened(telegram.url) as client:
            await TelegramChannel(client).acknowledge("too-old")

    telegram.fail("answerCallbackQuery", "reset")
    asyncio.run(acknowledge())
    asyncio.run(acknowledge())
    assert [call.status for call in telegram.called("answerCallbackQuery")] == [0, 400]


def test_a_pause_is_read_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long Telegram asks us to wait is understood in the form the library gives it."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # as every client sets it
    assert seconds(RetryAfter(3)) == 3.0
