"""The whole way over Telegram: webhook, storage, outbox, Bot API and back, with everything that goes wrong on that way."""

from __future__ import annotations

import asyncio
import itertools
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.consents.models import consent
from backend.conversations.messages import post, read_messages
from backend.conversations.models import conversation, inbox, message, outbox, parked
from backend.support_requests.models import support_request
from bot.telegram.polling import poll
from enclosed import PICTURE, answering
from fake_telegram import TOKEN, FakeTelegram
from phone import HEADER, SECRET, Phone
from world import open_service, settings_for

CHAT = 700_700


def test_from_start_to_an_answer(phone: Phone) -> None:
    """Who starts the bot is warned first, asks a person, agrees, is answered by a counsellor, and writes back."""
    phone.asks_for_help()
    warned = next(place for place, text in enumerate(phone.texts()) if "Telegram" in text)
    menu = next(
        place
        for place, seen in enumerate(phone.sees())
        if any("goal:" in data for _, data in itertools.chain(*seen.buttons))
    )
    assert warned < menu
    phone.taps("consent:yes")
    (request,) = phone.rows(support_request)
    (agreed,) = phone.rows(consent)
    assert (request.status, request.consent_id, agreed.given) == ("waiting", agreed.id, True)
    with phone.world.counsellor() as coach:
        assert coach.does("claim", request.id).status_code == 200
        assert coach.does("reply", request.id, text="Dag, ik help je <b>graag</b>.").status_code == 200
        phone.until(lambda: any(text.startswith("Er is een bericht voor je.") for text in phone.texts()))
        phone.taps("here")
        phone.taps("here:yes")
        phone.until(lambda: any("ik help je <b>graag</b>" in text for text in phone.texts()))
        phone.says("Dank je wel!")
        assert coach.opens(request.id)["messages"][-1]["text"] == "Dank je wel!"
        assert coach.opens(request.id)["waiting_since"] is not None
        assert coach.does("close", request.id).status_code == 200
    phone.until(phone.settled)
    assert set(phone.states()) == {"sent"}
    assert phone.telegram.acknowledged


def test_what_the_person_sees_is_what_is_stored(phone: Phone) -> None:
    """Everything the bot said stands in the chat once and in the order it was stored, also when words come fast."""
    phone.begins()
    for number in range(12):
        phone.telegram.person_says(phone.chat, f"woord {number}")
    phone.until(phone.settled)
    vault = phone.world.service.host.vault
    id = phone.id()
    assert id is not None
    stored = phone.world.do(lambda db: read_messages(db, vault, id))
    said = [one.text for one in stored if one.sender != "person"]
    assert [text.split("\n\n")[0] for text in phone.texts()] == [text.split("\n\n")[0] for text in said]
    assert [one.text for one in stored if one.sender == "person"][-12:] == [f"woord {number}" for number in range(12)]


def test_the_same_tap_five_times_counts_once(phone: Phone) -> None:
    """An update that is brought five times at once and once later is stored and answered once."""
    phone.asks_for_help()
    phone.telegram.webhook = {}
    yes = phone.telegram._tap(phone.chat, phone.sees()[-1], phone.sees()[-1].buttons[0][0][1])
    phone.telegram.pending.clear()
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: _until_stored(phone, yes), range(5)))
    answers.append(phone.post(yes).status_code)
    phone.until(phone.settled)
    assert set(answers) == {200}
    assert (len(phone.rows(consent)), len(phone.rows(support_request))) == (1, 1)
    assert [row.outside_id for row in phone.rows(inbox)].count(str(yes["update_id"])) == 1
    assert len(phone.states()) == len(phone.sees())


def test_a_first_word_five_times_is_one_conversation(phone: Phone) -> None:
    """When the very first update is brought five times at once there is one conversation with one answer."""
    phone.telegram.webhook = {}
    first = phone.telegram.person_says(phone.chat, "/start")
    phone.telegram.pending.clear()
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: _until_stored(phone, first), range(5)))
    phone.until(phone.settled)
    assert set(answers) == {200}
    assert len(phone.sees()) == 1
    assert phone.world.rows(sa.select(parked.c.id).where(parked.c.outside_id == str(first["update_id"]))) == []


def _until_stored(phone: Phone, update: dict[str, Any]) -> int:
    """What Telegram does: offers it until it is taken."""
    while (answer := phone.post(update)).status_code == 503:
        continue
    return answer.status_code


