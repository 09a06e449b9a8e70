"""Second factors, recovery codes, invitations and one's own sessions, through the pages of the desk."""

from __future__ import annotations

import itertools
import random

import httpx
import pytest
import sqlalchemy as sa

from accounts_world import code_now, codes_in, csrf_of, invited, secret_in, with_app
from backend.accounts import factors, strength
from backend.accounts.invitations import invite
from backend.accounts.models import account_invitation, passkey, recovery_code, totp
from backend.audit import audit_event
from backend.organisations.login import find_session, renew
from backend.organisations.models import desk_session
from backend.organisations.service import disable_counsellor
from desk_world import DeskWorld, hidden
from passwords import PASSWORD
from sizes import size

pytestmark = pytest.mark.anyio
LOGIN, ME, ACCOUNT = "/api/v1/desk/login", "/api/v1/desk/me", "/desk/account"
NEW = "vier losse woorden hier"
REPLAYS = size(25, 1000)


async def test_nothing_is_seen_before_there_is_a_second_factor(world: DeskWorld) -> None:
    """The first log-in leads to the page that sets up a factor; until that is done no page and no call gives anything."""
    who = world.counsellor("Coach A", "werk")
    async with world.browser() as browser:
        await browser.post("/desk/login", data={"email": who.email, "password": PASSWORD})
        for path in ("/desk", ACCOUNT, "/desk/live"):
            assert (await browser.get(path)).status_code == 303
        assert (await browser.get(ME)).status_code == 401
        page = (await browser.get("/desk/account/start")).text
        wrong = await browser.post("/desk/account/app", data={"csrf": hidden(page, "csrf"), "code": "000000"})
        assert (wrong.status_code, secret_in(wrong.text)) == (422, secret_in(page))
        assert (await browser.get("/desk")).status_code == 303
        assert "<svg" in page
        before = browser.cookies["verder_desk"]
        code = factors.totp_code(secret_in(page), world.clock())
        done = await browser.post("/desk/account/app", data={"csrf": hidden(page, "csrf"), "code": code})
        assert len(set(codes_in(done.text))) == 10
        assert browser.cookies["verder_desk"] != before
        assert (await browser.get("/desk")).status_code == 200
        api = await browser.post(LOGIN, json={"email": who.email, "password": PASSWORD})
        assert (api.status_code, api.json()["error"]["code"]) == (401, "code_needed")


async def test_password_and_then_a_code(world: DeskWorld) -> None:
    """The password alone opens nothing; with the code it does, under a new id, once; the same code is refused after that."""
    async with with_app(world) as mine, world.browser() as other:
        asked = await other.post("/desk/login", data={"email": mine.who.email, "password": PASSWORD})
        assert asked.headers["Location"] == "/desk/login/code"
        assert (await other.get(ME)).status_code == 401
        assert (await other.get("/desk/login")).headers["Location"] == "/desk/login/code"
        before, token = other.cookies["verder_desk"], await csrf_of(other, "/desk/login/code")
        code = code_now(world, mine)
        assert (await other.post("/desk/login/code", data={"csrf": token, "code": code})).headers["Location"] == "/desk"
        assert other.cookies["verder_desk"] != before
        assert (await other.get("/desk")).status_code == 200
        again = {"email": mine.who.email, "password": PASSWORD, "code": code}
        assert (await other.post(LOGIN, json=again)).status_code == 401
        world.clock.go(seconds=30)
        fresh = await other.post(LOGIN, json={**again, "code": code_now(world, mine)})
        assert (fresh.status_code, fresh.json()["name"]) == (200, "Coach A")


async def test_no_code_is_ever_accepted_twice(world: DeskWorld) -> None:
    """Codes of the app and recovery codes are accepted once; the same one again never, however often it is tried."""
    async with with_app(world) as mine:
        id, vault = mine.who.id, world.vault
        accepted = []
        for _ in range(REPLAYS):
            code = code_now(world, mine)
            uses = [world.do(lambda db: factors.use_code(db, vault, id, code, at=world.clock())) for _ in range(2)]
            accepted.append(uses)
            world.clock.go(seconds=30)
        assert accepted == [["totp", None]] * REPLAYS
        for code in mine.recovery:
            uses = [
                world.do(lambda db: factors.use_code(db, vault, id, one, at=world.clock()))
                for one in (code.upper(), code)
            ]
            assert uses == ["recovery", None]
        assert world.rows(sa.select(recovery_code)) == []


