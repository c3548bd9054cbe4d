"""Bounds below which no chip costs, worked out by other means."""

from __future__ import annotations

import numpy as np
import pytest

from cmn_core.search.inner.proof.bounds import least_product, least_work


def test_least_work_of_four_equal_blocks_shares_the_budget():
    ones = np.ones((4, 1))
    low, high = np.ones((4, 1)), np.full((4, 1), 64.0)
    assert least_work(8.0 * ones, ones, low, high, 16.0) == pytest.approx([8.0])  # 4 copies each
    assert least_work(8.0 * ones, ones, low, high, None) == pytest.approx([0.5])  # 64 copies each
    # A block that wants less than one copy keeps one: 13 of 16 MB are left for the three others.
    work = np.array([[8.0], [8.0], [8.0], [1e-6]])
    capacity = np.array([[1.0], [1.0], [1.0], [3.0]])
    assert least_work(work, capacity, low, high, 16.0) == pytest.approx([24.0 * 3.0 / 13.0])


def test_the_least_product_lies_below_a_curve_and_close_to_it():
    generator = np.random.default_rng(3)
    u = np.linspace(0.01, 60.0, 60_000)
    for _ in range(40):
        active, wire, shared, leak, fixed = generator.random(5) * [10.0, 30.0, 0.1, 3.0, 20.0]
        start = float(generator.random() * 15.0) + 0.02
        curve = (u + fixed) * (active + wire / np.sqrt(u) + (u + fixed) * (shared + leak / u))
        exact = curve[u >= start].min()
        bound = float(
            least_product(active, wire, shared, leak, np.array(start + fixed), np.array(fixed))
        )
        assert bound <= exact * (1.0 + 1e-9)
        assert bound >= 0.9 * exact
