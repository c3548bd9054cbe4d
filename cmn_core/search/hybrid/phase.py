"""Which memory, when: the best chips of one network over the rate of its images and the die.

Every point asks for the best chip whose arrays keep up with the rate and fit on the die, of any
macros, replicas and technologies of blocks. Points share what they can. Tables of costs are made
once for a rate. On a smaller die the best chip stays the best as long as it fits, and where nothing
fits nothing does on a smaller die or at a higher rate. What was found elsewhere is where a proof
begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np

from cmn_core.architecture import BLOCKS, Architecture, SearchSpace
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.costs import ChipCost
from cmn_core.cim.technologies.technology import Technology
from cmn_core.design import HYBRID, MEMORIES, Workload
from cmn_core.errors import FieldError
from cmn_core.predictor.routing import Loads
from cmn_core.search.constraints import Limits, at_rate
from cmn_core.search.hybrid.branch_and_bound import best_mixed
from cmn_core.search.hybrid.reach import Staircases
from cmn_core.search.hybrid.rivals import Rivals, settled
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.grid import REPLICA_LEVELS, Grid, make_grid
from cmn_core.search.inner.macros import MAX_MACROS, catalogue, macro_count
from cmn_core.search.inner.proof.branch_and_bound import all_bounds, best_uniform
from cmn_core.search.objective import OBJECTIVES, Merit, score, violations

KINDS = ("best", *MEMORIES)  # of any memory, all RRAM, all SRAM
MIXED = [m for m in product((False, True), repeat=BLOCKS) if any(m) and not all(m)]


@dataclass(frozen=True, eq=False)
class PhaseRow:
    """Best chips at one rate of images over P dies, ascending.

    limits: of each die; pool [K, D]: points of the grid of all chips looked at so far, chip: their
    costs [K]; place [P, 3]: which of them is the best of each of KINDS, -1 where nothing fits;
    proven [P]: whether no other chip within the limits is better.
    """

    grid: Grid
    limits: tuple[Limits, ...]
    pool: Ints
    chip: ChipCost
    place: Ints
    proven: Bools

    @property
    def images_per_second(self) -> float:
        return float(self.grid.workload.images_per_second or 0.0)

    @property
    def on_rram(self) -> Bools:
        """[K, 4] technology of each block of the pool."""
        return self.grid.memory_is_rram(self.pool)

    def within(self, die: int) -> Bools:
        """[K] which of the pool keep the limits there."""
        return np.asarray((violations(self.chip, self.limits[die]) <= 0.0).all(axis=-1))

    def value(self, objective: str) -> Floats:
        """[K] what the chips are chosen by."""
        chip = self.chip
        return OBJECTIVES[objective](chip.energy_uj, chip.latency_us, chip.area_mm2)


def phase_rows(
    space: SearchSpace,
    workload: Workload,
    architecture: Architecture,
    *,
    rates: Sequence[float],
    areas_mm2: Sequence[float],
    objective: str = "energy",
    limits: Limits | None = None,
    levels: Mapping[str, Mapping[str, Sequence[float]]] | None = None,
    replica_levels: Sequence[int] = REPLICA_LEVELS,
    technologies: Mapping[str, Technology] | None = None,
    loads: Loads | None = None,
) -> Iterator[PhaseRow]:
    """A row per rate (images per second), each over all dies (mm2), both ascending.

    objective: a key of OBJECTIVES; limits: beside the die and the rate; levels, replica_levels,
    technologies, loads: as in `best_hardware`. FieldError where macros are too many to count out.
    """
    before: _RowSearch | None = None
    for rate in rates:
        grid = make_grid(
            space,
            replace(workload, images_per_second=rate),
            HYBRID,
            levels=levels,
            replica_levels=replica_levels,
            technologies=technologies,
            loads=loads,
        )
        for technology in grid.technologies:
            count = macro_count(grid, technology)
            if count > MAX_MACROS:
                found = f"{count} macros of {technology.name}"
                raise FieldError("technology", found, f"at most {MAX_MACROS} can be counted out")
        asked = tuple(
            at_rate(replace(limits or Limits(), max_area_mm2=area), grid.workload)
            for area in areas_mm2
        )
        row = _RowSearch(grid, architecture, objective, asked, before)
        for die in reversed(range(len(asked))):
            row.solve(die)
        yield PhaseRow(grid, asked, row.pool, row.chip, row.place, row.proven)
        before = row


class _RowSearch:
    """The dies of one rate, solved from the largest to the smallest; fields as in PhaseRow."""

    def __init__(
        self,
        grid: Grid,
        architecture: Architecture,
        objective: str,
        limits: tuple[Limits, ...],
        before: _RowSearch | None,
    ) -> None:
        self._grid, self._objective, self._limits, self._before = grid, objective, limits, before
        self._genes = np.array([architecture.experts]), np.array([architecture.hidden])
        rram, sram = (
            CostTables.of(grid, catalogue(grid, t, limits[0].max_sigma_rel), *self._genes)
            for t in grid.technologies
        )
        self._tables = rram, sram
        self.place = np.full((len(limits), len(KINDS)), -1, dtype=np.int64)
        self.proven = np.ones(len(limits), dtype=bool)
        # Neither time nor area depends on the rate, so one serves all of them.
        self._reach: list[Staircases] = [] if before is None else before._reach
        self._known: set[bytes] = set()
        self.pool = np.zeros((0, len(grid.levels)), dtype=np.int64)
        self.chip = self._priced(self.pool)
        if before is not None:
            self._add(before.pool)

    @cached_property
    def _rivals(self) -> Rivals:
        return Rivals(self._tables, np.array(MIXED), self._objective, self._limits[0])

    def solve(self, die: int) -> None:
        """The best chips on that die; the larger ones are solved."""
        limits = self._limits[die]
        for kind, table in enumerate(self._tables, 1):
            if self._open(die, kind):
                self._uniform(table, kind, limits)
            self.place[die, kind] = self._best(self._of_kind(kind), limits)
        self.proven[die] = die + 1 == len(self._limits) or self.proven[die + 1]
        if self._open(die, 0):
            self.proven[die] = self._mixture(limits)
        elif self._before is not None and self._before.place[die, 0] < 0:
            self.proven[die] = self._before.proven[die]
        best = self._best(self._of_kind(0), limits)
        if best >= 0:
            self._rival(limits, best)
            best = self._best(self._of_kind(0), limits)
        elif not self.proven[die] and self._reach:
            self.proven[die] = len(self._reach[0].fitting(limits)[0]) == 0
        self.place[die, 0] = best

    def _open(self, die: int, kind: int) -> bool:
        """Whether the best chip has to be looked for: not where that of a larger die still fits,
        nor where nothing fits on a larger one or at a lower rate."""
        if self._before is not None and self._before.place[die, kind] < 0:
            return False
        if die + 1 == len(self._limits):
            return True
        place = self.place[die + 1, kind]
        return bool(place >= 0 and not self._within(self._limits[die])[place])

    def _uniform(self, table: CostTables, kind: int, limits: Limits) -> None:
        least = all_bounds(table, self._objective, limits)
        begin = np.full(1, -1)
        near = self._best(self._of_kind(kind), limits)
        at = self._grid.knob_slice(table.catalogue.technology)
        if near >= 0:
            begin = table.catalogue.numbers(self.pool[[near], at])
        found = best_uniform(table, least, objective=self._objective, limits=limits, first=begin)
        if np.isfinite(found.score[0]):
            macros = np.full((1, 2), -1)
            macros[0, kind - 1] = found.macro[0]
            self._add(self._points(np.full((1, BLOCKS), kind == 1), macros, found.level))

    def _mixture(self, limits: Limits) -> bool:
        """Look for the best mixture, if it beats the uniform chips; whether that is proven."""
        if self._best(self._of_kind(0), limits) < 0 and not self._fits(limits):
            return True
        best = self._best(self._of_kind(0), limits)
        found = best_mixed(
            self._tables,
            MIXED,
            objective=self._objective,
            limits=limits,
            known=self._merit(limits)[[best]] if best >= 0 else Merit.nowhere(1),
            thorough=True,
        )
        if found.won[0]:
            self._add(self._points(found.rram, found.macros, found.level))
        return bool(found.proven[0])

    def _fits(self, limits: Limits) -> bool:
        """Whether a mixed chip keeps the limits, as far as is soon seen; one that does is added."""
        masks = np.array(MIXED)
        if not self._reach:
            self._reach.append(Staircases(self._tables, masks, limits))
        which, macros = self._reach[0].fitting(limits)
        if len(which):
            rram = masks[which]
            level, value = settled(self._tables, rram, macros, self._objective, limits)
            good = np.isfinite(value)
            self._add(self._points(rram[good], macros[good], level[good]))
        return len(which) > 0

    def _rival(self, limits: Limits, best: int) -> None:
        """A good chip of every other mixture, for the chance that the best one is the best."""
        which, macros, level = self._rivals.likely(limits, self.chip.at(best))
        self._add(self._points(np.array(MIXED)[which], macros, level))

    def _points(self, rram: Bools, macros: Ints, level: Ints) -> Ints:
        """[K, D] chips with macros [K, 2] by number, -1 for the default one."""
        points = np.repeat(self._grid.start()[None], len(rram), axis=0)
        for k, table in enumerate(self._tables):
            given = macros[:, k] >= 0
            at = self._grid.knob_slice(table.catalogue.technology)
            points[given, at] = table.catalogue.knobs[macros[given, k]]
        points[:, self._grid.replica_slice] = level
        points[:, self._grid.memory_slice] = rram  # the levels are SRAM, RRAM
        return points

    def _add(self, points: Ints) -> None:
        fresh = [p for p in points if p.tobytes() not in self._known]
        if fresh:
            some = np.unique(np.array(fresh), axis=0)
            self._known.update(p.tobytes() for p in some)
            parts = vars(self.chip), vars(self._priced(some))
            self.chip = ChipCost(**{n: np.concatenate([p[n] for p in parts]) for n in parts[0]})
            self.pool = np.concatenate([self.pool, some])

    def _priced(self, points: Ints) -> ChipCost:
        return self._grid.chip(*self._genes, points[None]).at(0)

    @property
    def _value(self) -> Floats:
        chip = self.chip
        return OBJECTIVES[self._objective](chip.energy_uj, chip.latency_us, chip.area_mm2)

    def _merit(self, limits: Limits) -> Merit:
        return score(self.chip, objective=self._objective, limits=limits)

    def _within(self, limits: Limits) -> Bools:
        return np.asarray((violations(self.chip, limits) <= 0.0).all(axis=-1))

    def _of_kind(self, kind: int) -> Bools:
        """[K] which chips of the pool may be the best of KINDS."""
        rram = self._grid.memory_is_rram(self.pool)
        if kind == 0:
            return np.ones(len(rram), dtype=bool)
        return np.asarray((rram == (kind == 1)).all(axis=1))

    def _best(self, mine: Bools, limits: Limits) -> int:
        """Place of the best of these chips within the limits, -1 where there is none."""
        value = np.where(mine & self._within(limits), self._value, np.inf)
        return int(value.argmin()) if np.isfinite(value).any() else -1
