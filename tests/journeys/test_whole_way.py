"""The whole way: from the first question on a phone, by consent, to a counsellor's answer in the same chat."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from backend.support_requests.models import support_request
from browser import Chat, Desk, Screens
from passwords import PASSWORD
from sizes import promised
from world import World

NEED = "Ik zoek werk in een winkel. Ik weet niet hoe ik moet bellen."
ANSWER = "Hoi! Goed dat je schrijft. Morgen om 10 uur kan ik je bellen. Is dat goed?"


def test_a_person_learns_that_the_school_must_offer_again(phone: Chat) -> None:
    """A few taps lead to the duty, its date, the law's article with a link, and a message to copy."""
    phone.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.open().hears_that_school_must_offer_again()
    answer = phone.bubbles("bot").filter(has_text="Ja, je oude school moet je opnieuw hulp aanbieden.")
    expect(answer).to_contain_text("1 juli 2027")
    law = phone.page.locator(".m.bot details").last
    law.locator("summary").tap()
    expect(law).to_contain_text("WVO 2020, artikel 2.31a, lid 7")
    link = law.get_by_role("link", name="Lees de wet").first
    expect(link).to_have_attribute("href", re.compile(r"https://wetten\.overheid\.nl/BWBR0044212/.*#Artikel2\.31a"))
    expect(law.locator("blockquote").first).to_contain_text("een aanbod tot loopbaanbegeleiding")
    phone.chooses("Maak een bericht voor mijn school")
    message = phone.hears("In de wet staat dat jullie mij nog helpen (WVO 2020 artikel 2.31a lid 7).").inner_text()
    phone.chooses("Kopieer het bericht")
    expect(phone.page.locator("#line")).to_have_text("Gekopieerd.")
    assert phone.page.evaluate("navigator.clipboard.readText()") == message
    phone.chooses("Wie kan ik bellen?").hears("Waar woon je?")
    phone.writes("3511").hears("Je gemeente is Utrecht.")


def test_a_person_looks_behind_the_answer_and_keeps_it(phone: Chat) -> None:
    """A clock that says where you are, each step with its law, the answer as two files, and a way to other topics."""
    phone.open().hears_that_school_must_offer_again()
    now = phone.page.get_by_role("figure", name="Hoe lang helpt je oude school?").locator("[aria-current=step]")
    expect(now).to_have_text(re.compile("Jij bent hier.*Jaar 2.*School moet je opnieuw hulp aanbieden."))
    phone.chooses("Meer weten of veranderen").hears("Wat wil je nog weten of doen?")
    expect(phone.choice("Verander een antwoord")).to_be_visible()
    phone.chooses("Wat verandert dit?").hears("Vanaf 31 juli 2027: Je oude school hoeft je niet te helpen.")
    phone.chooses("Bewaar dit antwoord").hears("Hier is je antwoord op één blad.")
    for label, beginning in (("Mijn rechten (pdf)", b"%PDF-"), ("Laatste dagen (agenda)", b"BEGIN:VCALENDAR")):
        with phone.page.expect_download() as download:
            phone.page.get_by_role("button", name=label).tap()
        assert download.value.path().read_bytes().startswith(beginning)
    phone.chooses("Naar het begin").hears("Waarmee kan ik je helpen?")
    phone.chooses("Andere onderwerpen").hears("Waar gaat je vraag over?")
    phone.chooses("School en je rechten")
    expect(phone.choices.first).to_be_visible()


def test_a_person_sees_why(phone: Chat) -> None:
    """Each step to the answer stands under the one before, with its place in the law, whose words are behind a tap."""
    phone.open().hears_that_school_must_offer_again()
    steps = phone.chooses("Waarom is dat zo?").hears("1. Je school is een praktijkschool.").locator("p")
    expect(steps).to_have_count(5)
    for number, step in enumerate(steps.all_inner_texts(), start=1):
        assert re.fullmatch(rf"{number}\. .+ \(WVO 2020 artikel 2\.31a? lid \d\)", step)
    law = phone.page.locator(".m.bot details").last
    law.locator("summary").tap()
    expect(law).to_contain_text("doet het bevoegd gezag in het tweede jaar opnieuw een aanbod")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
