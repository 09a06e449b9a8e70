"""One edition of the rules told as JSON: which values its facts can have, and its labels for every combination.

So two editions can be compared that run in processes of their own. It needs little of the rules, in order that the
rules of an older revision can be told with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from knowledge.diagrams import Diagram, Forest, Leaf
from knowledge.facts import PartialDate
from knowledge.rights import ACTORS, STATUSES
from knowledge.rules import Decision
from knowledge.space import Axis, Space, space_of

Told = Mapping[str, Any]
"""JSON-shaped: the axes or the labels of every decision of one edition of the rules, by its name."""

NO_RULES = "-"
"""The label of a decision that an edition of the rules does not have."""


def all_decisions() -> Mapping[str, Decision]:
    """Every actor and status by name."""
    return {**ACTORS, **STATUSES}


def tell_axes(as_of: date) -> Told:
    """The values of the facts of each decision of these rules."""
    return {
        name: {
            fact: [_write(value) for value in axis.values]
            for fact, axis in space_of((decision,), (as_of,)).axes.items()
        }
        for name, decision in all_decisions().items()
    }


def merged(first: Told, second: Told) -> Told:
    """The axes that hold the values of both."""
    return {
        actor: {
            fact: _once([*first.get(actor, {}).get(fact, ()), *second.get(actor, {}).get(fact, ())])
            for fact in dict.fromkeys((*first.get(actor, ()), *second.get(actor, ())))
        }
        for actor in dict.fromkeys((*first, *second))
    }


def tell_labels(axes: Told, as_of: date) -> Told:
    """The labels of each decision of these rules for every combination, as nodes of which the last is the whole."""
    return {
        name: _write_labels(Forest(_own_space(axes[name], decision, as_of)), decision, as_of)
        for name, decision in all_decisions().items()
    }


def _own_space(told: Told, decision: Decision, as_of: date) -> Space:
    """The told values, with what the decision cannot tell apart gone through once."""
    values = {fact: axis.values for fact, axis in read_space(told).axes.items()}
    return space_of((decision,), (as_of,)).with_values(values)


def _write(value: object) -> object:
    return {"date": str(value)} if isinstance(value, PartialDate) else value


def _read(value: Any) -> object:
    return PartialDate.parse(value["date"]) if isinstance(value, dict) else value


def _once(values: list[object]) -> list[object]:
    return list({repr(value): value for value in values}.values())


def read_space(told: Told) -> Space:
    """The space with these told axes; nothing is known of what tells its values apart."""
    return Space({fact: _read_axis(values) for fact, values in told.items()})


def _read_axis(values: list[Any]) -> Axis:
    return Axis(tuple(map(_read, values)), (), tuple(range(len(values))))


def _write_labels(forest: Forest, decision: Decision, as_of: date) -> list[object]:
    nodes: list[object] = []
    places: dict[int, int] = {}

    def write(diagram: Diagram) -> int:
        if id(diagram) not in places:
            if isinstance(diagram, Leaf):
                node: object = diagram.value
            else:
                node = [diagram.fact, [write(part) for part in diagram.parts]]
            nodes.append(node)
            places[id(diagram)] = len(nodes) - 1
        return places[id(diagram)]

    write(forest.labels(decision, as_of))
    return nodes


def read_labels(forest: Forest, nodes: list[Any] | None) -> Diagram:
    """The diagram that was told, in this forest; `NO_RULES` everywhere when there is none."""
    made: list[Diagram] = []
    for node in nodes or [NO_RULES]:
        if isinstance(node, str):
            made.append(forest.leaf(node))
        else:
            made.append(forest.branch(node[0], tuple(made[place] for place in node[1])))
    return made[-1]
