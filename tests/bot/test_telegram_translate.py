"""What Telegram brings becomes an Envelope or a clear refusal, and what we say becomes what Telegram takes."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from aiogram.types import Update
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channel import Envelope, Message
from bot.telegram.payloads import to_payloads
from bot.telegram.translate import callback_query_id, to_envelope
from dialogs.messages import Incoming, SourceLink
from fake_telegram import FakeTelegram
from telegram_rules import checked, shown

Json = dict[str, Any]
CHAT = 700_100


def said(text: str, **more: object) -> Json:
    return FakeTelegram().person_says(CHAT, text, **more)


def tapped(data: object) -> Json:
    under = {"message_id": 1, "date": 0, "chat": {"id": CHAT, "type": "private"}}
    tap = {"id": "42", "from": {"id": CHAT, "is_bot": False}, "message": under, "data": data}
    return {"update_id": 7, "callback_query": tap}


def incoming(update: Json) -> Incoming:
    envelope = to_envelope(update)
    assert envelope is not None
    return envelope.incoming


def message(text: str = "Hallo", **more: Any) -> Message:
    at = "2026-11-22T10:00:00Z"
    given = {"number": 1, "sender": "bot", "text": text, "language": "nl", "direction": "ltr", "at": at, **more}
    return Message(**given)


def accepted(payloads: list[Json]) -> list[str]:
    """The texts as people see them, after Telegram's rules took each payload as the client sends it."""
    texts = []
    for payload in payloads:
        sent = {key: value if isinstance(value, str) else json.dumps(value) for key, value in payload.items()}
        checked("sendMessage", {"chat_id": str(CHAT), **sent})
        texts.append(shown(str(payload["text"]), "HTML"))
    return texts


def rows(payload: Json) -> list[list[str]]:
    return [[button["text"] for button in row] for row in payload["reply_markup"]["inline_keyboard"]]


# From Telegram.


def test_the_fake_makes_updates_that_telegram_could_send() -> None:
    """The updates these tests use have the shape that an independent library knows."""
    Update.model_validate(said("/start abc"))
    Update.model_validate(said("", photo=[{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]))


def test_typed_words_come_in_whole() -> None:
    """A text arrives with its update number, its chat and the language of the phone."""
    update = {**said("Ik zoek hulp"), "update_id": 991}
    envelope = Envelope(
        channel="telegram",
        outside_id="991",
        address=str(CHAT),
        incoming=Incoming(text="Ik zoek hulp"),
        language_hint="nl",
    )
    assert to_envelope(update) == envelope


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start", Incoming(start="")),
        ("/start a_B-9", Incoming(start="a_B-9")),
        ("/start@verder_bot a_B-9", Incoming(start="a_B-9")),
        ("/start <script>", Incoming(start="")),
        ("/START " + "x" * 65, Incoming(start="")),
        ("/menu", Incoming(choice="menu")),
        ("/help", Incoming(choice="help")),
        ("/Taal ", Incoming(choice="language")),
        ("/mens", Incoming(choice="person")),
        ("/stop", Incoming(choice="stop")),
        ("/mens ik kan niet meer", Incoming(text="/mens ik kan niet meer")),
        ("/stop nu", Incoming(text="/stop nu")),
        ("/iets", Incoming(text="/iets")),
        ("a\x00b\x07\r\nc\td\x85", Incoming(text="ab\nc d")),
        ("\ud83d hoi", Incoming(text="hoi")),
        ("\x00\x01\u200b", Incoming(choice="not_text")),
        ("", Incoming(choice="not_text")),
    ],
)
def test_commands_and_words_are_told_apart(text: str, expected: Incoming) -> None:
    """Bare commands are choices, a start carries its code, and all other words reach the dialog clean."""
    update = said("x")
    update["message"]["text"] = text
    assert incoming(update) == expected


