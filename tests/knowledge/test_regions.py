"""Promises of finding a municipality, its regions and its schools."""

import csv
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.regions import DATA, MOST_ASKED, NATIONAL_WERKCENTRUM_WEBSITE, Found, Municipality, Regions, load_regions
from knowledge.schools import SchoolKind, read_school, sane_website

REGIONS = load_regions()
KINDS: tuple[SchoolKind, ...] = ("pro", "vso", "mbo")
MUNICIPALITIES = tuple(REGIONS.municipalities.values())


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PLACES = [row for row in rows("places.csv") if row["type"] != "buurtschap" and row["name"] != "Nederland"]
POSTCODES = rows("postcodes4.csv")


def names(found: Found) -> list[str]:
    return [municipality.name for municipality in found.municipalities]


def codes(found: Found) -> list[str]:
    return [municipality.code for municipality in found.municipalities]


@given(st.sampled_from(MUNICIPALITIES), st.sampled_from(["{}", "ik woon in {}", "Gemeente {}!", "{}, Nederland"]))
def test_every_municipality_finds_itself(municipality: Municipality, sentence: str) -> None:
    """A municipality's own name leads to it first or, where the name is shared, is among those asked."""
    assert REGIONS.municipality(municipality.name) is municipality
    assert REGIONS.municipality(municipality.name.upper()) is municipality
    assert REGIONS.municipality(municipality.code) is municipality
    assert municipality in REGIONS.find(sentence.format(municipality.name)).municipalities


def test_every_place_finds_its_municipality() -> None:
    """Each town, village, former municipality and alias leads to its municipality, and never surely to another."""
    for row in PLACES:
        assert row["municipality_code"] in codes(REGIONS.find(row["name"])), row["name"]


def test_only_names_of_one_place_are_sure() -> None:
    """What the tables call ambiguous is asked; of the rest only everyday words and first words of longer names are."""
    towns = [row for row in PLACES if row["type"] in {"woonplaats", "municipality"} and row["name"] == row["base_name"]]
    sure = {row["name"] for row in towns if REGIONS.find(row["name"]).is_sure}
    assert not sure & {row["name"] for row in towns if row["ambiguous"] == "yes"}
    asked = {row["name"] for row in towns if row["ambiguous"] == "no"} - sure
    assert " ".join(sorted(asked)) == (
        "America Broek Echt Een Erm Est Gauw Hee Heel Hem Hoek Ie Loenen Loon Neer Nieuwerkerk Tienhoven Zeeland"
    )


@pytest.mark.parametrize("written", ["{}", "{}AB", "{} ab", "postcode {}", "Mijn postcode is: {} xz."])
def test_every_postcode_finds_its_municipality(written: str) -> None:
    """A postcode finds its municipality however it is written, and all of them where it crosses a border."""
    for row in POSTCODES:
        found = REGIONS.find(written.format(row["postcode4"]))
        assert found.exact, row
        assert row["municipality_code"] in codes(found), row
        assert (row["several_municipalities"] == "yes") == (len(found.municipalities) > 1), row


@pytest.mark.parametrize("postcode", ["1234 AB", "1954", "7146 XZ"])
def test_a_postcode_that_does_not_exist_finds_nothing(postcode: str) -> None:
    """Numbers that people make up lead to no municipality."""
    assert not REGIONS.find(postcode).municipalities


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    """Whatever a person types, there is an answer of at most six different municipalities."""
    found = REGIONS.find(text)
    assert len(set(codes(found))) == len(found.municipalities) <= MOST_ASKED


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["ik woon", "in", "te", "3511", "ab", "Zwolle", "Zwole", "niet", "Een", "2011", "Beek"]))
)
def test_any_mix_of_words_is_read_without_an_error(words: list[str]) -> None:
    """Sentences made of places, postcodes and small words never break the reading."""
    assert REGIONS.find(" ".join(words)).municipalities is not None


