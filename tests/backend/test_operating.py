"""What an operator meets: one sentence instead of a traceback, one process for one file, and figures that alarms can trust."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from backend.audit import record
from backend.audit.keeping import link_all
from backend.benchmarks.process import free_port
from backend.conversations.models import outbox
from backend.db import now, run_now
from backend.engines import postgres_engine
from backend.errors import Unavailable
from backend.lock import one_process
from backend.main import main
from backend.organisations.models import counsellor
from backend.queues.models import queue_member
from backend.settings import Settings
from world import World, open_service, open_world, settings_for

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
START_SECONDS = 60
MINUTE = 60 * 1_000_000
Telling = Callable[..., str]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Telling:
    """Runs a command in a folder of its own and gives the one line by which it refuses."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VERDER_UNDERSTANDING", "plain")

    def run(*arguments: str, **settings: object) -> str:
        for name, value in settings.items():
            monkeypatch.setenv(f"VERDER_{name}", str(value))
        capsys.readouterr()
        assert main(arguments) == 2
        [line] = capsys.readouterr().err.splitlines()
        return line

    return run


def _new_database(folder: Path, **more: Any) -> Settings:
    """An embedded database with its keys in this folder, as the settings of the environment have them."""
    settings = settings_for(f"sqlite:///{folder / 'verder.db'}", folder, **more)
    open_service(settings).database.close()
    return settings


@pytest.mark.parametrize("command", ["admin list", "admin check", "admin audit verify", "backup b"])
def test_a_database_that_does_not_answer(told: Telling, tmp_path: Path, command: str) -> None:
    """While the database is away each command says so in one sentence, without the password of its address."""
    _new_database(tmp_path)
    line = told(*command.split(), DATABASE_URL=f"postgresql://verder:geheim@127.0.0.1:{free_port()}/verder")
    assert "the database cannot be used" in line
    assert "geheim" not in line


def test_a_database_of_another_encoding(told: Telling, tmp_path: Path, postgres: str) -> None:
    """PostgreSQL that would keep words as bytes without a meaning is refused, with what to do."""
    _new_database(tmp_path)
    name = f"ascii_{secrets.token_hex(6)}"
    admin = postgres_engine(postgres).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"create database {name} encoding 'SQL_ASCII' locale 'C' template template0")
    url = make_url(postgres).set(database=name).render_as_string(hide_password=False)
    line = told("serve", "--port", str(free_port()), DATABASE_URL=url)
    assert "the database cannot be used: its encoding is SQL_ASCII: make one with ENCODING 'UTF8'" in line
    with admin.connect() as connection:
        connection.exec_driver_sql(f"drop database {name} with (force)")
    admin.dispose()


@pytest.mark.parametrize("command", ["admin list", "serve", "worker", "admin check"])
def test_a_database_in_a_folder_that_is_not_there(told: Telling, tmp_path: Path, command: str) -> None:
    """An embedded database in a missing folder is told in one sentence by each command, also by the service."""
    _new_database(tmp_path)
    line = told(*command.split(), DATABASE_URL=f"sqlite:///{tmp_path / 'away' / 'verder.db'}")
    assert re.search(r"the database cannot be used|away/verder\.db", line)


def test_a_file_that_is_no_database(told: Telling, tmp_path: Path) -> None:
    """A file that is no database is told in one sentence, and stays as it is."""
    _new_database(tmp_path)
    (tmp_path / "text.db").write_text("geheim " * 1000)
    line = told("admin", "list", DATABASE_URL=f"sqlite:///{tmp_path / 'text.db'}")
    assert "the database cannot be used" in line
    assert "geheim" not in line
    assert (tmp_path / "text.db").read_text() == "geheim " * 1000


@pytest.mark.parametrize(
    "command", ["admin list", "admin check", "admin audit verify", "admin audit key", "admin keys add"]
)
def test_a_key_file_that_cannot_be_read(told: Telling, tmp_path: Path, command: str) -> None:
    """A damaged key file, or a folder in its place, ends every command that needs it with one sentence about the key file;
    nothing of it is repeated, and no database is made."""
    for number, content in enumerate((b"geheim", b"[]", b'{"current": 1}', b"\xff\xfe", None)):
        file = tmp_path / f"{number}.key"
        if content is None:
            file.mkdir()
        else:
            file.write_bytes(content)
        line = told(*command.split(), KEY_FILE=file)
        assert re.search(rf"VERDER_KEY_FILE|key file|{number}\.key", line), content
        assert not re.search("geheim|0xff", line)
    assert not list(tmp_path.glob("*.db"))


