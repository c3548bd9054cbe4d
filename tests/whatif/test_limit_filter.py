"""Limits moved after a search."""

from __future__ import annotations

import pytest

from cmn_core.architecture import SPACES
from cmn_core.design import Design
from cmn_core.search.constraints import Limits
from cmn_core.whatif.limit_filter import sieve

OFF = Limits(max_array_mb=None, max_sigma_rel=None)


def design(miou: float | None, energy: float, latency: float = 100.0) -> Design:
    metrics = {"miou": miou, "energy_uj": energy, "latency_us": latency}
    return Design(SPACES["b0"].smallest, metrics=metrics)


def test_without_limits_everything_passes() -> None:
    found = sieve([design(10.0, 1.0), design(12.0, 2.0)], OFF)
    assert found.passing == (0, 1)
    assert found.nearest is None


def test_a_design_on_the_line_passes() -> None:
    limits = Limits(min_miou=10.0, max_energy_uj=5.0, max_array_mb=None)
    assert sieve([design(10.0, 5.0)], limits).passing == (0,)


def test_the_reasons_of_each_failure_come_worst_first() -> None:
    limits = Limits(min_miou=10.0, max_energy_uj=4.0, max_array_mb=None)
    both, energy = sieve([design(9.0, 5.0), design(11.0, 4.4)], limits).breaches
    assert [b.limit for b in both] == ["max_energy_uj", "min_miou"]
    assert [b.over for b in both] == pytest.approx([0.25, 0.1])
    assert [(b.limit, b.allowed, b.found) for b in energy] == [("max_energy_uj", 4.0, 4.4)]


def test_the_nearest_has_the_smallest_worst_excess() -> None:
    limits = Limits(min_miou=10.0, max_energy_uj=4.0, max_array_mb=None)
    found = sieve([design(9.0, 4.0), design(9.5, 4.3), design(8.0, 4.0)], limits)
    assert found.passing == ()
    assert found.nearest == 1  # 7.5 % over, against 10 % and 20 % below


def test_a_figure_that_is_missing_breaks_nothing_and_no_designs_are_no_nearest() -> None:
    limits = Limits(min_miou=10.0, max_array_mb=None)
    assert sieve([design(None, 1.0)], limits).passing == (0,)
    assert sieve([], limits).nearest is None


def test_a_rate_of_images_is_a_limit_of_its_own() -> None:
    limits = Limits(images_per_second=20_000.0, max_array_mb=None)
    fast, slow = sieve([design(10.0, 1.0, 50.0), design(10.0, 1.0, 100.0)], limits).breaches
    assert fast == ()
    assert [(b.limit, b.allowed, b.found, b.over) for b in slow] == [
        ("images_per_second", 20_000.0, 10_000.0, 0.5)
    ]
