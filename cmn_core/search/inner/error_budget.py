"""What the output error of a chip may cost, in points of mIoU."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Floats, Ints
from cmn_core.predictor.estimate import OutputLoss

_POINTS = 1e-9  # of mIoU


@dataclass(frozen=True, eq=False)
class ErrorBudget:
    """What the output error of a chip may cost each of A architectures.

    loss: points of mIoU that errors cost; points: [A] of them that may be lost, infinite where any
    may; accurate: whether a chip that loses less is better whatever else it costs.
    """

    loss: OutputLoss
    points: Floats
    accurate: bool

    def some(self, rows: Ints | slice) -> ErrorBudget:
        return replace(self, points=self.points[rows])

    def lost(self, sigma_rel: Floats) -> Floats:
        """[...] points that output errors [4, ...] of the blocks cost."""
        points, _ = self.loss(np.moveaxis(np.square(sigma_rel), 0, -1))
        return np.asarray(points)

    def parts(self, sigma_rel: Floats) -> Floats:
        """[4, ...] points that the error of each block costs; infinite beyond what is known."""
        shares = np.array(self.loss.shares).reshape((BLOCKS,) + (1,) * (sigma_rel.ndim - 1))
        known = sigma_rel <= self.loss.largest * (1.0 + 1e-9)
        return np.where(known, self.loss.slope * shares * np.square(sigma_rel), np.inf)

    @property
    def allowed(self) -> Floats:
        """[A] points, less what sums in another order may differ by: the simulator decides."""
        return np.maximum(self.points - _POINTS, 0.0)
