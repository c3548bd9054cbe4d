"""The oracle of the search: every macro of the grids, with the best blocks for each.

It is for tests and benchmarks, on small grids: a technology file of one's own states its levels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from cmn_core.models.assigning.options import OptionTable, best_assignment, tabulate, value_of
from cmn_core.models.assigning.problem import ChipProblem
from cmn_core.models.assigning.search import SearchedChip, first_turn
from cmn_core.models.chip import Chip


def enumerate_chip(problem: ChipProblem, chip: Chip) -> SearchedChip | None:
    """The best chip of all macros and blocks; None where nothing keeps the limits.

    chip: technologies and conditions. Macros whose bound is above the best chip known are left out
    without looking at their blocks.
    """
    best: SearchedChip | None = None
    tables = [(_bound(table, problem), macros, table) for macros, table in _all(problem, chip)]
    for bound, macros, table in sorted(tables, key=lambda row: row[0]):
        if best is not None and bound >= best.value:
            break
        chosen, proven = best_assignment(table, problem.objective, problem.limits)
        if chosen is None:
            continue
        found = replace(first_turn(problem, chip, macros).chip, blocks=chosen)
        value = problem.value(found)
        if best is None or value < best.value:
            best = SearchedChip(found, value, proven)
    return best


def _all(
    problem: ChipProblem, chip: Chip
) -> Iterator[tuple[dict[str, dict[str, float]], OptionTable]]:
    """A table for each choice of one macro per memory: what a block costs on one memory does not
    depend on the macro of the other."""
    bare = first_turn(problem, chip, {}).chip
    rows: list[list[tuple[str, dict[str, float], OptionTable]]] = []
    for name in problem.memories:
        grid, alone = bare.used[name].grid(), replace(problem, memories=(name,))
        points = [
            {knob: float(column[i]) for knob, column in grid.items()}
            for i in range(len(next(iter(grid.values()))))
        ]
        others = {n: dict(bare.used[n].default) for n in problem.memories}
        rows.append(
            [
                (name, point, tabulate(alone, replace(bare, macros={**others, name: point})))
                for point in points
            ]
        )
    for chosen in product(*rows):
        first = chosen[0][2]
        whole = OptionTable(
            first.blocks,
            tuple(choice for _, _, table in chosen for choice in table.choices),
            np.concatenate([table.sums for _, _, table in chosen], axis=1),
            first.fixed,
            np.concatenate([table.allowed for _, _, table in chosen], axis=1),
        )
        yield {name: point for name, point, _ in chosen}, whole


def _bound(table: OptionTable, problem: ChipProblem) -> float:
    """No choice of blocks has a smaller objective."""
    if not table.allowed.any(axis=1).all():
        return np.inf
    sums = np.where(table.allowed[..., None], table.sums, np.inf)
    return float(value_of(table.fixed + sums.min(axis=1).sum(axis=0), problem.objective))
