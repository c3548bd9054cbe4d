from __future__ import annotations

from dataclasses import replace

import pytest

from cmn_core.classroom.figures.idle import even_at_s, idle
from cmn_core.classroom.specimen import specimen
from cmn_core.whatif.answer import answer

MEMORIES = ("rram", "sram")


@pytest.mark.parametrize("memory", MEMORIES)
def test_without_a_pause_an_image_costs_what_evaluate_says(memory: str) -> None:
    cost = answer(specimen(memory)).cost
    found = idle(memory, None)
    assert found.keeps
    assert found.total_uj == pytest.approx(cost.energy_uj, rel=1e-9)
    assert found.latency_s == pytest.approx(cost.latency_us * 1e-6, rel=1e-12)
    assert found.energy_uj["Waiting"] == 0.0
    adc = sum(block.breakdown["energy_uj"].get("adc", 0.0) for block in cost.blocks)
    assert found.energy_uj["Reading: ADC, adders"] >= adc


@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize("interval_s", [0.5, 60.0])
def test_a_pause_costs_what_evaluate_says_at_that_rate(memory: str, interval_s: float) -> None:
    design = specimen(memory)
    asked = replace(design.workload, images_per_second=1.0 / interval_s)
    cost = answer(replace(design, workload=asked)).cost
    found = idle(memory, interval_s)
    assert found.total_uj == pytest.approx(cost.energy_uj, rel=1e-9)
    assert found.energy_uj["Waiting"] == pytest.approx(cost.waiting_uj, rel=1e-9)
    assert found.energy_uj["Waiting"] > 0.0


@pytest.mark.parametrize("memory", MEMORIES)
def test_a_rate_that_a_chip_cannot_keep_is_told(memory: str) -> None:
    busy = idle(memory, None)
    fast = idle(memory, 0.5 * busy.latency_s)
    assert not fast.keeps
    assert fast.energy_uj == busy.energy_uj
    assert idle(memory, 1.01 * busy.latency_s).keeps


def test_memory_that_is_switched_off_waits_for_less() -> None:
    hour = {memory: idle(memory, 3600.0).energy_uj["Waiting"] for memory in MEMORIES}
    assert 2.0 * hour["rram"] < hour["sram"]


def test_both_memories_cost_the_same_where_they_meet() -> None:
    at = even_at_s()
    assert at is not None
    assert idle("rram", at).total_uj == pytest.approx(idle("sram", at).total_uj, rel=1e-9)
    assert idle("sram", 2 * at).total_uj > idle("rram", 2 * at).total_uj
    assert idle("sram", 0.5 * at).total_uj < idle("rram", 0.5 * at).total_uj
