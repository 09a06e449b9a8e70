"""Asides and further layers: an article beside the way, and what can be asked about an answer that was given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from dialogs.conversation import Conversation
from dialogs.goals import explaining, information
from dialogs.pursuing import proceed, resume
from dialogs.say import Move, Say
from knowledge.articles import Article
from knowledge.library import Knowledge

LAYERS = ("because", "more_about", "changes", "keep", "options", "about")
"""What can be asked about an answer that was given."""


def aside(
    conversation: Conversation, article: Article, knowledge: Knowledge, today: date, *, more: bool = False
) -> Move:
    """An article; the open question comes again after it."""
    understood = replace(conversation, misunderstood=0)
    show = information.show_more if more else information.show
    if not conversation.asking:
        page = f"{'read' if more else 'info'}:{article.id}"
        return Move(replace(understood, place=page), show(article, on_the_way=False))
    return resume(understood, knowledge, today).after(*show(article, on_the_way=True))


def layer(conversation: Conversation, name: str, rest: str, knowledge: Knowledge, today: date) -> Move:
    """A further layer of the answer that was given."""
    actor = rest if rest in explaining.GOALS[conversation.goal or "rights"].actors else ""
    layers: dict[str, Callable[[], tuple[Say, ...]]] = {
        "because": lambda: explaining.because(conversation, actor, today),
        "more_about": lambda: explaining.more(conversation, today),
        "changes": lambda: explaining.what_changes(conversation, today),
        "keep": lambda: explaining.keep(conversation, today),
        "options": explaining.options,
    }
    if name == "about":
        return proceed(replace(conversation, focus=actor or None), knowledge, today)
    says = layers[name]()
    return Move(conversation, says) if says else resume(conversation, knowledge, today)
