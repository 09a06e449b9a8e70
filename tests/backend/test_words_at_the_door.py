"""Free text over HTTP: help in any language, another language at any moment, never a loop, and a kind no."""

from __future__ import annotations

from typing import Any

import pytest

from locales import language, source_texts
from world import World

HELP = (
    "help",
    "112",
    "113",
    "imdat",
    "النجدة",
    "рятуйте",
    "ratunku",
    "کمک",
    "caawi",
    "ሓግዙኒ",
    "socorro",
    "au secours",
    "ayudo",
)
FOOTER = source_texts()["danger.footer"]


def _choices(replies: list[dict[str, Any]]) -> list[str]:
    return [choice["id"] for reply in replies for choice in reply["choices"]]


def _said(replies: list[dict[str, Any]]) -> str:
    return "\n".join(reply["text"] for reply in replies)


@pytest.mark.parametrize("chosen", ["nl", None])
def test_a_word_for_help_in_any_language_brings_the_numbers(verder: World, chosen: str | None) -> None:
    """Also before a language is chosen, and in the middle of a question, which comes again afterwards."""
    person = verder.person(chosen)
    if chosen:
        person.chooses("goal:rights")
    for typed in HELP:
        replies = person.says(typed)
        assert "112" in replies[0]["text"], typed
        assert {"person", "goon"} <= set(_choices(replies)), typed
    on = _choices(person.taps("goon"))
    assert any(id.startswith("a:school_type:" if chosen else "lang:") for id in on)


def test_another_language_shows_the_same_page(verder: World) -> None:
    """Who reads an article, or their own data, and changes language reads the same in the other language."""
    person = verder.person()
    dutch = person.taps("info:privacy_who")
    person.says("english")
    english = person.taps("lang:en")
    assert _choices(english) == _choices(dutch)
    assert {reply["language"] for reply in english} == {"en"}
    person.taps("mine")
    person.taps("language")
    person.taps("lang:nl")
    assert any(id.startswith("mine:") for id in _choices(person.messages()[-2:]))


def test_not_understood_twice_offers_buttons_and_a_person(verder: World) -> None:
    """However often nothing is understood, buttons and a person are offered, and nothing that was told is lost."""
    person = verder.person()
    person.chooses("goal:rights")
    person.chooses("a:school_type:pro")
    for times in range(1, 5):
        replies = person.says("qzx wvk jjj")
        assert any(id.startswith("a:left_school_date:") for id in _choices(replies))
        assert ("person" in _choices(replies)) == (times >= 2)
    assert "lang:en" in _choices(person.taps("language"))
    assert any(id.startswith("a:left_school_date:") for id in _choices(person.taps("lang:en")))


def test_what_is_no_topic_gets_a_kind_no_and_the_menu(verder: World) -> None:
    """Out of scope: said kindly, with what can be helped with and a person."""
    replies = verder.person().says("wat is de hoofdstad van frankrijk")
    assert source_texts()["dialogs.information.out_of_scope"] in _said(replies)
    assert {"goal:rights", "person"} <= set(_choices(replies))


def test_without_the_extra_every_understood_answer_has_the_line(verder: World) -> None:
    """In the plain mode one line, and no more, says where help is under each answer to free text."""
    person = verder.person()
    for words in ("hoe maak ik een cv", "wat kost dit", "ik zoek een kamer in utrecht", "blub blub", "hoe laat is het"):
        said = _said(person.says(words))
        assert said.count(FOOTER) == 1, words
        assert said.rstrip().endswith(FOOTER), words
    assert "\n" not in FOOTER
    assert "\n" not in language("en").texts["danger.footer"]
