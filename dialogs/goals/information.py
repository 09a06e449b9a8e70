"""Articles: short pages on every topic, first in the simplest words, with more on request; found by words or by topic."""

from __future__ import annotations

from collections.abc import Mapping

from dialogs.goals.moving import MOVE
from dialogs.goals.my_data import OWN_DATA
from dialogs.say import Button, Say, button, say
from knowledge.articles import Article, articles
from locales import Text

GROUPS = ("school", "learning", "work", "who", "data", "chat")
OLD_CARDS: Mapping[str, str] = {"privacy": "privacy_who", "costs": "costs", "bot": "bot_identity"}
"""Buttons of an earlier release, by the article that says it now."""
_PERSON = button("person", "dialogs.menu.person")
_MENU = button("menu", "dialogs.menu.menu")
_TOPICS = button("topics", "dialogs.topics.choice")


def find(name: str) -> Article | None:
    """The article of this name, also by the name it had before."""
    return articles().get(OLD_CARDS.get(name, name))


def show(article: Article, *, on_the_way: bool) -> tuple[Say, ...]:
    """The article in the simplest words. `on_the_way`: a question is open and comes again after it."""
    read = button(f"read:{article.id}", "dialogs.rights.more_about_choice")
    own = (OWN_DATA, MOVE, button("forget", "dialogs.stop.forget")) if article.group == "data" else ()
    buttons = (read, *own) if on_the_way else (*_goal(article), read, *_related(article), *own, _PERSON, _MENU)
    return _bubbles(article, article.text, buttons)


def show_more(article: Article, *, on_the_way: bool) -> tuple[Say, ...]:
    """The same in more words (B1)."""
    buttons = () if on_the_way else (*_goal(article), *_related(article), _PERSON, _MENU)
    return _bubbles(article, article.more, buttons)


def topics() -> Say:
    """The groups of articles."""
    buttons = [button(f"topics:{group}", f"dialogs.topics.{group}") for group in GROUPS]
    return say("dialogs.topics.question", buttons=[*buttons, _PERSON, _MENU])


def topic(group: str) -> Say | None:
    """The articles of one group by their titles; None when there is no such group."""
    found = [article for article in articles().values() if article.group == group]
    if not found:
        return None
    buttons = [(f"info:{article.id}", article.title) for article in found]
    return say(f"dialogs.topics.{group}", buttons=[*buttons, _TOPICS, _MENU])


def _bubbles(article: Article, texts: tuple[Text, ...], buttons: tuple[Button, ...]) -> tuple[Say, ...]:
    last = Say(parts=(*texts[-1:], *_links(article)), sources=article.sources, buttons=buttons)
    return (*(Say(parts=(text,)) for text in texts[:-1]), last)


def _links(article: Article) -> tuple[Text, ...]:
    """Organisations that know more, with their address where it is sure."""
    names = [f"{link.name} ({link.url})" if link.url else link.name for link in article.links]
    return (Text.of("dialogs.topics.links", names=Text.verbatim(", ".join(names))),) if names else ()


def _goal(article: Article) -> tuple[Button, ...]:
    """The conversation that works it out for this person."""
    if article.goal in ("", "request"):
        return ()
    if article.goal == "contact":
        return (button("contact", "dialogs.rights.contact_choice"),)
    make = (button("goal:transition", "transition.start.choice"),) if article.goal == "document" else ()
    return (button(f"goal:{article.goal}", "dialogs.topics.find_out"), *make)


def _related(article: Article) -> tuple[Button, ...]:
    return tuple((f"info:{other}", _title(other)) for other in article.related)


def _title(name: str) -> Text:
    return articles()[name].title
