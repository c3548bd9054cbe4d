"""What bounds a block."""

from __future__ import annotations

from typing import Literal

import pytest

from cmn_core.cim.evaluation import BlockShare
from cmn_core.design import Design
from cmn_core.quantities import COSTS
from cmn_core.whatif.answer import answer
from cmn_core.whatif.bounds import CAUSES, bounds, shares
from cmn_core.whatif.edits import with_block
from cmn_core.whatif.sensitivity import Step, steps

PARTS = {
    "energy_uj": {"cells": 1.0, "adc": 3.0, "adders": 2.0, "something new": 4.0},
    "latency_us": {"attention": 3.0, "experts": 3.0, "digital": 2.0},
    "area_mm2": {"digital": 4.0},
}
NUMBERS: tuple[int | Literal["other"], ...] = (1, 2, 3, 4, "other")
BLOCKS = [BlockShare(b, "rram", 10.0, 8.0, 4.0, PARTS) for b in NUMBERS]


def copies(block: int, change: float, capacity: float) -> Step:
    metrics = {"latency_us": 1.0, "array_mb": capacity}
    moved = {"latency_us": change}
    return Step(f"replicas.{block}", "", block, 1, "1", "2", metrics, moved, frozenset())


def test_causes_add_up_and_unknown_parts_belong_to_the_arrays() -> None:
    found = [(s.cause, s.value, s.share) for s in shares(BLOCKS, "energy_uj")[:2]]
    assert found == [("Arrays", 5.0, 0.5), ("Conversion and sums", 5.0, 0.5)]
    assert [s.block for s in shares(BLOCKS, "area_mm2")] == [
        "Block 1",
        "Block 2",
        "Block 3",
        "Block 4",
        "Other",
    ]


@pytest.mark.parametrize("quantity", COSTS)
def test_shares_of_a_real_design_add_up_to_its_total(mixed: Design, quantity: str) -> None:
    found = answer(mixed)
    table = shares(found.cost.blocks, quantity)
    assert sum(s.value for s in table) == pytest.approx(found.metrics[quantity])
    assert {s.cause for s in table} <= set(CAUSES)
    for block in {s.block for s in table}:
        assert sum(s.share for s in table if s.block == block) == pytest.approx(1.0)


def test_copies_are_judged_by_what_they_save_and_need() -> None:
    moves = [copies(0, -0.3, 5.0), copies(1, -0.001, 5.0), copies(2, -0.3, 12.0)]
    one, two, three, four = bounds(BLOCKS, moves, max_array_mb=10.0)
    assert one.copies == "2 copies would save 30% of the image's time."
    assert two.copies == "2 copies would hardly save time."
    assert three.copies == "2 copies need 12.0 MB, the limit is 10."
    assert four.copies == "No more copies are possible."
    assert one.largest["latency_us"] == ("Arrays", 0.75)
    assert one.largest["area_mm2"] == ("Digital unit", 1.0)
    assert bounds(BLOCKS, moves, max_array_mb=None)[2].copies.startswith("2 copies would save")


def test_a_real_design_has_a_bound_for_each_block(mixed: Design) -> None:
    full = with_block(mixed, 0, replicas=64)
    base = answer(full)
    found = bounds(base.cost.blocks, steps(base), max_array_mb=10.0)
    assert [b.block for b in found] == [f"Block {b}" for b in range(1, 5)]
    assert found[0].copies == "No more copies are possible."
