"""The widget's pages and files come small, whole, and only once."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest
from fastapi import FastAPI

from bot.web_widget import files, pages
from fake_telegram import serving
from locales import languages, source_texts

STATIC = Path(pages.__file__).parent / "static"


@pytest.fixture(scope="module")
def browser() -> Iterator[httpx.Client]:
    """Whoever opens the pages."""
    app = FastAPI()
    app.include_router(pages.page_router())
    with serving(app) as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield http


@pytest.mark.parametrize(
    ("accepts", "packed"),
    [
        ("gzip, deflate, br", True),
        ("GZIP;q=0.5", True),
        ("*", True),
        ("identity", False),
        ("", False),
        ("gzip;q=0", False),
    ],
)
def test_files_are_packed_for_who_takes_that(browser: httpx.Client, accepts: str, packed: bool) -> None:
    """A browser that takes gzip gets it; another gets the same content plain."""
    got = browser.get("/static/widget/chat.js", headers={"Accept-Encoding": accepts})
    assert (got.headers.get("content-encoding") == "gzip") is packed
    assert got.headers["vary"] == "Accept-Encoding"
    assert got.text.rstrip(";").endswith("})()")


@pytest.mark.parametrize("path", ["/", "/chat", "/embed.js", "/static/widget/chat.css", "/static/widget/icon.svg"])
def test_what_a_browser_has_is_not_sent_again(browser: httpx.Client, path: str) -> None:
    """Every page and file has a tag; who shows it gets 304 and no content."""
    tag = browser.get(path).headers["etag"]
    again = browser.get(path, headers={"If-None-Match": f'W/"x", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert browser.head(path).status_code == 200


@pytest.mark.parametrize("name", ["chat.js", "embed.js", "chat.css"])
def test_what_travels_is_shorter(name: str) -> None:
    """Comments, blanks and long names stay at home; a machine without the tool sends longer files that do the same."""
    source, kind = (STATIC / name).read_text("utf-8"), "text/css" if name.endswith(".css") else "text/javascript"
    short = files.short(source, kind)
    assert "/*" not in short
    with patch.object(files, "find_spec", lambda _: None):
        longer = files.short(source, kind)
    assert len(short) < len(longer) < len(source)
    assert "</" not in short + longer, "it must be able to stand in a page"


def test_what_was_made_short_once_is_kept(tmp_path: Path) -> None:
    """The tool is asked once for each source: a second start neither loads it nor says anything else."""
    with patch.object(files, "_KEPT", tmp_path), patch.object(files, "_shortened", side_effect=["a{}", "b{}"]) as tool:
        said = [files.short(source, "text/css") for source in ("a { }", "b { }", "a { }", "b { }")]
    assert said == ["a{}", "b{}"] * 2
    assert tool.call_count == 2


_TOO_NEW = {
    ".js": r"\(\?<[=!]|\.at\(|\.(?:findLast|toSorted|toReversed|groupBy|hasOwn)\b|structuredClone|AbortSignal\.(?:timeout|any)"
    r"|withResolvers|static \{|#\w+ in |\.(?:inert|showPopover)\b|scrollend|/[a-z]*[vd][a-z]*\.(?:test|exec)",
    ".css": r":has\(|@container|@layer|@scope|@starting-style|color-mix\(|oklch\(|subgrid|anchor\(|\d(?:cqw|lh|rlh)\b|\n\s*&",
}
"""What Safari 15.0 or Firefox ESR 115 does not know, and what would break there without a fallback."""


@pytest.mark.parametrize("name", sorted(path.name for path in STATIC.iterdir() if path.suffix in _TOO_NEW))
def test_older_browsers_understand_it(name: str) -> None:
    """As it is written and as it travels, nothing needs a newer browser than Safari 15 or Firefox ESR 115."""
    source, suffix = (STATIC / name).read_text("utf-8"), Path(name).suffix
    travels = files.short(source, {".js": "text/javascript", ".css": "text/css"}[suffix])
    assert [found[0] for text in (source, travels) for found in re.finditer(_TOO_NEW[suffix], text)] == []


@pytest.mark.parametrize("path", ["/", "/chat", "/chat?start=SCHOOL-12"])
def test_a_page_runs_its_own_scripts_only(browser: httpx.Client, path: str) -> None:
    """Each script and style in a page has its hash in the policy of that page, which lets in no other."""
    got = browser.get(path)
    inside = re.findall(r"<(script|style)>(.*?)</\1>", got.text, re.DOTALL)
    assert sorted(kind for kind, _ in inside) == ["script", "style"]
    rules = dict(rule.split(" ", 1) for rule in got.headers["content-security-policy"].split("; "))
    for kind, content in inside:
        assert rules[f"{kind}-src"] == f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
    assert "unsafe" not in got.headers["content-security-policy"]
    assert rules["frame-ancestors"] == ("'none'" if path == "/" else "*")
    assert not re.findall(r"<[^>]+ (?:style|on[a-z]+)=", got.text.replace(inside[0][1], "").replace(inside[1][1], ""))


def test_the_first_screen_stands_in_the_page(browser: httpx.Client) -> None:
    """Cost, name, reader, what is kept and every language to choose are there before any script runs."""
    for path in ("/", "/chat"):
        page = re.sub(r"<script.*?</script>", "", browser.get(path).text, flags=re.DOTALL)
        for words in ("Gratis", "Je naam is niet nodig.", "Wie leest mee?", "Wat bewaren we?", "Kies je taal."):
            assert words in page
        for spoken in languages().values():
            assert f'type="button" lang="{spoken.code}"><span dir="{spoken.direction}">{spoken.name}<' in page
            assert spoken.name in page


def test_a_page_carries_one_language(browser: httpx.Client) -> None:
    """The page has the words of the language it is in; each offered language is one file away, with every word."""
    page = json.loads(re.findall(r'id="page">(.*?)</script>', browser.get("/").text)[0])
    assert set(page["ui"]) == {"nl"}
    wanted = {id.removeprefix("widget.") for id in source_texts() if id.startswith("widget.")}
    wanted |= {"start.ask", "state.receipt"}
    for code in languages():
        assert set(browser.get(page["words"].replace("CODE", code)).json()) == wanted


def test_the_chat_stays_light(browser: httpx.Client) -> None:
    """Loader and chat come gzipped and are at most 15,000 bytes together, as is the start page; the loader at most 1,500."""
    sizes = {}
    for path in ("/", "/chat", "/embed.js", "/static/widget/icon.svg"):
        got = browser.get(path)
        assert (got.status_code, got.headers["content-encoding"]) == (200, "gzip")
        sizes[path] = int(got.headers["content-length"])
        assert browser.get(path, headers={"Accept-Encoding": "identity"}).content == got.content
    assert sizes["/embed.js"] <= 1_500
    assert sizes["/embed.js"] + sizes["/chat"] <= 15_000, sizes
    assert sizes["/"] + sizes["/static/widget/icon.svg"] <= 15_000, sizes


@pytest.mark.parametrize("path", ["/", "/chat"])
def test_a_page_fetches_nothing_else(browser: httpx.Client, path: str) -> None:
    """Script and style stand in the page: only its icon is fetched, and no other host is named."""
    page = browser.get(path).text
    fetched = re.findall(r'<(?:link|script|img)[^>]*?(?:href|src)="([^"]+)"', page)
    assert fetched == ["/static/widget/icon.svg"]


def test_other_names_are_not_found(browser: httpx.Client) -> None:
    """Nothing beside the widget's files can be had, whatever the name."""
    for name in ("none.js", "words-xx.json", "..%2fpages.py", "pages.py", "%00"):
        assert browser.get(f"/static/widget/{name}").status_code == 404
