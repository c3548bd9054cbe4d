from __future__ import annotations

import numpy as np
import pytest

from cmn_core.classroom.figures.tiles import tiles
from cmn_core.classroom.figures.tiling import tiling


def test_block_two_by_hand() -> None:
    found = tiling("rram", 2, 128)  # 64 x 128 weights of 7 columns: 64 rows, 896 columns
    assert found.filled.tolist() == [[0.5] * 7]
    assert found.arrays == 7


def test_all_weights_are_somewhere() -> None:
    for block in (1, 2, 3, 4):
        for side in (64, 128, 256):
            found = tiling("rram", block, side)
            cells = found.filled.sum() * side * side
            assert cells == pytest.approx(found.inputs * found.outputs * found.columns)
            assert np.all((found.filled > 0.0) & (found.filled <= 1.0))


@pytest.mark.parametrize("block", [1, 4])
def test_two_such_matrices_are_what_an_expert_takes(block: int) -> None:
    """Block 4's two matrices are 256 x 512 and 512 x 256; the chip's layers each have an expert."""
    one = tiling("rram", block, 128).arrays
    assert tiles("rram")[block - 1].per_expert % one == 0
