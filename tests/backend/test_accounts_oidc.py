"""Signing in at an identity provider: by invitation, under issuer and subject, and never with a token that is not right."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from joserfc.jwk import ECKey, OctKey

from accounts_world import invited
from backend.accounts.providers import Provider
from backend.db import now
from backend.desk.doors import Doors
from backend.organisations.models import desk_session
from desk_world import DeskWorld, make_app
from identity_provider import CLIENT, SECRET, FakeProvider, fake_provider, query_of, real_provider

pytestmark = pytest.mark.anyio
ME, BACK = "/api/v1/desk/me", "/desk/login/back/fake"
LONG_AGO = 4_000
Make = Callable[[FakeProvider, str, int], str]


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProvider]:
    """The provider that signs whatever it is told."""
    with fake_provider() as provider:
        yield provider


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a provider may take longer than in life before it counts as away."""
    monkeypatch.setattr("backend.accounts.oidc._TIMEOUT_SECONDS", 60.0)


def connect(world: DeskWorld, issuer: str, key: str = "fake", **more: Any) -> None:
    """From now on counsellors may sign in at this provider."""
    provider = Provider(key=key, name="De School", issuer=issuer, client_id=CLIENT, client_secret=SECRET, **more)
    doors = Doors.of("http://desk.test", [provider])
    world.app = make_app(world.database, world.vault, world.clock, secure_cookies=False, doors=doors)


async def there(browser: httpx.AsyncClient, **query: str) -> dict[str, str]:
    """Begins at the provider; gives what it was asked."""
    answer = await browser.get("/desk/login/with/fake", params=query)
    return query_of(answer.headers["Location"])


