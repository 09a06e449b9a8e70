"""Makes the screenshots in this folder again: `python docs/screenshots/renew.py`. Starts what it needs, and stops it."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from playwright.sync_api import Browser, Page, expect  # noqa: E402

from browser import Chat, Desk, Screens, chromium  # noqa: E402
from town import open_town  # noqa: E402
from world import PASSWORD, World  # noqa: E402

LARGEST = 120_000
NEED = "Ik zoek werk in een winkel. Ik weet niet hoe ik moet bellen."


def main() -> None:
    """All six."""
    os.environ["TZ"] = "Europe/Amsterdam"
    time.tzset()
    with tempfile.TemporaryDirectory() as folder, open_town(Path(folder)) as town, chromium() as browser:
        screens = Screens(browser, town.url)
        _phone_screens(screens)
        _answer_in_the_dark(screens)
        _desk_screens(browser, screens, town)
        screens.close()


def _phone_screens(screens: Screens) -> None:
    chat = Chat(screens.phone(device_scale_factor=2)).open()
    _save(chat.page, "start-phone")
    chat.hears_that_school_must_offer_again()
    _save(chat.page, "answer-phone")
    chat.is_asked_for_consent(NEED)
    _save(chat.page, "consent-phone")
    chat.chooses("Ja, stuur dit").hears("Je bericht is bij Demo Gemeente.")


def _answer_in_the_dark(screens: Screens) -> None:
    chat = Chat(screens.phone(device_scale_factor=2, color_scheme="dark")).open()
    chat.hears_that_school_must_offer_again()
    chat.page.locator("summary").last.tap()
    chat.page.locator("summary").last.evaluate("(one) => one.scrollIntoView({block: 'center'})")
    _save(chat.page, "answer-dark")


def _desk_screens(browser: Browser, screens: Screens, town: World) -> None:
    for need in ("Ik wil stoppen met mijn opleiding.", "Ik heb een brief. Ik snap hem niet.", "Ik wil leren lassen."):
        town.person().asks_for_help(need)
    with town.counsellor("gemeente", "b") as colleague:
        colleague.does("claim", colleague.requests()[1]["id"])
    desk = Desk(screens.desk()).logs_in("a", PASSWORD)
    desk.opens_the_first().claims().replies("Hoi! Morgen om 10 uur kan ik je bellen. Is dat goed?")
    desk.page.goto("/desk")
    _save(desk.page, "desk-list")
    desk.rows("mine").first.get_by_role("link").click()
    expect(desk.page.locator(".desk-bubble--counsellor")).to_be_visible()
    _save(desk.page, "desk-request")


def _save(page: Page, name: str, **more: Any) -> None:
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    picture = page.screenshot(caret="initial", **more)
    if len(picture) > LARGEST:
        raise SystemExit(f"{name}.png has {len(picture)} bytes; at most {LARGEST} fit here")
    (HERE / f"{name}.png").write_bytes(picture)


if __name__ == "__main__":
    main()