async def test_a_recovery_code_lets_in_instead_of_the_app(world: DeskWorld) -> None:
    """Who lost the app gets in with a recovery code; the page says how many are left, and new ones replace all."""
    async with with_app(world) as mine:
        login = {"email": mine.who.email, "password": PASSWORD, "code": mine.recovery[0]}
        assert (await mine.browser.post(LOGIN, json=login)).status_code == 200
        assert (await mine.browser.post(LOGIN, json=login)).status_code == 401
        page = (await mine.browser.get(ACCOUNT)).text
        assert "Je hebt nog 9 herstelcodes." in page
        made = await mine.browser.post(f"{ACCOUNT}/recovery", data={"csrf": hidden(page, "csrf")})
        assert not set(codes_in(made.text)) & set(mine.recovery)
        refused = await mine.browser.post(LOGIN, json={**login, "code": mine.recovery[1]})
        assert refused.status_code == 401


@pytest.mark.parametrize(
    "change", ["log out", "disable", "password", "factor", "recovery", "everywhere", "reset", "role", "one"]
)
async def test_what_ends_sessions_ends_them_at_once(world: DeskWorld, change: str) -> None:
    """Logging out, disabling, a new password, factor or role: the old id is worth nothing from the next request on."""
    async with with_app(world) as mine, world.desk(mine.who) as other:
        old = mine.browser.cookies["verder_desk"]
        await _change(world, change, mine.browser, mine.who.id)
        with_old = httpx.Cookies({"verder_desk": old if change != "one" else "x"})
        async with world.browser() as thief:
            thief.cookies = with_old
            assert (await thief.get(ME)).status_code == 401
        assert (await other.get(ME)).status_code == (200 if change == "log out" else 401)
        mine_now = (await mine.browser.get(ME)).status_code
        assert mine_now == (200 if change in ("password", "factor", "recovery", "role", "one") else 401)


async def _change(world: DeskWorld, change: str, browser: httpx.AsyncClient, id: str) -> None:
    token = await csrf_of(browser)
    if change == "disable":
        world.do(lambda db: disable_counsellor(db, id))
    elif change == "reset":
        world.do(lambda db: invite(db, id, "factors", at=world.clock()))
    elif change == "role":
        session, _ = world.do(
            lambda db: find_session(db, world.vault, browser.cookies["verder_desk"], at=world.clock())
        )
        world.do(lambda db: renew(db, session, "a new token", at=world.clock()))
        browser.cookies.clear()
        browser.cookies.set("verder_desk", "a new token")
    elif change == "one":
        mine = browser.cookies["verder_desk"]
        session, _ = world.do(lambda db: find_session(db, world.vault, mine, at=world.clock()))
        rows = world.rows(sa.select(desk_session.c.id).where(desk_session.c.id != session.id))
        await browser.post(f"{ACCOUNT}/sessions/{rows[0].id}/end", data={"csrf": token})
    elif change == "factor":
        await _add_second_factor(world, id)
        await browser.post(f"{ACCOUNT}/app/remove", data={"csrf": token})
    else:
        where = {"log out": "/desk/logout", "recovery": f"{ACCOUNT}/recovery", "everywhere": f"{ACCOUNT}/sessions/end"}
        data = {"csrf": token, "password": PASSWORD, "new_password": NEW}
        await browser.post(where.get(change, f"{ACCOUNT}/password"), data=data)


async def _add_second_factor(world: DeskWorld, id: str) -> None:
    values = {"id": id[::-1], "counsellor_id": id, "credential_index": id.encode(), "sign_count": 0, "made_at": 0}
    sealed = world.do(lambda db: world.vault.seal(db, id, "passkey.credential", id[::-1], b'{"name": "sleutel"}'))
    world.do(lambda db: db.execute(sa.insert(passkey), {**values, "credential": sealed}))


