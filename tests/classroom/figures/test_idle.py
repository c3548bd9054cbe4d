from __future__ import annotations

import pytest

from cmn_core.classroom.figures.idle import even_at_s, idle
from cmn_core.classroom.specimen import specimen
from cmn_core.whatif.answer import answer


@pytest.mark.parametrize("memory", ["rram", "sram"])
def test_without_a_pause_an_image_costs_what_evaluate_says(memory: str) -> None:
    cost = answer(specimen(memory)).cost
    found = idle(memory, 0.0)
    assert found.total_uj == pytest.approx(cost.energy_uj, rel=1e-9)
    assert found.latency_s == pytest.approx(cost.latency_us * 1e-6, rel=1e-12)
    adc = sum(block.breakdown["energy_uj"].get("adc", 0.0) for block in cost.blocks)
    assert found.energy_uj["Reading: ADC, adders"] >= adc


@pytest.mark.parametrize("memory", ["rram", "sram"])
def test_a_pause_costs_standby_power_times_time(memory: str) -> None:
    busy, slow = idle(memory, 0.0), idle(memory, 2.0)
    waited = slow.standby_uw * (2.0 - slow.latency_s)  # uW s = uJ
    assert slow.total_uj - busy.total_uj == pytest.approx(waited, rel=1e-9)
    assert idle(memory, busy.latency_s / 2).total_uj == busy.total_uj


def test_both_memories_cost_the_same_where_they_meet() -> None:
    at = even_at_s()
    assert at is not None
    assert idle("rram", at).total_uj == pytest.approx(idle("sram", at).total_uj, rel=1e-9)
    assert idle("sram", 2 * at).total_uj > idle("rram", 2 * at).total_uj
