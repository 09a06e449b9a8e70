"""The pages of the privacy officer, the administrator and the team lead in a browser: for everybody, light and dark."""

from __future__ import annotations

from typing import Literal

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from backend.access.roles import Role
from backend.support_requests.models import support_request
from browser import Screens, violations
from desk_people import new_person
from world import World

Scheme = Literal["light", "dark"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_new_pages_can_be_used_by_everybody(screens: Screens, town: World, scheme: Scheme) -> None:
    """A hold is placed with the keyboard's own controls; on every page axe finds nothing, and none is wider than a phone."""
    town.person().asks_for_help()
    request_id = str(town.rows(sa.select(support_request.c.id))[0][0])
    page = _of(screens, town, "privacy_officer", scheme)
    page.goto("/desk/data")
    found = {"data": violations(page)}
    page.get_by_label("Nummer van de vraag").fill(request_id[:6])
    page.get_by_label("Waarom?").fill("Er loopt een klacht.")
    with page.expect_navigation():
        page.get_by_role("button", name="Bewaar langer", exact=True).click()
    expect(page.get_by_text("Reden: Er loopt een klacht.")).to_be_visible()
    found["held"] = violations(page)
    page.set_viewport_size({"width": 320, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    with httpx.Client(base_url=town.url, trust_env=False) as http:
        owner = new_person(town, http, "Demo Gemeente")
        assert http.post(f"/api/v1/desk/requests/{request_id}/claim").status_code == 200
    lead = _of(screens, town, "team_lead", scheme)
    lead.goto(f"/desk/requests/{request_id}")
    lead.get_by_text("Geef aan een andere collega").click()
    found["reassign"] = violations(lead)
    first, second = (_of(screens, town, "organisation_admin", scheme) for _ in range(2))
    first.goto("/desk/people")
    with first.expect_navigation():
        row = first.locator(f'form[action="/desk/people/{owner.id}/role"]')
        first.locator("details", has=row).locator("summary").click()
        row.get_by_role("combobox").select_option("organisation_admin")
        row.get_by_role("button").click()
    second.goto("/desk/people")
    found["waiting"] = violations(second)
    with second.expect_navigation():
        second.get_by_role("button", name="Akkoord").click()
    first.goto("/desk/people")
    expect(first.get_by_text("Nieuw: Coach A is beheerder sinds")).to_be_visible()
    found["people"] = violations(first)
    assert found == {place: [] for place in found}


def _of(screens: Screens, town: World, role: Role, scheme: Scheme) -> Page:
    """A screen on which somebody with this role is logged in."""
    with httpx.Client(base_url=town.url, trust_env=False) as http:
        new_person(town, http, "Demo Gemeente", role)
        token = http.cookies["verder_desk"]
    page = screens.desk(color_scheme=scheme)
    page.context.add_cookies([{"name": "verder_desk", "value": token, "url": town.url}])
    return page