@pytest.mark.parametrize("secret", [None, "", "x", SECRET[:-1], SECRET + "s"])
def test_a_forged_update_does_nothing(phone: Phone, secret: str | None) -> None:
    """Without the right secret an update is 403 and leaves nothing behind."""
    phone.telegram.webhook = {}
    update = phone.telegram.person_says(phone.chat, "/start")
    phone.telegram.pending.clear()
    headers = {"X-Other": "x"} if secret is None else {HEADER: secret}
    answer = phone.post(update, **headers)
    assert phone.id() is None
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


def test_too_many_requests_only_delays(phone: Phone) -> None:
    """After "too many requests" nothing is sent before the time that Telegram asked, and then everything once."""
    phone.telegram.fail("sendMessage", "429", retry_after=1)
    before = len(phone.telegram.called("sendMessage"))
    phone.begins()
    calls = phone.telegram.called("sendMessage")[before:]
    refused = next(call for call in calls if call.status == 429)
    assert min(call.at for call in calls if call.at > refused.at) - refused.at >= 0.95
    assert len(phone.texts()) == len(set(phone.texts())) == len(phone.states())


@pytest.mark.parametrize("failure", ["500", "502", "reset"])
def test_what_surely_did_not_arrive_comes_later(phone: Phone, failure: Any) -> None:
    """A server error of Telegram is tried again; a broken connection is not, because nobody knows; nothing comes twice."""
    phone.begins()
    seen = len(phone.sees())
    phone.telegram.fail("sendMessage", failure)
    phone.taps("topics")
    assert phone.states()[-1] == ("uncertain" if failure == "reset" else "sent")
    assert len(phone.sees()) == seen + (failure != "reset")


def test_a_broken_answer_is_uncertain_and_not_repeated(phone: Phone) -> None:
    """When the connection breaks after Telegram took the message it is shown as uncertain, and the person sees it once."""
    phone.begins()
    seen = len(phone.sees())
    phone.telegram.fail("sendMessage", "reset_after")
    phone.taps("topics")
    assert phone.states()[-1] == "uncertain"
    assert len(phone.sees()) == seen + 1
    phone.taps("goal:rights")
    assert phone.states()[-1] == "sent"
    assert len(phone.texts()) == len(set(phone.texts()))


def test_who_blocks_the_bot_is_left_alone(phone: Phone) -> None:
    """After a block nothing is sent any more; who comes back is answered again."""
    phone.begins()
    phone.telegram.person_blocks(phone.chat)
    phone.says("hallo?")
    assert "failed" in phone.states()
    calls = len(phone.telegram.calls)
    id = phone.id()
    assert id is not None
    vault = phone.world.service.host.vault
    phone.world.do(lambda db: post(db, vault, id, "counsellor", "Ben je er nog?", language="nl"))
    phone.until(phone.settled)
    assert len(phone.telegram.calls) == calls
    phone.telegram._blocked.discard(phone.chat)
    seen = len(phone.sees())
    phone.says("/menu")
    assert len(phone.sees()) > seen


def test_erasing_over_telegram(phone: Phone) -> None:
    """Who wipes everything gets the last words and nothing more, what the bot said is taken back, no row stays, and a repeated tap brings nothing back."""
    phone.asks_for_help()
    phone.taps("consent:yes")
    phone.says("/stop")
    phone.taps("forget")
    id = phone.id()
    tap = phone.taps("forget:yes")
    phone.until(lambda: [text.split(".")[0] for text in phone.texts()][:1] == ["Alles is gewist"])
    phone.until(lambda: len(phone.sees()) <= 2)
    assert phone.id() is None
    for table in (message, inbox, outbox, consent, support_request):
        assert phone.world.rows(sa.select(table).where(table.c.conversation_id == id)) == []
    assert phone.post(tap).status_code == 200
    assert phone.id() is None
    assert phone.world.rows(sa.select(parked.c.id).where(parked.c.outside_id == str(tap["update_id"]))) == []