def test_keys_are_not_made_where_there_is_no_folder(told: Telling, tmp_path: Path) -> None:
    """`verder admin make-keys` into a missing folder names the file and makes nothing."""
    file = tmp_path / "away" / "verder.key"
    assert str(file) in told("admin", "make-keys", KEY_FILE=file)
    assert list(tmp_path.iterdir()) == []


def test_a_counsellor_of_no_organisation(told: Telling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`verder admin add-counsellor` for an id that does not exist says so and where ids are listed, and adds nobody."""
    monkeypatch.setattr(getpass, "getpass", lambda _: "een lang wachtwoord")
    settings = _new_database(tmp_path)
    assert "verder admin list" in told("admin", "add-counsellor", "nobody", "a@voorbeeld.nl", "Coach A")
    service = open_service(settings)
    assert run_now(service.database, lambda db: db.execute(sa.select(counsellor)).first()) is None
    service.database.close()


@pytest.mark.parametrize("command", ["worker", "serve", "restore b --nothing-gone"])
def test_one_process_works_on_an_embedded_database(told: Telling, tmp_path: Path, command: str) -> None:
    """Beside a process that serves an embedded database a second one, also a worker, is refused and told what to use."""
    with one_process(_new_database(tmp_path)):
        line = told(*command.split(), DATABASE_URL=f"sqlite:///{tmp_path / 'verder.db'}")
    assert "another process serves" in line
    assert "PostgreSQL" in line


def test_a_metrics_port_that_is_taken(told: Telling, tmp_path: Path) -> None:
    """A worker whose port for figures is taken says so in one sentence."""
    _new_database(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as door:
        assert re.search("port|in use", told("worker", "--metrics-port", str(door.getsockname()[1])))


def test_the_worker_tells_its_figures(tmp_path: Path) -> None:
    """`verder worker --metrics-port` tells Prometheus what the worker alone knows, here a request that nobody looks after,
    and ends by itself on SIGTERM."""
    settings = settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path)
    with open_world(settings, worker=False) as world:
        world.person().asks_for_help()
        world.do(lambda db: db.execute(sa.delete(queue_member)).rowcount)
    port = free_port()
    command = (sys.executable, "-m", "backend.main", "worker", "--metrics-port", str(port))
    more = {
        "VERDER_DATABASE_URL": settings.database_url,
        "VERDER_KEY_FILE": str(settings.key_file),
        "VERDER_UNDERSTANDING": "plain",
        "PYTHONPATH": str(ROOT),
    }
    with (tmp_path / "worker.log").open("w") as log:
        worker = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, **more}, stdout=log, stderr=log)
    try:
        figures = _asked(worker, f"http://127.0.0.1:{port}/metrics", "verder_requests_orphaned 1.0")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        worker.wait()
    written = (tmp_path / "worker.log").read_text()
    assert "verder_requests_orphaned 1.0" in figures, written
    assert "Traceback" not in written


def _asked(worker: subprocess.Popen[bytes], url: str, line: str) -> str:
    """What is told there once this line is in it, or when the worker ended or it took too long."""
    until, figures = time.monotonic() + START_SECONDS, ""
    while line not in figures.splitlines() and worker.poll() is None and time.monotonic() < until:
        try:
            figures = httpx.get(url, trust_env=False).text
        except httpx.HTTPError:
            time.sleep(0.05)
    return figures


def test_a_trail_is_not_whole_without_its_heads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`verder admin audit verify --heads` with a folder that holds none ends with 1 and says so, where without a folder the
    same trail is whole."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VERDER_UNDERSTANDING", "plain")
    settings, empty = _new_database(tmp_path), tmp_path / "heads"
    empty.mkdir()
    verify = ["admin", "audit", "verify"]
    service = open_service(settings)
    run_now(service.database, lambda db: record(db, "backup.restored", "backup:1", actor="operator"))
    asyncio.run(link_all(service.database))
    service.database.close()
    assert main(verify) == 0
    capsys.readouterr()
    assert main([*verify, "--heads", str(empty)]) == 1
    assert f"{empty} holds no heads" in capsys.readouterr().out


@pytest.fixture
def resting(database_url: str, tmp_path: Path) -> Iterator[World]:
    """The service on each of the two databases, without its background work."""
    with open_world(settings_for(database_url, tmp_path), worker=False) as world:
        yield world


def _figures(world: World) -> dict[str, float]:
    """The figures without labels."""
    lines = world.http.get("/metrics").text.splitlines()
    return {
        name: float(value)
        for name, _, value in (line.partition(" ") for line in lines)
        if "{" not in name and name != "#"
    }


def test_only_what_waits_too_long_is_late(resting: World) -> None:
    """Late is an answer that was due three minutes ago or was tried eight times; not a fresh one, not one that waits for a
    later moment, and none that was sent or given up."""
    person = resting.person()
    assert _figures(resting)["verder_outbox_late"] == 0
    rows = [
        ("waiting", now() - 3 * MINUTE, 0),
        ("sending", now() - 3 * MINUTE, 1),
        ("waiting", now() + MINUTE, 8),
        ("waiting", now(), 0),
        ("waiting", now() + 60 * MINUTE, 7),
        ("sent", now() - 3 * MINUTE, 9),
        ("failed", now() - 3 * MINUTE, 9),
    ]
    names = ("number", "state", "due_at", "tries")
    values = [dict(zip(names, (number, *row), strict=True)) for number, row in enumerate(rows, 101)]
    same = {"conversation_id": person.id, "lease_until": 0}
    resting.do(lambda db: db.execute(sa.insert(outbox), [{**one, **same} for one in values]).rowcount)
    figures = _figures(resting)
    assert (figures["verder_outbox_late"], figures["verder_outbox_open"]) == (3, 5)


def test_a_database_that_takes_nothing_is_not_up(resting: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the database can be read but stores nothing it counts as away, and the other figures are still told."""

    async def full() -> None:
        raise Unavailable

    assert _figures(resting)["verder_database_up"] == 1
    with monkeypatch.context() as broken:
        broken.setattr(resting.service.database, "probe", full)
        figures = _figures(resting)
        assert figures["verder_database_up"] == 0
        assert "verder_requests_waiting" in figures
        assert resting.http.get("/readyz").status_code == 503
    assert _figures(resting)["verder_database_up"] == 1


_KINDS = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


def _expressions() -> dict[str, str]:
    """What alarms and the dashboard ask Prometheus for, each with the file it stands in."""
    alarms = re.findall(r"^ +expr: (.+)$", (DEPLOY / "alarms.yaml").read_text(), re.MULTILINE)
    found = dict.fromkeys(alarms, "alarms.yaml")

    def look(part: Any) -> None:
        if isinstance(part, dict):
            found.update({part["expr"]: "dashboard.json"} if "expr" in part else {})
        for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            look(inner)

    look(json.loads((DEPLOY / "dashboard.json").read_text()))
    return found


def test_alarms_and_dashboard_ask_for_figures_that_are_told(tmp_path: Path) -> None:
    """Every name by which an alarm or the dashboard asks is a figure of /metrics: none watches what does not exist."""
    with open_world(settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path), worker=False) as world:
        text = world.http.get("/metrics").text
        own = _figures(world).keys()
    families = re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE)
    there = {*own, *(name + end for name, kind in families for end in _KINDS[kind])}
    asked = _expressions()
    assert set(asked.values()) == {"alarms.yaml", "dashboard.json"}
    for expression, file in asked.items():
        names = re.findall(r"\bverder_\w+", expression)
        assert names or "up{" in expression, f"{file}: {expression}"
        assert set(names) <= there, f"{file}: {expression}"


def test_no_secret_goes_into_an_image() -> None:
    """Keys, settings with passwords and databases stay out of what a container is built from; the program is in it."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    patterns = [re.compile(_as_expression(line)) for line in lines]

    def stays_out(path: str) -> bool:
        return any(pattern.match(path) for pattern in patterns)

    secret = [
        "verder.key",
        "verder.key.new",
        "deploy/keys/verder.key",
        "deploy/keys/other",
        ".env",
        "deploy/.env",
        ".git/config",
    ]
    secret += ["verder.db", "verder-keys.db", "verder.db-wal", "some/where/verder-keys.db-shm", "verder.db.lock"]
    program = ["pyproject.toml", "backend/main.py", "backend/keys.py", "locales/nl/menu.toml", "deploy/Containerfile"]
    assert [path for path in secret if not stays_out(path)] == []
    assert [path for path in program if stays_out(path)] == []


def _as_expression(pattern: str) -> str:
    """A line of .dockerignore as a regular expression for paths: `**/` is any folders, `*` anything but a slash."""
    parts = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return re.sub(r"\*\*/|\*|[^*]+", lambda part: parts.get(part[0], re.escape(part[0])), pattern) + "(?:/|$)"
