from __future__ import annotations

import pytest

from cmn_core.classroom.figures.sparse import routed


@pytest.mark.parametrize("memory", ["rram", "sram"])
def test_resting_saves_energy_and_no_arrays(memory: str) -> None:
    dense, two, one = (routed(memory, 4, k) for k in (None, 2, 1))
    assert dense.energy_uj > two.energy_uj > one.energy_uj
    assert dense.array_mb == two.array_mb == one.array_mb
    assert one.latency_us == pytest.approx(dense.latency_us, rel=0.01), "an upper bound"


def test_each_active_expert_costs_about_the_same() -> None:
    one, two, four = (routed("rram", 4, k).energy_uj for k in (1, 2, 4))
    assert four - two == pytest.approx(2 * (two - one), rel=0.02)


def test_more_experts_take_more_arrays() -> None:
    assert routed("sram", 5, 1).array_mb > routed("sram", 4, 1).array_mb
