"""Settings: plain environment variables, and a production profile that refuses what would be unsafe, by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from backend import commands, demo
from backend.app import Service
from backend.db import run_now
from backend.keys import open_key_ring
from backend.lock import one_process
from backend.main import main
from backend.settings import Settings
from backend.vault import KeyRing
from knowledge.numbers_file import Damaged
from world import open_service, open_world, settings_for

SAFE = {
    "profile": "production",
    "rate_limits": "on",
    "public_url": "https://verder.example",
    "telegram_token": "1:a",
    "telegram_webhook_secret": "s" * 32,
}


def _production(folder: Path, **more: Any) -> Settings:
    key_file = folder / "verder.key"
    if not key_file.exists():
        KeyRing.make().write(key_file)
    return settings_for(f"sqlite:///{folder / 'verder.db'}", folder, **{**SAFE, **more})


def test_the_contracts_names_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every setting of the contract is read from its environment variable."""
    monkeypatch.chdir(tmp_path)
    values = {
        "DATABASE_URL": "postgresql://db/verder",
        "PUBLIC_URL": "https://verder.example",
        "KEY_FILE": "/run/keys/verder",
        "TELEGRAM_TOKEN": "1:a",
        "TELEGRAM_API_URL": "http://127.0.0.1:9",
        "TELEGRAM_WEBHOOK_SECRET": "secret",
        "DEMO": "1",
        "RATE_LIMITS": "off",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"VERDER_{name}", value)
    settings = Settings()
    assert (settings.demo, str(settings.key_file), settings.rate_limits) == (True, "/run/keys/verder", "off")
    assert (settings.database_url, settings.is_sqlite) == ("postgresql://db/verder", False)
    assert (settings.telegram_token, settings.telegram_api_url) == ("1:a", "http://127.0.0.1:9")


def test_the_defaults_are_the_embedded_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without settings there is one SQLite file and a key file here, without demo and without Telegram."""
    monkeypatch.chdir(tmp_path)
    settings = Settings()
    assert (settings.database_url, settings.key_file.name, settings.demo) == (
        "sqlite:///verder.db",
        "verder.key",
        False,
    )
    assert settings.telegram_api_url == "https://api.telegram.org"


def test_safe_production_starts(tmp_path: Path) -> None:
    """With everything in order the production profile starts."""
    service = open_service(_production(tmp_path))
    service.database.close()
    assert service.settings.secure_cookies


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"key_file": Path("/nowhere/verder.key")}, "VERDER_KEY_FILE"),
        ({"demo": True}, "VERDER_DEMO"),
        ({"rate_limits": "off"}, "VERDER_RATE_LIMITS"),
        ({"public_url": "http://verder.example"}, "VERDER_PUBLIC_URL"),
        ({"telegram_webhook_secret": "s" * 31}, "VERDER_TELEGRAM_WEBHOOK_SECRET"),
        ({"telegram_webhook_secret": ""}, "VERDER_TELEGRAM_WEBHOOK_SECRET"),
    ],
)
def test_unsafe_production_is_refused_by_name(tmp_path: Path, wrong: dict[str, Any], named: str) -> None:
    """Each unsafe setting keeps production from starting, is named, and alone; nothing was made on the way."""
    settings = _production(tmp_path, **wrong)
    with pytest.raises(Exception, match=named) as refused:
        Service.open(settings)
    others = {"VERDER_KEY_FILE", "VERDER_DEMO", "VERDER_RATE_LIMITS", "VERDER_PUBLIC_URL", "VERDER_TELEGRAM"} - {named}
    assert not any(other in str(refused.value) for other in others if not named.startswith(other))
    assert not (tmp_path / "verder.db").exists()


def test_several_faults_are_named_together(tmp_path: Path) -> None:
    """Who has more than one thing to mend reads all of them at once."""
    with pytest.raises(Exception, match=r"VERDER_DEMO.*VERDER_PUBLIC_URL"):
        _production(tmp_path, demo=True, public_url="http://x").check()


def test_demo_accounts_do_not_reach_production(tmp_path: Path) -> None:
    """A database in which demo counsellors can log in is refused in production."""
    service = open_service(_production(tmp_path))
    run_now(service.database, lambda db: demo.fill(db, service.host.vault, "hash"))
    service.database.close()
    with pytest.raises(Exception, match="demo accounts"):
        open_service(_production(tmp_path))


def test_a_foreign_key_file_is_refused(tmp_path: Path) -> None:
    """With a key file that is not this database's nothing starts, so that nobody writes under the wrong key."""
    settings = settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path)
    service = open_service(settings)
    run_now(service.database, service.host.vault.add_person)
    service.database.close()
    settings.key_file.unlink()
    with pytest.raises(Exception, match="VERDER_KEY_FILE"):
        open_service(settings)


