"""The proxy of `deploy/Caddyfile` before processes of this machine, with a certificate of its own making."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from backend.benchmarks.process import free_port
from parts import go_without

CADDYFILE = Path(__file__).parents[2] / "deploy" / "Caddyfile"
_HERE = """{{
	admin off
	https_port {port}
	auto_https disable_redirects
	skip_install_trust
"""


@dataclass(frozen=True)
class Proxy:
    """Where it listens, and what its certificate is checked against."""

    url: str
    trust: ssl.SSLContext

    def client(self) -> httpx.Client:
        """A client that comes in through it."""
        return httpx.Client(base_url=self.url, verify=self.trust, trust_env=False, timeout=20)


@contextmanager
def proxy(folder: Path, ports: Sequence[int]) -> Iterator[Proxy]:
    """Runs Caddy before services on these ports while the block runs; skips, with the reason, where there is none."""
    caddy = shutil.which("caddy")
    if caddy is None:
        go_without("caddy is not installed here: the proxy is not tried")
    port = free_port()
    delivered = CADDYFILE.read_text("utf-8")
    (folder / "Caddyfile").write_text(delivered.replace("{\n", _HERE.format(port=port), 1), "utf-8")
    places = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    upstreams = " ".join(f"127.0.0.1:{one}" for one in ports)
    environment = {**os.environ, **places, "VERDER_DOMAIN": "localhost", "VERDER_UPSTREAMS": upstreams}
    command = (caddy, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile")
    with (folder / "caddy.log").open("w") as log:
        running = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
        try:
            yield _ready(folder, f"https://localhost:{port}", running)
        finally:
            running.terminate()
            running.wait(20)


def _ready(folder: Path, url: str, running: subprocess.Popen[bytes]) -> Proxy:
    root, until = folder / "caddy/pki/authorities/local/root.crt", time.monotonic() + 60
    while time.monotonic() < until and running.poll() is None:
        try:
            found = Proxy(url, ssl.create_default_context(cafile=str(root)))
            with found.client() as http:
                http.get("/healthz")
        except (OSError, ssl.SSLError, httpx.TransportError):
            time.sleep(0.05)
        else:
            return found
    raise RuntimeError((folder / "caddy.log").read_text()[-2000:])