def test_what_is_on_its_way_while_somebody_erases(phone: Phone) -> None:
    """A message that Telegram is slow to take while the person wipes everything is taken back, and the last words with the
    proof come after it: then nothing."""
    phone.begins()
    phone.says("/stop")
    phone.taps("forget")
    (question,) = (
        seen for seen in phone.sees() if any("forget:yes" in data for _, data in itertools.chain(*seen.buttons))
    )
    id, vault = str(phone.id()), phone.world.service.host.vault
    chat, held = str(phone.chat), phone.telegram.held
    held[chat] = 0
    phone.world.do(lambda db: post(db, vault, id, "counsellor", "Ben je er nog?", language="nl"))
    phone.until(lambda: held[chat] == 1)
    phone.telegram._tap(phone.chat, question, "v1:forget:yes")
    phone.until(lambda: phone.id() is None)
    assert held.pop(chat) == 1

    def texts_of(method: str) -> list[str]:
        calls = (call.params for call in phone.telegram.called(method))
        return [params.get("text", "") for params in calls if params["chat_id"] == chat]

    phone.until(lambda: len(texts_of("deleteMessages")) >= 2)
    sent = texts_of("sendMessage")
    assert any("bericht voor je" in text for text in sent)
    late = max(place for place, text in enumerate(sent) if "bericht voor je" in text)
    assert next(place for place, text in enumerate(sent) if text.startswith("Alles is gewist")) > late
    phone.until(lambda: not any("bericht voor je" in text for text in phone.texts()))
    assert phone.id() is None


def test_an_update_that_cannot_be_handled_is_kept_sealed(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update on which the service itself fails is answered 200, kept sealed, and does not hold up the next one."""
    phone.begins()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("defect")

    monkeypatch.setattr("backend.conversations.service.take_turn", broken)
    update = phone.says("kanarie in de mijn")
    monkeypatch.undo()
    (kept,) = phone.world.rows(sa.select(parked).where(parked.c.outside_id == str(update["update_id"])))
    assert b"kanarie" not in kept.content
    assert str(phone.chat).encode() not in kept.content
    seen = len(phone.sees())
    phone.says("/menu")
    assert len(phone.sees()) > seen


def test_a_lost_key_does_not_lock_a_person_out(phone: Phone) -> None:
    """When a crash left a conversation without its key, the person simply begins anew."""
    phone.begins()
    vault = phone.world.service.host.vault
    mine = sa.select(conversation.c.person_id).where(conversation.c.id == phone.id())
    phone.world.do(lambda db: vault.forget_person(db, db.execute(mine).scalar_one()))
    seen = len(phone.sees())
    phone.says("/start")
    assert len(phone.sees()) > seen
    assert set(phone.states()) == {"sent"}


def test_polling_does_the_same(database_url: str, tmp_path: Path, telegram: FakeTelegram) -> None:
    """Without a public address updates are fetched, stored, answered and confirmed, each once."""
    more = {"telegram_token": TOKEN, "telegram_api_url": telegram.url}
    service = open_service(settings_for(database_url, tmp_path, **more))
    for text in ("/start", "hoi", "dag"):
        telegram.person_says(CHAT, text)

    async def run() -> None:
        assert service.client is not None
        stop = asyncio.Event()
        service.start()
        park = partial(service.push.park, "telegram")
        polling = asyncio.ensure_future(poll(service.client, service.push.receive, park, stop))
        await asyncio.to_thread(telegram.until, lambda: len(telegram.sees(CHAT)) >= 3)
        ids = sa.select(inbox.c.outside_id)
        while len(await service.database.read(lambda db: db.execute(ids).all())) < 3:
            await asyncio.sleep(0.02)
        stop.set()
        await polling
        stored = await service.database.read(lambda db: db.execute(ids).scalars().all())
        await service.close()
        assert len(stored) == len(set(stored)) == 3

    asyncio.run(asyncio.wait_for(run(), 100))
    assert telegram.pending == []


def test_a_picture_comes_as_a_photo_and_a_paper_as_a_file(phone: Phone) -> None:
    """An answer with a picture and papers comes through the outbox as a photo, the words, and files; all of it once."""
    phone.begins()
    before = len(phone.sees())
    phone.telegram.fail("sendDocument", "429", after=1)
    with answering():
        phone.says("toon")
        came = phone.sees()[before:]
    assert [seen.kind for seen in came] == ["photo", "text", "document", "document"]
    assert came[0].text == PICTURE.alt
    assert came[0].file.startswith(b"\x89PNG")
    assert [seen.file_name for seen in came[2:]] == ["verder.pdf", "verder.ics"]
    assert came[1].labels == ["Iets anders vragen", "Nu hulp"]
    assert phone.states()[-1] == "sent"