async def comes_back(
    world: DeskWorld, fake: FakeProvider, browser: httpx.AsyncClient, **changes: Any
) -> httpx.Response:
    """The whole way with a good token, in which some claims are changed."""
    asked = await there(browser)
    fake.token = fake.signed(fake.claims(asked["nonce"], world.clock() // 1_000_000, **changes))
    return await browser.get(BACK, params={"state": asked["state"], "code": "c", "iss": fake.url})


async def accepts(
    world: DeskWorld, fake: FakeProvider, browser: httpx.AsyncClient, code: str, sub: str
) -> httpx.Response:
    """Follows an invitation to the provider and comes back as this subject."""
    page = await browser.post("/desk/welcome/with/fake", data={"code": code})
    found = re.search(r'href="([^"]*/auth[^"]*)"', page.text)
    assert found, page.text
    asked = query_of(found.group(1).replace("&amp;", "&"))
    fake.token = fake.signed(fake.claims(asked["nonce"], world.clock() // 1_000_000, sub=sub))
    return await browser.get(BACK, params={"state": asked["state"], "code": "c"})


async def test_only_an_invitation_binds_an_identity(world: DeskWorld, fake: FakeProvider) -> None:
    """An identity nobody invited gets nothing, whatever e-mail it says; after the invitation it is let in, and only it."""
    connect(world, fake.url, acr_values="mfa", second_factor=("mfa",))
    who = world.counsellor("Coach A", "werk")
    async with world.browser() as browser:
        assert "Log in met De School" in (await browser.get("/desk/login")).text
        stranger = await comes_back(world, fake, browser, email=who.email, email_verified=True)
        assert (stranger.status_code, "uitnodiging" in stranger.text) == (403, True)
        code = invited(world, who)
        bound = await accepts(world, fake, browser, code, "a1")
        assert bound.headers["Location"] == "/desk"
        assert (await browser.get(ME)).json()["name"] == "Coach A"
    async with world.browser() as browser:
        assert (await comes_back(world, fake, browser)).headers["Location"] == "/desk"
        assert (await browser.get(ME)).json()["name"] == "Coach A"
        assert (await comes_back(world, fake, browser, sub="a2", email=who.email)).status_code == 403
        assert (await browser.post("/desk/welcome/with/fake", data={"code": code})).status_code == 410
        other = invited(world, world.counsellor("Coach B"))
        assert (await accepts(world, fake, browser, other, "a1")).status_code == 403


async def test_pkce_state_and_nonce_are_asked(world: DeskWorld, fake: FakeProvider) -> None:
    """Every log-in sends fresh state, nonce and challenge of 256 bits, and the verifier that fits the challenge."""
    connect(world, fake.url, acr_values="mfa")
    async with world.browser() as browser:
        first, second = await there(browser), await there(browser, fresh="true")
        assert not {first[name] for name in ("state", "nonce", "code_challenge")} & set(second.values())
        assert (first["acr_values"], first["response_type"], first["code_challenge_method"]) == ("mfa", "code", "S256")
        assert (second["max_age"], second["prompt"]) == ("0", "login")
        await browser.get(BACK, params={"state": second["state"], "code": "c"})
    verifier = fake.forms[-1]["code_verifier"][0].encode()
    sent = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
    assert sent == second["code_challenge"]


async def test_without_a_second_factor_there_we_ask_our_own(world: DeskWorld, fake: FakeProvider) -> None:
    """Where the provider does not vouch for a second factor, the counsellor sets up one here before seeing anything."""
    connect(world, fake.url)
    who = world.counsellor("Coach A")
    async with world.browser() as browser:
        bound = await accepts(world, fake, browser, invited(world, who), "a1")
        assert bound.headers["Location"] == "/desk/account/start"
        assert (await browser.get(ME)).status_code == 401


async def test_an_old_sign_in_is_no_fresh_proof(world: DeskWorld, fake: FakeProvider) -> None:
    """What is sensitive asks again when the provider's own sign-in was long ago, or when it does not say."""
    connect(world, fake.url, second_factor=("mfa",))
    who = world.counsellor("Coach A")
    at = world.clock() // 1_000_000
    async with world.browser() as browser:
        await accepts(world, fake, browser, invited(world, who), "a1")
        assert (await browser.get("/desk/account/app")).status_code == 303
        await comes_back(world, fake, browser, auth_time=at - LONG_AGO)
        assert (await browser.get("/desk/account/app")).status_code == 303
        await comes_back(world, fake, browser, auth_time=at)
        assert (await browser.get("/desk/account/app")).status_code == 200


def _claims(**changes: Any) -> Make:
    return lambda fake, nonce, at: fake.signed(fake.claims(nonce, at, **changes))


def _times(**moves: int) -> Make:
    return lambda fake, nonce, at: fake.signed(
        fake.claims(nonce, at, **{name: at + move for name, move in moves.items()})
    )


def _headed(**header: Any) -> Make:
    return lambda fake, nonce, at: fake.signed(fake.claims(nonce, at), **header)


def _raw(head: dict[str, Any], signature: str = "") -> Make:
    def make(fake: FakeProvider, nonce: str, at: int) -> str:
        parts = (
            base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode()
            for one in (head, fake.claims(nonce, at))
        )
        return ".".join([*parts, signature])

    return make


def _with_key(key: Any, **header: Any) -> Make:
    return lambda fake, nonce, at: fake.signed(fake.claims(nonce, at), key=key, **header)


def _public_as_secret(fake: FakeProvider, nonce: str, at: int) -> str:
    unsigned = _raw({"alg": "HS256", "kid": "one"})(fake, nonce, at).rpartition(".")[0]
    signature = hmac.digest(fake.key.as_pem(private=False), unsigned.encode(), "sha256")
    return f"{unsigned}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _other(fake: FakeProvider, nonce: str, at: int) -> str:
    return fake.signed(fake.claims(nonce, at), key=fake.other_key)


def _altered(change: Callable[[str], str]) -> Make:
    return lambda fake, nonce, at: change(fake.signed(fake.claims(nonce, at)))


def _swapped(token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{base64.urlsafe_b64encode(b'{}').decode().rstrip('=')}.{signature}"


_SHARED = OctKey.import_key("shared with everybody, thirty-two")
BAD: dict[str, Make] = {
    **{f"issuer {value}": _claims(iss=value) for value in (..., "", None, "https://evil.test", 1, ["x"])},
    "issuer with a slash": lambda fake, nonce, at: fake.signed(fake.claims(nonce, at, iss=f"{fake.url}/")),
    **{
        f"audience {value}": _claims(aud=value)
        for value in (..., "", None, "another", [], ["another"], 1, {"a": CLIENT})
    },
    "two audiences": _claims(aud=[CLIENT, "another"]),
    "two audiences, another party": _claims(aud=[CLIENT, "another"], azp="another"),
    "audience of mixed kinds": _claims(aud=[CLIENT, 1], azp=CLIENT),
    "another party": _claims(azp="another"),
    **{f"nonce {value}": _claims(nonce=value) for value in (..., "", None, "another", 1, ["x"])},
    **{f"subject {value}": _claims(sub=value) for value in (..., "", None, 1, ["a1"], "a" * 256, "é")},
    **{f"expiry {value}": _claims(exp=value) for value in (..., None, "soon", True, [])},
    "expired": _times(exp=-61),
    "expired long ago": _times(exp=-LONG_AGO, iat=-2 * LONG_AGO),
    "made too long ago": _times(iat=-601),
    "made in the future": _times(iat=61),
    **{f"made {value}": _claims(iat=value) for value in (..., None, "now", False)},
    "not yet": _times(nbf=61),
    "not before a word": _claims(nbf="now"),
    "signed in at a word": _claims(auth_time="now"),
    **{f"second factor {value}": _claims(acr=value) for value in (..., None, "password", 1)},
    "second factor in words that are no list": _claims(acr=..., amr="mfa"),
    "second factor among other kinds": _claims(acr=..., amr=[1, "mfa"]),
    "no algorithm": _raw({"alg": "none"}),
    "no algorithm in capitals": _raw({"alg": "NONE"}),
    "no algorithm named": _raw({"typ": "JWT"}, "x"),
    "the public key as a secret": _public_as_secret,
    "a shared secret of the key set": _with_key(_SHARED, alg="HS256", kid="shared"),
    "an algorithm we do not allow": _headed(alg="RS512"),
    "another key": _other,
    "another kind of key": _with_key(ECKey.generate_key("P-256"), alg="ES256"),
    "an unknown key": _headed(kid="two"),
    "a key of its own in the header": lambda fake, nonce, at: fake.signed(
        fake.claims(nonce, at), key=fake.other_key, jwk=fake.other_key.as_dict(private=False)
    ),
    "another's signature": _altered(lambda token: token[:-8] + "AAAAAAAA"),
    "no signature": _altered(lambda token: token.rpartition(".")[0] + "."),
    "other claims under the signature": _altered(_swapped),
    "two parts": _altered(lambda token: token.rpartition(".")[0]),
    "five parts": _altered(lambda token: f"{token}.a.b"),
    "nothing": _altered(lambda _token: ""),
    "words": _altered(lambda _token: "dit is geen token"),
}


async def test_no_bad_token_lets_anybody_in(world: DeskWorld, fake: FakeProvider) -> None:
    """Sixty and more tokens that are wrong in one thing each: none of them makes a session, and none breaks anything."""
    connect(world, fake.url, second_factor=("mfa",))
    who = world.counsellor("Coach A")
    async with world.browser() as browser:
        await accepts(world, fake, browser, invited(world, who), "a1")
        assert (await browser.get(ME)).status_code == 200
    before = len(world.rows(sa.select(desk_session)))
    got = {}
    async with world.browser() as browser:
        for name, make in BAD.items():
            asked = await there(browser)
            fake.token = make(fake, asked["nonce"], world.clock() // 1_000_000)
            got[name] = (await browser.get(BACK, params={"state": asked["state"], "code": "c"})).status_code
    assert len(BAD) >= 60
    assert {name: status for name, status in got.items() if status != 403} == {}
    assert len(world.rows(sa.select(desk_session))) == before


async def test_what_this_browser_did_not_begin_is_refused(world: DeskWorld, fake: FakeProvider) -> None:
    """Another state, no cookie, a second use, another issuer or another provider: no session."""
    connect(world, fake.url, second_factor=("mfa",))
    who = world.counsellor("Coach A")
    async with world.browser() as browser, world.browser() as victim:
        await accepts(world, fake, browser, invited(world, who), "a1")
        browser.cookies.delete("verder_desk")
        asked = await there(browser)
        fake.token = fake.signed(fake.claims(asked["nonce"], world.clock() // 1_000_000))
        good = {"state": asked["state"], "code": "c"}
        assert (await victim.get(BACK, params=good)).status_code == 403
        assert (await browser.get(BACK, params={**good, "state": "x"})).status_code == 403
        assert (await browser.get(BACK, params=good)).status_code == 403
        for wrong in ({"iss": "https://evil.test"}, {"code": ""}):
            asked = await there(browser)
            assert (await browser.get(BACK, params={"state": asked["state"], "code": "c", **wrong})).status_code == 403
        assert (await browser.get("/desk/login/back/other", params=good)).status_code == 404
        assert (await browser.get(ME)).status_code == 401


async def test_a_provider_that_is_away_is_said_kindly(world: DeskWorld) -> None:
    """When the provider does not answer, the page says so and the desk goes on."""
    connect(world, "http://127.0.0.1:9")
    async with world.browser() as browser:
        answer = await browser.get("/desk/login/with/fake")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


@pytest.mark.timeout(1800)
async def test_a_real_provider(world: DeskWorld) -> None:
    """The whole way through a provider somebody else wrote: invitation, its own pages, and back into the desk."""
    with real_provider("http://desk.test/desk/login/back/fake") as issuer:
        connect(world, issuer)
        who = world.counsellor("Coach A", "werk")
        code = invited(world, who)
        world.clock.at = now()
        async with world.browser() as browser, outside_client(issuer) as outside:
            page = await browser.post("/desk/welcome/with/fake", data={"code": code})
            found = re.search(r'href="(http://127[^"]*/auth[^"]*)"', page.text)
            assert found
            back = await _sign_in_there(outside, found.group(1).replace("&amp;", "&"))
            came = await browser.get(back)
            assert (came.status_code, came.headers["Location"]) == (303, "/desk/account/start"), came.text


def outside_client(issuer: str) -> httpx.AsyncClient:
    """A browser at the provider, which is slow at its first pages."""
    return httpx.AsyncClient(base_url=issuer, trust_env=False, timeout=60)


async def _sign_in_there(outside: httpx.AsyncClient, address: str) -> str:
    """Walks through the provider's own pages; gives where it sends the browser in the end."""
    answer = await outside.get(address)
    for _ in range(12):
        if answer.is_redirect:
            if answer.headers["Location"].startswith("http://desk.test"):
                return str(answer.headers["Location"])
            answer = await outside.get(answer.headers["Location"])
            continue
        form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
        assert form, answer.text
        kind = re.search(r'name="prompt" value="(\w+)"', answer.text)
        data = {"prompt": kind.group(1) if kind else "login", "login": "somebody", "password": "x"}
        answer = await outside.post(form.group(1), data=data)
    raise AssertionError("the provider never sent us back")
