"""What the kinds of layers ask of a chip, by hand and against each other."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.models.chip import Chip
from cmn_core.models.operations import work_of
from cmn_core.models.pricing import price_model
from tests.models.priced import PRODUCT, TOTALS, Build, dynamic_pj

CONVOLUTION = {
    "kind": "convolution",
    "channels": 12,
    "outputs": 20,
    "kernel": [5, 5],
    "map": [7, 9],
}


def convolution(**changes: Any) -> dict[str, Any]:
    return {**CONVOLUTION, **changes}


def test_attention_by_hand_lies_on_no_array(build: Build, chip: Chip) -> None:
    layer = {"kind": "attention", "tokens": 10, "kv_tokens": 12, "heads": 2, "width": 64}
    cost = price_model(build(layer), chip)
    # 2 x 120 x 64 MACs and 240 scores of 8 MAC equivalents, 8192 per cycle of 2 ns.
    assert float(cost.latency_ns) == pytest.approx((2 * 120 * 64 + 8 * 240) / 8192 * 2.0)
    assert float(cost.arrays) == 0.0
    masked = price_model(build({**layer, "causal": True}), chip)
    assert dynamic_pj(masked) == pytest.approx(dynamic_pj(cost) * (120 - 45) / 120)


def test_a_convolution_is_a_product_of_its_patches(build: Build, chip: Chip) -> None:
    """5 x 5 x 12 = 300 rows, 63 positions; beside it the map is written and read once."""
    ours = price_model(build(convolution()), chip)
    maps = {"kind": "buffer", "elements": 0, "reads": 12 * 63, "writes": 12 * 63}
    product = {**PRODUCT, "vectors": 63}
    theirs = price_model(build(product, maps), chip)
    for name in TOTALS:
        assert float(getattr(ours, name)) == pytest.approx(float(getattr(theirs, name)), rel=1e-12)
    assert work_of(build(convolution(stride=[2, 3])).layers)[0].reads == 12 * 63 * 6
    assert work_of(build(convolution(kernel=[1, 1])).layers)[0].reads == 0


def test_groups_lie_side_by_side(build: Build, chip: Chip) -> None:
    """Four groups of 3 x 25 rows and 5 columns: as four experts of which each sees every vector."""
    grouped = build(convolution(groups=4))
    cost = price_model(grouped, chip)
    (work,) = work_of(grouped.layers)
    assert work.macs == 63 * 4 * 75 * 5
    assert work.parameters == 4 * 75 * 5
    alone = price_model(build({"kind": "product", "k": 75, "n": 5, "vectors": 63}), chip)
    assert float(cost.latency_ns) == pytest.approx(float(alone.latency_ns), rel=1e-12)
    assert float(cost.arrays) == 4 * float(alone.arrays)


def test_depthwise_is_digital_and_transposed_adds_what_overlaps(build: Build, chip: Chip) -> None:
    own = convolution(channels=12, outputs=12, groups=12, kernel=[3, 3])
    ours = price_model(build(own), chip)
    old = {"kind": "depthwise", "channels": 12, "positions": 63, "taps": 9}
    maps = {"kind": "buffer", "elements": 0, "reads": 12 * 63, "writes": 12 * 63}
    theirs = price_model(build(old, maps), chip)
    assert float(ours.arrays) == 0.0
    assert float(ours.energy_pj) == pytest.approx(float(theirs.energy_pj), rel=1e-12)
    (work,) = work_of(build(convolution(kernel=[2, 2], stride=[2, 2], transposed=True)).layers)
    # Each of 63 positions gives 4 taps x 20 outputs from 12 inputs.
    assert (work.matrices[0].k, work.matrices[0].n, work.matrices[0].rounds) == (12, 80, 63)
    assert (work.macs, work.ops) == (63 * 12 * 80, (("add", 63 * 80),))
    assert (work.reads, work.writes) == (63 * 80, 63 * 80)


def test_a_product_of_two_activations_lies_on_no_array(build: Build, chip: Chip) -> None:
    """Scores and values of attention without its softmax."""
    scores = {"kind": "dynamic_product", "m": 10, "k": 32, "n": 12, "batch": 2}
    values = {"kind": "dynamic_product", "m": 10, "k": 12, "n": 32, "batch": 2}
    softmax = {"kind": "elementwise", "op": "softmax", "elements": 240}
    attention = {"kind": "attention", "tokens": 10, "kv_tokens": 12, "heads": 2, "width": 64}
    ours, theirs = (price_model(build(*x), chip) for x in ((scores, values, softmax), (attention,)))
    for name in TOTALS:
        assert float(getattr(ours, name)) == pytest.approx(float(getattr(theirs, name)), rel=1e-12)


def test_tables_stay_in_dram(build: Build, chip: Chip) -> None:
    table = {"kind": "lookup", "rows": 1000, "width": 64, "lookups": 5}
    cost = price_model(build(table), chip)
    assert float(cost.energy_pj) == pytest.approx(5 * 64 * 8 * 11.0)
    assert float(cost.latency_ns) == pytest.approx(5 * 64 / 25.6)
