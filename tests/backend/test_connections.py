"""Case systems: tokens that read figures and statuses, and signed webhooks that go to the open internet alone."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from backend.connections.addresses import BadAddress, is_public, pin, read_url
from backend.connections.models import webhook_delivery
from backend.connections.sending import MOST_TRIES, Sender, wait_after
from backend.connections.signing import sign
from backend.connections.tokens import make_token, revoke_token, tokens_of
from backend.connections.webhooks import announce, make_webhook, rotate_secret, stop_webhook
from backend.db import now
from backend.organisations.counsellors import Counsellor
from desk_people import organisation_id
from world import World, open_world, settings_for

PRIVATE = [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "::10.1.2.3",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "100::1",
]
TRICKS = [
    "http://zaken.example/",
    "ftp://zaken.example/",
    "file:///etc/passwd",
    "gopher://zaken.example/",
    "javascript:alert(1)",
    "//zaken.example/",
    "zaken.example",
    "https://",
    "https:///x",
    "https://zaken.example:22/",
    "https://zaken.example:80/",
    "https://zaken.example:0/",
    "https://zaken.example:65536/",
    "https://zaken.example:x/",
    "https://a@zaken.example/",
    "https://a:b@zaken.example/",
    "https://zaken.example#@localhost/",
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://a.localhost/",
    "https://db.internal/",
    "https://printer.local/",
    "https://router.lan/",
    "https://1.0.0.127.in-addr.arpa/",
    "https://verder/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.1.:443/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fe80::1%25eth0]/",
    "https://169.254.169.254/",
    "https://①②⑦.⓪.⓪.①/",
    "https://zaken。example/",
    "https://zaken.example\\@localhost/",
    "https://zaken.example\t/",
    "https://-zaken.example-.-",
    "https://zaken..example/",
    "https://.example/",
    "https://zaken.example%00.localhost/",
    "https://zaken_.example/",
    "https://%6c%6f%63%61%6c/",
    "HTTPS:zaken.example",
    "https:zaken.example",
    "https:/zaken.example",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_inside_are_never_called(address: str) -> None:
    """Private, local, link-local, reserved and multicast addresses are refused, also hidden in IPv6."""
    assert not is_public(address)
    with pytest.raises(BadAddress):
        pin(read_url("https://zaken.example/"), lambda _host, _port: [address])
    with pytest.raises(BadAddress):
        pin(read_url("https://zaken.example/"), lambda _host, _port: ["93.184.215.14", address])


@pytest.mark.parametrize("url", [*TRICKS, "https://zaken.example/" + "a" * 400, "https://zaken.example/\n", ""])
def test_tricks_are_no_addresses(url: str) -> None:
    """Only https to a name of the open internet on a usual port is an address."""
    with pytest.raises(BadAddress):
        read_url(url)


def test_an_honest_address_is_taken_apart() -> None:
    """Host, port and path stay as they are; no answer to the question of the name is no address."""
    target = read_url("https://Zaken.Example.:8443/in/verder?x=1")
    assert (target.host, target.port, target.path) == ("zaken.example", 8443, "/in/verder?x=1")
    assert pin(target, lambda _host, _port: ["2606:4700::1111", "93.184.215.14"]) == "2606:4700::1111"
    with pytest.raises(BadAddress):
        pin(target, lambda _host, _port: [])


def _admin(world: World) -> Counsellor:
    return Counsellor("a" * 32, organisation_id(world, "Demo Gemeente"), "Beheerder", "organisation_admin")


def _get(world: World, path: str, token: str) -> httpx.Response:
    return world.http.get(f"/api/v1/organisation/{path}", headers={"Authorization": f"Bearer {token}"})


def test_a_token_reads_its_own_and_nothing_of_a_person(verder: World) -> None:
    """Statuses and figures of one's own organisation; not without the scope, not of another, not after it is revoked."""
    person = verder.person()
    person.asks_for_help("Mijn geheime vraag.")
    by = _admin(verder)
    school = Counsellor("b" * 32, organisation_id(verder, "Demo Praktijkschool"), "Beheerder", "organisation_admin")
    both = verder.do(lambda db: make_token(db, by, name="Zaken", scopes=["requests", "figures"], at=now()))
    few = verder.do(lambda db: make_token(db, by, name="Cijfers", scopes=["figures"], at=now()))
    other = verder.do(lambda db: make_token(db, school, name="School", scopes=["requests"], at=now()))
    listed = _get(verder, "requests", both)
    assert listed.status_code == 200
    assert "geheim" not in listed.text
    newest = listed.json()["requests"][-1]
    assert set(newest) == {"id", "queue", "status", "created_at", "claimed_at", "answered_at", "closed_at"}
    assert _get(verder, f"requests/{newest['id']}", both).json() == newest
    assert _get(verder, f"requests/{newest['id']}", other).status_code == 404
    assert (
        _get(verder, f"requests/{'0' * 32}", other).content == _get(verder, f"requests/{newest['id']}", other).content
    )
    assert newest["id"] not in _get(verder, "requests", other).text
    assert _get(verder, "requests", few).status_code == 403
    figures = _get(verder, "figures", few).json()["queues"]
    assert all(
        one[status] is None or one[status] == 0 or one[status] >= 5 for one in figures for status in ("waiting",)
    )
    assert [_get(verder, "requests", wrong).status_code for wrong in ("verder_x", both[:-1], "x" * 500)] == [401] * 3
    mine = verder.do(lambda db: tokens_of(db, by.organisation_id))
    assert next(one for one in mine if one.name == "Zaken").last_used_at is not None
    for one in mine:
        verder.do(lambda db, id=one.id: revoke_token(db, by, id, at=now()))
    assert _get(verder, "requests", both).status_code == 401