def test_a_text_that_is_too_long_stays_too_long() -> None:
    """Of a very long text 4,001 characters remain, so that the dialog can say that it is too long."""
    assert len(incoming(said("é" * 9_000)).text or "") == 4_001
    assert len(incoming(said("é" * 4_000)).text or "") == 4_000


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "document", "video", "location", "contact", "dice"])
def test_other_content_gets_an_answer(kind: str) -> None:
    """A photo, a voice message or a sticker is the choice "not_text", so that nobody waits for nothing."""
    assert incoming(said("", **{kind: {"file_id": "x"}})) == Incoming(choice="not_text")


def test_words_under_a_photo_are_read() -> None:
    """The words under a photo count as typed, because they may be a cry for help."""
    assert incoming(said("", photo=[], caption="help me")) == Incoming(text="help me")


@pytest.mark.parametrize("chat_type", ["group", "supergroup", "channel", None])
def test_only_private_chats_are_answered(chat_type: str | None) -> None:
    """In groups and channels the bot says nothing, not even after a tap."""
    typed, tap = said("hoi"), tapped("v1:menu")
    typed["message"]["chat"]["type"] = chat_type
    tap["callback_query"]["message"]["chat"]["type"] = chat_type
    assert to_envelope(typed) is None
    assert to_envelope(tap) is None


def test_what_asks_for_nothing_gives_nothing() -> None:
    """Edits, words of bots, Telegram's own notices and unknown kinds of updates make no turn."""
    typed = said("hoi")
    assert to_envelope({"update_id": 1, "edited_message": typed["message"]}) is None
    assert to_envelope({"update_id": 1, "my_chat_member": {}}) is None
    assert to_envelope({"update_id": 1}) is None
    assert to_envelope(said("", pinned_message={"message_id": 1})) is None
    assert to_envelope(said("hoi", **{"from": {"id": 1, "is_bot": True}})) is None
    assert to_envelope({"update_id": 1, "callback_query": {"id": "1", "inline_message_id": "x"}}) is None


@pytest.mark.parametrize(
    ("data", "choice"),
    [
        ("v1:school.pro", "school.pro"),
        ("v1:" + "x" * 60, "x" * 60),
        ("v1:" + "x" * 61, "old"),
        ("v1:", "old"),
        ("v0:menu", "old"),
        ("menu", "old"),
        ("v1:é", "old"),
        ("v1:a\nb", "old"),
        (None, "old"),
        (5, "old"),
    ],
)
def test_a_tap_is_a_choice_or_an_old_button(data: object, choice: str) -> None:
    """Only data that this bot makes is a choice; every other button is said to be old."""
    assert incoming(tapped(data)) == Incoming(choice=choice)
    assert callback_query_id(tapped(data)) == "42"


@pytest.mark.parametrize(
    ("code", "hint"),
    [("nl", "nl"), ("pt-br", "pt"), ("AR", "ar"), ("zh-hans", "zh"), ("", None), ("x" * 50, None), (3, None)],
)
def test_the_phone_hints_at_a_language(code: object, hint: str | None) -> None:
    """The hint is the main part of the phone's language, or nothing when it is no language code."""
    update = said("hoi")
    update["message"]["from"]["language_code"] = code
    envelope = to_envelope(update)
    assert envelope is not None
    assert envelope.language_hint == hint


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"update_id": "1"},
        {"update_id": True},
        {"update_id": -1},
        {"update_id": 1e400},
        {"update_id": 1, "message": []},
        {"update_id": 1, "message": {"text": 5, "chat": {"id": 1, "type": "private"}}},
        {"update_id": 1, "message": {"text": "a", "chat": {"id": "1", "type": "private"}}},
        {"update_id": 1, "message": {"text": "a", "chat": {"id": 1, "type": "private"}, "from": 4}},
        {"update_id": 1, "callback_query": {"id": "1", "message": None}},
    ],
)
def test_what_cannot_be_an_update_is_refused_clearly(update: Json) -> None:
    """A broken update is a ValueError, and its words contain nothing of the update."""
    with pytest.raises(ValueError, match=r"^[a-z_]+ is "):
        to_envelope(update)


KEYS = st.sampled_from(
    (
        *("update_id", "message", "callback_query", "edited_message", "text", "caption"),
        *("chat", "from", "id", "type", "data", "is_bot", "language_code"),
    )
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["private", "v1:x"])
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(), inner), max_leaves=20
)


