"""Hardware for a given network: macros, and for each block its memory and copies.

Macros and blocks take turns. What a turn begins with and ends with is a value, so that a search can
be laid down after any turn and taken up again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.technologies.technology import Knobs
from cmn_core.errors import FieldError
from cmn_core.models.assigning.options import (
    AREA,
    CAPACITY,
    COPIES,
    TIME,
    OptionTable,
    best_assignment,
    tabulate,
)
from cmn_core.models.assigning.problem import ChipLimits, ChipProblem
from cmn_core.models.chip import BlockChoice, Chip, uniform
from cmn_core.models.hardware import best_chip
from cmn_core.models.pricing import price_model

ROUNDS = 4
NO_AREA_MM2 = 1e-9  # below every chip: the smallest comes nearest
DIES = (1.0, 1.25, 1.5, 2.0)  # times the limit on area


@dataclass(frozen=True)
class SearchedChip:
    """chip: with macros and blocks; value: of the objective; proven: whether the blocks' choices
    are the best for these macros"""

    chip: Chip
    value: float
    proven: bool


@dataclass(frozen=True)
class Turn:
    """chip: whose macros the next turn takes; best: so far; settled: no further turn would gain"""

    chip: Chip
    best: SearchedChip | None = None
    settled: bool = False
    number: int = 0


def search_chip(problem: ChipProblem, chip: Chip) -> SearchedChip:
    """The best chip found: macros and blocks take turns until neither gains.

    Blocks are the best there are for the macros, which are the best of their grids for the blocks.
    Begins from the macros that each memory alone would want. chip: technologies and conditions.
    FieldError where no chip keeps the limits, with what the smallest and the fastest one take.
    """
    turn = first_turn(problem, chip, {n: alone_macro(problem, chip, n) for n in problem.memories})
    while not turn.settled:
        turn = next_turn(problem, turn)
    if turn.best is None:
        raise nothing_fits(problem, turn.chip)
    return turn.best


def alone_macro(problem: ChipProblem, chip: Chip, name: str) -> Knobs:
    """The macro that this memory would want for the whole network, one copy of each block."""
    alone = replace(chip, memory=uniform(name), macros={}, blocks={})
    return _with_best_macros(problem, alone).macros[name]


def first_turn(problem: ChipProblem, chip: Chip, macros: Mapping[str, Knobs]) -> Turn:
    """What the first turn begins with: macros of each memory."""
    ends = {"product": problem.memories[0], "ffn": problem.memories[-1]}
    return Turn(replace(chip, memory=ends, macros=macros, blocks={}))


def next_turn(problem: ChipProblem, turn: Turn) -> Turn:
    """The blocks' best choices for the macros, then the best macros for these."""
    number = turn.number + 1
    table = tabulate(problem, turn.chip)
    chosen, proven = best_assignment(table, problem.objective, problem.limits)
    ended = replace(turn, settled=True, number=number)
    chip = turn.chip
    if chosen is None and turn.best is None:
        chip, chosen, proven = _within_limits(problem, chip)
    if chosen is None:
        return ended
    found = replace(chip, blocks=chosen)
    value = problem.value(found)
    if turn.best is not None and value >= turn.best.value * (1.0 - 1e-9):
        return ended
    best = SearchedChip(found, value, proven)
    if number == ROUNDS:
        return Turn(found, best, settled=True, number=number)
    return Turn(_with_best_macros(problem, found), best, number=number)


def on_larger_die(
    problem: ChipProblem, found: SearchedChip, factor: float
) -> dict[str, float | bool] | None:
    """What a die of `factor` times the area would buy with the same macros: {"max_area_mm2", costs,
    "proven"}; None where nothing fits."""
    wider = replace(problem.limits, area_mm2=factor * problem.limits.area_mm2)
    table = tabulate(problem, found.chip)
    chosen, proven = best_assignment(table, problem.objective, wider)
    if chosen is None:
        return None
    cost = price_model(problem.model, replace(found.chip, blocks=chosen))
    return {
        "max_area_mm2": wider.area_mm2,
        "energy_uj": float(cost.energy_pj) * 1e-6,
        "latency_us": float(cost.latency_ns) * 1e-3,
        "area_mm2": float(cost.area_um2) * 1e-6,
        "proven": proven,
    }


