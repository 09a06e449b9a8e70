"""The pictures of the rules: current, complete, accessible, and with no text outside the page."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from knowledge.conditions import (
    AgeBelow,
    All,
    Always,
    Anniversary,
    Assume,
    Before,
    Condition,
    Either,
    Evidence,
    FirstKnown,
    IfBefore,
    Is,
    LeapEve,
    Moment,
    Not,
    NotKnown,
    On,
    SchoolYearAfter,
    Situation,
    Today,
)
from knowledge.describing import Describer
from knowledge.drawing import draw, wrapped
from knowledge.editions import all_decisions
from knowledge.rights import RULEBOOK
from knowledge.rights.common import QUALIFIED, at_school, younger
from knowledge.rules import Decision, Rule
from knowledge.statutes import Source
from locales import language

PICTURES = Path(__file__).parents[2] / "docs" / "rights"
SVG = "{http://www.w3.org/2000/svg}"
LEFT = Anniversary(("left_school_date",))
WORK = Is("employed", (True,))


@dataclass(frozen=True, slots=True)
class _Odd:
    """A condition and moment that has no words of its own."""

    def holds(self, situation: Situation) -> None:
        return None

    def span(self, situation: Situation) -> None:
        return None

    def reads(self) -> tuple[str, ...]:
        return ("age",)


def _lines(condition: Condition) -> list[str]:
    return ["  " * line.depth + line.words for line in Describer(language(None)).lines(condition)]


@pytest.mark.parametrize("actor", sorted(all_decisions()))
def test_the_picture_in_the_papers_is_current(actor: str) -> None:
    """What lies in docs/rights is what the rules of today draw."""
    path = PICTURES / f"{actor}.svg"
    drawn = draw(all_decisions()[actor], edition=RULEBOOK)
    stale = f"{path.name} is out of date; run: verder knowledge draw --out docs/rights"
    assert path.exists() and path.read_text("utf-8") == drawn, stale


@pytest.mark.parametrize("code", ["nl", "en"])
@pytest.mark.parametrize("actor", sorted(all_decisions()))
def test_a_picture_is_complete_and_stays_on_its_page(actor: str, code: str) -> None:
    """Every rule is in it once; title and description name it; every text ends before the edge."""
    decision = all_decisions()[actor]
    if not language(code).has([]) or "drawing.title" not in language(code).texts:
        pytest.skip("not translated yet")
    root = ET.fromstring(draw(decision, edition=RULEBOOK, code=code))
    ids = {node.get("id") for node in root if node.tag in (f"{SVG}title", f"{SVG}desc")}
    assert set(str(root.get("aria-labelledby")).split()) == ids
    width = float(str(root.get("width")))
    texts = list(root.iter(f"{SVG}text"))
    for node in texts:
        size, words = float(str(node.get("font-size"))), node.text or ""
        bold = 1.1 if node.get("font-weight") else 1
        if node.get("text-anchor") is None:
            assert float(str(node.get("x"))) + 0.56 * size * bold * len(words) < width + 0.05 * width, words
    said = "".join(node.text or "" for node in texts)
    for rule in decision.rules:
        assert rule.id in said
    assert len([node for node in texts if node.get("text-anchor")]) == len(decision.rules)


def test_words_are_wrapped_and_broken() -> None:
    """Lines fit; a word longer than a line goes on in the next."""
    assert wrapped("een twee drie", 60) == ["een", "twee", "drie"]
    assert "".join(wrapped("aanvullende", 40)) == "aanvullende"
    assert len(wrapped("aanvullende", 40)) > 1
    assert wrapped("een aanvullende", 40)[0] == "een"


CASES: dict[str, tuple[Condition, list[str]]] = {
    "always": (Always(), ["Altijd"]),
    "true": (WORK, [language(None).texts["facts.employed.true"].rstrip(".")]),
    "false": (Not(WORK), [language(None).texts["facts.employed.false"].rstrip(".")]),
    "values": (
        Is("vso_profile", ("dagbesteding", "vervolgonderwijs")),
        ["je richting op het vso: Dagbesteding of Doorleren"],
    ),
    "not values": (Not(Is("now_at", ("mbo",))), ["je school van nu: niet Mbo"]),
    "other value": (Is("country_part", ("BES",)), ["je land of eiland: BES"]),
    "not known": (NotKnown("diploma"), ["niet bekend: je diploma"]),
    "age": (AgeBelow(27), ["leeftijd onder 27 jaar"]),
    "not age": (Not(AgeBelow(27)), ["leeftijd 27 jaar of hoger"]),
    "younger": (younger(27), ["jonger dan 27 jaar"]),
    "older": (Not(younger(27)), ["27 jaar of ouder"]),
    "before": (Before(Today(), On(date(2026, 1, 1))), ["vandaag is voor 1 januari 2026"]),
    "after": (Not(Before(Today(), LEFT)), ["vandaag is op of na de dag van je vertrek"]),
    "leap": (LeapEve("left_school_date", (1,)), ["vandaag is 28 februari, en de dag van je vertrek was 29 februari"]),
    "assumed": (Assume(NotKnown("diploma"), True), ["niet bekend: je diploma (zonder antwoord: ja)"]),
    "not qualified": (Not(QUALIFIED), ["dit klopt niet: Je hebt een startkwalificatie"]),
    "school": (at_school("pro"), ["Je zit nog op school (Praktijkschool)"]),
    "odd": (_Odd(), ["_Odd (je leeftijd)"]),
    "all": (
        All((NotKnown("age"), AgeBelow(9))),
        ["Dit klopt allemaal:", "  niet bekend: je leeftijd", "  leeftijd onder 9 jaar"],
    ),
    "not all": (Not(All((AgeBelow(9),))), ["Dit klopt niet:", "  Dit klopt allemaal:", "    leeftijd onder 9 jaar"]),
    "either": (Either((AgeBelow(9),)), ["Een hiervan klopt:", "  leeftijd onder 9 jaar"]),
    "assumed all": (
        Assume(All((AgeBelow(9),)), False),
        ["Zonder antwoord telt nee:", "  Dit klopt allemaal:", "    leeftijd onder 9 jaar"],
    ),
    "shown": (
        FirstKnown((Evidence(AgeBelow(9), False),)),
        [
            "Het eerste hiervan dat bekend is:",
            "  Nee, als dit klopt (anders niet bekend):",
            "    leeftijd onder 9 jaar",
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_conditions_in_words(name: str) -> None:
    """Every kind of condition, and what is denied, has words that read beside the law."""
    condition, words = CASES[name]
    assert _lines(condition) == words


def test_a_yes_or_no_without_a_sentence_says_yes_or_no() -> None:
    """A value without words of its own is shown as it is."""
    bare = Describer(language(None))
    assert next(line.words for line in bare.lines(Is("moved", (True, False)))).endswith("ja of nee")
    assert [line.words for line in bare.lines(Is("unheard_of", ("x",)))] == ["unheard_of: x"]


MOMENTS: dict[str, tuple[Moment, str]] = {
    "years": (Anniversary(("left_school_date",), 2), "2 jaar na de dag van je vertrek"),
    "first of": (
        Anniversary(("diploma_date", "left_school_date"), 1),
        "1 jaar na de dag van je diploma (of anders de dag van je vertrek)",
    ),
    "school year": (SchoolYearAfter(LEFT), "het eind van het schooljaar waarin dit valt: de dag van je vertrek"),
    "if before": (
        IfBefore(LEFT, Today(), On(date(2026, 1, 1))),
        "de dag van je vertrek als dat voor vandaag is, en anders 1 januari 2026",
    ),
    "odd": (_Odd(), "_Odd (je leeftijd)"),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_moments_in_words(name: str) -> None:
    """Every kind of moment has words."""
    moment, words = MOMENTS[name]
    assert Describer(language(None)).moment(moment) == words


def test_a_rule_shows_its_end_its_articles_and_an_odd_label() -> None:
    """A source without a paragraph, an end, and a label of a status are drawn too."""
    source = Source("Wet", "1", None, "https://example.org", "…")
    rules = (
        Rule(id="x.one", label="parents", when=WORK, until=LEFT, sources=(source,)),
        Rule(id="x.two", label="no"),
    )
    svg = draw(Decision("gemeente", rules), edition="1")
    assert "Wet artikel 1<" in svg
    assert "Tot de dag van je vertrek." in svg
    assert "geen artikel" in svg
    assert "Anders, altijd" in svg
    assert "Altijd" in draw(Decision("gemeente", rules[1:]), edition="1")