@given(st.dictionaries(KEYS | st.text(), JSON))
def test_no_json_breaks_the_door(update: Json) -> None:
    """Whatever comes in gives an Envelope, nothing, or a ValueError."""
    callback_query_id(update)
    try:
        envelope = to_envelope(update)
    except ValueError:
        return
    assert envelope is None or envelope.address.lstrip("-").isdigit()


@given(st.data(), JSON)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_damaged_update_breaks_the_door(data: st.DataObject, damage: object) -> None:
    """A real update with any one part replaced gives an Envelope, nothing, or a ValueError."""
    update = data.draw(st.sampled_from([said("/start a"), said("hoi"), tapped("v1:menu")]))
    place: Json = update
    while isinstance(place[key := data.draw(st.sampled_from(sorted(place)))], dict) and data.draw(st.booleans()):
        place = place[key]
    place[key] = damage
    callback_query_id(update)
    try:
        envelope = to_envelope(update)
    except ValueError:
        return
    assert envelope is None or len(envelope.incoming.text or "") <= 4_001


# To Telegram.


def test_words_are_never_markup() -> None:
    """What a person or counsellor writes is shown letter for letter, never as HTML, and links show no preview."""
    text = 'Ik <b>wil</b> "A&B" & <script>x</script> &amp;'
    [payload] = to_payloads(message(text))
    assert accepted([payload]) == [text]
    assert payload["link_preview_options"] == {"is_disabled": True}


def test_a_counsellor_is_named() -> None:
    """A counsellor's message begins with the shown name in bold, also when the name looks like markup."""
    [payload] = to_payloads(message("Dag!", sender="counsellor", name="Coach <A>"))
    assert payload["text"] == "<b>Coach &lt;A&gt;</b>\nDag!"
    [unnamed] = to_payloads(message("Dag!", sender="counsellor"))
    assert accepted([unnamed]) == ["Je begeleider\nDag!"]


def test_a_long_answer_of_a_counsellor_is_named_once() -> None:
    """The name stands above the first part of a long answer, never alone in a message."""
    parts = accepted(to_payloads(message("x" * 9_000, sender="counsellor", name="Coach A")))
    assert [part.startswith("Coach A\nx") for part in parts] == [True, False, False]


def test_the_law_stands_below_the_text() -> None:
    """Sources come in one line with a link each; an address that is no web address is shown without a link."""
    links = (
        SourceLink("WVO 2020", "2.31a", "3", 'https://wetten.overheid.nl/x?a=1&b="2"', "…"),
        SourceLink("WEB", "8.1", None, "javascript:alert(1)", "…"),
    )
    [payload] = to_payloads(message("De school moet je helpen.", sources=links))
    assert payload["text"] == (
        "De school moet je helpen.\n\nIn de wet: "
        '<a href="https://wetten.overheid.nl/x?a=1&amp;b=&quot;2&quot;">WVO 2020 artikel 2.31a lid 3</a>, '
        "WEB artikel 8.1"
    )


def test_a_question_has_its_ways_out_below_it() -> None:
    """What the widget shows beside the conversation stands under a question here: back, and help now; never twice."""
    [asked] = to_payloads(message(choices=(("a:diploma:true", "Ja"),)))
    assert rows(asked) == [["Ja"], ["Terug"], ["Nu hulp"]]
    [card] = to_payloads(message(choices=(("help", "Nu hulp"),)))
    assert rows(card) == [["Nu hulp"]]


