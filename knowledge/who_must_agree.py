"""Who must agree before something of a person is shared: the one place that says it (rule book §3 and §9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from knowledge.conditions import Situation
from knowledge.facts import read_facts
from knowledge.rights import clashes_in, outcome
from knowledge.rights.statuses import CONSENT_BY

Giver = Literal["youth", "parents", "legal_rep"]
Purpose = Literal["support_request", "transition_document", "handover"]
_ALSO: Mapping[str, tuple[Giver, ...]] = {
    "youth": ("youth",),
    "parents": ("youth", "parents"),
    "legal_rep": ("youth", "legal_rep"),
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """Everybody who must agree, the person first. Empty while it is not known: then `needs` are the facts to ask for."""

    givers: tuple[Giver, ...]
    needs: tuple[str, ...] = ()

    @property
    def other(self) -> Giver | None:
        """Who must agree beside the person, if somebody must."""
        return next((giver for giver in self.givers if giver != "youth"), None)


def who_must_agree(facts: Mapping[str, object], purpose: Purpose, today: date) -> Agreement:
    """Who must agree on this day. Raises `BadFact` for a fact or value that does not exist.

    A request for help is the person's own, at any age: free help that they ask for themselves. A transition document and
    a handover by a school go on to the gemeente: there the law names the parents or the representative at pro and vso
    (WVO 2020 2.31b, WEC 44a), and at mbo the person alone (WEB 9.2.13). Nothing is ever shared without the person.
    """
    if purpose == "support_request":
        return Agreement(("youth",))
    known = read_facts(facts)
    found = outcome(CONSENT_BY, Situation(dict(known), today), clashes_in(known, today))
    if found.label not in _ALSO:
        return Agreement((), found.needs)
    return Agreement(_ALSO[found.label])
