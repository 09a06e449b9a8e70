"""A conversation that was on another phone comes to this one with its code."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from browser import Chat, Screens
from town import open_town
from world import World


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One running service for this module."""
    with open_town(tmp_path_factory.mktemp("town")) as world:
        yield world


def test_a_code_brings_the_whole_conversation_to_this_phone(phone: Chat, screens: Screens) -> None:
    """The code that one phone shows is typed on another: every message stands there once, in order, also after a reload, and
    it goes on in its own language."""
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    phone.writes("helpt mijn oude school mij nog?").chooses("Praktijkschool").hears("Wanneer ging je van school?")
    phone.writes("bewaar dit gesprek").chooses("Geef mij een code")
    words = phone.hears("Gebruik je de code?").page.locator(".m.bot .words").all_inner_texts()
    code = next(found[0] for said in reversed(words) if (found := re.search(r"\b[A-Z0-9]{5}-[A-Z0-9]{5}\b", said)))
    before = phone.page.locator(".m .words").all_inner_texts()
    other = Chat(screens.phone()).open("/chat")
    other.chooses("English").hears("How can I help you?")
    other.writes(code)
    expect(other.page.locator(".m.person")).to_have_count(len(phone.said()))
    assert other.said() == phone.said()
    assert other.page.locator(".m .words").all_inner_texts()[: len(before)] == before
    other.page.reload()
    expect(other.page.locator(".m.person")).to_have_count(len(phone.said()))
    other.writes("menu").hears("Waarmee kan ik je helpen?")


def test_a_code_that_is_not_known_is_said_and_stays_to_be_mended(phone: Chat, screens: Screens) -> None:
    """A code with a mistake in it is said kindly, the conversation stays, and what was typed can be corrected."""
    screens.expect_problem("Failed to load resource: the server responded with a status of 404")
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    before = phone.page.locator(".m .words").all_inner_texts()
    phone.writes("BCD23-FGH46")
    expect(phone.page.locator("body")).to_contain_text("Deze code werkt niet. Kijk of alles goed staat.")
    expect(phone.page.locator("#text")).to_have_value("BCD23-FGH46")
    assert phone.page.locator(".m .words").all_inner_texts() == before
