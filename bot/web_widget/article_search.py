"""Finds articles by what somebody typed: the words of their titles and texts, rare words before common ones.

Pure: nothing of the query is kept or logged.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from math import log

from knowledge.articles import Article, articles
from locales import SOURCE, language

MOST_FOUND = 8
_WORD = re.compile(r"\w+")
_SHORTEST_PART = 4
_SHORTEST_BEGINNING = 3
_MUCH_LESS = 0.35
"""What scores less than this part of the best is left out."""
_IN_TITLE, _IN_TEXT = 4.0, 1.0
_WHOLE, _BEGINNING, _INSIDE = 1.0, 0.7, 0.4


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one article."""

    title: frozenset[str]
    text: frozenset[str]


def search(query: str, code: str) -> tuple[Article, ...]:
    """The articles that fit best, at most `MOST_FOUND`, best first; looks in this language and in Dutch."""
    wanted = _words(query)
    best: dict[str, float] = {}
    for tongue in dict.fromkeys((code, SOURCE)):
        for id, score in _scores(wanted, tongue).items():
            best[id] = max(score, best.get(id, 0.0))
    ranked = sorted(best, key=lambda id: (-best[id], id))[:MOST_FOUND]
    return tuple(articles()[id] for id in ranked if best[id] >= _MUCH_LESS * best[ranked[0]])


def _scores(wanted: frozenset[str], code: str) -> dict[str, float]:
    index, rare = _index(code)
    scores = {id: sum(_fit(word, own, rare) for word in wanted) for id, own in index.items()}
    return {id: score for id, score in scores.items() if score > 0}


def _fit(word: str, own: _Words, rare: Counter[str]) -> float:
    """How well one word fits one article: where it stands, how literally, and how few articles have it."""
    return max(_IN_TITLE * _closest(word, own.title, rare), _IN_TEXT * _closest(word, own.text, rare))


def _closest(word: str, among: frozenset[str], rare: Counter[str]) -> float:
    likeness = max(((_alike(word, other), other) for other in among), default=(0.0, ""))
    return likeness[0] * log(len(articles()) / rare[likeness[1]] + 0.1) if likeness[0] else 0.0


def _alike(word: str, other: str) -> float:
    if word == other:
        return _WHOLE
    if len(word) >= _SHORTEST_BEGINNING and other.startswith(word):
        return _BEGINNING
    return _INSIDE if len(word) >= _SHORTEST_PART and (word in other or _inside(other, word)) else 0.0


def _inside(other: str, word: str) -> bool:
    """Dutch makes long words: who types "werkgeverscontract" means "contract"."""
    return len(other) > _SHORTEST_PART and other in word


@cache
def _index(code: str) -> tuple[dict[str, _Words], Counter[str]]:
    """The words of every article in a language, and in how many articles each word stands."""
    spoken = language(code)
    index = {}
    for id, article in articles().items():
        said = [text for text in (article.title, *article.text, *article.more) if spoken.has([text])]
        title = _words(spoken.say(article.title)) if article.title in said else frozenset()
        index[id] = _Words(title, frozenset().union(*(_words(spoken.say(text)) for text in said)))
    return index, Counter(word for own in index.values() for word in own.text)


def _words(text: str) -> frozenset[str]:
    """The words of a text without capitals and accents."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))
    return frozenset(_WORD.findall(bare))
