"""Pictures and papers in Telegram: drawn, said in words, in order, once, and replaced by words where they cannot come."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from bot.channel import Delivered, DeliveryResult, File, Gone, Message, TryAgain, Uncertain
from bot.telegram.channel import TelegramChannel
from dialogs.messages import Calendar, CalendarEntry, Direction, Paper, Picture, PictureStep, Sheet, SheetRow
from fake_telegram import Failure, FakeTelegram
from telegram_host import CHAT, message, opened

pytest_plugins = ["fake_telegram"]

PNG = b"\x89PNG\r\n\x1a\n and more"
PICTURE = Picture(
    title="Wie helpt jou?",
    here="Jij bent hier",
    steps=(
        PictureStep("Van school", "juli 2025", "Je bent klaar met school."),
        PictureStep("Jaar 2", "tot juli 2027", "School helpt, als jij het vraagt.", True),
    ),
)
SHEET = Sheet(name="Mijn rechten", languages=(("nl", "ltr"),), rows=(SheetRow("text", ("School helpt jou.",)),))
CALENDAR = Calendar(name="Voor je agenda", language="nl", entries=(CalendarEntry("2027-07-16", "School", "Stop"),))
ANSWER = "Je oude school helpt jou."
BUTTONS = (("a", "Ja"),)


def full(**more: Any) -> Message:
    """A message with all there is."""
    return message(ANSWER, **({"picture": PICTURE, "papers": (SHEET, CALENDAR), "choices": BUTTONS} | more))


def draw(picture: Picture, *, language: str, direction: Direction) -> bytes:
    return PNG


def render(paper: Paper) -> File:
    return File(paper.name.encode(), "application/pdf", "verder.pdf")


def fail(*_: object, **__: object) -> Any:
    raise RuntimeError("no font")


def delivered(telegram: FakeTelegram, one: Message, *, times: int = 1, **how: Any) -> list[DeliveryResult]:
    """What became of a message that is handed over so many times."""

    async def all_of_them() -> list[DeliveryResult]:
        timeout = how.pop("read_timeout", 20)
        async with opened(telegram.url, read_timeout=timeout) as client:
            channel = TelegramChannel(client, **({"render_picture": draw, "render_paper": render} | how))
            return [await channel.deliver(str(CHAT), one) for _ in range(times)]

    return asyncio.run(all_of_them())


def shape(telegram: FakeTelegram) -> list[tuple[str, str]]:
    """Kind and first line of everything in the chat."""
    return [(seen.kind, seen.text.split("\n")[0]) for seen in telegram.sees(CHAT)]


WHOLE = [
    ("photo", "Wie helpt jou?"),
    ("text", ANSWER),
    ("document", "Mijn rechten"),
    ("document", "Voor je agenda"),
]


@pytest.fixture
def chat(telegram: FakeTelegram) -> FakeTelegram:
    """Telegram with somebody in the chat."""
    telegram.person_says(CHAT, "hoi")
    return telegram


def test_the_picture_the_words_and_the_papers_come_in_order(chat: FakeTelegram) -> None:
    """First the picture with all its words under it, then the answer with its buttons, then the papers as files."""
    assert delivered(chat, full()) == [Delivered()]
    assert shape(chat) == WHOLE
    photo, answer, *papers = chat.sees(CHAT)
    assert photo.file == PNG
    assert photo.text == PICTURE.alt
    assert (photo.labels, answer.labels) == ([], ["Ja", "Nu hulp"])
    assert [(paper.file, paper.file_name) for paper in papers] == [
        (b"Mijn rechten", "verder.pdf"),
        (b"Voor je agenda", "verder.pdf"),
    ]


def test_a_picture_of_many_words_says_them_below(chat: FakeTelegram) -> None:
    """Where a caption has no room for all the words (1,024 UTF-16 units), the title is the caption and the words follow."""
    step = PictureStep("Jaar 1", "nu", "😀" * 480)
    fitting = Picture(title="Wie?", here="Hier", steps=(step,))
    longer = Picture(title="Wie?", here="Hier", steps=(PictureStep("Jaar 1", "nu", "😀" * 520),))
    assert delivered(chat, full(picture=fitting, papers=())) == [Delivered()]
    assert delivered(chat, full(picture=longer, papers=())) == [Delivered()]
    assert [(seen.kind, seen.text) for seen in chat.sees(CHAT)] == [
        ("photo", fitting.alt),
        ("text", ANSWER),
        ("photo", "Wie?"),
        ("text", longer.alt),
        ("text", ANSWER),
    ]


def test_words_from_right_to_left_start_at_the_right(chat: FakeTelegram) -> None:
    """A line of an Arabic picture that begins with a Latin word or a number is still shown from right to left."""
    picture = Picture(title="من يساعدك؟", here="أنت هنا", steps=(PictureStep("UWV", "2027", "نص"),))
    one = Message(
        number=1, sender="bot", text="نص", language="ar", direction="rtl", at="2026-11-22T10:00:00Z", picture=picture
    )
    assert delivered(chat, one) == [Delivered()]
    assert chat.called("sendPhoto")[0].params["caption"].split("\n")[1].startswith("\N{RIGHT-TO-LEFT MARK}UWV")


@pytest.mark.parametrize("how", [{"render_picture": fail}, {}])
def test_a_picture_that_cannot_come_is_said_in_words(chat: FakeTelegram, how: dict[str, Any]) -> None:
    """When a picture cannot be drawn, or Telegram does not take it, its words come in its place, and all the rest."""
    if not how:
        how = {"render_picture": lambda picture, **_: b"no picture"}
    assert delivered(chat, full(papers=()), **how) == [Delivered()]
    assert [(seen.kind, seen.text) for seen in chat.sees(CHAT)] == [("text", PICTURE.alt), ("text", ANSWER)]


def test_a_paper_that_cannot_come_is_named(chat: FakeTelegram) -> None:
    """When a paper cannot be made, the person is told which, and the next one comes."""
    made = iter([fail, render])
    assert delivered(chat, full(), render_paper=lambda paper: next(made)(paper)) == [Delivered()]
    sorry, calendar = chat.sees(CHAT)[2:]
    assert "Mijn rechten" in sorry.text
    assert (sorry.kind, calendar.kind) == ("text", "document")


def test_without_a_drawer_everything_is_words(chat: FakeTelegram) -> None:
    """A host that draws nothing still brings every word of a picture."""

    async def deliver() -> DeliveryResult:
        async with opened(chat.url) as client:
            return await TelegramChannel(client).deliver(str(CHAT), full())

    assert asyncio.run(deliver()) == Delivered()
    assert [seen.kind for seen in chat.sees(CHAT)] == ["text"] * 4


@pytest.mark.parametrize(
    ("method", "before"),
    [("sendPhoto", WHOLE[:0]), ("sendMessage", WHOLE[:1]), ("sendDocument", WHOLE[:2])],
)
def test_what_was_sent_is_not_sent_again(chat: FakeTelegram, method: str, before: list[tuple[str, str]]) -> None:
    """After "too fast" the message goes on with the part that failed; nothing comes twice, and nothing is left out."""
    chat.fail(method, "429", retry_after=3)
    assert delivered(chat, full(), times=2) == [TryAgain(3, whole_channel=True), Delivered()]
    assert shape(chat) == WHOLE
    assert [call.status for call in chat.calls].index(429) == len(before)


@pytest.mark.parametrize("method", ["sendPhoto", "sendDocument"])
@pytest.mark.parametrize(("failure", "result"), [("403", Gone("blocked")), ("500", TryAgain(0)), ("502", TryAgain(0))])
def test_a_failure_has_the_same_consequence_as_for_words(
    chat: FakeTelegram, method: str, failure: Failure, result: DeliveryResult
) -> None:
    """Who blocked the bot gets nothing more; what surely did not arrive is tried again."""
    chat.fail(method, failure)
    assert delivered(chat, full()) == [result]
    assert shape(chat) == (WHOLE[:0] if method == "sendPhoto" else WHOLE[:2])


@pytest.mark.parametrize("failure", ["reset", "reset_after", "hang_after"])
def test_a_picture_nobody_knows_about_holds_back_no_words(chat: FakeTelegram, failure: Failure) -> None:
    """When the connection breaks on the picture, the answer and the papers still come; the message counts as uncertain."""
    chat.fail("sendPhoto", failure)
    assert delivered(chat, full(), read_timeout=3) == [Uncertain()]
    assert [one for one in shape(chat) if one[0] != "photo"] == WHOLE[1:]
    assert len(chat.called("sendPhoto")) == 1


def test_doubt_is_remembered_between_tries(chat: FakeTelegram) -> None:
    """A message whose picture is uncertain and whose words had to wait is uncertain in the end, and came once."""
    chat.fail("sendPhoto", "reset_after")
    chat.fail("sendMessage", "429")
    assert delivered(chat, full(), times=2) == [TryAgain(1, whole_channel=True), Uncertain()]
    assert shape(chat) == WHOLE


def test_drawing_does_not_hold_up_others(chat: FakeTelegram) -> None:
    """Pictures and papers are made beside the event loop."""
    threads = set()

    def noting_draw(picture: Picture, *, language: str, direction: Direction) -> bytes:
        threads.add(threading.current_thread())
        return PNG

    def noting_render(paper: Paper) -> File:
        threads.add(threading.current_thread())
        return render(paper)

    delivered(chat, full(), render_picture=noting_draw, render_paper=noting_render)
    assert threads
    assert threading.current_thread() not in threads


def test_nothing_of_a_picture_is_logged(chat: FakeTelegram, caplog: pytest.LogCaptureFixture) -> None:
    """What goes wrong with pictures and papers is logged without a word of them."""
    caplog.set_level("DEBUG")
    chat.fail("sendPhoto", "502")
    delivered(chat, full(), render_paper=fail, times=2)
    written = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records)
    assert "not delivered" in written
    assert not any(words in written for words in ("Wie helpt", "Mijn rechten", "no font"))
