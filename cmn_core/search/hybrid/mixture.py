"""What a search for the best mixture of two technologies answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Ints


@dataclass(frozen=True)
class Mixture:
    """Best mixed chips of A architectures.

    rram [A, 4]: which blocks are on RRAM; macros [A, 2]: numbers of the RRAM and the SRAM macro;
    level [A, 4] of replicas; won [A]: whether a mixed chip beats what was known; tried [A] chips
    whose replicas were set; proven [A]: whether no other mixed chip within the limits is better.
    """

    rram: Bools
    macros: Ints
    level: Ints
    won: Bools
    tried: Ints
    proven: Bools

    @classmethod
    def none(cls, count: int) -> Mixture:
        """No mixed chips yet, to be filled in."""
        return cls(
            np.zeros((count, BLOCKS), dtype=bool),
            np.zeros((count, 2), dtype=np.int64),
            np.zeros((count, BLOCKS), dtype=np.int64),
            np.zeros(count, dtype=bool),
            np.zeros(count, dtype=np.int64),
            np.zeros(count, dtype=bool),
        )

    def put(self, rows: Ints, others: Mixture) -> None:
        """Take over the others for these rows."""
        for name, values in vars(others).items():
            getattr(self, name)[rows] = values
