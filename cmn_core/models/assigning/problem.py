"""What is asked of the chip of one network, or of several that share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.models.chip import Chip
from cmn_core.models.hardware import OBJECTIVES
from cmn_core.models.layers import Model
from cmn_core.models.pricing import price_model


@dataclass(frozen=True)
class ChipLimits:
    """What a chip may take: area_mm2, latency_us, array_mb, output error; infinity for any."""

    area_mm2: float = np.inf
    latency_us: float = np.inf
    array_mb: float = np.inf
    sigma_rel: float = np.inf

    @property
    def sums(self) -> Floats:
        """[5] in the order of the sums of `options`."""
        return np.array([np.inf, self.latency_us * 1e3, np.inf, self.area_mm2 * 1e6, self.array_mb])


@dataclass(frozen=True, eq=False)
class ChipProblem:
    """A network, the memories that its blocks may take, what is to be least, and limits.

    worth: how often each block works in what is minimised, by its name; empty: every block once.
    Limits are of one inference of everything, whatever that says.
    """

    model: Model
    memories: Sequence[str]
    objective: str
    limits: ChipLimits
    worth: Mapping[str, float] = field(default_factory=dict)

    def value(self, chip: Chip) -> float:
        """The objective of that chip, in pJ, ns, um2 and their products."""
        cost = price_model(self.model, chip, blocks=bool(self.worth))
        energy_pj, latency_ns = cost.weighed(self.model, self.worth)
        return float(OBJECTIVES[self.objective](energy_pj, latency_ns, cost.area_um2))
