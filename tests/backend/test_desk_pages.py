"""The desk's pages: everything works as plain forms, hostile words stay words, and live parts change in place."""

from __future__ import annotations

import re
import secrets
from html import unescape
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from backend.audit import audit_event
from backend.conversations.messages import post
from backend.conversations.models import message
from backend.desk.assets import load_assets
from backend.desk.words import words_for
from backend.support_requests.models import support_request
from desk_world import HOUR, MINUTE, DeskWorld, hidden
from passwords import PASSWORD

pytestmark = pytest.mark.anyio
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}\u202e'
LIVE = {"HX-Request": "true"}


def _status_of(world: DeskWorld, request_id: str) -> str:
    (row,) = world.rows(sa.select(support_request.c.status).where(support_request.c.id == request_id))
    status: str = row.status
    return status


def _shown(html: str) -> str:
    return urlencode([("shown", value) for value in re.findall(r'name="shown" value="([^"]*)"', html)])


async def test_a_day_at_the_desk_without_scripts(world: DeskWorld) -> None:
    """Log in, see who waits, take a request, answer, close and log out: with nothing but forms and links."""
    who, request_id = world.counsellor("Coach A", "werk", demo=True), world.request(need="Ik zoek een bijbaan.")
    async with world.browser() as browser:
        start = await browser.get("/desk")
        assert (start.status_code, start.headers["Location"]) == (303, "/desk/login?next=%2Fdesk")
        entered = await browser.post("/desk/login", data={"email": who.email, "password": PASSWORD, "next": "/desk"})
        assert (entered.status_code, entered.headers["Location"]) == (303, "/desk")
        listed = (await browser.get("/desk")).text
        assert "wacht 1 uur" in listed
        assert "bijbaan" not in listed
        page = f"/desk/requests/{request_id}"
        taken = await browser.post(f"{page}/claim", data={"csrf": hidden(listed, "csrf")})
        assert (taken.status_code, taken.headers["Location"]) == (303, f"{page}?done=claim")
        opened = (await browser.get(taken.headers["Location"])).text
        assert "Ik zoek een bijbaan." in opened
        form = {"csrf": hidden(opened, "csrf"), "key": hidden(opened, "key")}
        replied = await browser.post(f"{page}/reply", data={**form, "text": "Dag! Ik help je."})
        assert replied.headers["Location"] == f"{page}?done=reply"
        assert "Dag! Ik help je." in (await browser.get(page)).text
        closed = await browser.post(f"{page}/close", data={"csrf": form["csrf"], "text": ""})
        assert closed.headers["Location"] == "/desk?done=close"
        assert _status_of(world, request_id) == "closed"
        left = await browser.post("/desk/logout", data={"csrf": form["csrf"]})
        assert left.headers["Location"] == "/desk/login?done=logout"
        assert (await browser.get("/desk")).status_code == 303


async def test_giving_a_request_back_by_form(world: DeskWorld) -> None:
    """Release is a form as well and returns to the list."""
    request_id = world.request()
    async with world.pages(world.counsellor("Coach A", "werk")) as browser:
        csrf = hidden((await browser.get("/desk")).text, "csrf")
        await browser.post(f"/desk/requests/{request_id}/claim", data={"csrf": csrf})
        answer = await browser.post(f"/desk/requests/{request_id}/release", data={"csrf": csrf})
    assert answer.headers["Location"] == "/desk?done=release"
    assert _status_of(world, request_id) == "waiting"


async def test_a_form_sent_twice_answers_once(world: DeskWorld) -> None:
    """A double click on send brings the person one message."""
    request_id = world.request()
    async with world.pages(world.counsellor("Coach A", "werk")) as browser:
        csrf = hidden((await browser.get("/desk")).text, "csrf")
        await browser.post(f"/desk/requests/{request_id}/claim", data={"csrf": csrf})
        key = hidden((await browser.get(f"/desk/requests/{request_id}")).text, "key")
        for _ in range(2):
            data = {"csrf": csrf, "key": key, "text": "Hoi"}
            assert (await browser.post(f"/desk/requests/{request_id}/reply", data=data)).status_code == 303
    assert len(world.rows(sa.select(message).where(message.c.sender == "counsellor"))) == 1