@pytest.mark.parametrize("text", ["x" * 10_000, "Zwolle " * 2_000, "1" * 10_000, "é" * 10_000, "ﷺ" * 10_000])
def test_a_very_long_text_is_cut(text: str) -> None:
    """Ten thousand characters are read as quickly as the first hundred of them."""
    assert REGIONS.find(text) == REGIONS.find(text[:100])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Den Haag", "Den Haag"),
        ("'s-Gravenhage", "Den Haag"),
        ("I live in The Hague", "Den Haag"),
        ("Sudwest-Fryslan", "Súdwest-Fryslân"),
        ("SÚDWEST FRYSLÂN", "Súdwest-Fryslân"),
        ("den bosch", "'s-Hertogenbosch"),
        ("3511AB", "Utrecht"),
        ("3511 ab utrecht", "Utrecht"),
        ("٣٥١١", "Utrecht"),
        ("1096 Amsterdam", "Amsterdam"),
        ("2011", "Haarlem"),
        ("Haarlem, 2011", "Haarlem"),
        ("2011 in Zwolle", "Zwolle"),
        ("ik woon in Zwolle", "Zwolle"),
        ("in zwolle bij mijn moeder", "Zwolle"),
        ("ik woon in de bilt", "De Bilt"),
        ("debilt", "De Bilt"),
        ("het harde", "Elburg"),
        ("Hoek van Holland", "Rotterdam"),
        ("St. Oedenrode", "Meierijstad"),
        ("Capelle a/d IJssel", "Capelle aan den IJssel"),
        ("A'dam", "Amsterdam"),
        ("Weesp", "Amsterdam"),
        ("Beemster", "Purmerend"),
        ("Houten", "Houten"),
        ("Beek in Limburg", "Beek"),
        ("Beek (Montferland)", "Montferland"),
        ("Elst Utrecht", "Rhenen"),
        ("gemeente Hengelo", "Hengelo"),
        ("Bergen Limburg", "Bergen (L)"),
        ("3511 AB, De Kooi", "Utrecht"),
        ("4205 PK De Kooi", "Gorinchem"),
    ],
)
def test_what_is_sure(text: str, name: str) -> None:
    """These ways of saying where you live need no further question."""
    found = REGIONS.find(text)
    assert names(found) == [name]
    assert found.is_sure


@pytest.mark.parametrize(
    ("text", "several"),
    [
        ("Bergen", ["Bergen op Zoom", "Bergen (NH)", "Bergen (L)"]),
        ("Hengelo", ["Hengelo", "Bronckhorst"]),
        ("Rijswijk", ["Rijswijk", "Altena", "Buren"]),
        ("Beek", ["Beek", "Berg en Dal", "Montferland", "Laarbeek"]),
        ("Alphen", ["Alphen aan den Rijn", "Alphen-Chaam", "West Maas en Waal"]),
        ("Krimpen", ["Krimpen aan den IJssel", "Krimpenerwaard"]),
        ("Limburg Amsterdam", ["Amsterdam"]),
        ("De Kampen", ["Kampen", "Hollands Kroon"]),
        ("3511 Amsterdam", ["Utrecht", "Amsterdam"]),
        ("school in Zeist en woon in Utrecht", ["Zeist", "Utrecht"]),
        ("1096", ["Amsterdam", "Ouder-Amstel"]),
        ("1012 of 3511", ["Amsterdam", "Utrecht"]),
        ("sinds 2011 in Utreht", ["Utrecht", "Haarlem"]),
    ],
)
def test_what_is_asked(text: str, several: list[str]) -> None:
    """Where more than one municipality fits, all are offered, the likeliest first."""
    assert names(REGIONS.find(text)) == several


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Utreht", "Utrecht"),
        ("Utrehct", "Utrecht"),
        ("ik woon in Utreht met mijn moeder", "Utrecht"),
        ("rotardam", "Rotterdam"),
        ("groning", "Groningen"),
        ("katwyk", "Katwijk"),
        ("Hertogenbosch", "'s-Hertogenbosch"),
        ("De Kooi", "Gorinchem"),
        ("Scheveningen", "Den Haag"),
        ("Son", "Son en Breugel"),
        ("ik woon niet in Zwolle", "Zwolle"),
        ("ik woon in Best met mijn moeder", "Best"),
        ("ik heet Erica", "Emmen"),
        ("geboren in 2011", "Haarlem"),
        ("Een", "Noordenveld"),
        ("Zeeland", "Maashorst"),
    ],
)
def test_what_is_found_but_confirmed(text: str, first: str) -> None:
    """A typo, a hamlet, a short form, an everyday word or a possible year is offered, never taken for certain."""
    found = REGIONS.find(text)
    assert names(found)[0] == first
    assert not found.exact


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "?!",
        "0000",
        "0612345678",
        "35111",
        "aa",
        "ede3",
        "hallo",
        "school",
        "thuis",
        "weet ik niet",
        "ik woon in een flat",
        "Ik ben nieuw in Nederland en wil werken",
        "een afspraak bij de gemeente over werk",
        "met vriendelijke groet",
        "ik ben heel erg boos",
        "bij mijn moeder",
        "centrum",
        "Nederland",
        "Limburg",
        "de Achterhoek",
        "المدينة",
        "a" * 60,
    ],
)
def test_what_is_not_found(text: str) -> None:
    """Noise, everyday words and areas larger than a municipality give nothing instead of a guess."""
    assert REGIONS.find(text) == Found((), exact=False)


def test_a_name_is_a_municipality_only_when_it_is_its_own() -> None:
    """Looking up by name never guesses: a shared or unknown name is nobody's."""
    assert REGIONS.municipality("Bergen") is None
    assert REGIONS.municipality("Utreht") is None
    assert REGIONS.municipality("") is None
    assert REGIONS.municipality("hengelo (o)") is REGIONS.municipality("0164")


def test_every_municipality_has_both_regions() -> None:
    """All 342 municipalities know their Doorstroompunt region, labour market region, website and phone."""
    assert len(MUNICIPALITIES) == 342
    for municipality in MUNICIPALITIES:
        region = REGIONS.doorstroompunt(municipality.doorstroompunt_region_code)
        assert region is not None
        assert region.name == municipality.doorstroompunt_region_name
        assert municipality.labour_market_region_code.startswith("AM")
        assert municipality.website.startswith("https://")
        assert municipality.phone


