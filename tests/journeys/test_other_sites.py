"""The chat on somebody else's site: one script tag gives a button, a frame, and the way back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser, expect

from browser import Screens
from fake_telegram import serving
from world import World, open_world, settings_for


@pytest.fixture
def school_site(town: World) -> Iterator[str]:
    """The address of a school's page, on another host, with the chat's script tag."""
    site = FastAPI()
    head = '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>School</title>'
    html = f'<!doctype html>{head}<h1>Onze school</h1><script src="{town.url}/embed.js" defer></script>'
    site.add_api_route("/", lambda: HTMLResponse(html))
    with serving(site) as url:
        yield url.replace("127.0.0.1", "localhost")


def test_the_chat_opens_on_another_site_and_gives_the_focus_back(screens: Screens, school_site: str) -> None:
    """With the keyboard: the button opens the chat, the chat works, Escape closes it, and the button has the focus."""
    screens.allow_host(school_site)
    page = screens.desk()
    page.goto(school_site)
    button = page.get_by_role("button", name="Chat met Verder")
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    chat = page.frame_locator("iframe[title=Chat]")
    expect(chat.locator("html")).to_have_class(re.compile("framed"))  # its script has run
    chat.get_by_role("button", name="Nederlands").click()
    expect(chat.locator(".m.bot").last).to_contain_text("Waarmee kan ik je helpen?")
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(chat.locator(".m.bot").last).to_contain_text("Waarmee kan ik je helpen?")


def test_on_a_phone_the_chat_fills_the_screen(screens: Screens, school_site: str) -> None:
    """On a phone the frame is the whole screen, and its own button closes it."""
    screens.allow_host(school_site)
    page = screens.phone()
    page.goto(school_site)
    page.get_by_role("button", name="Chat met Verder").tap()
    frame = page.locator("iframe")
    expect(frame).to_be_visible()
    assert frame.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}
    page.frame_locator("iframe").get_by_role("button", name="Sluiten").tap()
    expect(frame).to_be_hidden()


@pytest.mark.parametrize("query", ["", "?region=0344"], ids=["the service", "a municipality"])
def test_a_foreign_site_cannot_frame_the_chat(chromium: Browser, tmp_path: Path, query: str) -> None:
    """Where sites are named, the browser shows the chat on those, and nothing of it on any other."""
    site = FastAPI()
    html = '<!doctype html><link rel="icon" href="data:,"><title>Site</title><iframe src="{}/chat{}"></iframe>'
    chat: list[str] = []
    site.add_api_route("/", lambda: HTMLResponse(html.format(chat[0], query)))
    with serving(site) as url:
        friend, stranger = url.replace("127.0.0.1", "localhost"), url
        looks = tmp_path / "looks"
        looks.mkdir()
        (looks / "0344.toml").write_text(f'name = "Voorbeeld"\nsites = ["{friend}"]', "utf-8")
        allowed = "none" if query else friend
        settings = settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path, looks=looks, frame_ancestors=allowed)
        with open_world(settings, worker=False) as world:
            chat.append(world.url)
            screens = Screens(chromium, world.url, expected=["frame-ancestors"])
            for parent, shown in ((friend, True), (stranger, False)):
                screens.allow_host(parent)
                page = screens.desk()
                if shown:
                    page.goto(parent)
                else:
                    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
                        page.goto(parent)
                page.wait_for_load_state("load")
                framed = page.frame_locator("iframe").get_by_role("button", name="Nederlands")
                expect(framed).to_have_count(1 if shown else 0)
            assert any("frame-ancestors" in problem for problem in screens.problems)
            screens.close()
