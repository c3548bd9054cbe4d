"""A simulator that is wrong on purpose: by how much, and in what."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.architecture import SPACES
from cmn_core.cim.costs import ChipCost
from cmn_core.cim.technologies.parameters import technologies
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.design import Workload
from cmn_core.search.inner.grid import make_grid
from cmn_core.studies.appendices.perturbed_simulator import (
    COMPONENTS,
    component_factors,
    wrong_simulator,
)

B0 = SPACES["b0"]


def priced(memory: str, kind: str, level: float, seed: int) -> ChipCost:
    """Two networks on two hardware points, under that simulator."""
    documents = wrong_simulator(kind, level, seed=seed, memories=(memory,))
    grid = make_grid(B0, Workload(), memory, technologies=technologies("silicon", documents))
    experts = np.array([B0.largest.experts, (2, 3, 3, 2)])
    hidden = np.array([B0.largest.hidden, (32, 64, 252, 237)])
    first = grid.start()
    other = np.where(grid.sizes > 1, 1, first)
    points = np.repeat(np.stack([first, other])[None], 2, axis=0)
    return grid.chip(experts, hidden, points)


@pytest.mark.parametrize("memory", ["rram", "sram"])
@pytest.mark.parametrize(("seed", "factor"), [(0, 1.2), (1, 1.0 / 1.2)])
def test_a_systematic_error_is_that_factor_on_every_total(
    memory: str, seed: int, factor: float
) -> None:
    right, wrong = priced(memory, "systematic", 0.0, 0), priced(memory, "systematic", 0.2, seed)
    for name in ("energy_uj", "latency_us", "area_mm2"):
        ratio = getattr(wrong, name) / getattr(right, name)
        assert ratio == pytest.approx(factor, rel=1e-4), name
    for name in ("sigma_rel", "array_mb"):
        assert np.array_equal(getattr(wrong, name), getattr(right, name)), name


def test_a_random_error_changes_designs_by_different_factors() -> None:
    right, wrong = priced("rram", "random", 0.0, 3), priced("rram", "random", 0.1, 3)
    ratio = wrong.energy_uj / right.energy_uj
    assert np.ptp(ratio) > 1e-3
    assert np.abs(np.log(ratio)).max() < 0.3


@given(st.sampled_from(["systematic", "random"]), st.floats(0.001, 0.3), st.integers(0, 2**31))
def test_factors_depend_on_kind_level_and_seed_alone(kind: str, level: float, seed: int) -> None:
    factors = component_factors(kind, level, seed=seed)
    assert factors == component_factors(kind, level, seed=seed)
    assert all(f > 0.0 for f in factors.values())
    half = component_factors(kind, level / 2.0, seed=seed)
    for component in COMPONENTS:
        assert abs(np.log(half[component.name])) <= abs(np.log(factors[component.name])) + 1e-12


def test_no_error_is_no_document() -> None:
    assert wrong_simulator("random", 0.0, seed=0, memories=("rram", "sram")) is None


def test_every_constant_belongs_to_one_component_and_to_a_technology() -> None:
    names = [name for component in COMPONENTS for name in component.constants]
    assert len(names) == len(set(names))
    known = {**load_technology("rram").constants, **load_technology("sram").constants}
    assert set(names) <= set(known)
