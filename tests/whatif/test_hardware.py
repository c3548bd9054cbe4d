"""The best hardware for a design."""

from __future__ import annotations

import pytest

from cmn_core.design import Design
from cmn_core.quantities import OBJECTIVES
from cmn_core.whatif.answer import answer
from cmn_core.whatif.formats.link import design_name
from cmn_core.whatif.hardware import found_hardware


@pytest.mark.slow
def test_found_hardware_serves_its_objective_and_keeps_the_memory(mixed: Design) -> None:
    best = {o: found_hardware(mixed, objective=o) for o in ("energy", "latency")}
    for design in best.values():
        assert design.architecture == mixed.architecture
        assert design.hardware is not None
        assert design.hardware.memory == mixed.hardware.memory  # type: ignore[union-attr]
    energy, latency = (answer(best[o]).metrics for o in ("energy", "latency"))
    assert energy["energy_uj"] <= latency["energy_uj"]
    assert latency["latency_us"] <= energy["latency_us"]
    assert set(OBJECTIVES) >= set(best)
    assert design_name(best["energy"]) == ""
