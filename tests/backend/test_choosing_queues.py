"""Which queue takes a request: the closest one that somebody works in, and "other" takes the rest."""

from __future__ import annotations

import itertools

import pytest

from backend.queues.choosing import AGE_BANDS, TOPICS, Scope, Wanted, choose

REST = Scope(id="rest", kind_of_help="other")
WORK = Scope(id="work", kind_of_help="work")
ARABIC = Scope(id="arabic", kind_of_help="other", language="ar")
WORK_ARABIC = Scope(id="work-arabic", kind_of_help="work", language="ar")
PAPERS = Scope(id="papers", kind_of_help="other", topic="document")
YOUNG = Scope(id="young", kind_of_help="work", age_band="under_18")
ALL = (REST, WORK, ARABIC, WORK_ARABIC, PAPERS, YOUNG)


@pytest.mark.parametrize(
    ("wanted", "queue"),
    [
        (Wanted.of("work", "nl"), "work"),
        (Wanted.of("work", "ar"), "work-arabic"),
        (Wanted.of("learning", "ar"), "arabic"),
        (Wanted.of("learning", "nl"), "rest"),
        (Wanted.of("transition_document", "nl"), "papers"),
        (Wanted(kind_of_help="work", age_band="under_18"), "young"),
    ],
)
def test_the_closest_queue_takes_it(wanted: Wanted, queue: str) -> None:
    """Kind of help counts first, then topic, language and age."""
    for order in (ALL, ALL[::-1]):
        assert choose(order, wanted) == queue


def test_a_queue_where_nobody_works_gets_nothing() -> None:
    """As long as somebody works elsewhere; with nobody anywhere the request still has a place."""
    empty = Scope(id="work", kind_of_help="work", manned=False)
    assert choose((empty, REST), Wanted.of("work")) == "rest"
    assert choose((empty,), Wanted.of("work")) == "work"
    assert choose((), Wanted.of("work")) is None


def test_no_request_is_ever_without_a_queue() -> None:
    """Whatever is wanted and whatever queues there are, one of them takes it, and never one for something else while
    another takes the rest."""
    options = itertools.product(
        ("work", "learning", "other"), (None, "ar"), (None, *TOPICS[:2]), (None, *AGE_BANDS[:2])
    )
    wishes = [Wanted(kind_of_help=k, language=one, topic=t, age_band=a) for k, one, t, a in options]
    for count in range(1, len(ALL) + 1):
        for scopes in itertools.combinations(ALL, count):
            by_id = {one.id: one for one in scopes}
            for wanted in wishes:
                found = by_id[choose(scopes, wanted) or ""]
                if REST in scopes:
                    assert found.kind_of_help in (wanted.kind_of_help, "other")
                    assert found.language in (None, wanted.language)