async def test_the_last_factor_stays(world: DeskWorld) -> None:
    """The only second factor cannot be taken away."""
    async with with_app(world) as mine:
        refused = await mine.browser.post(f"{ACCOUNT}/app/remove", data={"csrf": await csrf_of(mine.browser)})
        assert refused.status_code == 409
        assert len(world.rows(sa.select(totp))) == 1


async def test_what_is_sensitive_asks_again_after_ten_minutes(world: DeskWorld) -> None:
    """New recovery codes need proof of the last ten minutes; with the password they are given, and a wrong one is not proof."""
    async with with_app(world) as mine:
        world.clock.go(seconds=601)
        token = await csrf_of(mine.browser)
        headers = {"Referer": f"http://desk.test{ACCOUNT}"}
        asked = await mine.browser.post(f"{ACCOUNT}/recovery", data={"csrf": token}, headers=headers)
        assert asked.headers["Location"] == "/desk/account/confirm?next=%2Fdesk%2Faccount"
        where = f"{ACCOUNT}/confirm"
        wrong = await mine.browser.post(where, data={"csrf": token, "password": "fout"})
        assert wrong.status_code == 401
        right = await mine.browser.post(where, data={"csrf": token, "password": PASSWORD, "next": ACCOUNT})
        assert right.headers["Location"] == ACCOUNT
        made = await mine.browser.post(f"{ACCOUNT}/recovery", data={"csrf": token})
        assert len(codes_in(made.text)) == 10


async def test_an_invitation_leads_to_a_password_and_a_factor_once(world: DeskWorld) -> None:
    """The link lets a new counsellor choose a password that is not too easy, then a factor; after that it is over."""
    who = world.counsellor("Coach A", "werk")
    code = invited(world, who)
    async with world.browser() as browser:
        assert (await browser.post(LOGIN, json={"email": who.email, "password": PASSWORD})).status_code == 401
        assert "Coach A" in (await browser.get("/desk/welcome", params={"code": code})).text
        weak = await browser.post("/desk/welcome", data={"code": code, "password": "coach a coach a"})
        assert weak.status_code == 422
        chosen = await browser.post("/desk/welcome", data={"code": code, "password": NEW})
        assert chosen.headers["Location"] == "/desk/account/start"
        async with world.browser() as elsewhere:
            halfway = await elsewhere.post("/desk/login", data={"email": who.email, "password": NEW})
            assert (halfway.status_code, "link van je beheerder" in halfway.text) == (403, True)
        page = (await browser.get("/desk/account/start")).text
        code_of_app = factors.totp_code(secret_in(page), world.clock())
        await browser.post("/desk/account/app", data={"csrf": hidden(page, "csrf"), "code": code_of_app})
        assert (await browser.get("/desk")).status_code == 200
        assert (await browser.get("/desk/welcome", params={"code": code})).status_code == 410
    assert world.rows(sa.select(account_invitation)) == []


async def test_a_reset_never_skips_the_other_half(world: DeskWorld) -> None:
    """After a reset of the password the code is still asked; after one of the factors the link asks the password."""
    async with with_app(world) as mine, world.browser() as browser:
        code = invited(world, mine.who, "password")
        done = await browser.post("/desk/welcome", data={"code": code, "password": NEW})
        assert done.headers["Location"] == "/desk/login"
        asked = await browser.post("/desk/login", data={"email": mine.who.email, "password": NEW})
        assert asked.headers["Location"] == "/desk/login/code"
        code = invited(world, mine.who, "factors")
        refused = await browser.post("/desk/login", data={"email": mine.who.email, "password": NEW})
        assert refused.status_code == 403
        assert (
            await browser.post("/desk/welcome", data={"code": code, "password": "een ander woord"})
        ).status_code == 401
        right = await browser.post("/desk/welcome", data={"code": code, "password": NEW})
        assert right.headers["Location"] == "/desk/account/start"


async def test_an_invitation_ends_after_a_week(world: DeskWorld) -> None:
    """An old link says kindly that it is over, like one that was made up."""
    code = invited(world, world.counsellor("Coach A"))
    world.clock.go(seconds=7 * 24 * 3600)
    async with world.browser() as browser:
        old, made_up = [await browser.get("/desk/welcome", params={"code": one}) for one in (code, "niets")]
    assert old.status_code == made_up.status_code == 410
    assert old.text == made_up.text


