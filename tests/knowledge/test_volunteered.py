"""Facts that people tell in a sentence before anybody asked."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.facts import FACTS, read_facts, write_facts
from knowledge.volunteered import read_home, read_volunteered

TODAY = date(2026, 11, 22)
TOLD: dict[str, dict[str, object]] = {
    "Ik ben 19 en vorig jaar van de praktijkschool af": {"age": 19, "school_type": "pro", "left_school_date": "2025"},
    "Ik ben 17 jaar en zit nog op het vso": {"age": 17, "school_type": "vso", "still_at_same_school": True},
    "k ben 18 jaar en afgelopen zomer klaar met pro school": {
        "age": 18,
        "school_type": "pro",
        "left_school_date": "2026-07",
    },
    "im 18 and left practical school last summer": {"age": 18, "school_type": "pro", "left_school_date": "2026-07"},
    "Ik heb in juli 2026 mijn mbo diploma gehaald, niveau 2 bbl": {
        "school_type": "mbo",
        "mbo_level": 2,
        "mbo_leerweg": "bbl",
        "diploma": True,
        "diploma_date": "2026-07",
    },
    "ik ben gestopt met mbo 2 bol zonder diploma": {
        "school_type": "mbo",
        "mbo_level": 2,
        "mbo_leerweg": "bol",
        "diploma": False,
    },
    "entree gedaan, in 2025 diploma gehaald": {
        "school_type": "mbo",
        "mbo_level": 1,
        "diploma": True,
        "diploma_date": "2025",
    },
    "anderhalf jaar geleden ben ik van het vso af, richting werk": {
        "school_type": "vso",
        "vso_profile": "arbeidsmarktgericht",
        "left_school_date": "2025-05",
    },
    "17 juli 2025 ben ik van de praktijkschool af gegaan": {"school_type": "pro", "left_school_date": "2025-07-17"},
    "ik ben 25 en heb een wajong": {"age": 25, "benefit": "wajong"},
    "van de havo af in 31-31-2024, dus 2024": {"school_type": "havo", "left_school_date": "2024"},
    "Ik ga in 2030 van de praktijkschool af": {"school_type": "pro"},
}
NOT_TOLD = (
    "ik wil naar het mbo",
    "ik zat niet op het vso",
    "van de praktijkschool naar het mbo gegaan, daarna gestopt",
    "ik ben 19 jaar geleden geboren",
    "mijn zoon is 17",
    "ik ben 18 en mijn broer zegt ik ben 20",
    "ik ben 99",
    "ik krijg ww en ook wajong",
    "helpt mijn oude school mij nog?",
    "hoi",
)


@pytest.mark.parametrize("said", TOLD)
def test_what_is_plainly_told_is_read(said: str) -> None:
    """Age, school, when it was left and the like are read from one sentence."""
    assert write_facts(read_volunteered(said, TODAY)) == TOLD[said]


@pytest.mark.parametrize("said", NOT_TOLD)
def test_what_is_not_plainly_told_is_not_read(said: str) -> None:
    """Wishes, denials, other people, two schools or two ages tell nothing."""
    assert read_volunteered(said, TODAY) == {}


def test_where_somebody_lives_is_read() -> None:
    """A place is read after "ik woon in", up to the next thing that is told."""
    assert read_home("Ik woon in Den Haag en ben 20") == "den haag"
    assert read_home("i live in utrecht.") == "utrecht"
    assert read_home("Utrecht is mooi") is None


@given(st.lists(st.sampled_from(sorted(" ".join((*TOLD, *NOT_TOLD)).split())), max_size=25).map(" ".join))
def test_what_is_read_is_always_a_fact(said: str) -> None:
    """Whatever words come together, what is read are facts with values they can have."""
    read = read_volunteered(said, TODAY)
    assert set(read) <= set(FACTS)
    assert read_facts(write_facts(read)) == read
