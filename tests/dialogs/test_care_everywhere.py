"""Promises about every place in a conversation: danger and help come first there, and neither they nor another language lose it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from dialogs.conversation import Conversation
from dialogs.effects import LookUpMyData
from dialogs.news import (
    CodeMade,
    ConsentWithdrawn,
    FollowUpDue,
    HandoverAsked,
    HeldConsent,
    Looked,
    MyConsents,
    MyData,
    MyViews,
    News,
    RequestStands,
)
from dialogs.transition_document import Line
from dialogs.transition_news import DocumentShown
from dialogs.turn import hear
from knowledge.example_sentences import FOLDER
from knowledge.transition_form import standard_form
from locales import language, languages
from person import TODAY, Person

HELP_WORDS = tomllib.loads((FOLDER / "words" / "commands.toml").read_text("utf-8"))["commands"]["help_now"]
HANDOVER = HandoverAsked(
    handover="a" * 32,
    counsellor="Coach A",
    sender="Demo Gemeente",
    recipient="demo-doorstroompunt",
    receiver="Demo Doorstroompunt",
    reason="Zij weten meer van leren.",
)
DOCUMENT = DocumentShown(
    lines=(Line(by="person", field="name", words="Sam"),),
    form=standard_form(),
    digest="a" * 64,
    recipient="demo-gemeente",
    name="Demo Gemeente",
    municipality="0344",
    ready=True,
)
CONSENT = HeldConsent(id="b" * 32, name="Demo Gemeente", purpose="support", since=TODAY, given_by="youth")
_TO_CONSENT = ("/person", "Ik zoek werk", "/kind:work", "Utrecht", "/who:gemeente")


def after(*steps: str, **state: Any) -> Callable[[], Person]:
    """Somebody who tapped ("/id") and typed this."""

    def reached() -> Person:
        person = Person(Conversation(channel="web", language="nl", **state))
        for step in steps:
            person.taps(step[1:]) if step.startswith("/") else person.says(step)
        return person

    return reached


def told(news: News, *steps: str, **state: Any) -> Callable[[], Person]:
    """Somebody who then heard this news."""

    def reached() -> Person:
        person = after(*steps, **state)()
        person.takes(hear(person.conversation, news))
        return person

    return reached


WITH_HELP = {"request": "claimed", "talking": True}
PLACES: dict[str, Callable[[], Person]] = {
    "menu": after("/menu"),
    "languages": after("/language"),
    "a question": after("/goal:rights"),
    "a date": after("/goal:rights", "/a:school_type:pro"),
    "the answer": after(
        "/goal:rights", "/a:school_type:pro", "/a:left_school_date:2025-07", "/a:enrolled_elsewhere:false"
    ),
    "an article": after("/info:cv_letter"),
    "more of an article": after("/read:cv_letter"),
    "a topic": after("/topics:work"),
    "not understood": after("blub", "blub"),
    "the need": after("/person"),
    "the kind": after("/person", "Ik zoek werk"),
    "the town": after(*_TO_CONSENT[:3]),
    "consent": after(*_TO_CONSENT),
    "waiting": after(request="waiting", talking=True),
    "with a counsellor": after(**WITH_HELP),
    "handover": told(HANDOVER, **WITH_HELP),
    "where it is": told(RequestStands(organisation="Demo Gemeente", helper="Coach A"), **WITH_HELP),
    "follow-up": told(FollowUpDue("month", "demo-gemeente")),
    "my data": told(MyData(messages=12, requests=1, documents=1, consents=1, locked=False), "/mine"),
    "who looked": told(MyViews((Looked(date(2026, 11, 20), "14:05", "Demo Gemeente"),), 3), "/mine:views"),
    "my consents": told(MyConsents((CONSENT,)), "/mine:consents"),
    "taken back": told(ConsentWithdrawn("Demo Gemeente")),
    "locked": after(locked=True),
    "locked with a counsellor": after(locked=True, **WITH_HELP),
    "erasing": after("/forget"),
    "a code": told(CodeMade("BCDF2GHJ34", date(2026, 11, 29), False, "https://verder.example/chat")),
    "making the document": after("/goal:transition"),
    "the document": told(DOCUMENT),
    "stopped": after("/stop"),
}
SHOWN_AGAIN = (
    "a question", "a date", "the answer", "an article", "more of an article", "a topic", "the need", "the town",
    "handover", "making the document", "waiting", "with a counsellor",
)  # fmt: skip
"""Places whose words come again after something came between; "consent" and "the document" too, with a new mark."""
IN_WORDS = ("consent", "the document")


def said(person: Person, *text_ids: str) -> bool:
    """Whether the last replies begin with one of these texts."""
    first = person.replies[0].text
    return any(first.startswith(language(person.conversation.language).texts[id]) for id in text_ids)


@pytest.mark.parametrize("place", PLACES)
def test_danger_comes_first_and_leads_back(place: str) -> None:
    """Red words bring who to call, a human and the way on; the way on stands where we were."""
    person = PLACES[place]()
    before, shown = person.conversation, person.ids
    person.says("ik wil dood")
    assert said(person, "danger.red.suicide")
    assert person.ids in (("person", "goon"), ("lift:person", "goon"))
    assert (person.conversation.goal, dict(person.conversation.facts)) == (before.goal, dict(before.facts))
    person.taps("goon")
    assert person.asking == ("kind" if before.asking == "need" else before.asking)
    if place in SHOWN_AGAIN and place != "the need":
        assert set(shown) - {"help"} <= set(person.ids)


@pytest.mark.parametrize("place", PLACES)
def test_a_typed_word_for_help_works_everywhere(place: str) -> None:
    """help, SOS, 112, 113 and the words of other languages bring the numbers at once and change nothing."""
    for typed in ("help", "SOS", "112", "113!", "imdat", "ayuda", "рятуйте", "ratunku", "ሓገዝ", "النجدة"):
        person = PLACES[place]()
        before = person.conversation
        person.says(typed)
        assert said(person, "danger.card"), typed
        assert (person.asking, person.conversation.goal) == (before.asking, before.goal), typed


@pytest.mark.parametrize("typed", HELP_WORDS)
def test_every_word_for_help_on_the_list_works_before_there_is_a_language(typed: str) -> None:
    """Whoever opens the chat and types it gets the numbers, not the menu of languages."""
    person = Person(Conversation(channel="web")).says(typed)
    assert "112" in person.replies[0].text
    assert {"person", "goon"} <= set(person.ids)


@pytest.mark.parametrize("code", sorted(set(languages()) - {"nl"}))
@pytest.mark.parametrize("place", PLACES)
def test_another_language_loses_no_place(place: str, code: str) -> None:
    """A change of language at any moment keeps question, goal, facts and draft, and says the same again in the new one."""
    person = PLACES[place]()
    before, shown = person.conversation, person.ids
    person.taps("language").taps(f"lang:{code}")
    now = person.conversation
    assert (now.language, now.second) == (code, "nl")
    for kept in ("asking", "goal", "facts", "draft", "handover", "document", "request", "talking", "place"):
        assert getattr(now, kept) == getattr(before, kept), kept
    assert {reply.language for reply in person.replies} <= {code, "nl"}
    if place in SHOWN_AGAIN and place != "handover":
        assert set(shown) - {"help"} <= set(person.ids)
    if place in ("handover", *IN_WORDS):
        assert {id.rsplit(":", 1)[0] for id in shown if ":" in id} <= {id.rsplit(":", 1)[0] for id in person.ids}
    if place.startswith(("my ", "who looked")):
        assert [type(one) for one in person.effects] == [LookUpMyData]


def test_a_place_is_left_for_another() -> None:
    """An article that was closed by the menu, a goal or words that mean something else does not come back."""
    for left in ("/menu", "/goal:rights", "blub", "bedankt"):
        person = after("/info:cv_letter", left)()
        assert person.conversation.place is None, left
