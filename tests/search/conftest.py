"""A small honest accuracy: a smooth, saturating formula of experts and hidden sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest


@dataclass(frozen=True)
class FormulaEstimate:
    miou: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Formula:
    """mIoU grows with the logarithm of every block's size, from 6 to 15 percent in b0."""

    source = "formula of the tests"

    def __call__(self, experts: np.ndarray, hidden: np.ndarray, /) -> FormulaEstimate:
        e, h = np.asarray(experts, dtype=float), np.asarray(hidden, dtype=float)
        share = np.log2(e * h / 16.0) / np.log2(5 * np.array([128, 256, 640, 1024]) / 16.0)
        weight = np.array([0.2, 0.25, 0.3, 0.25])
        gain = share * (2.0 - share) * weight
        miou = 6.0 + 9.0 * (gain[..., 0] + gain[..., 1] + gain[..., 2] + gain[..., 3])
        return FormulaEstimate(miou, miou - 0.5, miou + 0.5)


@pytest.fixture
def formula() -> Formula:
    return Formula()
