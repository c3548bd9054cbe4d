"""What a proof answers: the best uniform chip of every architecture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Floats, Ints


@dataclass(frozen=True)
class Solved:
    """Best chips of A architectures.

    macro [A] by number, level [A, 4] of replicas, score [A]: the objective but for rounding,
    infinite where none was found within the limits, tried [A] macros whose replicas were set,
    first [A]: score of the macro that was tried first.
    """

    macro: Ints
    level: Ints
    score: Floats
    tried: Ints
    first: Floats

    @classmethod
    def none(cls) -> Solved:
        """Of no architectures."""
        count, score = np.zeros(0, dtype=np.int64), np.zeros(0)
        return cls(count, np.zeros((0, BLOCKS), dtype=np.int64), score, count, score)

    def some(self, rows: Ints) -> Solved:
        """Of some of the architectures."""
        return Solved(**{name: values[rows] for name, values in vars(self).items()})

    def put(self, rows: Ints, others: Solved) -> Solved:
        """The same with the others in these rows."""
        out = Solved(**{name: values.copy() for name, values in vars(self).items()})
        for name, values in vars(others).items():
            getattr(out, name)[rows] = values
        return out
