"""Aliases of the arrays that the whole house passes on, whose shapes stand in the docstrings, and
the order of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]  # pictures and labels as files hold them


def before(ranks: Floats, others: Floats) -> Bools:
    """[...] which of ranks [..., R] come before the others: the first that differs decides."""
    out, tied = ranks[..., 0] < others[..., 0], ranks[..., 0] == others[..., 0]
    for k in range(1, ranks.shape[-1]):
        out = out | (tied & (ranks[..., k] < others[..., k]))
        tied = tied & (ranks[..., k] == others[..., k])
    return np.asarray(out)
