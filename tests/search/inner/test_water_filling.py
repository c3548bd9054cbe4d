"""Replicas by rule, worked by hand."""

from __future__ import annotations

import numpy as np

from cmn_core.search.inner.water_filling import pack


def test_packing_fills_the_budget_where_it_saves_most():
    levels = tuple(np.array([1.0, 2.0, 4.0, 8.0]) for _ in range(4))
    work, capacity = np.array([8.0, 8.0, 1.0, 0.0]), np.ones(4)
    # 12 MB: four copies each of the slow blocks, two of the third cost 1 and are left over.
    assert pack(work, capacity, np.array(12.0), levels).tolist() == [2, 2, 1, 0]
    assert pack(work, capacity, np.array(4.0), levels).tolist() == [0, 0, 0, 0]
    assert pack(work, capacity, np.array(1.0), levels).tolist() == [0, 0, 0, 0]
    assert pack(work, capacity, np.array(1e9), levels).tolist()[:3] == [3, 3, 3]
