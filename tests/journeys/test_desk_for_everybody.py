"""Every page of the desk's daily work, rights and oversight in a browser: axe, light and dark, a small screen, paper, and
what two persons do together without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from backend import demo_life
from backend.access.roles import ROLES
from backend.connections.tokens import make_token
from backend.connections.webhooks import announce, make_webhook
from backend.db import Transaction, now
from backend.organisations.counsellors import Counsellor
from backend.support_requests.appointments import propose_call
from backend.support_requests.canned import keep_canned
from backend.support_requests.models import support_request
from backend.together.models import emergency_access
from browser import Screens, violations
from desk_people import DeskPerson, new_person
from town import open_town
from world import World

SCHOOL, TOWN_HALL = "Demo Praktijkschool", "Demo Gemeente"
HOUR = 3600 * 1_000_000
REASON = "De organisatie is onbereikbaar."
PLACES = {
    "organisation_admin": ("/desk/people", "/desk/connections", "/desk/connections/webhooks/{hook}", "/desk/queues"),
    "privacy_officer": ("/desk/openings", "/desk/data", "/desk/emergency"),
    "auditor": ("/desk/trail",),
    "platform_admin": ("/desk/tenants", "/desk/emergency", "/desk/emergency/{emergency}"),
    "team_lead": ("/desk/statistics", "/desk/answers", "/desk/answers/{answer}", "/desk/requests/{request}"),
    "counsellor": ("/desk", "/desk/away", "/desk/search", "/desk/requests/{other}", "/desk/account"),
    "owner": ("/desk/requests/{request}",),
    "coach": ("/desk/duties", "/desk/invitations"),
}
_OPEN = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_ON_PAPER = """() => Array.from(document.querySelectorAll("button, .desk-nav, .desk-header__end"))
  .filter((one) => one.getClientRects().length).map((one) => one.outerHTML)"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The running service with former pupils, figures and requests."""
    with open_town(tmp_path_factory.mktemp("town")) as world:
        world.do(lambda db: demo_life.live(db, world.service.host, at=now()))
        yield world


@pytest.fixture(scope="module")
def people(town: World) -> Iterator[dict[str, DeskPerson]]:
    """One of each role at the gemeente, a second administrator and platform administrator, an owner, a school's coach."""
    with ExitStack() as stack:

        def join(at: str, role: str) -> DeskPerson:
            http = stack.enter_context(httpx.Client(base_url=town.url, trust_env=False, timeout=60))
            return new_person(town, http, at, role)  # type: ignore[arg-type]

        found = {role: join(TOWN_HALL, role) for role in ROLES}
        found |= {"second": join(TOWN_HALL, "organisation_admin"), "platform_2": join(TOWN_HALL, "platform_admin")}
        yield {**found, "owner": join(TOWN_HALL, "counsellor"), "coach": join(SCHOOL, "counsellor")}


@pytest.fixture(scope="module")
def ids(town: World, people: dict[str, DeskPerson]) -> dict[str, str]:
    """Something to see on every page: what waits, what is open, who looked, an appointment, a token, a webhook."""
    for _ in range(2):
        town.person().asks_for_help()
    request, other = (str(row[0]) for row in town.rows(sa.select(support_request.c.id)))
    owner, admin, platform = people["owner"], people["organisation_admin"], people["platform_admin"]
    for id, by in ((request, owner), (other, people["team_lead"])):
        assert by.http.post(f"/api/v1/desk/requests/{id}/claim").status_code == 200
    owner.http.post(f"/api/v1/desk/requests/{request}/reply", json={"text": "Hoi. Ik help je graag."})
    people["counsellor"].form(f"/desk/requests/{request}/open", reason="else", words="Mijn collega vroeg het.")
    admin.form(f"/desk/people/{owner.id}/role", role="auditor")
    people["second"].form(f"/desk/people/{people['auditor'].id}/factors")
    for id in (request, other):
        assert platform.form("/desk/emergency", number=id, reason=REASON).status_code == 303
    of = emergency_access.c
    emergency = str(town.rows(sa.select(of.id).where(of.request_id == request))[0][0])
    assert people["platform_2"].form(f"/desk/emergency/{emergency}/agree").status_code == 303
    town.person().asks_for_help()
    many = sa.update(support_request).where(support_request.c.status == "waiting")
    town.do(lambda db: db.execute(many.values(bundled_at=now())))
    vault = town.service.host.vault
    by = Counsellor(admin.id, admin.organisation_id, "Coach A", "organisation_admin")

    def make(db: Transaction) -> tuple[str, str]:
        make_token(db, by, name="Zaaksysteem", scopes=["figures"], at=now())
        url = "https://zaken.example/een/heel/lang/adres/dat/op/een/telefoon/niet/past"
        hook, _ = make_webhook(db, vault, by, url=url, events=["closed"], at=now())
        announce(db, by.organisation_id, "closed", request, at=now())
        mine = Counsellor(owner.id, owner.organisation_id, "Coach A")
        propose_call(db, vault, mine, request, moments=[now() + 26 * HOUR], at=now())
        return hook, keep_canned(db, by, id=None, title="Begin", own=False, words={"nl": "Hoi. Ik help je graag."})

    hook, answer = town.do(make)
    return {"request": request, "other": other, "emergency": emergency, "hook": hook, "answer": answer}


