"""Variants of a design, priced together."""

from __future__ import annotations

import pytest

from cmn_core.design import Design
from cmn_core.whatif.batch_pricing import price_points
from cmn_core.whatif.edits import with_block, with_knob
from cmn_core.whatif.sensitivity import COSTS


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