@pytest.fixture
def quiet(database_url: str, tmp_path: Path) -> Iterator[World]:
    """The service without its background work: what is sent is sent by the test."""
    with open_world(settings_for(database_url, tmp_path), worker=False) as world:
        yield world


class Answers:
    """Stands where the internet would be: keeps what is sent and answers as told."""

    def __init__(self, *statuses: int) -> None:
        self.statuses, self.seen, self.retry_after = list(statuses), [], ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return httpx.Response(
            self.statuses.pop(0) if self.statuses else 200,
            headers={"location": "https://127.0.0.1/", "retry-after": self.retry_after},
        )


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Everything the sender sends comes here."""
    found, real = Answers(), httpx.AsyncClient

    def client(**settings: Any) -> httpx.AsyncClient:
        assert settings["follow_redirects"] is False
        assert settings["trust_env"] is False
        assert isinstance(settings.pop("verify"), ssl.SSLContext)
        return real(**settings, transport=httpx.MockTransport(found))

    monkeypatch.setattr("httpx.AsyncClient", client)
    return found


def _deliveries(world: World, id: str) -> list[tuple[str, int, str | None]]:
    of = webhook_delivery.c
    rows = world.rows(sa.select(of.state, of.tries, of.outcome).where(of.webhook_id == id).order_by(of.made_at))
    return [(row.state, row.tries, row.outcome) for row in rows]


def test_a_webhook_is_signed_pinned_and_tried_again(quiet: World, answers: Answers) -> None:
    """What is sent holds ids alone, goes to the address that was looked up once, and comes again until it arrives."""
    by, vault, at = _admin(quiet), quiet.service.host.vault, now()
    url = "https://zaken.example/in"
    id, secret = quiet.do(lambda db: make_webhook(db, vault, by, url=url, events=["claimed"], at=at))
    quiet.do(lambda db: [announce(db, by.organisation_id, one, "f" * 32, at=at) for one in ("claimed", "closed")])
    new = quiet.do(lambda db: rotate_secret(db, vault, by, id, at=at))
    sender = Sender(quiet.service.database, vault, resolve=lambda _host, _port: ["93.184.215.14"])
    answers.statuses = [302, 500]
    for step in range(3):
        asyncio.run(sender.drain(at=at + step * 3600 * 1_000_000))
    assert _deliveries(quiet, id) == [("sent", 3, "200")]
    for one in answers.seen:
        assert (one.url.host, one.headers["host"]) == ("93.184.215.14", "zaken.example")
        assert one.extensions["sni_hostname"] == "zaken.example"
        body = one.content.decode()
        assert json.loads(body)["data"] == {"request": "f" * 32}
        own = [
            sign(each, one.headers["webhook-id"], int(one.headers["webhook-timestamp"]), body) for each in (new, secret)
        ]
        assert one.headers["webhook-signature"].split() == [f"v1,{each}" for each in own]
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{one.headers['webhook-id']}.{one.headers['webhook-timestamp']}.{body}".encode()
        assert own[1] == base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert len({one.headers["webhook-id"] for one in answers.seen}) == 1
    quiet.do(lambda db: stop_webhook(db, by, id, at=at))


BUSY = ((429, "1800", 1800), (503, "60", 60), (429, "9" * 12, 21600), (429, "Wed, 21 Oct 2026", 0), (500, "1800", 0))
"""What a receiver answers, what its Retry-After says, and for how many seconds nothing comes."""


def test_a_busy_receiver_says_when_to_come_back(quiet: World, answers: Answers) -> None:
    """After a 429 or 503 with Retry-After nothing comes before that, at most six hours later; what is no number of seconds,
    or comes with another answer, changes nothing."""
    by, vault, at = _admin(quiet), quiet.service.host.vault, now()
    sender = Sender(quiet.service.database, vault, resolve=lambda _host, _port: ["93.184.215.14"])
    for status, asked, seconds in BUSY:
        id, _ = quiet.do(lambda db: make_webhook(db, vault, by, url="https://a.example/", events=["closed"], at=at))
        quiet.do(lambda db: announce(db, by.organisation_id, "closed", "f" * 32, at=at))
        answers.statuses, answers.retry_after = [status], asked
        asyncio.run(sender.drain(at=at))
        if seconds:
            asyncio.run(sender.drain(at=at + (seconds - 1) * 1_000_000))
            assert _deliveries(quiet, id) == [("waiting", 1, str(status))]
        asyncio.run(sender.drain(at=at + max(seconds, 11) * 1_000_000))
        assert _deliveries(quiet, id) == [("sent", 2, "200")]
        quiet.do(lambda db, id=id: stop_webhook(db, by, id, at=at))


def test_a_name_that_leads_inside_is_not_called(quiet: World, answers: Answers) -> None:
    """When the name's answer changes to an address inside, nothing is connected to; in the end it has failed."""
    by, vault, at = _admin(quiet), quiet.service.host.vault, now()
    id, _ = quiet.do(lambda db: make_webhook(db, vault, by, url="https://a.example/", events=["closed"], at=at))
    quiet.do(lambda db: announce(db, by.organisation_id, "closed", "f" * 32, at=at))
    sender = Sender(quiet.service.database, vault, resolve=lambda _host, _port: ["::ffff:127.0.0.1"])
    for step in range(MOST_TRIES + 1):
        asyncio.run(sender.drain(at=at + step * 7 * 3600 * 1_000_000))
    assert answers.seen == []
    assert _deliveries(quiet, id) == [("failed", MOST_TRIES, "address")]
    assert 5 <= wait_after(1) <= 11
    assert wait_after(30) <= 6.7 * 3600
    quiet.do(lambda db: stop_webhook(db, by, id, at=at))
