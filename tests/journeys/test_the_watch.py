"""The browser tests see what goes wrong: nothing else here is worth more than this."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from browser import Chat, Screens, small_targets, violations
from world import World


@pytest.mark.parametrize(
    "wrong",
    [
        "console.error('something broke')",
        "setTimeout(() => { throw new Error('something broke') })",
        "document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))",
        "fetch('https://elsewhere.example/').catch(() => {})",
        "document.body.append(Object.assign(new Image(), {src: 'https://elsewhere.example/pixel.png'}))",
    ],
    ids=["logged", "thrown", "inline_script", "foreign_call", "foreign_image"],
)
def test_what_goes_wrong_in_a_page_fails_the_test(town: World, chromium: Browser, wrong: str) -> None:
    """A logged or thrown error, a broken content policy and a foreign host each make `close` fail."""
    screens = Screens(chromium, town.url)
    page = screens.phone()
    Chat(page).open()
    page.evaluate(wrong)
    page.wait_for_function("() => new Promise((done) => setTimeout(() => done(true)))")
    with pytest.raises(AssertionError):
        screens.close()


def test_faint_words_and_small_buttons_are_found(phone: Chat) -> None:
    """A contrast that is too low and a control that is too small are named."""
    page = phone.open().page
    page.evaluate("document.querySelector('h1').style.color = '#ddd'")
    page.evaluate("document.querySelector('#help').style.cssText = 'min-height: 0; height: 30px'")
    assert [one.partition(":")[0] for one in violations(page)] == ["color-contrast"]
    assert [size for _, size in small_targets(page)] == [30]
