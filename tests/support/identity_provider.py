"""Identity providers for tests: a fake one that signs whatever it is told, and a real one from npm."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from backend.benchmarks.process import free_port
from fake_telegram import serving
from parts import go_without

_HERE = Path(__file__).parent / "oidc"
CLIENT, SECRET = "verder", "a secret for tests, long enough"


@dataclass
class FakeProvider:
    """Answers every code with `token`, and remembers what it was asked."""

    url: str = ""
    token: str = ""
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    other_key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    forms: list[dict[str, list[str]]] = field(default_factory=list)

    @property
    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def document() -> dict[str, str]:
            names = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "keys"}
            return {"issuer": self.url, **{name: f"{self.url}/{path}" for name, path in names.items()}}

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            shared = OctKey.import_key("shared with everybody, thirty-two").as_dict()
            return {"keys": [self.key.as_dict(private=False), {**shared, "kid": "shared"}]}

        @app.post("/token")
        async def exchange(request: Request) -> dict[str, str]:
            self.forms.append(parse_qs((await request.body()).decode()))
            return {"id_token": self.token, "token_type": "Bearer", "access_token": "x"}

        return app

    def claims(self, nonce: str, at: int, /, **changes: Any) -> dict[str, Any]:
        """What a good token says (`at` in seconds); a change to `...` leaves the claim out."""
        good = {"iss": self.url, "aud": CLIENT, "sub": "a1", "iat": at, "exp": at + 300, "nonce": nonce, "acr": "mfa"}
        return {name: value for name, value in {**good, **changes}.items() if value is not ...}

    def signed(self, claims: dict[str, Any], *, key: Any = None, **header: Any) -> str:
        """A token."""
        head = {"alg": "RS256", "kid": "one", **header}
        return jwt.encode(head, claims, key or self.key, algorithms=[head["alg"]])


@contextmanager
def fake_provider() -> Iterator[FakeProvider]:
    """A fake provider on a free port."""
    fake = FakeProvider()
    with serving(fake.app) as fake.url:
        yield fake


def query_of(address: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@contextmanager
def real_provider(back: str) -> Iterator[str]:
    """The issuer of a real provider (npm `oidc-provider`). Without npm CI fails, and another machine skips."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        go_without("there is no node or npm")
    folder = Path(tempfile.gettempdir()) / f"verder-test-provider-{os.getuid()}"
    _install(str(npm), folder)
    port = free_port()
    command = [str(node), str(folder / "provider.js"), str(port), CLIENT, SECRET, back]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            assert any(line.strip() == "ready" for line in process.stdout)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _install(npm: str, folder: Path) -> None:
    """Into a cache folder, once for each version of the lock file."""
    folder.mkdir(exist_ok=True)
    lock = (_HERE / "package-lock.json").read_text("utf-8")
    done = folder / "done"
    if not done.exists() or done.read_text("utf-8") != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_HERE / name, folder)
        options = ["--no-audit", "--no-fund", "--ignore-scripts"]
        command = [npm, "ci", *options]
        # A registry far away may fail for a moment.
        if all(subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode for _ in range(3)):
            go_without("npm cannot install the provider")
        done.write_text(lock, "utf-8")
    shutil.copy(_HERE / "provider.js", folder)


__all__ = ["CLIENT", "SECRET", "ECKey", "FakeProvider", "fake_provider", "query_of", "real_provider"]