async def test_demo_accounts_say_that_they_are_one(world: DeskWorld) -> None:
    """A demo account gets in with its password alone, and the pages say that this is a demo and change nothing."""
    who = world.counsellor("Coach A", "werk", demo=True)
    async with world.browser() as browser:
        assert "Dit is een demo" in (await browser.get("/desk/login")).text
        await browser.post("/desk/login", data={"email": who.email, "password": PASSWORD})
        page = await browser.get(ACCOUNT)
        assert "account van de demo" in page.text
        data = {"csrf": hidden(page.text, "csrf"), "password": PASSWORD, "new_password": NEW}
        assert (await browser.post(f"{ACCOUNT}/password", data=data)).status_code == 403
        assert (await browser.get(f"{ACCOUNT}/app")).status_code == 403


async def test_guessing_from_everywhere_is_worth_nothing_and_locks_nobody_out(world: DeskWorld) -> None:
    """From ever new addresses at most ten passwords an hour are really tried; the owner gets in with password and code."""
    tries, tested = size(40, 10_000), 0
    async with with_app(world) as mine:
        answers = []
        for number in range(tries):
            transport = httpx.ASGITransport(
                world.app, client=(f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 1)
            )
            async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as guesser:
                answer = await guesser.post(LOGIN, json={"email": mine.who.email, "password": f"geraden {number}"})
            answers.append((answer.status_code, answer.json()["error"]["code"]))
            world.clock.go(seconds=3600 / tries / 2)
        tested = sum(answer == (401, "wrong_login") for answer in answers)
        assert set(answers) <= {(401, "wrong_login"), (401, "login_with_code")}
        assert 1 <= tested <= 10
        owner = {"email": mine.who.email, "password": PASSWORD, "code": code_now(world, mine)}
        assert (await mine.browser.post(LOGIN, json=owner)).status_code == 200
    events = world.rows(sa.select(audit_event.c.action).where(audit_event.c.action == "session.refused"))
    assert len(events) == tested


async def test_codes_are_guessed_slowly(world: DeskWorld) -> None:
    """Who has the password waits longer and longer between wrong codes, never more than 42 seconds."""
    async with with_app(world) as mine, world.browser() as thief:
        await thief.post("/desk/login", data={"email": mine.who.email, "password": PASSWORD})
        token = await csrf_of(thief, "/desk/login/code")
        digits = (f"{number:06}" for number in itertools.count(random.randrange(100_000)))
        waits = []
        for _ in range(14):
            answer = await thief.post("/desk/login/code", data={"csrf": token, "code": next(digits)})
            if answer.status_code == 429:
                waits.append(int(answer.headers["Retry-After"]))
                world.clock.go(seconds=waits[-1])
    assert waits[:4] == [2, 4, 8, 16]
    assert max(waits) <= 42


async def test_secrets_are_sealed_and_changes_are_in_the_trail(world: DeskWorld) -> None:
    """Neither the app's secret nor a recovery code can be read from the tables; each change has its audit event."""
    async with with_app(world) as mine:
        stored = repr([*world.rows(sa.select(totp)), *world.rows(sa.select(recovery_code))])
        assert mine.secret not in stored
        assert not any(code in stored for code in mine.recovery)
    actions = [row.action for row in world.rows(sa.select(audit_event.c.action).order_by(audit_event.c.id))]
    assert actions == ["account.app_added", "session.started"]


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        ("kort", True),
        ("123456789012", True),
        ("aaaaaaaaaaaaaaa", True),
        ("password123password123", True),
        ("wachtwoord2026", True),
        ("1q2w3e4r5t6y", True),
        ("begeleider!!", True),
        ("vier losse woorden hier", False),
        ("zonder-hoofdletters-mag", False),
        ("كلمة مرور طويلة جدا", False),
    ],
)
def test_which_passwords_are_refused(password: str, weak: bool) -> None:
    """Short and well-known passwords are refused; nothing is asked of the kinds of letters."""
    assert strength.is_weak(password) is weak
