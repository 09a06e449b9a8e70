"""Setting up and using a passkey and an app in a real browser, and how the pages of one's account look and read."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from accounts_world import secret_in
from backend import demo
from backend.accounts import factors
from backend.accounts.invitations import invite
from backend.app import create_app
from backend.db import now, run_now
from backend.organisations.models import organisation
from backend.organisations.service import make_counsellor
from browser import Screens, chromium, small_targets, violations
from fake_telegram import serving
from world import open_service, settings_for

PASSWORD = "vier losse woorden hier"


@dataclass
class Place:
    """A running service, and the code of an invitation in it."""

    url: str
    code: str
    screens: Screens


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A service on localhost, for which browsers make passkeys, with one invited counsellor."""
    # Its address is in the settings, so the port is known first; as long as it is held, nobody else is given it.
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port = held.getsockname()[1]
    settings = settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path, public_url=f"http://localhost:{port}")
    service = open_service(settings)
    vault = service.host.vault

    def fill(db: object) -> str:
        demo.fill(db, vault, "")  # type: ignore[arg-type]
        home = db.execute(sa.select(organisation.c.id)).scalars().first()  # type: ignore[attr-defined]
        id = make_counsellor(db, vault, home, email="a@voorbeeld.nl", name="Coach A", password_hash="")  # type: ignore[arg-type]
        return invite(db, id, "welcome", at=now())  # type: ignore[arg-type]

    code = run_now(service.database, fill)
    with held, chromium() as browser, serving(create_app(service), port=port) as url:
        screens = Screens(browser, url.replace("127.0.0.1", "localhost"))
        yield Place(screens.url, code, screens)
        screens.close()


def _authenticator(page: Page, *, verifies: bool = True) -> None:
    """Gives the browser a passkey device of its own."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": verifies,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def _press(page: Page, label: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=label, exact=True).click()


def _accept(page: Page, place: Place) -> None:
    page.goto(f"/desk/welcome?code={place.code}")
    page.get_by_label("Nieuw wachtwoord").fill(PASSWORD)
    _press(page, "Ga verder")
    expect(page.get_by_role("heading", name="Beveilig je account")).to_be_visible()


def _right(page: Page) -> None:
    """Nothing is wrong for axe, no target too small, nothing wider than the screen."""
    assert violations(page) == []
    assert small_targets(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_passkey_from_the_invitation_on(place: Place) -> None:
    """A new counsellor sets up a passkey, keeps the codes, logs in with password and passkey, and with the passkey alone."""
    page = place.screens.desk()
    _authenticator(page)
    _accept(page, place)
    page.get_by_label("Naam van de passkey").fill("laptop")
    _press(page, "Maak een passkey")
    expect(page.locator(".desk-codes li")).to_have_count(10)
    _right(page)
    page.get_by_role("link", name="Ik heb ze bewaard").click()
    expect(page.get_by_role("heading", name="Vragen", exact=True)).to_be_visible()
    _press(page, "Uitloggen")
    page.get_by_label("E-mailadres").fill("a@voorbeeld.nl")
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    _press(page, "Log in")
    expect(page.get_by_role("heading", name="Nog één stap")).to_be_visible()
    _press(page, "Gebruik je passkey")
    expect(page.get_by_role("heading", name="Vragen", exact=True)).to_be_visible()
    _press(page, "Uitloggen")
    _press(page, "Log in met een passkey")
    expect(page.get_by_role("heading", name="Vragen", exact=True)).to_be_visible()
    page.goto("/desk/account")
    expect(page.get_by_text("laptop").first).to_be_visible()
    _right(page)


def test_a_device_that_knows_nobody_is_only_a_second_step(place: Place) -> None:
    """A passkey that does not verify its user is a second factor, but does not let anybody in alone."""
    page = place.screens.desk()
    _authenticator(page, verifies=False)
    _accept(page, place)
    _press(page, "Maak een passkey")
    expect(page.locator(".desk-codes li")).to_have_count(10)
    page.goto("/desk")
    _press(page, "Uitloggen")
    page.get_by_role("button", name="Log in met een passkey").click()
    expect(page.locator("[data-trouble]")).to_be_visible()
    page.get_by_label("E-mailadres").fill("a@voorbeeld.nl")
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    _press(page, "Log in")
    _press(page, "Gebruik je passkey")
    expect(page.get_by_role("heading", name="Vragen", exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_app_on_a_phone_without_scripts(place: Place, scheme: str) -> None:
    """Without scripts a counsellor reads the secret, sets up the app and logs in with its code, on a narrow screen too."""
    page = place.screens.phone(java_script_enabled=False, color_scheme=scheme)
    _accept(page, place)
    expect(page.get_by_role("img", name="QR-code")).to_be_visible()
    expect(page.get_by_role("button", name="Maak een passkey")).to_be_hidden()
    code = factors.totp_code(secret_in(page.content()), now())
    page.get_by_label("De code van 6 cijfers uit de app").fill(code)
    _press(page, "Zet de app aan")
    recovery = page.locator(".desk-codes code").first.inner_text()
    page.get_by_role("link", name="Ik heb ze bewaard").click()
    _press(page, "Uitloggen")
    page.get_by_label("E-mailadres").fill("a@voorbeeld.nl")
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    _press(page, "Log in")
    page.get_by_label("Code").fill(recovery)
    _press(page, "Log in")
    page.goto("/desk/account")
    expect(page.get_by_text("Je hebt nog 9 herstelcodes.")).to_be_visible()
    _press(page, "Meld overal af")
    page.goto("/desk")
    expect(page.get_by_label("E-mailadres")).to_be_visible()
