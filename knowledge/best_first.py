"""Which help to tell of first: whoever must help, then who may, the closest to the person in front."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.rules import UNKNOWN, Outcome

DUTIES = ("must_offer", "must_offer_again")
HELPING = (*DUTIES, "on_request", "may")
_CLOSEST = (
    *("pro_school", "vso_school", "mbo_school", "doorstroompunt", "gemeente", "jongerenloket", "werkcentrum", "uwv"),
    *("overgangsdocument_self", "overgangsdocument_gemeente", "mbo_verklaring", "beschut_werk"),
)


def best_first(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """The outcomes, best help in front: duties, then other help, then what is unknown, then no."""
    return tuple(sorted(outcomes, key=_rank))


def _rank(outcome: Outcome) -> tuple[int, int]:
    groups = (DUTIES, HELPING, (UNKNOWN,))
    group = next((place for place, labels in enumerate(groups) if outcome.label in labels), len(groups))
    return group, _CLOSEST.index(outcome.actor) if outcome.actor in _CLOSEST else len(_CLOSEST)
