"""What a search has to solve, settled before its first generation: its limits in numbers, the
largest subnet they are relative to, and how designs are judged.

A performance search may spend half of the energy and latency of the largest subnet on the
technology's default macro with one copy of each block: the same reference as the hypervolume's.
It is not half of what the largest subnet needs with hardware searched for energy x delay: on SRAM
that was 417 us, while the smallest subnet searched for latency alone took 488 us.
It also keeps the limits independent of the effort and seed of a search.

A robust search judges the largest subnet as it judges every design: its costs at the same quantile,
because what the simulator gets wrong it gets wrong for both, and its mIoU with the noise, because
noise spares no subnet. The largest subnet's own prediction error and the output error of some
chip do not lower the floor: they are for the designs to make up for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Floats
from cmn_core.quantities import LIMITS
from cmn_core.search.accuracy import Accuracy, measure, provenance
from cmn_core.search.constraints import Limits, at_rate
from cmn_core.search.inner.error_budget import ErrorBudget
from cmn_core.search.inner.grid import Grid
from cmn_core.search.inner.problem import grid_of, problem_of
from cmn_core.search.robust.descent import Judged, judged_problem
from cmn_core.search.robust.judgement import Judgement, judgement_of
from cmn_core.search.scenario import MIOU_SLACK, SHARE_OF_LARGEST, Scenario


@dataclass(frozen=True)
class Reference:
    """The largest subnet as the scenario judges: its mIoU, and its cost on default macros without
    replicas."""

    miou: float
    energy_uj: float
    latency_us: float


@dataclass(frozen=True, eq=False)
class CodesignProblem:
    """A scenario with what follows from it; made once and handed down.

    accuracy: where mIoU comes from; judgement: what a robust search judges by, else None; largest:
    the largest subnet; limits: those in force (interface.md), a person's own where given.
    """

    scenario: Scenario
    accuracy: Accuracy
    judgement: Judgement | None
    largest: Reference
    limits: Limits

    @classmethod
    def of(cls, scenario: Scenario, accuracy: Accuracy) -> CodesignProblem:
        """FieldError where the accuracy source does not know what the scenario asks."""
        judgement = judgement_of(scenario, accuracy)
        largest = _reference(grid_of(scenario), accuracy, judgement)
        usual = {name: None if limit.open else limit.default for name, limit in LIMITS.items()}
        if scenario.goal == "performance":
            usual["max_latency_us"] = SHARE_OF_LARGEST * largest.latency_us
            usual["max_energy_uj"] = SHARE_OF_LARGEST * largest.energy_uj
        else:
            usual["min_miou"] = max(0.0, largest.miou - MIOU_SLACK)
        asked = {name: getattr(scenario, name) for name in LIMITS}
        limits = Limits(**{n: usual[n] if value is None else value for n, value in asked.items()})
        limits = at_rate(limits, scenario.workload)
        return cls(scenario, accuracy, judgement, largest, limits)

    @property
    def grid(self) -> Grid:
        """Where the scenario's hardware is searched."""
        return grid_of(self.scenario)

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Where the numbers of a searched design come from."""
        return provenance(self.scenario, self.accuracy)

    @cached_property
    def exact(self) -> bool:
        """Whether the exact hardware searches hold: where the chip's own error counts, and no
        other judgement, on a grid whose macros can be counted."""
        if self.judgement is None:
            return True
        return self.judgement.exact and problem_of(self.scenario, self.limits).countable

    def budget(self, miou: Floats) -> ErrorBudget | None:
        """What the error of a chip may cost networks with this mIoU [N]; None where an exact
        search need not know."""
        if self.judgement is None or self.judgement.loss is None or not self.exact:
            return None
        floor = self.limits.min_miou
        spare = np.full(len(miou), np.inf) if not floor else np.maximum(miou - floor, 0.0)
        accurate = self.scenario.goal == "performance"
        return ErrorBudget(self.judgement.loss, spare, accurate)

    def most_miou(self, miou: Floats) -> Floats:
        """[N] the mIoU that no hardware can judge any higher; miou [N, 3] value, low and high."""
        judgement = self.judgement
        if judgement is None:
            return miou[:, 0].copy()
        quiet = "sram" in self.scenario.technologies
        noisy = np.full((len(miou), BLOCKS), not quiet)
        return judgement.miou(miou, noisy, np.zeros(noisy.shape))

    def below_floor(self, miou: float) -> float:
        """Share of the floor that a judged mIoU misses; negative where it keeps it."""
        floor = self.limits.min_miou
        return -1.0 if not floor else (floor - miou) / floor

    @cached_property
    def judged(self) -> Judged | None:
        """What a robust search asks of hardware."""
        if self.judgement is None:
            return None
        return judged_problem(self.scenario, self.limits, self.judgement)


def default_limits(scenario: Scenario, accuracy: Accuracy) -> Limits:
    """The limits in force in a search that takes mIoU from there."""
    return CodesignProblem.of(scenario, accuracy).limits


def _reference(grid: Grid, accuracy: Accuracy, judgement: Judgement | None) -> Reference:
    """The largest subnet on the grid's memory; a hybrid takes the smaller of both memories."""
    largest, memories = grid.space.largest, [t.name for t in grid.technologies]
    experts, hidden = np.array([largest.experts]), np.array([largest.hidden])
    energy, latency = [], []
    for name in memories:
        alone = grid.only(name)
        point = alone.start()[None, None]
        if judgement is None:
            chip = alone.chip(experts, hidden, point)
        else:
            chip = judgement.chips(alone, experts, hidden, point)
        energy.append(float(chip.energy_uj[0, 0]))
        latency.append(float(chip.latency_us[0, 0]))
    miou = float(measure(accuracy, experts, hidden)[0, 0])
    if judgement is not None:
        miou -= judgement.least_noise_loss(memories)
    return Reference(miou, min(energy), min(latency))
