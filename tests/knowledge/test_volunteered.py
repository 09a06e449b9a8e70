"""Facts that people tell in a sentence before anybody asked."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.facts import FACTS, read_facts, write_facts
from knowledge.volunteered import names_island, read_home, read_volunteered, read_yes_no

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
    "Ik ga in 2030 van de praktijkschool af": {"school_type": "pro", "still_at_same_school": True},
    "geslaagd in juli 2026": {"diploma": True, "diploma_date": "2026-07"},
    "mbo 2 gedaan maar niet geslaagd": {"school_type": "mbo", "mbo_level": 2, "diploma": False},
    "I have a job": {"employed": True},
    "ik werk": {"employed": True},
    "nog op de praktijkschool, ging weg in juli 2025": {
        "school_type": "pro",
        "still_at_same_school": True,
        "left_school_date": "2025-07",
    },
    "ik zat niet op de praktijkschool maar op vso dagbesteding, in juli 2025 weg": {
        "school_type": "vso",
        "vso_profile": "dagbesteding",
        "left_school_date": "2025-07",
    },
    "praktijkschool met diploma en daarna mbo 2 bbl": {
        "school_type": "mbo",
        "earlier_school": "pro",
        "mbo_level": 2,
        "mbo_leerweg": "bbl",
    },
    "ik zat vorig jaar nog op de praktijkschool": {"school_type": "pro"},
    "ik ben zeventien": {"age": 17},
    "i am twenty-one years old": {"age": 21},
    "geboren op 1 mei 2010": {"birth_date": "2010-05-01"},
    "geboren 29 februari 2008": {"birth_date": "2008-02-29"},
    "I was born in 2009 and left practical school in July 2025": {
        "birth_date": "2009",
        "school_type": "pro",
        "left_school_date": "2025-07",
    },
    "in schooljaar 2024-2025 ging ik van de praktijkschool af": {"school_type": "pro", "left_school_date": "2025-07"},
    "ik woon op Bonaire": {"country_part": "BES"},
    "Ik woon nu op Sint Eustatius": {"country_part": "BES"},
    "I live on Saba": {"country_part": "BES"},
    "Statia": {"country_part": "BES"},
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
    "praktijkschool en daarna wil ik naar mbo",
    "praktijkschool en mbo",
    "geslaagd",
    "geboren op 31 februari 2008",
    "geboren in 1950",
    "ik werk niet",
    "geen wajong",
    "ik kom van Bonaire",
    "ik woon op Curaçao",
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


@pytest.mark.parametrize(
    ("before", "said", "read"),
    [
        ({"school_type": "mbo", "mbo_level": 2}, "nee niveau 3", {"mbo_level": 3}),
        ({"school_type": "pro", "left_school_date": "2025"}, "nee in juli 2024", {"left_school_date": "2024-07"}),
        ({"school_type": "pro", "left_school_date": "2025"}, "nee in juli 2031", {}),
        ({"school_type": "mbo", "left_school_date": "2025", "diploma_date": "2025"}, "nee in juli 2024", {}),
    ],
)
def test_a_correction_is_about_what_was_read_before(
    before: dict[str, object], said: str, read: dict[str, object]
) -> None:
    """A level belongs to the school that was read, and a date alone to the one date that was read."""
    assert write_facts(read_volunteered(said, TODAY, before=read_facts(before))) == read


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *[(yes, True) for yes in ("klopt", "klopt helemaal", "ja hoor", "Ja, dat klopt", "yes", "ok", "dat klopt")],
        *[(no, False) for no in ("nee", "nee hoor", "nee dat klopt niet", "klopt niet", "dat is niet goed", "nope")],
        *[(other, None) for other in ("ja maar niet alles", "weet ik niet", "wat", "")],
    ],
)
def test_a_yes_and_a_no_are_read(said: str, meant: bool | None) -> None:
    """The usual ways to agree or not are understood; half a yes is neither."""
    assert read_yes_no(said) is meant


def test_an_island_is_known_by_its_names() -> None:
    """Bonaire, Statia and Saba are known where a place is asked; Curaçao, which has its own laws, is not among them."""
    assert all(names_island(said) for said in ("Bonaire", "op st. Eustatius", "STATIA", "saba!"))
    assert not any(names_island(said) for said in ("Curaçao", "Utrecht", "Sabaweg"))


@given(st.lists(st.sampled_from(sorted(" ".join((*TOLD, *NOT_TOLD)).split())), max_size=25).map(" ".join))
def test_what_is_read_is_always_a_fact(said: str) -> None:
    """Whatever words come together, what is read are facts with values they can have."""
    read = read_volunteered(said, TODAY)
    assert set(read) <= set(FACTS)
    assert read_facts(write_facts(read)) == read
