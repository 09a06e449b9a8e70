"""The widget's pages and files come small, whole, and only once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from bot.web_widget import pages, shrink
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
    assert got.text.endswith("})();")


@pytest.mark.parametrize("path", ["/", "/chat", "/embed.js", "/static/widget/chat.css", "/static/widget/icon.svg"])
def test_what_a_browser_has_is_not_sent_again(browser: httpx.Client, path: str) -> None:
    """Every page and file has a tag; who shows it gets 304 and no content."""
    tag = browser.get(path).headers["etag"]
    again = browser.get(path, headers={"If-None-Match": f'W/"x", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert browser.head(path).status_code == 200


@pytest.mark.parametrize("name", ["chat.js", "embed.js"])
def test_a_short_script_is_the_same_script(name: str) -> None:
    """Token by token the short script is the written one; only own names differ, each always in the same way."""
    source = (STATIC / name).read_text("utf-8")
    written, short = list(shrink.parts(source)), list(shrink.parts(shrink.script(source)))
    assert len(written) == len(short)
    renamed = {(before, after) for before, after in zip(written, short, strict=True) if before != after}
    assert len(renamed) > 3
    assert len({before for before, _ in renamed}) == len({after for _, after in renamed}) == len(renamed)
    assert not {after for _, after in renamed} & set(written), "a new name must be nobody else's"
    assert "`" not in source, "what stands in such a string would be read as code"


def test_names_that_others_see_stay() -> None:
    """Properties, keys, shorthands and strings keep their names; only a script's own variables get short ones."""
    source = """
      (() => { // says hello
        const greeting = "greeting", other = { greeting: 1, named };
        function hello(person) { return person.greeting / 2 + /greeting[/]/g.test(greeting) ++ ; }
      })();
    """
    assert shrink.script(source) == (
        '(()=>{const greeting="greeting",other={greeting:1,named};'
        "function b(a){return a.greeting/2+/greeting[/]/g.test(greeting)++;}})();"
    )
    with pytest.raises(ValueError, match="no script"):
        list(shrink.parts('"never closed'))


def test_a_short_style_sheet_says_the_same() -> None:
    """Comments and blanks go; blanks that mean something, between selectors and in sums, stay."""
    source = "/* a */\n.a > .b :focus,\n.c { margin: 1px calc(1px + 2px) !important; color: red; }\n@media (x: 1) { a { b: c; } }"
    assert shrink.style(source) == (
        ".a>.b :focus,.c{margin:1px calc(1px + 2px)!important;color:red}@media (x:1){a{b:c}}"
    )


def test_a_page_carries_one_language(browser: httpx.Client) -> None:
    """The page has the words of the language it is in; each offered language is one file away, with every word."""
    page = json.loads(re.findall(r'id="page">(.*?)</script>', browser.get("/").text)[0])
    assert set(page["ui"]) == {"nl"}
    wanted = {id.removeprefix("widget.") for id in source_texts() if id.startswith("widget.")}
    for code, name, direction in page["languages"]:
        assert (languages()[code].name, languages()[code].direction) == (name, direction)
        assert set(browser.get(page["words"].replace("CODE", code)).json()) == wanted


def test_the_chat_stays_light(browser: httpx.Client) -> None:
    """Page, script and style come gzipped and are at most 15,000 bytes together, the loader at most 1,500."""
    sizes = {}
    for path in ("/chat", "/static/widget/chat.js", "/static/widget/chat.css", "/embed.js"):
        got = browser.get(path)
        assert (got.status_code, got.headers["content-encoding"]) == (200, "gzip")
        sizes[path] = int(got.headers["content-length"])
        assert browser.get(path, headers={"Accept-Encoding": "identity"}).content == got.content
    assert sizes.pop("/embed.js") <= 1_500
    assert sum(sizes.values()) <= 15_000, sizes


def test_the_chat_page_fetches_nothing_else(browser: httpx.Client) -> None:
    """The page names one style sheet, one script and one icon of this service, and no other host."""
    page = browser.get("/chat").text
    fetched = re.findall(r'<(?:link|script|img)[^>]*?(?:href|src)="([^"]+)"', page)
    assert fetched == ["/static/widget/icon.svg", "/static/widget/chat.css", "/static/widget/chat.js"]


def test_other_names_are_not_found(browser: httpx.Client) -> None:
    """Nothing beside the widget's files can be had, whatever the name."""
    for name in ("none.js", "words-xx.json", "..%2fpages.py", "pages.py", "%00"):
        assert browser.get(f"/static/widget/{name}").status_code == 404
