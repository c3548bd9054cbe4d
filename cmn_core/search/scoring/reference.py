"""The limits of a scenario in numbers, and the largest subnet they are relative to.

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

import numpy as np

from cmn_core.quantities import LIMITS
from cmn_core.search.accuracy import Accuracy, measure
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.robust.judgement import judgement_of, least_noise_loss
from cmn_core.search.scenario import MIOU_SLACK, SHARE_OF_LARGEST, Scenario


@dataclass(frozen=True)
class Reference:
    """The largest subnet as the scenario judges: its mIoU, and its cost on default macros without
    replicas."""

    miou: float
    energy_uj: float
    latency_us: float


def reference(scenario: Scenario, accuracy: Accuracy) -> Reference:
    """The largest subnet on the scenario's memory; a hybrid takes the smaller of both memories."""
    largest = scenario.search_space.largest
    experts, hidden = np.array([largest.experts]), np.array([largest.hidden])
    judgement = judgement_of(scenario, accuracy)
    energy, latency = [], []
    for name in scenario.technologies:
        fixed = make_grid(
            scenario.search_space,
            scenario.workload,
            name,
            macros={name: dict(scenario.library[name].default)},
            replicas=[1] * 4,
            technologies=scenario.library,
        )
        point = fixed.start()[None, None]
        if judgement is None:
            chip = fixed.chip(experts, hidden, point)
        else:
            chip = judgement.chips(fixed, experts, hidden, point)
        energy.append(float(chip.energy_uj[0, 0]))
        latency.append(float(chip.latency_us[0, 0]))
    miou = float(measure(accuracy, experts, hidden)[0, 0])
    if judgement is not None:
        miou -= least_noise_loss(scenario, judgement)
    return Reference(miou, min(energy), min(latency))


def default_limits(scenario: Scenario, accuracy: Accuracy) -> Limits:
    """The limits in force (interface.md): a person's own where given, else the scenario's."""
    return limits_from(scenario, reference(scenario, accuracy))


def limits_from(scenario: Scenario, largest: Reference) -> Limits:
    """Limits of a scenario whose largest subnet is known."""
    usual = {name: limit.default for name, limit in LIMITS.items()}
    if scenario.goal == "performance":
        usual["max_latency_us"] = SHARE_OF_LARGEST * largest.latency_us
        usual["max_energy_uj"] = SHARE_OF_LARGEST * largest.energy_uj
    else:
        usual["min_miou"] = max(0.0, largest.miou - MIOU_SLACK)
    asked = {name: getattr(scenario, name) for name in LIMITS}
    return Limits(**{n: usual[n] if value is None else value for n, value in asked.items()})