def nothing_fits(problem: ChipProblem, chip: Chip) -> FieldError:
    """What the smallest and the fastest chip take, where none was found that keeps the limits.

    chip: with the macros that were tried first. On one memory the two are the ends of what there
    is; on two, of what their own smallest and fastest macros make together.
    """
    tables = [tabulate(problem, tried) for tried in (chip, *_other_macros(problem, chip))]
    kept = [table for table in tables if table.allowed.any(axis=1).all()]
    if not kept:
        return FieldError(
            "memory",
            "no macro keeps the limit on output error in every block",
            "another memory, or fewer bits, may",
        )
    least = np.min([_least(table) for table in kept], axis=0)
    told = [
        f"the smallest has {_written(least[AREA] * 1e-6)} mm²",
        f"the fastest takes {_written(least[TIME] * 1e-3)} µs",
    ]
    if np.isfinite(problem.limits.array_mb):
        told.append(f"the one with the fewest arrays has {_written(least[CAPACITY])} MB")
    found = f"no chip was found that keeps them all: {', '.join(told)}"
    return FieldError("limits", found, "wider limits are expected")


def _written(value: float) -> str:
    """Four figures, and no power of ten."""
    return f"{float(f'{value:.4g}'):.12g}"


def _least(table: OptionTable) -> Floats:
    """[S] the least of each sum by itself, over what keeps the output error."""
    allowed = np.where(table.allowed[..., None], table.sums, np.inf)
    least: Floats = table.fixed + allowed.min(axis=1).sum(axis=0)
    return least


def _within_limits(
    problem: ChipProblem, chip: Chip
) -> tuple[Chip, Mapping[str, BlockChoice] | None, bool]:
    """The first of the other macros whose blocks can keep the limits, with their choices."""
    for tried in _other_macros(problem, chip):
        chosen, proven = best_assignment(
            tabulate(problem, tried), problem.objective, problem.limits
        )
        if chosen is not None:
            return tried, chosen, proven
    return chip, None, True


def _other_macros(problem: ChipProblem, chip: Chip) -> Iterator[Chip]:
    """Macros for a limit that those of the objective miss: the fastest at the most copies, the
    smallest at one copy, and those of least energy, time and area together."""
    error = problem.limits.sigma_rel
    for objective, copies, area_mm2 in (
        ("latency", COPIES[-1], np.inf),
        ("edap", 1, np.inf),
        ("edap", 1, NO_AREA_MM2),
    ):
        limits = ChipLimits(area_mm2=area_mm2, sigma_rel=error)
        aim = replace(problem, objective=objective, limits=limits, worth={})
        macros = {}
        for name in problem.memories:
            blocks = dict.fromkeys(problem.model.blocks, BlockChoice(name, copies))
            alone = replace(chip, memory=uniform(name), macros={}, blocks=blocks)
            macros[name] = _with_best_macros(aim, alone).macros[name]
        yield replace(chip, macros=macros, blocks={})


def _with_best_macros(problem: ChipProblem, chip: Chip) -> Chip:
    """Where blocks have their copies, time is limited too; one copy of each says nothing of it."""
    limits = problem.limits
    return best_chip(
        problem.model,
        chip,
        problem.objective,
        max_array_mb=limits.array_mb,
        max_sigma_rel=limits.sigma_rel,
        max_area_mm2=limits.area_mm2,
        max_latency_us=limits.latency_us if chip.blocks else np.inf,
        worth=problem.worth,
    )


def larger_dies(limits: ChipLimits) -> tuple[float, ...]:
    """Times the limit on area that are looked at; none where the die is not limited."""
    return DIES if np.isfinite(limits.area_mm2) else ()
