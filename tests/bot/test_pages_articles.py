"""Every article is a page of its own, in every language, with its law and its date, and can be found without chatting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest
from fastapi import FastAPI

from bot.web_widget import articles as pages
from bot.web_widget.article_search import search
from bot.web_widget.pages import public_router
from bot.web_widget.public_site import Voice, with_phone_links
from fake_telegram import serving
from knowledge.articles import articles
from knowledge.directory import Directory
from knowledge.library import Knowledge, load_knowledge
from locales import language, languages, source_texts

ADDRESS = "https://verder.example"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """What the service knows."""
    return load_knowledge(web_address=ADDRESS + "/", extra=False)


@pytest.fixture(scope="module")
def reader(knowledge: Knowledge) -> Iterator[httpx.Client]:
    """Somebody who reads the pages."""

    async def nobody() -> Directory:
        return Directory()

    app = FastAPI()
    app.include_router(public_router(knowledge, nobody))
    with serving(app) as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield http


def words_of(page: str) -> str:
    """What a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def plain(text: str) -> str:
    """A text with single spaces, as `words_of` gives it; spaces before marks come from links around numbers."""
    return " ".join(text.split())


def test_every_article_can_be_read_whole(reader: httpx.Client) -> None:
    """Title, simple text, longer text, organisations, and the literal law with its link stand on each Dutch page."""
    said = source_texts()
    for id, article in articles().items():
        got = reader.get(f"/informatie/{pages.addresses()[id]}")
        assert got.status_code == 200
        shown = re.sub(r"\s+([.,:;?])", r"\1", words_of(got.text))
        for text in (article.title, *article.text, *article.more):
            assert plain(said[text.id]) in shown, (id, text.id)
        for source in article.sources:
            assert plain(source.quote) in words_of(got.text), (id, source.article)
            assert source.url in unescape(got.text)
        assert all(link.name in shown for link in article.links)
        assert "We lazen dit na op 22 november 2026" in shown


@pytest.mark.parametrize("code", [code for code in languages() if code != "nl"])
def test_an_article_is_in_one_language_or_says_that_it_is_not(reader: httpx.Client, code: str) -> None:
    """The page is marked with its language and direction; a Dutch layer in it is marked as Dutch."""
    spoken, article = languages()[code], articles()["transition_doc"]
    page = reader.get(f"/{code}/informatie/{pages.addresses()[article.id]}").text
    assert f'<html lang="{code}" dir="{spoken.direction}">' in page
    shown = re.sub(r"\s+([.,:;?])", r"\1", words_of(page))
    assert plain(spoken.say(article.title)) in shown
    if not spoken.has(article.more):
        dutch = page.index(str(with_phone_links(language("nl").say(article.more[0])))[:40])
        assert '<div lang="nl" dir="ltr">' in page[:dutch]


def test_a_page_points_at_its_other_languages(reader: httpx.Client) -> None:
    """Each page names itself as the one to list, and the same page in every language that has the text."""
    address = f"/informatie/{pages.addresses()['dropout']}"
    page = reader.get(f"/tr{address}").text
    assert f'<link rel="canonical" href="{ADDRESS}/tr{address}">' in page
    assert f'hreflang="x-default" href="{ADDRESS}{address}"' in page
    alternates = set(re.findall(r'<link rel="alternate" hreflang="([a-z]+)"', page))
    assert alternates == set(pages.speaking(articles()["dropout"]))


def test_a_text_that_a_language_lacks_is_whole_in_dutch(knowledge: Knowledge) -> None:
    """Half of an article is never translated: without one sentence all of it is Dutch, and is marked so."""
    article = articles()["school_help_y1"]
    turkish = languages()["tr"]
    lacking = {id: text for id, text in turkish.texts.items() if id != article.text[1].id}
    part = Voice(type(turkish)("tr", turkish.name, "ltr", lacking)).part(article.text)
    assert part.spoken.code == "nl"
    assert all("school" in paragraph for paragraph in part.paragraphs)


def test_pages_can_be_kept_and_are_not_sent_twice(reader: httpx.Client) -> None:
    """A page may be cached, comes packed, and is not sent to who has it."""
    got = reader.get("/informatie/kosten", headers={"Accept-Encoding": "gzip"})
    assert got.headers["cache-control"].startswith("public, max-age=")
    assert got.headers["content-encoding"] == "gzip"
    assert reader.get("/informatie/kosten", headers={"If-None-Match": got.headers["etag"]}).status_code == 304
    assert reader.head("/informatie/kosten").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/informatie/geen", "/xx/informatie", "/nl/informatie", "/en/informatie/geen", "/informatie/%00", "/regio/geen"],
)
def test_a_page_that_is_not_there_helps_on(reader: httpx.Client, path: str) -> None:
    """A wrong address gives 404 with a search field and the numbers to call."""
    got = reader.get(path)
    assert got.status_code == 404
    assert 'name="q"' in got.text
    assert 'href="tel:112"' in got.text


