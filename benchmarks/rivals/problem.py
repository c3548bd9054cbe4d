"""The co-design problem for optimisers that know nothing about it: a flat genome.

Joint: architecture and hardware in one vector, one evaluation prices one design. Nested: the
architecture alone, and one evaluation finds its hardware as this project's search does, which
compares outer loops and nothing else.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
from pymoo.indicators.hv import HV
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Floats, Ints
from cmn_core.search.accuracy import measure, predicted
from cmn_core.search.inner.neighbourhood import first
from cmn_core.search.objective import violations
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.assessment import Assessor
from cmn_core.search.scoring.codesign_problem import CodesignProblem

_WORST = 1e12
_PRUNE = 2000  # rows of an archive between two removals of what is dominated


class Joint:
    """Architecture and hardware of a scenario as one vector of integers.

    lower, upper: [V] of experts, hidden sizes, then the level of every knob, the copies of each
    block and (hybrid) its technology.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.problem = CodesignProblem.of(scenario, predicted(scenario))
        self.accuracy, self.limits = self.problem.accuracy, self.problem.limits
        self.largest, self.grid = self.problem.largest, self.problem.grid
        self._free = np.flatnonzero(self.grid.sizes > 1)
        space = scenario.search_space
        self.lower = np.concatenate([space.lower, np.zeros(len(self._free), dtype=np.int64)])
        self.upper = np.concatenate([space.upper, self.grid.sizes[self._free] - 1])
        self.names = [f"{kind}{b + 1}" for kind in ("experts", "hidden") for b in range(BLOCKS)]
        self.names += [f"level{d}" for d in self._free]

    def evaluate(self, x: Ints) -> tuple[Floats, Floats]:
        """Loss, energy, latency [N, 3] and relative violations [N, C] (0 or less: kept) of [N, V].

        Violations: the floor of mIoU, the hardware limits, and 1 where a macro cannot be built.
        """
        x = np.asarray(x, dtype=np.int64)
        experts, hidden = x[:, :BLOCKS], x[:, BLOCKS : 2 * BLOCKS]
        index = np.zeros((len(x), len(self.grid.levels)), dtype=np.int64)
        index[:, self._free] = x[:, 2 * BLOCKS :]
        good = self.grid.buildable(index)
        index[~good] = self.grid.start()
        chip = first(self.grid.chip(experts, hidden, index[:, None]))
        known = measure(self.accuracy, experts, hidden)
        miou = known[:, 0]
        if (judgement := self.problem.judgement) is not None:  # as this search judges: on the chip
            miou = judgement.miou(known, self.grid.memory_is_rram(index), chip.sigma_rel)
        F = np.stack([100.0 - miou, chip.energy_uj, chip.latency_us], axis=1)
        floor = self.limits.min_miou
        short = np.full(len(x), -1.0) if not floor else (floor - miou) / floor
        unbuilt = np.where(good, -1.0, 1.0)
        return F, np.column_stack([short, violations(chip, self.limits), unbuilt])


class Nested(Joint):
    """Architectures of a scenario; hardware comes from the inner search."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        space = scenario.search_space
        self.lower, self.upper = space.lower, space.upper
        self.names = self.names[: 2 * BLOCKS]
        self._assessor = Assessor(self.problem)

    def evaluate(self, x: Ints) -> tuple[Floats, Floats]:
        found = self._assessor.assess(np.asarray(x, dtype=np.int64))
        # Optimisers that take no infinity get what is worse than anything that can be built.
        F = np.minimum([c.objectives for c in found], _WORST)
        return F, np.array([c.excess for c in found])


@dataclass
class Archive:
    """Feasible objectives of everything that a rival tried; what is dominated is dropped."""

    goal: str
    evaluations: int = 0
    rows: list[Floats] = field(default_factory=list)
    _waiting: int = 0

    def add(self, F: Floats, G: Floats) -> None:
        self.evaluations += len(F)
        self.rows.append(F[(G <= 0.0).all(axis=1)])
        self._waiting += len(self.rows[-1])
        if self._waiting > _PRUNE:
            self._prune()

    def _prune(self) -> None:
        rows = np.concatenate([np.empty((0, 3)), *self.rows])
        if len(rows):
            rows = rows[NonDominatedSorting().do(rows, only_non_dominated_front=True)]
        self.rows, self._waiting = [rows], 0

    def best(self) -> float | None:
        """What the scenario asks for: mIoU (percent), energy (uJ) or latency (us)."""
        self._prune()
        (rows,) = self.rows
        if not len(rows):
            return None
        column = {"performance": 0, "energy": 1, "latency": 2}[self.goal]
        least = float(rows[:, column].min())
        return 100.0 - least if self.goal == "performance" else least

    def hypervolume(self, joint: Joint) -> float:
        """As the search itself reports it: share of the box up to the largest subnet's costs."""
        self._prune()
        (rows,) = self.rows
        largest = joint.largest
        share = rows / np.array([100.0, largest.energy_uj, largest.latency_us])
        share = share[(share < 1.0).all(axis=1)]
        return float(HV(ref_point=np.ones(3))(share)) if len(share) else 0.0


@dataclass
class Budget:
    """What a rival may spend: so many evaluations or so many seconds of processor time."""

    evaluations: int | None = None
    seconds: float | None = None
    _begun: float = field(default_factory=time.process_time)

    @property
    def spent(self) -> float:
        return time.process_time() - self._begun

    def left(self, done: int, batch: int) -> int:
        """Evaluations of the next batch; 0 when the budget is used up."""
        if self.seconds is not None:
            return batch if self.spent < self.seconds else 0
        assert self.evaluations is not None
        return min(batch, self.evaluations - done)