async def test_a_refused_answer_keeps_what_was_typed(world: DeskWorld) -> None:
    """When an answer is too long the page says so and still holds the text."""
    request_id, text = world.request(), "zin " * 1001
    async with world.pages(world.counsellor("Coach A", "werk")) as browser:
        csrf = hidden((await browser.get("/desk")).text, "csrf")
        await browser.post(f"/desk/requests/{request_id}/claim", data={"csrf": csrf})
        answer = await browser.post(f"/desk/requests/{request_id}/reply", data={"csrf": csrf, "text": text + "slot"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert text + "slot" in answer.text


async def test_who_comes_second_sees_who_has_it(world: DeskWorld) -> None:
    """Claiming what a colleague took a moment ago shows the request with the colleague's name."""
    request_id = world.request()
    first, second = world.counsellor("Coach A", "werk"), world.counsellor("Coach B", "werk")
    async with world.pages(first) as one, world.pages(second) as other:
        seen = [hidden((await browser.get("/desk")).text, "csrf") for browser in (one, other)]
        await one.post(f"/desk/requests/{request_id}/claim", data={"csrf": seen[0]})
        late = await other.post(f"/desk/requests/{request_id}/claim", data={"csrf": seen[1]})
    assert late.status_code == 409
    assert "Coach A heeft deze vraag al" in late.text
    assert 'name="text"' not in late.text


@pytest.mark.parametrize("action", ["claim", "release", "reply", "close"])
async def test_forms_from_elsewhere_do_nothing(world: DeskWorld, action: str) -> None:
    """A form without the token, or sent by another site, is 403 and changes nothing."""
    request_id = world.request()
    async with world.pages(world.counsellor("Coach A", "werk")) as browser:
        csrf = hidden((await browser.get("/desk")).text, "csrf")
        for data, headers in (
            ({}, {}),
            ({"csrf": "fout"}, {}),
            ({"csrf": csrf}, {"Origin": "https://evil.test"}),
            ({"csrf": csrf}, {"Sec-Fetch-Site": "cross-site"}),
        ):
            answer = await browser.post(f"/desk/requests/{request_id}/{action}", data=data, headers=headers)
            assert answer.status_code == 403
        assert (await browser.post("/desk/logout", data={"csrf": "fout"})).status_code == 403
        assert (await browser.get("/desk")).status_code == 200
    assert _status_of(world, request_id) == "waiting"


async def test_no_other_site_chooses_the_language(world: DeskWorld) -> None:
    """The one form that needs no session, and so has no token, is taken from the desk's own pages alone."""
    async with world.browser() as browser:
        for headers in ({"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
            refused = await browser.post("/desk/language", data={"code": "en"}, headers=headers)
            assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)
        for headers in ({}, {"Sec-Fetch-Site": "same-origin"}):
            chosen = await browser.post("/desk/language", data={"code": "en"}, headers=headers)
            assert (chosen.status_code, "set-cookie" in chosen.headers) == (303, True)


async def test_looking_changes_nothing(world: DeskWorld) -> None:
    """No GET changes a request; actions do not answer to GET."""
    request_id = world.request()
    before = world.rows(sa.select(support_request))
    async with world.pages(world.counsellor("Coach A", "werk")) as browser:
        for path in ("/desk", f"/desk/requests/{request_id}", "/desk?status=closed", "/desk/login"):
            assert (await browser.get(path)).status_code == 200
        assert (await browser.get(f"/desk/requests/{request_id}/claim")).status_code == 405
    assert world.rows(sa.select(support_request)) == before


async def test_hostile_words_stay_words(world: DeskWorld) -> None:
    """Whatever a person, a counsellor, a queue or a search holds, pages show it as text and run nothing of it."""
    request_id = world.request(need=HOSTILE, words=(HOSTILE,), kind='"><b>', language="nl")
    async with world.pages(world.counsellor(HOSTILE, "werk")) as browser:
        listed = await browser.get("/desk", params={"queue": HOSTILE[:60], "status": HOSTILE[:60]})
        csrf = hidden((await browser.get("/desk")).text, "csrf")
        await browser.post(f"/desk/requests/{request_id}/claim", data={"csrf": csrf})
        await browser.post(f"/desk/requests/{request_id}/reply", data={"csrf": csrf, "text": HOSTILE})
        opened = await browser.get(f"/desk/requests/{request_id}")
        login = await browser.post("/desk/login", data={"email": HOSTILE, "password": "x", "next": HOSTILE[:60]})
    for page in (listed, opened, login):
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert '"><b>' not in page.text
    assert unescape(opened.text).count(HOSTILE.removesuffix("\u202e")) >= 4


async def test_pages_hold_no_script_and_no_style_of_their_own(world: DeskWorld) -> None:
    """Everything runs under a policy without inline code: no script text, no style or on… attributes, no other host."""
    request_id = world.request()
    async with world.pages(world.counsellor("Coach A", "werk")) as browser:
        pages = [(await browser.get(path)).text for path in ("/desk", f"/desk/requests/{request_id}", "/desk/login")]
    for page in pages:
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?! src=\"/desk/static/)", page)
        assert not re.search(r"(?:src|href|action)=\"(?!/desk|#)", page)


async def test_titles_give_nothing_away(world: DeskWorld) -> None:
    """A title over a shoulder says neither name, nor need, nor number."""
    request_id = world.request()
    async with world.pages(world.counsellor("Coach A", "werk")) as browser:
        for path, title in (("/desk", "Vragen · Verder"), (f"/desk/requests/{request_id}", "Vraag · Verder")):
            assert f"<title>{title}</title>" in (await browser.get(path)).text


async def test_another_organisations_page_is_the_same_as_no_page(world: DeskWorld) -> None:
    """A foreign request and an unknown one show the same 404 page, for reading and for every action."""
    foreign = world.request("school", at="school")
    async with world.pages(world.counsellor("Coach A", "werk")) as browser:
        pages = [await browser.get(f"/desk/requests/{id}") for id in (foreign, secrets.token_hex(16))]
        live = await browser.get(f"/desk/requests/{foreign}/live", headers=LIVE)
    assert {page.status_code for page in pages} == {404}
    assert len({page.text for page in pages}) == 1
    assert (live.status_code, live.headers["HX-Refresh"]) == (204, "true")


async def test_only_own_pages_come_after_the_log_in(world: DeskWorld) -> None:
    """The address after the log-in can only be a page of the desk."""
    who = world.counsellor("Coach A", demo=True)
    for next_page in ("https://evil.test", "//evil.test", "/desk/../x", "/desk/logout", "/desk\\evil"):
        async with world.browser() as browser:
            data = {"email": who.email, "password": PASSWORD, "next": next_page}
            assert (await browser.post("/desk/login", data=data)).headers["Location"] == "/desk"


async def test_a_wrong_password_on_the_page(world: DeskWorld) -> None:
    """The log-in page says kindly that it was wrong, keeps the address and never the password."""
    async with world.browser() as browser:
        answer = await browser.post("/desk/login", data={"email": "a@voorbeeld.nl", "password": "mijn geheim"})
        for _ in range(5):
            late = await browser.post("/desk/login", data={"email": "a@voorbeeld.nl", "password": "mijn geheim"})
    assert answer.status_code == 401
    assert 'value="a@voorbeeld.nl"' in answer.text
    assert "mijn geheim" not in answer.text
    assert late.status_code == 429
    assert int(late.headers["Retry-After"]) >= 1


async def test_new_requests_are_announced_and_shown_rows_stay_where_they_are(world: DeskWorld) -> None:
    """A fresh list keeps its rows in their places with new labels, and offers new requests behind a button."""
    first, second = world.request(waited=3 * HOUR), world.request(waited=2 * HOUR)
    me, colleague = world.counsellor("Coach A", "werk"), world.counsellor("Coach B", "werk")
    async with world.pages(me) as browser, world.desk(colleague) as other:
        shown = _shown((await browser.get("/desk")).text)
        await other.post(f"/api/v1/desk/requests/{first}/claim")
        world.request(urgent=True, waited=MINUTE)
        world.request(waited=9 * HOUR)
        fresh = await browser.get(f"/desk/live?{shown}", headers=LIVE)
        one_row = re.search(rf'id="row-{first}".*?</tr>', fresh.text, re.DOTALL)
    assert re.findall(r'id="row-(\w+)"', fresh.text) == [first, second]
    assert "Toon 2 nieuwe" in fresh.text
    assert one_row
    assert "Coach B" in one_row.group()
    assert "claim" not in one_row.group()


async def test_a_request_that_vanished_leaves_its_place(world: DeskWorld) -> None:
    """An erased request keeps its row with a plain notice, so nothing jumps; ids one may not read look the same."""
    mine, foreign = world.request(), world.request("school", at="school")
    async with world.pages(world.counsellor("Coach A", "werk")) as browser:
        world.do(lambda db: db.execute(sa.delete(support_request).where(support_request.c.id == mine)))
        query = urlencode({"shown": f"waiting:{mine},{foreign},onzin,<b>"})
        fresh = await browser.get(f"/desk/live?{query}", headers=LIVE)
    assert re.findall(r'id="row-(\w+)"', fresh.text) == [mine, foreign]
    assert fresh.text.count("Deze vraag is er niet meer") == 2


async def test_the_fragment_is_the_same_as_the_page(world: DeskWorld) -> None:
    """With nothing new, the live list is exactly the list that the page showed."""
    world.request()
    async with world.pages(world.counsellor("Coach A", "werk")) as browser:
        page = (await browser.get("/desk")).text
        fragment = (await browser.get(f"/desk/live?{_shown(page)}", headers=LIVE)).text
    lines = [line.strip() for line in fragment.splitlines() if line.strip()]
    assert lines
    assert [line.strip() for line in page.split('<div id="groups">')[1].splitlines() if line.strip()][
        : len(lines)
    ] == lines


async def test_an_open_request_gets_new_messages_once(world: DeskWorld) -> None:
    """New messages come to an open page, are audited as read, and come no second time; nothing new is 204."""
    request_id = world.request()
    (row,) = world.rows(sa.select(support_request.c.conversation_id))
    async with world.pages(world.counsellor("Coach A", "werk")) as browser:
        page = (await browser.get(f"/desk/requests/{request_id}")).text
        stand, after = re.search(r"stand=([^\"]*)\"", page), hidden(page, "after")
        assert stand
        path = f"/desk/requests/{request_id}/live?stand={stand.group(1)}"
        assert (await browser.get(f"{path}&after={after}", headers=LIVE)).status_code == 204
        said = {"language": "nl", "request_id": request_id}
        world.do(lambda db: post(db, world.vault, row.conversation_id, "person", "Nog iets.", **said))
        news = await browser.get(f"{path}&after={after}", headers=LIVE)
        quiet = await browser.get(f"{path}&after={hidden(news.text, 'after')}", headers=LIVE)
    assert news.text.count("<li ") == 1
    assert "Nog iets." in news.text
    assert quiet.status_code == 204
    assert len(world.rows(sa.select(audit_event).where(audit_event.c.action == "request.read"))) == 2


async def test_an_open_request_tells_that_a_colleague_took_it(world: DeskWorld) -> None:
    """Whoever still reads a waiting request learns who took it, without losing the page."""
    request_id = world.request()
    async with (
        world.pages(world.counsellor("Coach A", "werk")) as browser,
        world.desk(world.counsellor("Coach B", "werk")) as other,
    ):
        page = (await browser.get(f"/desk/requests/{request_id}")).text
        stand = re.search(r"stand=([^\"]*)\"", page)
        assert stand
        await other.post(f"/api/v1/desk/requests/{request_id}/claim")
        query = f"stand={stand.group(1)}&after={hidden(page, 'after')}"
        news = await browser.get(f"/desk/requests/{request_id}/live?{query}", headers=LIVE)
    assert "Coach B heeft deze vraag" in news.text
    assert 'id="news"' in news.text


async def test_earlier_words_are_out_of_reach_of_the_live_page(world: DeskWorld) -> None:
    """Asking an open request for messages from before it gives none of them."""
    request_id = world.request(before=("Geheim van eerder.",))
    async with world.pages(world.counsellor("Coach A", "werk")) as browser:
        news = await browser.get(f"/desk/requests/{request_id}/live?after=0", headers=LIVE)
    assert "Hallo?" in news.text
    assert "Geheim" not in news.text


async def test_files_of_the_desk_may_be_kept_and_nothing_else_is_served(world: DeskWorld) -> None:
    """Style and scripts have addresses that change with them; any other name is 404."""
    assets = load_assets()
    async with world.browser() as browser:
        for name in assets.files:
            answer = await browser.get(assets.url(name))
            assert (answer.status_code, answer.content) == (200, assets.files[name])
            assert "immutable" in answer.headers["Cache-Control"]
        for name in ("../pages.py", "..%2Fpages.py", "vendor/htmx/VERSION", "", "%00"):
            assert (await browser.get(f"/desk/static/{name}")).status_code == 404


def test_own_style_and_script_stay_small() -> None:
    """The desk's own style is at most 20 KB and its script at most 6 KB, before they are packed."""
    files = load_assets().files
    assert len(files["desk.css"]) <= 20 * 1024
    assert len(files["desk.js"]) <= 6 * 1024


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (59, None),
        (60, "1 minuut"),
        (59 * 60, "59 minuten"),
        (3600, "1 uur"),
        (2 * 3600 + 3599, "2 uur"),
        (24 * 3600, "1 dag"),
        (100 * 3600, "4 dagen"),
    ],
)
def test_waiting_times_in_words(seconds: int, words: str | None) -> None:
    """A waiting time is said in its largest whole unit."""
    assert words_for(None).duration(0, seconds * 1_000_000) == words