def test_addresses_stay_apart(reader: httpx.Client) -> None:
    """Every article has its own address, that is no language's code; addresses are of small letters only."""
    known = list(pages.addresses().values())
    assert len(set(known)) == len(known) == len(articles())
    assert not set(known) & set(languages())
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one) for one in known)


@pytest.mark.parametrize("id", ["mental_health", "debts", "criminal_record", "complaint"])
def test_the_list_of_visited_pages_tells_no_trouble(reader: httpx.Client, id: str) -> None:
    """Title and address of an article about trouble are neutral, in every language."""
    address = pages.addresses()[id]
    assert not set(id.split("_")) & set(address.split("-"))
    for path in (f"/informatie/{address}", f"/en/informatie/{address}"):
        assert re.search(r"<title>(Informatie|Information) · Verder</title>", reader.get(path).text)


@pytest.mark.parametrize(
    ("query", "code", "wanted"),
    [
        ("overgangsdocument", "nl", "transition_doc"),
        ("Schulden", "nl", "debts"),
        ("dîploma kwijt", "nl", "diploma_copy"),
        ("sollicitatiebrief", "nl", "cv_letter"),
        ("wajong", "en", "uwv_wajong"),
        ("debts", "en", "debts"),
        ("الديون", "ar", "debts"),
        ("борги", "uk", "debts"),
    ],
)
def test_words_find_their_article(query: str, code: str, wanted: str) -> None:
    """The first three results have the article that the word is about, in any language."""
    assert wanted in [article.id for article in search(query, code)][:3]


def test_nothing_is_found_for_nothing() -> None:
    """What is no word of any article finds none."""
    assert search("xyzzy", "nl") == search("", "nl") == search("?!", "ar") == ()


def test_a_sentence_finds_what_it_is_about(reader: httpx.Client) -> None:
    """A whole question leads to the articles that answer it."""
    page = reader.get("/informatie", params={"q": "mijn oude school wil mij niet helpen"}).text
    assert "/informatie/school-helpt-niet" in page[page.index("Dit vonden we") : page.index("Alle onderwerpen")]


def test_a_search_leaves_no_trace(reader: httpx.Client) -> None:
    """A page with somebody's words is stored nowhere and listed nowhere, and shows them as words only."""
    got = reader.get("/informatie", params={"q": '"><script>alert(1)</script>'})
    assert got.headers["cache-control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in got.text
    assert "<script>alert" not in got.text
    assert reader.get("/informatie", params={"q": "a" * 5000}).status_code == 200


@pytest.mark.parametrize(("query", "number"), [("ik wil dood", "113"), ("hij slaat mij elke dag", "0800-2000")])
def test_danger_in_a_search_shows_who_to_call_first(reader: httpx.Client, query: str, number: str) -> None:
    """Who to call stands before what was found."""
    page = reader.get("/informatie", params={"q": query}).text
    first = page[page.index("first-help") : page.index('id="found"')]
    assert f">{number}</" in first
    assert 'href="tel:112"' in first


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("Bel 112.", ["112"]),
        ("Bel 113 of 0800-0113. Chatten kan op 113.nl.", ["113", "08000113"]),
        ("Bel 088-0767000, of 0800-8115", ["0880767000", "08008115"]),
        ("Je hebt 1120 dagen, 2112 of 112,50 euro.", []),
        ("<b>112</b>", ["112"]),
    ],
)
def test_phone_numbers_can_be_tapped(text: str, calls: list[str]) -> None:
    """Numbers to call are links; parts of other numbers and of addresses are not; the text around stays a text."""
    shown = with_phone_links(text)
    assert re.findall(r'href="tel:(\d+)"', shown) == calls
    assert "<b>" not in shown
    assert unescape(re.sub(r"<[^>]+>", "", shown)) == text


def test_what_search_engines_read(reader: httpx.Client) -> None:
    """The list has every public page once, each of them is there, and the chat and the desk are left out."""
    robots = reader.get("/robots.txt").text
    assert f"Sitemap: {ADDRESS}/sitemap.xml" in robots
    assert "Disallow: /desk" in robots
    listed = re.findall(r"<loc>([^<]+)</loc>", reader.get("/sitemap.xml").text)
    assert len(set(listed)) == len(listed)
    paths = [one.removeprefix(ADDRESS) for one in listed]
    assert {f"/ar/informatie/{pages.addresses()['costs']}", "/privacy", "/regio/utrecht"} <= set(paths)
    assert not [path for path in paths if path.startswith(("/chat", "/desk"))]
    for path in paths[1::40]:
        page = reader.get(path).text
        assert f'<link rel="canonical" href="{ADDRESS}{path}">' in page, path