def test_a_first_start_makes_keys_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Outside production a missing key file is made once, with a clear warning, and read from then on."""
    settings = settings_for("sqlite:///x.db", tmp_path)
    made = open_key_ring(settings)
    assert "Back it up" in caplog.text
    caplog.clear()
    assert open_key_ring(settings) == made
    assert caplog.text == ""


def test_a_wrong_value_is_named_and_nothing_else_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A setting that is not valid ends the command with its name, without its value and without a traceback."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VERDER_RATE_LIMITS", "geheim")
    assert main(["serve"]) == 2
    said = capsys.readouterr().err
    assert "VERDER_RATE_LIMITS" in said
    assert "geheim" not in said


def test_making_keys_never_overwrites(tmp_path: Path) -> None:
    """`verder admin make-keys` makes a key file once and refuses to replace it."""
    settings = settings_for("sqlite:///x.db", tmp_path)
    wanted: Any = None
    assert commands.make_keys(wanted, settings) == 0
    before = settings.key_file.read_bytes()
    with pytest.raises(Exception, match="never overwritten"):
        commands.make_keys(wanted, settings)
    assert settings.key_file.read_bytes() == before


def test_one_process_for_one_file(tmp_path: Path) -> None:
    """The lock beside an embedded database is held once, and free again afterwards; PostgreSQL needs none."""
    settings = settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path)
    with one_process(settings):
        with pytest.raises(Exception, match=r"verder\.db already"), one_process(settings):
            pytest.fail("two processes")
    with one_process(settings):
        assert (tmp_path / "verder.db.lock").exists()
    elsewhere = settings_for("postgresql://db/verder", tmp_path)
    with one_process(elsewhere), one_process(elsewhere):
        assert not elsewhere.is_sqlite


@pytest.mark.parametrize("contact", ["", "mailto:veilig@example.nl"])
def test_whom_to_tell_about_a_weakness(tmp_path: Path, contact: str) -> None:
    """With a contact the well-known file names it and is not out of date; without one there is no file that misleads."""
    settings = settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path, security_contact=contact)
    with open_world(settings, worker=False) as world:
        answer = world.http.get("/.well-known/security.txt")
        assert answer.status_code == (200 if contact else 404)
        if contact:
            fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
            assert fields["Contact"] == contact
            assert (
                datetime.now(UTC) < datetime.fromisoformat(fields["Expires"]) < datetime.now(UTC) + timedelta(days=366)
            )


def test_a_contact_that_nobody_can_use_is_refused(tmp_path: Path) -> None:
    """A contact must be a mailto: or https: address in one line."""
    for wrong in ("veilig@example.nl", "https://x\nEvil: 1"):
        with pytest.raises(ValidationError):
            settings_for(f"sqlite:///{tmp_path / 'verder.db'}", tmp_path, security_contact=wrong)


def test_a_damaged_model_stops_the_start_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The service does not start with a model that is not whole; the reason is one line, without a trace of code."""

    def serve(*_: object) -> int:
        raise Damaged("full.npz is missing or damaged")

    monkeypatch.setattr(commands, "serve", serve)
    assert main(["serve"]) == 2
    assert capsys.readouterr().err == "full.npz is missing or damaged\n"


PROVIDER = '{"key": "a", "name": "geheim", "issuer": "http://geheim.example", "client_id": "x"}'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://verder:geheim@db/verder"),
        ("DATABASE_URL", "geheim"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "postgresql://verder:a@b:geheim@db/verder"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "geheim.example"),
        ("PUBLIC_URL", "http://[geheim"),
        ("LOOKS", "/nowhere/geheim"),
        ("DOCUMENT_TEMPLATES", "/nowhere/geheim"),
        ("TELEGRAM_WEBHOOK_SECRET", "een geheim met spaties"),
        ("OIDC_PROVIDERS", "[geheim"),
        ("OIDC_PROVIDERS", '{"geheim": 1}'),
        ("OIDC_PROVIDERS", '[{"key": "geheim"}]'),
        ("OIDC_PROVIDERS", f"[{PROVIDER}]"),
    ],
)
def test_a_setting_that_cannot_work_is_told_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    """Settings with which nothing could run end a command with one line that names them and never repeats the value."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"VERDER_{name}", value)
    assert main(["admin", "list"]) == 2
    said = capsys.readouterr()
    [line] = said.err.splitlines()
    assert f"VERDER_{name}" in line
    assert "geheim" not in line
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [("serve", "--port"), ("worker", "--metrics-port")])
@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_that_does_not_exist_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, str], port: str
) -> None:
    """What is no port ends the command with the option's name before anything is opened."""
    with pytest.raises(SystemExit) as ended:
        main([*arguments, port])
    assert ended.value.code == 2
    assert f"argument {arguments[1]}: " in capsys.readouterr().err.splitlines()[-1]


def test_what_is_left_empty_is_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every setting that is there but empty, in the environment or in `.env`, has its default: no heads land in the
    current folder."""
    monkeypatch.chdir(tmp_path)
    as_ever = Settings()
    lines = [f"VERDER_{name.upper()}=" for name in Settings.model_fields]
    (tmp_path / ".env").write_text("\n".join(lines))
    assert Settings() == as_ever
    for line in lines:
        monkeypatch.setenv(line.rstrip("="), "")
    assert Settings() == as_ever
    assert Settings().audit_heads is None
