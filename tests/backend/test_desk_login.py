"""Logging in to the desk: who gets in, who is slowed down, and when a session ends."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from backend.accounts.guessing import LONGEST_WAIT, seconds_to_wait
from backend.organisations.models import counsellor, desk_session
from backend.organisations.passwords import WeakPassword, hash_password
from backend.organisations.service import add_to_queue, disable_counsellor, make_counsellor, set_password
from desk_world import DeskWorld, make_app
from passwords import PASSWORD

pytestmark = pytest.mark.anyio
LOGIN = "/api/v1/desk/login"
ME = "/api/v1/desk/me"


async def test_me_says_who_and_where(world: DeskWorld) -> None:
    """After logging in a counsellor sees their own name, organisation, role and queues with how many wait."""
    who = world.counsellor("Coach A", "werk", "leren")
    world.request("werk")
    async with world.desk(who) as desk:
        me = (await desk.get(ME)).json()
    assert (me["id"], me["name"], me["role"]) == (who.id, "Coach A", "counsellor")
    assert me["organisation"] == {
        "id": world.organisations["gemeente"],
        "name": "Organisatie gemeente",
        "kind": "gemeente",
    }
    assert [(queue["name"], queue["waiting"]) for queue in me["queues"]] == [("Rij leren", 0), ("Rij werk", 1)]


async def test_capitals_and_spaces_in_the_address_do_not_matter(world: DeskWorld) -> None:
    """An address with capitals or a space after it is the same address."""
    who = world.counsellor("Coach A", demo=True)
    async with world.browser() as client:
        answer = await client.post(LOGIN, json={"email": f" {who.email.upper()} ", "password": PASSWORD})
    assert answer.status_code == 200


async def test_unknown_and_known_address_get_the_same_answer(world: DeskWorld) -> None:
    """A wrong password and an address that nobody has look exactly alike, also once they are slowed down."""
    who = world.counsellor("Coach A", demo=True)
    async with world.browser() as client:
        for _ in range(7):
            known = await client.post(LOGIN, json={"email": who.email, "password": "fout"})
            unknown = await client.post(LOGIN, json={"email": "niemand@voorbeeld.nl", "password": "fout"})
            assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert known.status_code == 429


async def test_guessing_slows_down_and_the_right_password_still_works(world: DeskWorld) -> None:
    """Five wrong tries are free, then each has to wait; after the wait the right password gets in at once."""
    who = world.counsellor("Coach A", demo=True)
    wrong, right = ({"email": who.email, "password": word} for word in ("fout", PASSWORD))
    async with world.browser() as client:
        statuses = [(await client.post(LOGIN, json=wrong)).status_code for _ in range(10)]
        assert statuses == [401] * 5 + [429] * 5
        refused = await client.post(LOGIN, json=right)
        assert refused.status_code == 429
        assert refused.json()["error"]["code"] == "login_wait"
        world.clock.go(seconds=int(refused.headers["Retry-After"]))
        assert (await client.post(LOGIN, json=right)).status_code == 200
        assert [(await client.post(LOGIN, json=wrong)).status_code for _ in range(5)] == [401] * 5


async def test_the_wait_grows_but_never_beyond_its_limit(world: DeskWorld) -> None:
    """Each further wrong try waits longer, up to 42 seconds and no more."""
    waits = [seconds_to_wait(failures, 0, 0) for failures in range(4, 60)]
    assert waits[:6] == [0, 2, 4, 8, 16, 32]
    assert set(waits[6:]) == {LONGEST_WAIT}


async def test_another_address_is_not_slowed_down(world: DeskWorld) -> None:
    """Guessing at one account does not keep a colleague out."""
    first, second = world.counsellor("Coach A", demo=True), world.counsellor("Coach B", demo=True)
    async with world.browser() as client:
        for _ in range(8):
            await client.post(LOGIN, json={"email": first.email, "password": "fout"})
        answer = await client.post(LOGIN, json={"email": second.email, "password": PASSWORD})
    assert answer.status_code == 200


async def test_a_session_ends_after_half_an_hour_of_nothing(world: DeskWorld) -> None:
    """Work keeps a session alive; thirty idle minutes end it."""
    async with world.desk(world.counsellor("Coach A")) as desk:
        for _ in range(3):
            world.clock.go(seconds=20 * 60)
            assert (await desk.get(ME)).status_code == 200
        world.clock.go(seconds=30 * 60)
        answer = await desk.get(ME)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_signed_in"


async def test_a_page_that_only_looks_on_does_not_keep_the_session_alive(world: DeskWorld) -> None:
    """A list that refreshes itself on an abandoned desk does not stretch the session."""
    async with world.pages(world.counsellor("Coach A", "werk")) as browser:
        for _ in range(5):
            world.clock.go(seconds=7 * 60)
            answer = await browser.get("/desk/live", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/desk/login?next=%2Fdesk"


async def test_a_session_ends_after_ten_hours_whatever_happens(world: DeskWorld) -> None:
    """Even with constant work a session ends after ten hours."""
    async with world.desk(world.counsellor("Coach A")) as desk:
        for _ in range(29):
            world.clock.go(seconds=20 * 60)
            assert (await desk.get(ME)).status_code == 200
        world.clock.go(seconds=20 * 60)
        assert (await desk.get(ME)).status_code == 401


async def test_logging_out_ends_the_session_for_good(world: DeskWorld) -> None:
    """After logging out the old cookie opens nothing, not even for whoever kept a copy."""
    async with world.desk(world.counsellor("Coach A")) as desk:
        kept = dict(desk.cookies)
        assert (await desk.post("/api/v1/desk/logout")).status_code == 204
        assert not desk.cookies
        desk.cookies.update(kept)
        assert (await desk.get(ME)).status_code == 401


async def test_each_log_in_is_a_new_session(world: DeskWorld) -> None:
    """Logging in again gives another token and ends the session it replaces, so a planted cookie is worth nothing."""
    who = world.counsellor("Coach A", demo=True)
    async with world.desk(who) as desk:
        old = desk.cookies["verder_desk"]
        await desk.post(LOGIN, json={"email": who.email, "password": PASSWORD})
        assert desk.cookies["verder_desk"] != old
        assert len(world.rows(sa.select(desk_session))) == 1
    async with world.browser(Cookie=f"verder_desk={old}") as client:
        assert (await client.get(ME)).status_code == 401


async def test_a_disabled_counsellor_is_out_at_once(world: DeskWorld) -> None:
    """Disabling an account ends its sessions and looks like a wrong password from then on."""
    who = world.counsellor("Coach A", demo=True)
    async with world.desk(who) as desk:
        world.do(lambda db: disable_counsellor(db, who.id))
        assert (await desk.get(ME)).status_code == 401
        answer = await desk.post(LOGIN, json={"email": who.email, "password": PASSWORD})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "wrong_login")


async def test_a_new_password_ends_every_session(world: DeskWorld) -> None:
    """Whoever still sits in with the old password is out."""
    who = world.counsellor("Coach A")
    async with world.desk(who) as desk:
        world.do(lambda db: set_password(db, who.id, hash_password("een ander lang wachtwoord")))
        assert (await desk.get(ME)).status_code == 401


async def test_the_database_holds_no_token_and_no_name(world: DeskWorld) -> None:
    """Neither session tokens nor names and addresses of counsellors can be read from the tables."""
    who = world.counsellor("Coach A")
    async with world.desk(who) as desk:
        token = desk.cookies["verder_desk"]
    stored = repr([*world.rows(sa.select(desk_session)), *world.rows(sa.select(counsellor))])
    assert token not in stored
    assert who.email not in stored
    assert "Coach A" not in stored


@pytest.mark.parametrize("secure", [False, True])
async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(world: DeskWorld, secure: bool) -> None:
    """The cookie is HttpOnly, SameSite=Lax and for the whole host; over https also Secure and bound to the host."""
    who = world.counsellor("Coach A", demo=True)
    world.app = make_app(world.database, world.vault, world.clock, secure_cookies=secure)
    async with world.browser() as client:
        answer = await client.post(LOGIN, json={"email": who.email, "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-verder_desk=" if secure else "verder_desk=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert ("Secure" in cookie.split("; ")) is secure
    assert "Domain" not in cookie


async def test_a_log_in_from_another_site_is_refused(world: DeskWorld) -> None:
    """Another site cannot log a counsellor's browser in to an account of its choice."""
    who = world.counsellor("Coach A", demo=True)
    async with world.browser(Origin="https://evil.test") as client:
        answer = await client.post(LOGIN, json={"email": who.email, "password": PASSWORD})
    assert answer.status_code == 403


def test_short_passwords_are_refused() -> None:
    """A password of eleven characters is not accepted for an account."""
    with pytest.raises(WeakPassword):
        hash_password("elf tekens!")


def test_a_counsellor_cannot_join_a_queue_of_another_organisation(world: DeskWorld) -> None:
    """Membership across organisations cannot be stored."""
    who = world.counsellor("Coach A", "werk")
    with pytest.raises(LookupError):
        world.do(lambda db: add_to_queue(db, who.id, world.queues["school"]))


def test_an_address_serves_one_account(world: DeskWorld) -> None:
    """A second account with the same address is refused by the database."""
    who = world.counsellor("Coach A")
    organisation = world.organisations["gemeente"]
    with pytest.raises(Exception, match="unavailable"):
        world.do(
            lambda db: make_counsellor(
                db, world.vault, organisation, email=who.email.upper(), name="Coach B", password_hash="x"
            )
        )
