"""Promises about keeping and moving a conversation, and about what a channel others can read may carry."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dialogs.conversation import Conversation, Draft
from dialogs.effects import MakeMovingCode, MoveHere, SendHere
from dialogs.goals import moving
from dialogs.messages import Incoming
from dialogs.news import CodeMade, Moved, NotMoved
from dialogs.say import render
from dialogs.turn import hear, take_turn
from person import TODAY, Person, utrecht

CODE = "BCD23FGH46"
WEB = "https://verder.example/chat"
UNTIL = date(2026, 11, 29)


def on(channel: str, **state: Any) -> Person:
    """Somebody on a channel who chose Dutch."""
    return Person(Conversation(channel=channel, language="nl", **state)).opens()


def hears(person: Person, news: Any) -> Person:
    """The person after news."""
    person.takes(hear(person.conversation, news))
    return person


@pytest.mark.parametrize("asks", ["Bewaar mijn gesprek", "verhuis", "geef mij een code!"])
def test_a_code_is_made_only_when_somebody_asks(asks: str) -> None:
    """Asking explains first what the code is for and that this place closes; only then a tap makes one."""
    person = on("web").says(asks)
    assert person.sees("keeping.move.what", "keeping.move.ends")
    assert not person.effects
    assert person.ids[:2] == ("move:code", "menu")
    assert person.taps("move:code").effects == (MakeMovingCode(),)


def test_the_button_stands_with_the_words_on_privacy() -> None:
    """Keeping or moving is one tap from "who reads this", beside wiping."""
    person = on("web").taps("info:privacy_who")
    assert {"move", "forget"} <= set(person.ids)


def test_the_code_is_told_once_with_where_and_until_when() -> None:
    """The code comes in groups of five, with its last day, the address, and what happens here; a notification hides it."""
    person = hears(on("web"), CodeMade(CODE, UNTIL, moves=True, web=WEB, telegram="https://t.me/verder?start=" + CODE))
    (reply,) = person.replies
    assert "BCD23-FGH46" in reply.text
    assert "29 november 2026" in reply.text
    assert person.sees("keeping.code.web", "keeping.code.telegram", "keeping.code.closes")
    assert reply.discretion == "covered"
    reading = hears(on("telegram"), CodeMade(CODE, UNTIL, moves=False, web=WEB, telegram="https://t.me/verder"))
    assert reading.sees("keeping.code.stays")
    assert not reading.sees("keeping.code.telegram")


def test_a_code_brought_to_telegram_moves_the_conversation_there() -> None:
    """Typed or as a deep link, before or after a language was chosen."""
    assert on("telegram").says("bcd23-fgh46").effects == (MoveHere(CODE),)
    person = Person(Conversation(channel="telegram")).opens(CODE).taps("lang:nl")
    assert MoveHere(CODE) in person.effects
    assert on("web").says(CODE).sees("keeping.moved.form")
    assert Person(Conversation(channel="web", language="nl")).opens(CODE).sees("keeping.moved.form")


def test_the_first_words_at_the_new_place() -> None:
    """On Telegram who else sees it is said first; words for a counsellor that were not sent do not come along."""
    draft = Draft(need="Iets dat niemand mag lezen", kind_of_help="work")
    person = hears(on("web", draft=draft, here="yes"), Moved("telegram", WEB))
    assert person.replies[0].text.count(WEB) == 1
    assert person.sees("dialogs.start.telegram", "keeping.moved.telegram")
    assert person.conversation.channel == "telegram"
    assert person.conversation.draft == Draft()
    assert person.conversation.here is None
    back = hears(person, Moved("web", WEB))
    assert back.sees("keeping.moved.web")
    assert back.taps("goon").sees("dialogs.menu.anything_else")


@pytest.mark.parametrize("why", ["code", "tries", "busy"])
def test_why_nothing_was_moved_is_said(why: Any) -> None:
    """A code that does not work is said kindly, with a way on."""
    person = hears(on("telegram"), NotMoved(why))
    assert person.sees(f"keeping.failed.{why}")
    assert "menu" in person.ids


def test_words_of_people_come_over_telegram_only_after_a_yes() -> None:
    """Sending them here is explained first, done after a yes, asked once in the announcements, and taken back with a tap."""
    person = on("telegram")
    shown = render((moving.announcement(person.conversation, WEB),), "nl")[0]
    assert [choice.id for choice in shown.choices] == ["move:read", "here"]
    person.taps("here")
    assert person.sees("keeping.here.question")
    assert not person.effects
    assert person.taps("here:yes").effects == (SendHere(),)
    assert person.conversation.here == "yes"
    assert "here:no" in person.says("verhuis").ids
    person.taps("here:no")
    assert person.sees("keeping.here.off")
    shown = render((moving.announcement(person.conversation, WEB),), "nl")[0]
    assert [choice.id for choice in shown.choices] == ["move:read"]
    assert "here" in person.says("verhuis").ids


def test_reading_elsewhere_is_for_telegram_alone() -> None:
    """On the web there is nothing to hold back: those buttons mean nothing there."""
    for button in ("move:read", "here:yes", "move:nonsense"):
        person = on("web").taps(button)
        assert person.sees("dialogs.understanding.old_button")
        assert not person.effects
    assert on("telegram").taps("move:read").effects == (MakeMovingCode(moves=False),)


@pytest.mark.parametrize("start", ["", CODE, "BCD23FGH46JKM78", "x"])
@pytest.mark.parametrize("opening", [(), ("Hoi",), ("help",), ("menu",)])
def test_telegram_is_named_before_the_first_question(start: str, opening: tuple[str, ...]) -> None:
    """However a chat on Telegram begins, the first bubble before any question says who sees it and where the web is."""
    knowledge = utrecht()
    conversation = Conversation(channel="telegram")
    turn = take_turn(conversation, Incoming(start=start), knowledge, TODAY)
    if opening:
        turn = take_turn(conversation, Incoming(text=opening[0]), knowledge, TODAY)
    first = next((reply for reply in turn.replies if "?" in reply.text or reply.choices), None)
    if opening != ("help",):
        assert first is not None
        assert "Telegram" in first.text
        assert knowledge.web_address in first.text
    chosen = take_turn(turn.conversation, Incoming(choice="lang:nl"), knowledge, TODAY)
    texts = [reply.text for reply in chosen.replies]
    assert any("Telegram" in text and knowledge.web_address in text for text in texts)


def test_wiping_on_telegram_says_what_goes_and_what_stays() -> None:
    """Only Telegram can wipe what the person wrote there, and that is said."""
    assert on("telegram").taps("forget").taps("forget:yes").sees("keeping.erased.telegram")
    assert not on("web").taps("forget").taps("forget:yes").sees("keeping.erased.telegram")


def test_danger_is_covered() -> None:
    """What is said about danger, and a code, never stands in the first line of a notification."""
    for words in ("ik wil dood", "help"):
        person = on("telegram").says(words)
        assert all(reply.discretion == "covered" for reply in person.replies)