def test_each_choice_has_its_own_row() -> None:
    """Buttons stand below each other; a choice that only copies is left out, since a long press copies here."""
    choices = (("a", "Ja"), ("copy:1", "Kopieer"), ("b", "Nee, dat wil ik niet"))
    [payload] = to_payloads(message(choices=choices))
    assert rows(payload) == [["Ja"], ["Nee, dat wil ik niet"], ["Nu hulp"]]
    assert payload["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "v1:a"  # type: ignore[index]


def test_many_short_choices_stand_in_a_grid() -> None:
    """Days stand four in a row and months three, and a long label after them keeps its own row."""
    days = tuple((f"d{day}", str(day)) for day in range(1, 32))
    [payload] = to_payloads(message(choices=(*days, ("x", "Ik weet het niet"))))
    assert [len(row) for row in rows(payload)] == [4] * 7 + [3, 1, 1]
    months = tuple((f"m{month}", "september") for month in range(12))
    [payload] = to_payloads(message(choices=months))
    assert [len(row) for row in rows(payload)] == [3] * 4 + [1]


def test_no_more_buttons_than_telegram_takes() -> None:
    """Of more than a hundred choices the first hundred are shown."""
    [payload] = to_payloads(message(choices=tuple((str(n), f"Keuze nummer {n}") for n in range(120))))
    accepted([payload])
    assert len(rows(payload)) == 100


@pytest.mark.parametrize("id", ["", "x" * 61, "é", "a b", "a\n"])
def test_a_choice_that_would_get_lost_is_a_defect(id: str) -> None:
    """A choice id that Telegram cannot carry back is refused before anything is sent."""
    with pytest.raises(ValueError, match="choice id"):
        to_payloads(message(choices=((id, "Ja"),)))


def test_long_texts_are_cut_between_sentences() -> None:
    """A long text goes out in parts that end with a sentence, with the buttons under the last part only."""
    text = "\n\n".join(["Dit is een zin over school en werk. " * 30] * 9)
    payloads = to_payloads(message(text, choices=(("a", "Ja"),)))
    assert len(payloads) == 3
    assert all(part.endswith("werk.") for part in accepted(payloads))
    assert ["reply_markup" in payload for payload in payloads] == [False, False, True]


def test_nothing_to_say_sends_nothing() -> None:
    """An empty message is not sent, but its buttons get a word above them."""
    assert to_payloads(message(" \n\u200b")) == []
    assert to_payloads(message("", sender="counsellor", name="Coach A")) == []
    assert accepted(to_payloads(message("", choices=(("a", "Ja"),)))) == ["Kies een knop."]


def test_lines_are_shown_from_the_right_side() -> None:
    """Only a line that would begin on the wrong side gets an invisible mark before it."""
    [payload] = to_payloads(message("مرحبا UWV\nUWV مرحبا\n06 12", direction="rtl", language="ar"))
    assert payload["text"] == "مرحبا UWV\n\u200fUWV مرحبا\n\u200f06 12"
    [payload] = to_payloads(message("Hallo\nسلم is hallo"))
    assert payload["text"] == "Hallo\n\u200eسلم is hallo"


CHOICE_IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
LINKS = st.builds(
    SourceLink, st.text(), st.text(), st.none() | st.text(), st.text() | st.just("https://a.nl/?b&c"), st.text()
)
LONG = st.builds(lambda text, times: text * times, st.text(min_size=1, max_size=60), st.integers(1, 400))
MESSAGES = st.builds(
    Message,
    number=st.integers(1),
    sender=st.sampled_from(["bot", "person", "counsellor", "system"]),
    text=st.text() | LONG,
    language=st.sampled_from(["nl", "en", "ar", "xx"]),
    direction=st.sampled_from(["ltr", "rtl"]),
    at=st.just("2026-11-22T10:00:00Z"),
    choices=st.lists(st.tuples(CHOICE_IDS, st.text()), max_size=12).map(tuple),
    sources=st.lists(LINKS, max_size=4).map(tuple),
    name=st.none() | st.text(),
)


def letters(text: str) -> str:
    """What people can see of a text: no white space, no invisible characters."""
    return "".join(sign for sign in text if unicodedata.category(sign)[0] not in "ZC")


@given(MESSAGES)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_telegram_takes_every_message_whole(any_message: Message) -> None:
    """Telegram's own limits refuse no message, and no visible character of a text gets lost or moved."""
    texts = accepted(to_payloads(any_message))
    if letters(any_message.text).strip("\u115f\u1160\u2800\u3164\uffa0\ufffc"):
        assert letters(any_message.text) in letters("".join(texts))