@pytest.fixture
def screens(town: World, chromium: Browser) -> Iterator[Screens]:
    """The screens of a test."""
    opened = Screens(chromium, town.url)
    yield opened
    opened.close()


def _screen(page: Page, town: World, who: DeskPerson) -> Page:
    """The same screen, on which somebody is logged in."""
    page.context.add_cookies([{"name": "verder_desk", "value": who.http.cookies["verder_desk"], "url": town.url}])
    return page


@pytest.mark.parametrize("name", PLACES)
def test_every_page_can_be_used_by_everybody(
    screens: Screens, town: World, people: dict[str, DeskPerson], ids: dict[str, str], name: str
) -> None:
    """With everything unfolded axe finds nothing, in the dark no colour that is too weak; nothing is wider than 320 pixels;
    on paper nothing is left that can only be pressed."""
    page, found = _screen(screens.desk(), town, people[name]), {}
    screens.expect_problem("403")  # asking why is an answer with that status
    for path in (one.format(**ids) for one in PLACES[name]):
        page.goto(path)
        page.evaluate(_OPEN)
        light = violations(page)
        page.emulate_media(color_scheme="dark")
        dark = violations(page, "color-contrast")
        page.set_viewport_size({"width": 320, "height": 640})
        wider = page.evaluate(_WIDER)
        page.set_viewport_size({"width": 1280, "height": 800})
        page.emulate_media(color_scheme="light", media="print")
        found[path] = (light, dark, wider, page.evaluate(_ON_PAPER))
        page.emulate_media(media="screen")
    assert found == dict.fromkeys(found, ([], [], 0, []))


def test_two_persons_need_no_scripts(
    screens: Screens, town: World, people: dict[str, DeskPerson], ids: dict[str, str]
) -> None:
    """A role is asked for, agreed to and stopped, and an emergency is asked, agreed to, read and ended, by forms alone."""

    def plain(name: str) -> Page:
        return _screen(screens.desk(java_script_enabled=False), town, people[name])

    def press(page: Page, label: str) -> None:
        with page.expect_navigation():
            page.get_by_role("button", name=re.compile(label)).first.click()

    first, second = plain("organisation_admin"), plain("second")
    first.goto("/desk/people")
    mine = first.locator(f'form[action="/desk/people/{people["coach"].id}/role"]')
    assert mine.count() == 0
    form = first.locator(f'form[action="/desk/people/{people["counsellor"].id}/role"]')
    first.locator("details", has=form).locator("summary").click()
    form.get_by_role("combobox").select_option("team_lead")
    with first.expect_navigation():
        form.get_by_role("button").click()
    expect(first.get_by_role("status")).to_contain_text("Gevraagd.")
    second.goto("/desk/people")
    press(second, "Akkoord.*de rol teamleider")
    expect(second.get_by_role("status")).to_contain_text("Akkoord.")
    press(second, "Stop dit.*de rol auditor")
    expect(second.get_by_role("status")).to_contain_text("Gestopt.")
    officer, platform = plain("privacy_officer"), plain("platform_admin")
    officer.goto("/desk/data")
    with officer.expect_navigation():
        officer.get_by_role("link", name="Bekijk dit").click()
    press(officer, f"Akkoord.*{ids['other'][:6]}")
    platform.goto("/desk/emergency")
    with platform.expect_navigation():
        platform.get_by_role("link", name="Lees de vraag").first.click()
    expect(platform.locator(".desk-need")).to_contain_text("Ik zoek werk")
    press(platform, "Sluit nu")
    expect(platform.get_by_role("status")).to_contain_text("Dit is voorbij.")
