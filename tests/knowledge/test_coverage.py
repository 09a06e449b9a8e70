"""Every paragraph of the law is accounted for, and whatever is not is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge import coverage
from knowledge.articles import articles
from knowledge.coverage import Mapped, citations, cited, mapped, paragraphs, places_of
from knowledge.rights import ACTORS, STATUSES
from knowledge.rights.pro import PRO_SCHOOL
from knowledge.statutes import Source, cite
from locales import source_texts

ALL = citations((*ACTORS.values(), *STATUSES.values()), articles().values())


def _about(place: str, hand: tuple[Mapped, ...], found: tuple[tuple[str, Source], ...] = ()) -> list[str]:
    """The problems about a place and its items."""
    return [line for line in coverage.problems(found, source_texts(), hand) if line.startswith(place)]


def test_every_paragraph_is_accounted_for() -> None:
    """Each paragraph is cited by a rule or an article, said in a text, or not for young people for a reason; none twice."""
    assert list(coverage.problems(ALL, source_texts())) == []


def test_every_quote_is_in_the_law() -> None:
    """Whatever rules, grounds and articles cite stands in the law, word for word, at the place they name."""
    assert [name for name, source in ALL if not places_of(source)] == []


def test_all_records_are_looked_at() -> None:
    """There are 55 articles in the file, each with at least one paragraph, and every one of them has words."""
    assert len({place.split()[0] for place in paragraphs()}) == 55
    assert all(one.words for one in paragraphs().values())


def test_every_reason_is_a_sentence() -> None:
    """Nobody can leave out a paragraph without saying why, in a sentence."""
    reasons = [one.reason for one in mapped() if not one.text]
    assert reasons
    assert all(len(reason) > 30 and reason.endswith(".") for reason in reasons)


@pytest.mark.parametrize(
    ("source", "places"),
    [
        (cite("wec-44", "4"), ("wec-44 4",)),
        (cite("wec-44-until-2025-12-31"), ("wec-44-until-2025-12-31 whole",)),
        (cite("pw-7a", "1"), ("pw-7a 1",)),
        (cite("pw-7a", "1", "b"), ("pw-7a 1.b",)),
        (cite("pw-41", "4", "a"), ("pw-41 4.a",)),
        (cite("wvo2020-2.92", "2", "p"), ("wvo2020-2.92 2",)),
    ],
)
def test_a_citation_is_found_to_the_letter(source: Source, places: tuple[str, ...]) -> None:
    """A citation is of a whole paragraph, or of those items of it that are quoted."""
    assert places_of(source) == places


def test_words_that_are_not_there_are_found() -> None:
    """A quote with other words, at another paragraph, at another address, or empty stands nowhere."""
    source = cite("wec-44", "4")
    assert places_of(replace(source, quote=f"{source.quote} altijd")) == ()
    assert places_of(replace(source, paragraph="3")) == ()
    assert places_of(replace(source, paragraph=None)) == ()
    assert places_of(replace(source, url="https://example.nl")) == ()
    assert places_of(replace(source, quote="")) == ()


def test_who_cites_is_named() -> None:
    """By place stand the rules, the facts that are explained and the articles that cite it, each once."""
    source = cite("wvo2020-2.31a", "7")
    decision = replace(PRO_SCHOOL, grounds={"used_offer_year1": (source, source)})
    article = replace(next(iter(articles().values())), sources=(source,))
    names = cited(citations([decision], [article]))["wvo2020-2.31a 7"]
    assert set(names) >= {"pro.year_two_again", "pro_school.used_offer_year1", f"articles.{article.id}"}
    assert len(set(names)) == len(names)


def test_a_paragraph_that_nobody_accounts_for_is_found() -> None:
    """A paragraph without any mention is named; where one item is accounted for, the other items are."""
    nothing = "nothing cites it, and nothing is written about it"
    assert _about("wec-44 8", ()) == [f"wec-44 8: {nothing}"]
    assert _about("wvo2020-2.31 1", ()) == [f"wvo2020-2.31 1: {nothing}"]
    one_item = (("pro.year_one", cite("wvo2020-2.31", "1", "c")),)
    assert _about("wvo2020-2.31 1", (), one_item) == [f"wvo2020-2.31 1.a: {nothing}", f"wvo2020-2.31 1.b: {nothing}"]
    written = (Mapped("wvo2020-2.31 1.a", reason="Lessons."), Mapped("wvo2020-2.31 1.b", reason="Lessons."))
    assert _about("wvo2020-2.31 1", written, one_item) == []


def test_a_text_and_a_citation_go_together() -> None:
    """A paragraph may be cited and said in a text, but not cited and said not to be for young people."""
    found = (("vso.on_request", cite("wec-44", "4")),)
    assert _about("wec-44 4", (Mapped("wec-44 4", text="rights.vso.on_request"),), found) == []
    (line,) = _about("wec-44 4", (Mapped("wec-44 4", reason="Not theirs."),), found)
    assert line == "wec-44 4: said not to be for young people, but cited by vso.on_request"


def test_an_item_and_its_paragraph_are_the_same_place() -> None:
    """A paragraph is not "not for young people" while one of its items is cited, nor an item while the whole is."""
    item = (("gemeente.school_asks", cite("pw-7a", "1", "b")),)
    whole = (("gemeente.young", cite("pw-7a", "1")),)
    assert len(_about("pw-7a 1:", (Mapped("pw-7a 1", reason="Not theirs."),), item)) == 1
    assert len(_about("pw-7a 1.a", (Mapped("pw-7a 1.a", reason="Not theirs."),), whole)) == 1
    assert _about("pw-7a 1.a", (Mapped("pw-7a 1.a", reason="Not theirs."),), item) == []


@pytest.mark.parametrize("place", ["wec-44 9", "wec-45 1", "wec-44 4.a", "pw-7a 1.z", "wec-14e 1"])
def test_a_place_that_the_law_does_not_have_is_found(place: str) -> None:
    """A mapping that the law has outgrown is named."""
    assert _about(f"{place}:", (Mapped(place, reason="Not theirs."),)) == [
        f"{place}: written about, but the law has no such place"
    ]


def test_a_text_that_is_gone_is_found() -> None:
    """A mapping to a text, or to a group of texts, that there is not is named."""
    assert _about("wec-14 1:", (Mapped("wec-14 1", text="questions.vso_profile"),)) == []
    assert _about("wec-14 1:", (Mapped("wec-14 1", text="questions.vso"),)) == [
        "wec-14 1: there is no text questions.vso"
    ]


def test_a_place_that_is_mapped_twice_is_found() -> None:
    """Two mappings of one place are named."""
    twice = (Mapped("wec-14 1", text="questions.vso_profile"), Mapped("wec-14 1", text="rights.flags"))
    assert _about("wec-14 1", twice) == ["wec-14 1: mapped 2 times"]