def test_only_a_checked_contact_municipality_is_a_desk() -> None:
    """A person is sent to the contact municipality when a page named it, else to the own municipality."""
    pekela, putten, kampen = (REGIONS.municipality(name) for name in ("Pekela", "Putten", "Kampen"))
    assert pekela and putten and kampen
    checked, empty, background = (REGIONS.doorstroompunt(code) for code in ("01", "17", "10"))
    assert checked and empty and background
    assert checked.contact_checked and checked.desk_for(pekela).name == "Veendam"
    assert empty.contact_municipality is None and empty.desk_for(putten) is putten
    assert not background.contact_checked and background.desk_for(kampen) is kampen
    assert len(REGIONS.doorstroompunt_regions) == 40
    assert REGIONS.doorstroompunt("14") is None


def test_school_keys_are_stable_short_and_unique() -> None:
    """Every row of the list is one school with a key that fits in a button, and the key finds it again."""
    assert len(REGIONS.schools) == len(rows("schools.csv"))
    for key, school in REGIONS.schools.items():
        assert key == school.key and REGIONS.school(key) is school
        assert key.isascii() and 0 < len(key) <= 40
        assert school.municipality_code in REGIONS.municipalities
        assert school.name and school.place
    assert REGIONS.school("nothing") is None
    assert REGIONS.school("mbo-deltion-college") is not None


@given(st.sampled_from(MUNICIPALITIES), st.sampled_from(KINDS))
def test_sure_schools_come_first(municipality: Municipality, kind: SchoolKind) -> None:
    """Schools of the asked kind in that municipality, those that may be something else last."""
    schools = REGIONS.schools_in(municipality.code, kind)
    assert all(school.kind == kind and school.municipality_code == municipality.code for school in schools)
    assert sorted(schools, key=lambda school: not school.sure) == list(schools)
    assert kind == "vso" or all(school.sure for school in schools)


def test_a_school_that_may_be_a_primary_school_is_not_called_vso() -> None:
    """Rows that DUO lists as "(V)SO" are there, marked as not sure; every school is found in its municipality."""
    unsure = {row["location_code"].lower() for row in rows("schools.csv") if row["kind"] == "so_vso"}
    assert unsure == {school.key for school in REGIONS.schools.values() if not school.sure}
    listed = [s for m in MUNICIPALITIES for kind in KINDS for s in REGIONS.schools_in(m.code, kind)]
    assert len(listed) == len(REGIONS.schools)


@pytest.mark.parametrize(
    ("text", "website"),
    [
        ("www.renn4.nl", "https://www.renn4.nl"),
        ("http://www.aurisrotsoord.nl", "https://www.aurisrotsoord.nl"),
        ("https://www.keurhove.nl/", "https://www.keurhove.nl"),
        ("Linde-deventer.nl", "https://linde-deventer.nl"),
        ("www.elker.nl/portalis", "https://www.elker.nl/portalis"),
        ("www.elker/portalis", None),
        ("www.vsodehogebrug.n", None),
        ("aventurijnnijmegen.nl / parkneerboschnijmegen.nl", None),
        ("javascript:alert(1)", None),
        ("https://example.nl@evil.example", None),
        ("", None),
    ],
)
def test_a_website_is_a_host_name_or_nothing(text: str, website: str | None) -> None:
    """A link is only made from a text that is one host name with an optional path."""
    assert sane_website(text) == website


def test_the_national_werkcentrum_site_is_named_in_the_sources() -> None:
    """The one national address is the one that the page of sources gives."""
    assert NATIONAL_WERKCENTRUM_WEBSITE.removeprefix("https://") in (DATA / "README.md").read_text(encoding="utf-8")


def copy_of_tables(folder: Path) -> Path:
    for table in DATA.glob("*.csv"):
        shutil.copy(table, folder)
    return folder


def test_tables_are_read_from_the_given_folder(tmp_path: Path) -> None:
    """An organisation may keep its own copy of the tables."""
    regions = load_regions(copy_of_tables(tmp_path))
    assert isinstance(regions, Regions)
    assert names(regions.find("Zwolle")) == ["Zwolle"]


def test_damaged_tables_are_refused(tmp_path: Path) -> None:
    """A place in an unknown municipality, an unknown kind of school and a missing table stop the loading."""
    folder = copy_of_tables(tmp_path)
    with (folder / "places.csv").open("a", encoding="utf-8") as file:
        file.write("Nergenshuizen,Nergenshuizen,9999,woonplaats,,test,no\n")
    with pytest.raises(KeyError, match="9999"):
        load_regions(folder)
    with pytest.raises(KeyError):
        read_school({**rows("schools.csv")[0], "kind": "circus"})
    (folder / "places.csv").unlink()
    with pytest.raises(OSError, match=r"places\.csv"):
        load_regions(folder)
