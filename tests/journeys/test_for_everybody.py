"""Every main state of the pages passes axe, light and dark, and every control of the chat fits a thumb."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from browser import Chat, Desk, Screens, small_targets, violations
from passwords import PASSWORD
from world import World

Scheme = Literal["light", "dark"]
NEED = "Ik zoek werk in een winkel."

both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


@both_schemes
def test_the_chat_can_be_used_by_everybody(screens: Screens, scheme: Scheme) -> None:
    """Start, question, answer with its clock and law, the steps to it, papers, topics, consent and the help dialog."""
    chat = Chat(screens.phone(color_scheme=scheme)).open()
    found = {"start": _look(chat.page)}
    chat.chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    chat.chooses("Helpt mijn oude school mij nog?").hears("Op welke school zat je het laatst?")
    found["question"] = _look(chat.page)
    chat.chooses("Praktijkschool", "Juli 2025").hears("een andere opleiding?")
    chat.chooses("Nee").hears("Kreeg je in het eerste jaar hulp van je school?")
    chat.chooses("Nee").hears("Dan moet school het opnieuw aanbieden.")
    chat.page.locator("summary").last.tap()
    found["answer"] = _look(chat.page)
    chat.chooses("Waarom is dat zo?").hears("1. Je school is een praktijkschool.")
    chat.page.locator("summary").last.tap()
    found["why"] = _look(chat.page)
    chat.chooses("Bewaar dit antwoord").hears("Hier is je antwoord op één blad.")
    found["papers"] = _look(chat.page)
    chat.chooses("Naar het begin").hears("Waarmee kan ik je helpen?")
    chat.chooses("Andere onderwerpen").hears("Waar gaat je vraag over?")
    found["topics"] = _look(chat.page)
    chat.is_asked_for_consent(NEED)
    found["consent"] = _look(chat.page)
    chat.page.get_by_role("button", name="Wis dit gesprek").tap()
    found["erase"] = _look(chat.page)
    chat.page.keyboard.press("Escape")
    chat.page.get_by_role("button", name="Nu hulp").tap()
    found["help"] = _look(chat.page)
    assert found == {state: ([], []) for state in found}


@both_schemes
def test_the_desk_can_be_used_by_everybody(screens: Screens, town: World, scheme: Scheme) -> None:
    """Log-in, list, and a request with its conversation."""
    person = town.person()
    person.asks_for_help(NEED)
    desk = Desk(screens.desk(color_scheme=scheme))
    desk.page.goto("/desk")
    found = {"log-in": violations(desk.page)}
    desk.logs_in("a", PASSWORD)
    found["list"] = violations(desk.page)
    desk.opens_the_first()
    found["waiting"] = violations(desk.page)
    desk.claims().replies("Ik bel je morgen.")
    person.says("Dat is goed.")
    expect(desk.page.locator(".desk-bubble--person")).to_be_visible()
    found["answered"] = violations(desk.page)
    assert found == {state: [] for state in found}


def test_the_chat_on_a_wide_screen(screens: Screens) -> None:
    """Beside its explanation, on a wide screen, the chat passes the same look."""
    page = screens.desk()
    Chat(page).open()
    assert _look(page) == ([], [])


def _look(page: Page) -> tuple[list[str], list[tuple[str, float]]]:
    """What is wrong on a page that is no longer busy."""
    expect(page.locator("#busy")).to_be_empty()
    return violations(page), small_targets(page)
