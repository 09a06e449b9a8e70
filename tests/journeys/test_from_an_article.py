"""From an article into the chat: the first tap opens that article's conversation."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from bot.web_widget.articles import addresses, start_of
from browser import Chat
from knowledge.articles import articles
from locales import languages
from town import person_of
from world import World

LAST_WORDS = languages()["nl"].say(articles()["costs"].text[-1])


def test_the_first_tap_opens_the_articles_conversation(phone: Chat) -> None:
    """Under the Arabic article stands the way in; after the language comes that article, and the address names nothing."""
    page = phone.page
    page.goto("/ar/informatie/geld-en-hulp")
    page.locator(".go-chat").tap()
    expect(phone.choices.first).to_be_visible()
    expect(page).to_have_url(re.compile("/chat$"))
    phone.chooses("Nederlands").hears("schuld")


def test_a_reload_before_the_first_tap_forgets_no_topic(phone: Chat, town: World) -> None:
    """The page is loaded anew before a language was chosen; the article still comes, once, after the greeting."""
    phone.open("/chat?topic=kosten")
    phone.page.reload()
    phone.chooses("Nederlands").hears(LAST_WORDS)
    said = [one["text"] for one in person_of(phone.page, town).messages()]
    assert sum(LAST_WORDS in one for one in said) == 1
    assert "kosten" not in phone.page.url


def test_a_conversation_that_is_there_gets_the_article_too(phone: Chat) -> None:
    """Who was already talking reads the article in that conversation; what was said before stays."""
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    phone.page.goto("/chat?topic=kosten")
    phone.hears(LAST_WORDS)
    expect(phone.bubbles("bot").filter(has_text="Waarmee kan ik je helpen?")).to_have_count(1)


def test_erasing_with_a_typed_yes_shows_the_proof(phone: Chat) -> None:
    """ "Wis alles", and "ja" typed instead of tapped: the proof is in sight, above the first screen."""
    phone.open("/chat").chooses("Nederlands").hears("Waarmee kan ik je helpen?")
    phone.writes("wis alles").hears("wissen")
    phone.writes("ja")
    expect(phone.page.locator(".m .words", has_text="Dit is je bewijs: ")).to_be_visible()
    expect(phone.choice("Nederlands")).to_be_visible()
    phone.page.reload()
    expect(phone.page.locator(".m .words", has_text="Dit is je bewijs: ")).to_have_count(0)


def test_every_article_can_be_come_from(town: World) -> None:
    """Each article's page, in every language it has, leads to a chat that begins with it; another topic is just the chat."""
    for id, address in addresses().items():
        assert start_of(address) == f"info:{id}"
        assert len(start_of(address)) <= 64
    for path in ("/informatie/kosten", "/ar/informatie/kosten"):
        assert 'href="/chat?topic=kosten"' in town.http.get(path).text
    assert 'data-topic="info:costs"' in town.http.get("/chat?topic=kosten").text
    assert 'href="/chat/plain?topic=kosten"' in town.http.get("/chat?topic=kosten").text
    nothing = town.http.get("/chat", params={"topic": '"><script>'})
    assert nothing.text == town.http.get("/chat").text
    begun = town.person("nl", start="info:costs")
    assert LAST_WORDS in begun.sees[-1]["text"]
    asked = town.person(None, start="info:costs")
    assert LAST_WORDS in asked.chooses("lang:nl")[-1]["text"]
