"""Facts that cannot all be true (rule book §1.5): said kindly, and asked again; never guessed which one is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.conditions import (
    AgeDiffers,
    All,
    Anniversary,
    Assume,
    Before,
    Condition,
    Either,
    Is,
    Not,
    NotKnown,
    Situation,
    Today,
)
from knowledge.rights.common import LEFT, school, true


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Facts that contradict each other when the condition holds; dropping any one of `doubted` solves it."""

    id: str
    facts: tuple[str, ...]
    when: Condition
    doubted: tuple[str, ...]


def _clash(id: str, *facts: str, when: Condition, doubted: tuple[str, ...] | None = None) -> Contradiction:
    return Contradiction(id, facts, when, doubted or facts)


_HIGH_DIPLOMA = Either(
    (
        All((school("havo", "vwo"), true("diploma"))),
        All((school("mbo"), Is("mbo_level", (2, 3, 4)), true("diploma"))),
    )
)
_OTHER_DIPLOMA = Either(
    (
        Assume(true("foreign_diploma"), False),
        Not(NotKnown("diploma_kind")),
        Assume(Is("earlier_school", ("mbo", "havo", "vwo", "ho")), False),
    )
)
"""Somebody who left vmbo may have a startkwalificatie of another school, or a diploma from abroad."""
_LATER = {
    "pro": ("mbo", "vmbo", "havo", "vwo", "ho"),
    "vso": ("mbo", "vmbo", "havo", "vwo", "ho"),
    "mbo": ("ho",),
    "vmbo": ("mbo", "havo", "vwo", "ho"),
    "havo": ("mbo", "vwo", "ho"),
    "vwo": ("mbo", "ho"),
}

CONTRADICTIONS = (
    _clash(
        "diploma_without_qualification",
        "diploma",
        "startkwalificatie",
        when=All((_HIGH_DIPLOMA, Is("startkwalificatie", (False,)))),
    ),
    _clash(
        "vmbo_with_qualification",
        "school_type",
        "startkwalificatie",
        when=All((school("vmbo"), true("startkwalificatie"), Not(_OTHER_DIPLOMA))),
        doubted=("startkwalificatie",),
    ),
    _clash(
        "left_and_still_there",
        "still_at_same_school",
        "left_school_date",
        when=All((true("still_at_same_school"), Not(Before(Today(), LEFT)))),
    ),
    _clash(
        "leaving_later_but_not_enrolled",
        "currently_enrolled",
        "left_school_date",
        when=All((Is("currently_enrolled", (False,)), Before(Today(), LEFT))),
    ),
    _clash(
        "profile_without_vso",
        "school_type",
        "vso_profile",
        when=All((Not(school("vso")), Is("vso_profile", ("arbeidsmarktgericht", "dagbesteding", "vervolgonderwijs")))),
    ),
    _clash(
        "left_too_young",
        "birth_date",
        "left_school_date",
        when=Before(LEFT, Anniversary(("birth_date",), 14)),
    ),
    _clash("diploma_in_future", "diploma_date", when=Before(Today(), Anniversary(("diploma_date",)))),
    _clash(
        "no_follow_on_but_enrolled",
        "follow_on_enrolment",
        "now_at",
        when=All(
            (
                Is("follow_on_enrolment", (False,)),
                true("currently_enrolled"),
                Either(tuple(All((school(left), Is("now_at", later))) for left, later in _LATER.items())),
            )
        ),
    ),
    _clash("age_and_birth_date", "age", "birth_date", when=AgeDiffers(1)),
)


def contradictions(situation: Situation) -> tuple[Contradiction, ...]:
    """The contradictions that certainly hold."""
    return tuple(clash for clash in CONTRADICTIONS if clash.when.holds(situation))
