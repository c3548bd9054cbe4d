"""What bounds a design, and the changes that help."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from cmn_core.cim.evaluation import BlockShare
from cmn_core.design import Design
from cmn_core.quantities import COSTS
from cmn_core.search.constraints import Limits
from cmn_core.whatif.answer import answer
from cmn_core.whatif.bounds import (
    BARS,
    CAUSES,
    PLACED,
    best_changes,
    bottleneck,
    bottleneck_text,
    occupied,
    shares,
    unplaced,
)
from cmn_core.whatif.compare import broken, compare, judged
from cmn_core.whatif.sensitivity import applied, steps

PARTS = {
    "energy_uj": {"cells": 1.0, "adc": 3.0, "adders": 2.0, "something new": 4.0},
    "latency_us": {"attention": 3.0, "experts": 3.0, "digital": 2.0},
    "area_mm2": {"digital": 4.0},
}
NUMBERS: tuple[int | Literal["other"], ...] = (1, 2, 3, 4, "other")
BLOCKS = tuple(BlockShare(b, "rram", 10.0, 8.0, 4.0, PARTS) for b in NUMBERS)
MORE = {**PARTS, "energy_uj": {"cells": 11.0, "digital": 4.0}}
OTHERS = tuple(
    BlockShare(b, "rram", 10.0, 8.0, 4.0, MORE if b == 2 else PARTS) for b in NUMBERS[:4]
)


def test_causes_add_up_and_unknown_parts_belong_to_the_arrays(mixed: Design) -> None:
    cost = replace(answer(mixed).cost, blocks=BLOCKS, others=OTHERS)
    found = [(s.cause, s.value, s.share) for s in shares(cost, "energy_uj")[:2]]
    assert found == [("Arrays", 5.0, 0.5), ("Conversion and sums", 5.0, 0.5)]
    assert [s.block for s in shares(cost, "area_mm2")] == list(BARS)
    with_second = [s.value for s in shares(cost, "energy_uj") if s.block == "with 2"]
    assert with_second == [11.0, 4.0]


@pytest.mark.parametrize("quantity", COSTS)
def test_shares_of_a_real_design_add_up_to_its_total(mixed: Design, quantity: str) -> None:
    found = answer(mixed)
    table = shares(found.cost, quantity)
    assert sum(s.value for s in table) == pytest.approx(found.metrics[quantity])
    assert {s.cause for s in table} <= set(CAUSES)
    for block in {s.block for s in table}:
        assert sum(s.share for s in table if s.block == block) == pytest.approx(1.0)


def test_the_bottleneck_by_hand(mixed: Design) -> None:
    """Arrays take 5 in each block and in each share of other, but 11 in that of block 2."""
    cost = replace(
        answer(mixed).cost, energy_uj=100.0, latency_us=64.0, blocks=BLOCKS, others=OTHERS
    )
    energy = bottleneck(cost, "energy_uj")
    assert (energy.cause, energy.block) == ("the arrays", 2)
    assert energy.share == pytest.approx(0.46)
    assert energy.block_share == pytest.approx(0.16)
    time = bottleneck(cost, "latency_us")
    assert (time.cause, time.share) == ("attention's arrays", pytest.approx(24.0 / 64.0))
    assert bottleneck_text(time) == "attention's arrays take 38 %, block 1 alone 9 %"


@pytest.mark.parametrize("quantity", COSTS)
def test_what_stands_on_the_chip_adds_up_to_it(mixed: Design, quantity: str) -> None:
    cost = answer(mixed).cost
    found = occupied(cost, quantity)
    assert sum(area for *_, area, _ in found) == pytest.approx(cost.area_mm2, rel=1e-12)
    assert {block for block, *_ in found} == {1, 2, 3, 4}
    assert {cause for _, _, cause, *_ in found} == set(PLACED)
    assert {(block, memory) for block, _, _, memory, *_ in found} == {
        (1, "sram"), (2, "rram"), (3, "sram"), (4, "rram"),
    }  # fmt: skip
    taken = sum(amount or 0.0 for *_, amount in found)
    whole = getattr(cost, quantity) * (1.0 - unplaced(cost, quantity))
    if quantity == "latency_us":  # arrays and what converts their sums are at work at once
        taken = sum(
            amount or 0.0 for _, _, cause, *_, amount in found if cause != "Conversion and sums"
        )
    assert taken == pytest.approx(whole, rel=1e-12)


def test_the_best_changes_save_most_and_break_nothing(mixed: Design) -> None:
    base = answer(mixed)
    known, limits = steps(base), judged(Limits(max_array_mb=None), mixed.workload)
    for quantity in COSTS:
        best = best_changes(base, known, quantity, limits)
        saved = [step.change[quantity] for step in best]
        assert len(best) == 3
        assert saved == sorted(saved, key=float)  # type: ignore[arg-type]
        assert len({step.name for step in best}) == 3
        for step in best:
            changed = answer(applied(base.design, step))
            assert changed.metrics[quantity] < base.metrics[quantity]
            likely = compare(changed, base)[quantity].likely
            assert step.likely[quantity] == pytest.approx(likely)
            assert changed.sigma <= max(base.sigma, limits.max_sigma_rel or 0.0)
        others = [s for s in known if s.name not in {b.name for b in best}]
        allowed = [s for s in others if s.metrics and not broken(s.metrics, limits)]
        worst = max(float(s or 0.0) for s in saved)
        assert all(
            (s.change[quantity] or 0.0) >= worst for s in allowed if s.likely.get(quantity, 0) > 0.5
        )


def test_a_change_that_breaks_a_limit_is_none(mixed: Design) -> None:
    base = answer(mixed)
    known = steps(base)
    floor = Limits(max_array_mb=None, min_miou=float(base.metrics["miou"]))
    for step in best_changes(base, known, "energy_uj", judged(floor, mixed.workload)):
        assert step.change["miou"] is not None and step.change["miou"] >= 0.0
    # Beyond a limit already: what does not go further is still worth a try.
    over = Limits(max_array_mb=0.5 * float(base.metrics["array_mb"]))
    for step in best_changes(base, known, "latency_us", judged(over, mixed.workload)):
        assert (step.change["array_mb"] or 0.0) <= 0.0
    assert best_changes(base, [], "energy_uj", floor) == []
