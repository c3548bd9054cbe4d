"""Variants of a design, priced together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmn_core.design import Design, Hardware
from cmn_core.predictor.routing import load_routing
from cmn_core.search.scoring.evaluation import evaluate_complete
from cmn_core.whatif.batch_pricing import price_points
from cmn_core.whatif.edits import with_block, with_knob, with_workload
from cmn_core.whatif.sensitivity import COSTS


def test_experts_on_both_memories_cost_in_a_batch_what_they_cost_alone(mixed: Design) -> None:
    assert mixed.hardware is not None
    entries = (("sram", "rram"), ("rram", "sram", "rram"), "sram", "rram")
    apart = Hardware.placed(entries, macros=mixed.hardware.macros, replicas=(2, 1, 1, 1))
    sparse = with_workload(mixed, top_k=1)
    routing = load_routing("b0", "nyuv2")
    variants = [sparse, replace(sparse, hardware=apart)]
    together = price_points(variants, routing=routing)
    for at, variant in enumerate(variants):
        alone = evaluate_complete(variant, routing=routing).cost
        for name in (*COSTS, "array_mb"):
            found = getattr(together.chip, name)[at]
            assert found == pytest.approx(getattr(alone, name), rel=1e-12)
        assert together.chip.sigma_rel[at] == pytest.approx(alone.output_sigma_rel, rel=1e-12)
        for quantity in COSTS:
            ours = together.compositions[quantity].at(at).interval
            assert [float(v) for v in ours] == pytest.approx(alone.intervals[quantity], rel=1e-9)


def test_a_batch_of_variants_equals_each_alone(mixed: Design) -> None:
    variants = [
        mixed,
        with_block(mixed, 0, memory="rram", experts=5),
        with_knob(mixed, "rram", "adc_bits", 5.0),
        with_knob(mixed, "sram", "rows", 512.0),
        with_block(mixed, 3, replicas=16),
    ]
    together = price_points(variants)
    for at, variant in enumerate(variants):
        alone = price_points([variant])
        for name in (*COSTS, "array_mb", "interval_us"):
            assert getattr(together.chip, name)[at] == getattr(alone.chip, name)[0]
        for quantity in COSTS:
            one = together.compositions[quantity].at(at)
            other = alone.compositions[quantity].at(0)
            assert float(one.total) == pytest.approx(float(other.total), rel=1e-12)
