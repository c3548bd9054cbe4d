"""What the limits of a lesson mean, and whether any network can keep them.

A floor of mIoU is held against the largest and the smallest subnet, a limit on cost against the
smallest one with hardware searched for that very limit: what that cannot keep, none can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.architecture import Architecture
from cmn_core.classroom.lesson import Lesson
from cmn_core.errors import FieldError
from cmn_core.predictor import load_predictor
from cmn_core.quantities import LIMITS, SHORT_LIMITS
from cmn_core.search.accuracy import Predicted
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware
from cmn_core.search.objective import found

CEILINGS = tuple(name for name in SHORT_LIMITS if not LIMITS[name].floor)
# What hardware is searched for to keep a limit; area and arrays shrink with energy x delay x area.
_OBJECTIVES = {"max_latency_us": "latency", "max_energy_uj": "energy"}


@dataclass(frozen=True)
class Reach:
    """limits: in force; largest, smallest: mIoU in percent and the upper end of its interval;
    least: what the smallest network reaches of each limit on cost, in the limit's unit."""

    limits: Limits
    largest: tuple[float, float]
    smallest: tuple[float, float]
    least: Mapping[str, float]

    @property
    def hopeless(self) -> list[str]:
        """Limits that no network keeps."""
        floor = self.limits.min_miou
        names = ["min_miou"] if floor is not None and floor > self.largest[1] else []
        return names + [n for n, least in self.least.items() if least > getattr(self.limits, n)]


def reach(lesson: Lesson) -> Reach:
    """FieldError where no accuracy is known for the lesson."""
    scenario, limits = lesson.scenario, lesson.limits
    predictor = load_predictor(scenario.space, scenario.dataset)
    if predictor is None:
        raise FieldError("class", "no accuracy is known here", "measured tables are expected")
    accuracy = Predicted(predictor, scenario.workload)
    space = scenario.search_space

    def miou(network: Architecture) -> tuple[float, float]:
        answer = accuracy(np.array([network.experts]), np.array([network.hidden]))
        return float(np.ravel(answer.miou)[0]), float(np.ravel(answer.high)[0])

    smallest = space.smallest
    off = replace(limits, min_miou=None, **dict.fromkeys(CEILINGS))
    least = {}
    for name in CEILINGS:
        usual = name == "max_array_mb" and scenario.max_array_mb is None  # which is known to do
        if getattr(limits, name) is None or usual:
            continue
        chip = best_hardware(
            space,
            scenario.workload,
            np.array([smallest.experts]),
            np.array([smallest.hidden]),
            memory=scenario.memory,
            objective=_OBJECTIVES.get(name, "edap"),
            limits=replace(off, **{name: getattr(limits, name)}),
            seed=scenario.seed,
            technologies=scenario.library,
        ).chip
        least[name] = float(np.ravel(found(chip, name))[0])
    return Reach(limits, miou(space.largest), miou(smallest), least)
