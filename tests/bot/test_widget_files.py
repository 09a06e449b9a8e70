"""The widget's pages and files come small, whole, and only once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from bot.web_widget import pages
from bot.web_widget.files import lean
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
    assert got.text.endswith("})();\n")


@pytest.mark.parametrize("path", ["/", "/chat", "/embed.js", "/static/widget/chat.css", "/static/widget/icon.svg"])
def test_what_a_browser_has_is_not_sent_again(browser: httpx.Client, path: str) -> None:
    """Every page and file has a tag; who shows it gets 304 and no content."""
    tag = browser.get(path).headers["etag"]
    again = browser.get(path, headers={"If-None-Match": f'W/"x", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert browser.head(path).status_code == 200


@pytest.mark.parametrize("name", ["chat.js", "chat.css", "start.css", "embed.js"])
def test_making_it_lean_changes_no_code(name: str) -> None:
    """Only what stands before a line, empty lines and comments that begin one are left out; no line of code changes."""
    source = (STATIC / name).read_text("utf-8")
    uncommented = re.sub(r"^\s*/\*.*?\*/$", "", source, flags=re.MULTILINE | re.DOTALL)
    assert lean(source).splitlines() == [line.lstrip() for line in uncommented.splitlines() if line.strip()]
    assert "`" not in source, "a string over several lines would lose its indentation"


def test_a_page_carries_one_language(browser: httpx.Client) -> None:
    """The page has the words of the language it is in; each offered language is one file away, with every word."""
    page = json.loads(re.findall(r'id="page">(.*?)</script>', browser.get("/").text)[0])
    assert set(page["ui"]) == {"nl"}
    wanted = {id.removeprefix("widget.") for id in source_texts() if id.startswith("widget.")}
    for code, name, direction in page["languages"]:
        assert (languages()[code].name, languages()[code].direction) == (name, direction)
        assert set(browser.get(page["words"].replace("CODE", code)).json()) == wanted


def test_other_names_are_not_found(browser: httpx.Client) -> None:
    """Nothing beside the widget's files can be had, whatever the name."""
    for name in ("none.js", "words-xx.json", "..%2fpages.py", "pages.py", "%00"):
        assert browser.get(f"/static/widget/{name}").status_code == 404