def test_two_counsellors_and_one_request(phone: Chat, screens: Screens, town: World, scripts: bool) -> None:
    """Who waits longest stands first, one counsellor gets it, and each word is on the other side within a second."""
    phone.asks_for_help(NEED)
    shown = phone.bubbles("bot").filter(has_text="Ik stuur dit naar Demo Gemeente:")
    assert f'"{NEED}"' in shown.inner_text().split("\n\n")
    town.person().asks_for_help("Ik wil een opleiding doen.")

    desk_a = Desk(screens.desk(java_script_enabled=scripts)).logs_in("a", PASSWORD)
    desk_b = Desk(screens.desk(java_script_enabled=scripts)).logs_in("b", PASSWORD)
    expect(desk_a.rows("waiting")).to_have_count(2)
    for desk in (desk_a, desk_b):
        expect(desk.opens_the_first().page.locator(".desk-need")).to_have_text(NEED)
    desk_a.claims()
    phone.hears("Coach A leest nu je bericht.", sender="system")
    screens.expect_problem("status of 409")
    desk_b.presses("Ik help deze jongere")
    expect(desk_b.page.get_by_role("alert")).to_contain_text("Coach A")

    desk_a.replies(ANSWER)
    phone.hears(ANSWER, sender="counsellor", timeout=promised(1) * 1000)
    expect(phone.page.locator(".m.counsellor .name")).to_contain_text("Coach A")
    phone.writes("Ja, dat is goed.")
    expect(phone.page.locator(".m.person").last).to_have_attribute("data-n", re.compile(r"\d"))
    _refresh(desk_a.page, scripts=scripts)
    expect(desk_a.page.locator(".desk-bubble--person")).to_contain_text("Ja, dat is goed.")
    expect(desk_a.page.locator("#time")).to_have_text("schreef net")
    desk_a.closes("Tot morgen!")
    expect(desk_a.rows("mine")).to_have_count(0)
    phone.hears("Tot morgen!", sender="counsellor", timeout=promised(1) * 1000)
    phone.hears("Deze vraag is klaar.", sender="system", timeout=promised(1) * 1000)


def test_the_desk_needs_no_mouse(screens: Screens, town: World) -> None:
    """A counsellor logs in, claims, answers and closes with Tab, Enter and the letters alone."""
    person = town.person()
    person.asks_for_help(NEED)
    page = screens.desk()
    page.goto("/desk")
    expect(page.get_by_label("E-mailadres")).to_be_focused()
    page.keyboard.type("coach.a@gemeente.example")
    _tab_to(page, "password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Vragen")).to_be_visible()
    _tab_to(page, "Werk vraag")
    page.keyboard.press("Enter")
    expect(page.locator(".desk-need")).to_have_text(NEED)
    _tab_to(page, "Ik help deze jongere")
    page.keyboard.press("Enter")
    expect(page.locator(".desk-state")).to_contain_text("Jij hebt deze vraag")
    _tab_to(page, "Je antwoord")
    page.keyboard.type(ANSWER)
    with page.expect_navigation():  # the page that is left may show the answer too
        page.keyboard.press("Control+Enter")
    expect(page.locator(".desk-bubble--counsellor")).to_contain_text(ANSWER)
    assert [one["text"] for one in person.messages() if one["from"] == "counsellor"] == [ANSWER]
    _tab_to(page, "Teruggeven of afronden")
    page.keyboard.press("Enter")
    _tab_to(page, "Rond af")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("De vraag is afgerond.")


def test_the_whole_way_in_english(phone: Chat, screens: Screens) -> None:
    """Somebody who chose English reads English to the end, and the counsellor sees which language they speak."""
    phone.open().chooses("English").hears("How can I help you?")
    expect(phone.page.locator("html")).to_have_attribute("lang", "en")
    phone.chooses("Does my old school still help me?", "Praktijkschool (practical school)", "July 2025", "No")
    phone.hears("Did you get help from your school in the first year?")
    phone.chooses("No").hears("22 November 2026")
    phone.page.locator("#bar").get_by_text("Talk to a person").tap()
    phone.hears("What do you need?")
    phone.writes("I need help with a letter.").chooses("Work").hears("Where do you live?")
    phone.writes("Utrecht").chooses("The gemeente (municipality)", "Yes, send this")
    phone.hears("Demo Gemeente")
    assert set(phone.page.locator(".m.bot").evaluate_all("all => all.slice(1).map((one) => one.lang)")) == {"en"}
    desk = Desk(screens.desk()).logs_in("a", PASSWORD)
    expect(desk.rows("waiting")).to_contain_text("Engels")


def test_no_means_that_nothing_is_sent(phone: Chat, town: World) -> None:
    """Whoever says no keeps every help, and no word of theirs reaches the desk."""
    phone.open().chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    phone.is_asked_for_consent(NEED)
    phone.chooses("Nee, stuur niets").hears("Er is niets verstuurd.")
    with town.counsellor() as counsellor:
        assert counsellor.requests() == []
    assert town.rows(sa.select(support_request.c.id)) == []
    phone.chooses("Wie kan ik bellen?").hears("Je gemeente is Utrecht.")


def _refresh(page: Page, *, scripts: bool) -> None:
    """Without scripts a page is as old as its last loading."""
    if not scripts:
        page.reload()


def _tab_to(page: Page, name: str) -> None:
    """Presses Tab until the control with this name, label or id has the focus."""
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "(one => [one.id, one.labels?.[0]?.textContent, one.textContent].join(' '))(document.activeElement)"
            )
        )
        if name in seen[-1]:
            return
    raise AssertionError(f"Tab never came to {name!r}, only to {seen}")
