"""A hardware search small enough to watch: two knobs of the RRAM macro, one particle swarm.

The swarm is the search's own (search.swarm); only the box is smaller. A point whose output error is
over the limit of a search costs infinitely much, as there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.chip import combine
from cmn_core.classroom.specimen import priced
from cmn_core.quantities import MAX_SIGMA_REL
from cmn_core.search.objective import Merit

ADC_BITS = (3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)
ACTIVE_ROWS = (8.0, 16.0, 32.0, 48.0, 64.0, 96.0, 128.0)
PARTICLES, ITERATIONS = 6, 12


@dataclass(frozen=True, eq=False)
class Landscape:
    """edp: [rows, bits] energy x delay in uJ ms, allowed: [rows, bits] within the error limit;
    steps: [ITERATIONS, PARTICLES, 2] places (row, bit) as indices that need not be whole."""

    edp: Floats
    allowed: Bools
    steps: Floats

    def best_by(self, step: int) -> tuple[int, int]:
        """Row and bit index of the best allowed point that any particle has stood on so far."""
        seen = np.rint(self.steps[: step + 1]).astype(np.int64).reshape(-1, 2)
        cost = np.where(self.allowed, self.edp, np.inf)[seen[:, 0], seen[:, 1]]
        row, bit = seen[int(np.argmin(cost))]
        return int(row), int(bit)

    @property
    def optimum(self) -> tuple[int, int]:
        """Row and bit index of the best allowed point there is."""
        cost = np.where(self.allowed, self.edp, np.inf)
        row, bit = np.unravel_index(int(np.argmin(cost)), cost.shape)
        return int(row), int(bit)


def landscape(seed: int = 0) -> Landscape:
    """The map and a swarm's walk over it; the same seed walks the same way."""
    from cmn_core.search.inner.swarm import minimise  # brings pyswarms: most of a second

    rows, bits = np.meshgrid(ACTIVE_ROWS, ADC_BITS, indexing="ij")
    costs = priced("rram", knobs={"active_rows": rows, "adc_bits": bits})
    chip = combine({"rram": costs}, [True] * 4)
    edp = np.asarray(chip.energy_uj * chip.latency_us * 1e-3)
    sigma = np.broadcast_to(costs.sigma_rel, (*rows.shape, 4)).max(axis=-1)
    allowed = sigma <= MAX_SIGMA_REL
    table = np.where(allowed, edp, np.inf)
    walked: list[Floats] = []

    def cost(_: Ints, position: Floats) -> Merit:
        walked.append(np.array(position[0]))
        at = np.rint(position).astype(np.int64)
        return Merit.plain(table[at[..., 0], at[..., 1]])

    minimise(
        cost,
        lower=np.zeros(2),
        upper=np.array([len(ACTIVE_ROWS) - 1.0, len(ADC_BITS) - 1.0]),
        streams=[[seed]],
        particles=PARTICLES,
        iterations=ITERATIONS,
        stall=ITERATIONS + 1,
    )
    return Landscape(edp, allowed, np.stack(walked))
