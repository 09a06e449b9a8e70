"""The benchmark of the widget compares with what was meant, and says what it could not have."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.benchmarks import lighthouse, slow_phone, widget
from backend.benchmarks.widgets import WIDGETS, NotFetched, fetch, host_pages

FIGURES = {
    "bytes": 10_000.0,
    "ready_seconds": 2.0,
    "chat_page_bytes": 8_000.0,
    "chat_page_ready_seconds": 1.0,
    "deep_chat_bytes": 80_000.0,
    "deep_chat_ready_seconds": 1.5,
    "flowise_bytes": 90_000.0,
    "flowise_ready_seconds": 2.5,
}


def test_every_widget_is_pinned() -> None:
    """Name, version and hash of each package are fixed."""
    assert len({one.name for one in WIDGETS}) == len(WIDGETS) >= 2
    for one in WIDGETS:
        assert one.integrity.startswith("sha512-")
        assert one.version.count(".") == 2


def test_another_package_than_was_meant_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with another hash is refused before anything of it is unpacked."""

    def give_another(command: Any, *, cwd: Path, **_more: Any) -> subprocess.CompletedProcess[bytes]:
        with tarfile.open(cwd / "other-1.0.0.tgz", "w:gz"):
            pass
        return subprocess.CompletedProcess(command, 0, json.dumps([{"filename": "other-1.0.0.tgz"}]).encode())

    monkeypatch.setattr(shutil, "which", lambda _name: "/usr/bin/npm")
    monkeypatch.setattr(subprocess, "run", give_another)
    with pytest.raises(NotFetched, match="another hash"):
        fetch(WIDGETS[0], tmp_path)
    assert not (tmp_path / WIDGETS[0].name).exists()


def test_without_npm_only_verder_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so, and goes on without the others and without Lighthouse."""
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert widget.fetched(tmp_path) == {}
    assert lighthouse.scores({"start": "http://127.0.0.1:1/"}, tmp_path) == {}
    told = capsys.readouterr().err
    assert "not measured: there is no npm" in told
    assert "no lighthouse: there is no npm" in told


def test_without_a_browser_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It fails with a sentence, and prints no figures."""
    monkeypatch.setattr(slow_phone, "CHROMIUM", Path("/nowhere/chromium"))
    assert widget.main(small=True) == 1
    printed = capsys.readouterr()
    assert "there is no Chromium" in printed.err
    assert printed.out == ""


def test_each_is_compared_in_the_way_it_is_opened() -> None:
    """A widget that stands open is compared with the open page, one behind a button with the chat behind its button."""
    others = [one for one in WIDGETS if one.name in ("deep_chat", "flowise")]
    compared = widget.compared(FIGURES, others)
    assert compared["times_fewer_bytes_than_deep_chat"] == 10
    assert compared["times_fewer_bytes_than_flowise"] == compared["times_fewer_bytes_than_best"] == 9
    assert compared["times_faster_than_deep_chat"] == 1.5
    assert compared["times_faster_than_flowise"] == compared["times_faster_than_best"] == 1.25
    assert widget.compared(FIGURES, [replace(WIDGETS[0], name="other")]) == {"others_measured": 0}


def _browser(origin: str) -> httpx.Client:
    return httpx.Client(base_url=origin, trust_env=False, timeout=60)


def test_the_host_page_plays_every_server(tmp_path: Path) -> None:
    """Page, packed bundle, an empty configuration and a session by polling come from one origin."""
    bundle = tmp_path / "bundle.js"
    bundle.write_text("let x = 1;" * 100)
    snippets = {"one": '<script src="{bundle}" data-here="{here}"></script>'}
    with host_pages(snippets, {"one": bundle}) as origin, _browser(origin) as http:
        assert f'<script src="/one.js" data-here="{origin}">' in http.get("/one.html").text
        got = http.get("/one.js")
        assert (got.text, got.headers["content-encoding"]) == (bundle.read_text(), "gzip")
        assert http.get("/api/anything").json() == {"isStreaming": False}
        assert http.get("/socket.io/?EIO=4").text.startswith('0{"sid"')
        assert http.post("/socket.io/?EIO=4&sid=1", content=b"40").text == "ok"
        assert http.get("/socket.io/?EIO=4&sid=1").text.startswith("40")
