"""How rules decide: the first that holds, as far as it is certain which one that is."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from knowledge.conditions import Always, Anniversary, Is, Situation
from knowledge.facts import FACTS, PartialDate, read_facts
from knowledge.rights import ACTORS, STATUSES
from knowledge.rules import UNKNOWN, Decision, Flag, Rule, common_label, decide, possible_rules
from rulebook_lives import Life, lives

DAY = date(2026, 11, 22)
DECISION = Decision(
    "somebody",
    (
        Rule(id="s.first", label="no", when=Is("school_type", ("vmbo",))),
        Rule(id="s.second", label="may", when=Is("diploma", (True,)), flags=(Flag("doubt"),)),
        Rule(id="s.third", label="may", when=Is("employed", (True,)), until=Anniversary(("left_school_date",), 1)),
        Rule(id="s.last", label="no", flags=(Flag("rare", Is("employed", (False,))), Flag("maybe", Is("age", (1,))))),
    ),
)
TABLE: list[tuple[dict[str, object], str, str]] = [
    ({}, UNKNOWN, ""),
    ({"school_type": "vmbo"}, "no", "s.first"),
    ({"school_type": "pro"}, UNKNOWN, ""),
    ({"school_type": "pro", "diploma": True}, "may", "s.second"),
    ({"school_type": "pro", "employed": True}, "may", "s.third"),
    ({"school_type": "pro", "diploma": False, "employed": False}, "no", "s.last"),
    ({"diploma": False, "employed": False}, "no", "s.last"),
]


@pytest.mark.parametrize(("facts", "label", "rule"), TABLE)
def test_the_first_rule_that_holds_decides(facts: Mapping[str, object], label: str, rule: str) -> None:
    """A label is certain when every rule that may still decide has it; otherwise it is unknown, without a rule."""
    outcome = decide(DECISION, Situation(facts, DAY))
    assert (outcome.label, outcome.rule) == (label, rule)


def test_what_is_still_needed_is_what_the_open_rules_read() -> None:
    """For an unknown the missing facts are named, dates not known to the day among them."""
    assert decide(DECISION, Situation({"school_type": "pro"}, DAY)).needs == ("diploma", "employed")
    when = Is("left_school_date", (PartialDate(2025, 7, 1),))
    dated = Decision(
        "d",
        (
            Rule(id="d.one", label="may", when=when, flags=()),
            Rule(id="d.two", label="no", when=when),
            Rule(id="d.end", label="x"),
        ),
    )
    assert decide(dated, Situation({}, DAY)).needs == ("left_school_date",)
    assert DECISION.facts == ("school_type", "diploma", "employed")


def test_an_end_is_the_earliest_day_it_can_be() -> None:
    """An end date is a promise, so of a month its first day counts; without a date there is no end."""
    known: dict[str, object] = {"school_type": "pro", "employed": True}
    assert decide(DECISION, Situation(known, DAY)).until is None
    left = {**known, "left_school_date": PartialDate(2026, 7)}
    assert decide(DECISION, Situation(left, DAY)).until == date(2027, 7, 1)


def test_a_doubt_is_said_only_when_it_certainly_holds() -> None:
    """A flag whose condition fails or is unknown is not raised."""
    assert decide(DECISION, Situation({"school_type": "pro", "diploma": True}, DAY)).flags == ("doubt",)
    assert decide(DECISION, Situation({"diploma": False, "employed": False}, DAY)).flags == ("rare",)


@pytest.mark.parametrize("decision", [*ACTORS.values(), *STATUSES.values()], ids=lambda decision: decision.actor)
def test_every_decision_ends_certainly(decision: Decision) -> None:
    """The last rule of each actor and status always holds, and no rule id is used twice."""
    assert decision.rules[-1].when == Always()
    ids = [rule.id for rule in decision.rules]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("decision", [*ACTORS.values(), *STATUSES.values()], ids=lambda decision: decision.actor)
def test_every_rule_rests_on_something_and_facts_matter_by_a_law(decision: Decision) -> None:
    """Each rule cites the law or names its public source; a ground is of a fact that exists, and is never empty."""
    assert [rule.id for rule in decision.rules if not rule.sources and not rule.basis] == []
    assert set(decision.grounds) <= set(FACTS)
    assert all(decision.grounds.values())


@pytest.mark.parametrize("actor", ["pro_school", "vso_school", "mbo_school", "doorstroompunt", "gemeente"])
def test_each_fact_of_a_main_actor_has_its_place_in_the_law(actor: str) -> None:
    """Whatever fact decides what schools, Doorstroompunt and gemeente do, a place in the law says that it matters."""
    elsewhere = {"country_part"}  # that a law is of the European Netherlands is in no article of ours
    assert set(ACTORS[actor].facts) - elsewhere <= set(ACTORS[actor].grounds)


@given(lives(), st.data())
@settings(max_examples=60, deadline=None)
def test_more_facts_never_leave_more_rules_open(life: Life, data: st.DataObject) -> None:
    """As facts come in, in any order, the rules that may decide only become fewer, and a certain label stays.

    The school comes first, as nothing else tells whose rules are meant; so do the facts whose absence means something.
    """
    facts = read_facts({name: value for name, value in life.facts.items() if value is not None})
    assumed = {name: value for name, value in facts.items() if name in KNOWN_FIRST}
    order = data.draw(st.permutations(sorted(set(facts) - set(assumed))))
    assume(order)
    for decision in ACTORS.values():
        steps = [
            Situation({**assumed, **{name: facts[name] for name in order[:count]}}, life.today)
            for count in range(len(order) + 1)
        ]
        for before, after in pairwise(steps):
            open_before, open_after = possible_rules(decision, before), possible_rules(decision, after)
            assert {rule.id for rule in open_after} - OTHER_WORDS <= {rule.id for rule in open_before}
            if common_label(open_before) != UNKNOWN:
                assert common_label(open_after) == common_label(open_before)


@given(lives(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_answering_does_not_matter(life: Life, random: Random) -> None:
    """The same facts, told in another order, come to the same outcome."""
    facts = read_facts({name: value for name, value in life.facts.items() if value is not None})
    names = list(facts)
    random.shuffle(names)
    shuffled = {name: facts[name] for name in names}
    for decision in ACTORS.values():
        assert decide(decision, Situation(shuffled, life.today)) == decide(decision, Situation(facts, life.today))


OTHER_WORDS = frozenset(
    (
        *("vo.minor", "vo.adult", "gemeente.minor", "bijstand.adult", "mbo2_admission.in_time"),
        *("overgangsdocument_self.represented", "overgangsdocument_self.parents", "overgangsdocument_self.youth"),
    )
)
"""Rules with the label of the one after them, which only fit the words to somebody whose age or answer is known."""
KNOWN_FIRST = frozenset(
    (
        *("special_circumstances", "benefit", "dropped_out_of_follow_on", "absent_4_weeks", "foreign_diploma"),
        *("school_requests_gemeente", "country_part", "legally_competent", "used_offer_year1", "diploma"),
        *("school_type", "only_sheltered_work", "esb_indication"),
    )
)


def test_rules_that_all_fail_leave_nothing() -> None:
    """A decision without a last rule that always holds can be left with no rule at all."""
    unfinished = Decision("unfinished", DECISION.rules[:1])
    assert possible_rules(unfinished, Situation({"school_type": "pro"}, DAY)) == []
