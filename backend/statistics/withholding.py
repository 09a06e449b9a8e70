"""Which figures may be shown, so that nothing about fewer than five people can be read or worked out from them.

The idea: cut what is counted into *atoms* such that every figure shown is a sum of whole atoms, and let no atom be small.
Whatever is added to or subtracted from each other afterwards (rows from totals, months from quarters, places from their
region) is again a sum of whole atoms. Part of an atom cannot be worked out, because moving people inside an atom changes
no figure.

Figures are tried one after the other. One is shown only if cutting by it leaves no small piece: of every atom, both what
lies in the figure and what lies outside it must be nothing at all or at least five people. What no figure covers yet is
not known, so of it only the part that lies in the figure counts. Zero is as small as four: an empty place in a table is
told like any other small one. Who asks first gets more: that is why the order is always the same, by time, and why what
was shown once stays shown.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TypeVar

FEW = 5

Cell = TypeVar("Cell", bound=Hashable)


def shown(counts: Mapping[Cell, int], figures: Sequence[Collection[Cell]], *, few: int = FEW) -> list[bool]:
    """For each figure (the cells it is the sum of) whether it may be shown, in the order in which they are tried.

    `counts` has every cell there is, also those of nobody.
    """
    atom_of = dict.fromkeys(counts, 0)  # atom 0 is what no figure covers yet
    sizes, totals = {0: len(counts)}, {0: sum(counts.values())}
    said = []
    for cells in figures:
        inside: dict[int, list[Cell]] = {}
        for cell in cells:
            inside.setdefault(atom_of[cell], []).append(cell)
        pieces = {atom: (len(part), sum(counts[cell] for cell in part)) for atom, part in inside.items()}
        fits = all(
            total >= few and (atom == 0 or size == sizes[atom] or totals[atom] - total >= few)
            for atom, (size, total) in pieces.items()
        )
        said.append(fits)
        if fits:
            _cut(atom_of, sizes, totals, inside, pieces)
    return said


def _cut(
    atom_of: dict[Cell, int],
    sizes: dict[int, int],
    totals: dict[int, int],
    inside: Mapping[int, Sequence[Cell]],
    pieces: Mapping[int, tuple[int, int]],
) -> None:
    """Makes each piece an atom of its own; an atom that lies in the figure whole stays as it is."""
    for atom, part in inside.items():
        size, total = pieces[atom]
        if atom != 0 and size == sizes[atom]:
            continue
        new = len(sizes)
        sizes[new], totals[new] = size, total
        sizes[atom], totals[atom] = sizes[atom] - size, totals[atom] - total
        for cell in part:
            atom_of[cell] = new
