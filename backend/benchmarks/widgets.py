"""The chat widgets that Verder's is measured beside: published packages, fetched with npm, checked, served from here."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

_FETCH_SECONDS = 120
_HOST_PAGE = """<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>Host</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"></head>
<body><h1>Gemeente</h1><p>{filler}</p>{snippet}</body></html>"""
_FILLER = "Een pagina van een gemeente, met de chat erin. " * 20
_MOCK = b'{"isStreaming": false}'
_OPENED = '0{"sid":"1","upgrades":[],"pingInterval":25000,"pingTimeout":60000,"maxPayload":100000}'
_SESSION = ('40{"sid":"1"}', '42["session_confirm","1"]')
_POLL_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Widget:
    """A package at one version: its bundle, and what stands in a page that uses it.

    `snippet` has `{bundle}` for the address of the file and `{here}` for the origin that also plays the widget's own
    server. `launcher` and `ready` are CSS selectors, looked up in shadow trees too: what is tapped first ("" where the
    chat stands open), and what shows that a person can answer.
    """

    name: str
    package: str
    version: str
    integrity: str
    licence: str
    bundle: str
    snippet: str
    launcher: str
    ready: str


WIDGETS = (
    Widget(
        name="deep_chat",
        package="deep-chat",
        version="2.4.2",
        integrity="sha512-wQNd6Z6HDoH7OMeoQKpmxDm9XdWrRjMkBJ2yl5tsYND9Dz2UCv/BdGVM8vK2V0mhO1u+OniHYPWDGvjlNxjCeQ==",
        licence="MIT",
        bundle="dist/deepChat.bundle.js",
        snippet="""<script type="module" src="{bundle}"></script>
<deep-chat introMessage='{{"text": "Hoi"}}' connect='{{"url": "{here}/api/chat"}}'></deep-chat>""",
        launcher="",
        ready="#text-input",
    ),
    Widget(
        name="flowise",
        package="flowise-embed",
        version="3.1.6",
        integrity="sha512-xSrvBDiEvIIzRFsPBgmzG3SdfBeG4wBzdchdMurft5PQcdYO0HfB8cwGhn00fE5JOsdhVZXfJ3Fq6e/DgrW4ag==",
        licence="MIT",
        bundle="dist/web.js",
        snippet="""<script type="module">import Chatbot from "{bundle}";
Chatbot.init({{chatflowid: "1", apiHost: "{here}"}});</script>""",
        launcher="button",
        ready="textarea, input[type=text]",
    ),
    Widget(
        name="rasa_webchat",
        package="rasa-webchat",
        version="1.0.1",
        integrity="sha512-Ld1zVJvTAaTrs6A5p8t70agNNrKYRyXlvqXZRgBoDvKKUXbA0jhJKECi5bdPGlaR6jsmqWtVylHS+YqIqo0x8w==",
        licence="Apache-2.0",
        bundle="lib/index.js",
        snippet="""<script src="{bundle}"></script><script>
window.WebChat.default({{initPayload: "/hoi", socketUrl: "{here}", title: "Chat", connectOn: "mount"}}, null);</script>""",
        launcher=".rw-launcher",
        ready=".rw-new-message",
    ),
)


class NotFetched(Exception):
    """A package could not be had, or is not the one that was meant; says why."""


def fetch(widget: Widget, folder: Path) -> Path:
    """The folder of a package, fetched with npm and compared with its known hash. Raises `NotFetched`."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotFetched("there is no npm")
    command = (npm, "pack", f"{widget.package}@{widget.version}", "--json", "--pack-destination", str(folder))
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_FETCH_SECONDS, check=True)
        archive = folder / json.loads(done.stdout)[0]["filename"].replace("@", "").replace("/", "-")
    except (subprocess.SubprocessError, OSError, ValueError, LookupError) as error:
        raise NotFetched(f"npm did not give {widget.package}: {type(error).__name__}") from None
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != widget.integrity:
        raise NotFetched(f"{widget.package} {widget.version} has another hash than it had")
    with tarfile.open(archive) as packed:
        packed.extractall(folder / widget.name, filter="data")
    return folder / widget.name / "package"


@contextmanager
def host_pages(snippets: Mapping[str, str], bundles: Mapping[str, Path]) -> Iterator[str]:
    """Serves `/<name>.html` with its snippet and `/<name>.js` packed, and answers everything else as a chat server might.

    Gives the origin. Other sites are asked for nothing.
    """
    packed = {f"/{name}.js": gzip.compress(path.read_bytes(), 9) for name, path in bundles.items()}

    chat_server = _ChatServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            name = path.removeprefix("/").removesuffix(".html")
            if path.endswith(".html") and name in snippets:
                snippet = snippets[name].format(bundle=f"/{name}.js", here=origin)
                self._give(_HOST_PAGE.format(filler=_FILLER, snippet=snippet).encode(), "text/html")
            elif path in packed:
                self._give(packed[path], "text/javascript", ("Content-Encoding", "gzip"))
            else:
                self._give(*chat_server.answer(self.path))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self._give(*chat_server.answer(self.path, posted=True))

        def _give(self, content: bytes, kind: str, *more: tuple[str, str]) -> None:
            self.send_response(200)
            for header in (("Content-Type", kind), ("Content-Length", str(len(content))), *more):
                self.send_header(*header)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Progress is told elsewhere."""

    server = _Server(("127.0.0.1", 0), Handler)
    origin = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield origin
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that is closed breaks what was on its way; that is no error."""


class _ChatServer:
    """What the widgets' own servers would say: an empty configuration, or a session by polling (Engine.IO 4)."""

    def __init__(self) -> None:
        self._polls: Iterator[str] = iter(())

    def answer(self, path: str, *, posted: bool = False) -> tuple[bytes, str]:
        if "/socket.io/" not in path:
            return _MOCK, "application/json"
        if "sid=" not in path:
            self._polls = iter(_SESSION)
            return _OPENED.encode(), "text/plain; charset=UTF-8"
        return (b"ok" if posted else self._polled()), "text/plain; charset=UTF-8"

    def _polled(self) -> bytes:
        packet = next(self._polls, "")
        if not packet:
            time.sleep(_POLL_SECONDS)
        return (packet or "6").encode()
