"""The chip from above: areas to scale, nothing over anything, colours that can be read."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.charts.base.palette import DARK, LIGHT, Palette
from cmn_core.charts.design.floor_plan import (
    ASPECT,
    STRENGTHS,
    WORDS,
    Box,
    FloorPlan,
    PlanPart,
    fill,
    floor_plan,
    ink,
    level,
    nice,
)
from tests.charts.base.test_palette import contrast

AREA = st.one_of(st.just(0.0), st.floats(1e-4, 1e4))
MEMORIES = st.tuples(*[st.sampled_from(["rram", "sram"])] * 4)
KINDS = [(own, cause) for own in (True, False) for cause in ("Arrays", "Conversion", "Digital")]


def part(block: int, area: float, amount: float | None = 1.0, **more: object) -> PlanPart:
    known = {"own": True, "cause": "Arrays", "memory": "rram", **more}
    return PlanPart(block=block, area_mm2=area, amount=amount, **known)  # type: ignore[arg-type]


def shared(one: Box, other: Box) -> float:
    """Area that two rectangles have in common."""
    wide = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    high = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    return max(0.0, wide) * max(0.0, high)


@given(st.lists(AREA, min_size=24, max_size=24).filter(any), MEMORIES)
def test_areas_are_true_and_nothing_lies_on_anything(
    areas: list[float], memory: tuple[str, ...]
) -> None:
    kinds = [(block, own, cause) for block in (1, 2, 3, 4) for own, cause in KINDS]
    parts = [
        PlanPart(block, own, cause, memory[block - 1], area, area)
        for (block, own, cause), area in zip(kinds, areas, strict=True)
    ]
    whole = sum(areas)
    plan = floor_plan(parts, total=whole)
    assert [p for p, _, _ in plan.parts] == [p for p in parts if p.area_mm2 > 0.0]
    assert plan.chip.area_mm2 == pytest.approx(whole, rel=1e-9)
    assert plan.chip.width == pytest.approx(ASPECT * plan.chip.height)
    assert sum(box.area_mm2 for _, box, _ in plan.parts) == pytest.approx(whole, rel=1e-9)
    for found, box, _ in plan.parts:
        assert box.area_mm2 == pytest.approx(found.area_mm2, rel=1e-9, abs=1e-9 * whole)
        assert shared(box, plan.blocks[found.block]) == pytest.approx(
            box.area_mm2, rel=1e-9, abs=1e-9 * whole
        )
    assert set(plan.blocks) == {p.block for p in parts if p.area_mm2 > 0.0}
    for boxes in (list(plan.blocks.values()), [box for _, box, _ in plan.parts]):
        for one, other in combinations(boxes, 2):
            assert shared(one, other) <= 1e-9 * whole


def test_four_equal_blocks_by_hand() -> None:
    plan = floor_plan([part(block, 2.0) for block in (1, 2, 3, 4)], total=4.0)
    assert plan.chip == Box(0.0, 0.0, 4.0, 2.0)
    assert plan.blocks == {b: Box(b - 1.0, 0.0, 1.0, 2.0) for b in (1, 2, 3, 4)}
    tall = floor_plan([part(1, 6.0), part(2, 1.0), part(3, 1.0)], total=4.0)
    assert tall.blocks == {
        1: Box(0.0, 0.0, 3.0, 2.0),
        2: Box(3.0, 0.0, 1.0, 1.0),
        3: Box(3.0, 1.0, 1.0, 1.0),
    }
    assert [found for *_, found in plan.parts] == [5, 5, 5, 5]
    assert plan.scale_mm == 1.0  # 0.3 of 4 mm is 1.2 mm


def test_the_chip_before_is_seen_at_the_same_scale() -> None:
    def after(before_mm2: float) -> FloorPlan:
        return floor_plan([part(1, 8.0)], total=1.0, before_mm2=before_mm2)

    assert after(32.0).before == after(32.0).view == Box(0.0, 0.0, 8.0, 4.0)
    assert after(2.0).before == Box(0.0, 0.0, 2.0, 1.0)
    assert after(2.0).view == after(2.0).chip == Box(0.0, 0.0, 4.0, 2.0)


def test_levels_follow_the_share_of_the_whole() -> None:
    found = [level(amount, 100.0) for amount in (None, 0.0, 1.9, 2.0, 9.9, 10.0, 20.0, 100.0)]
    assert found == [0, 0, 1, 2, 3, 4, 5, 5]
    assert level(1.0, 0.0) == 0
    assert len(WORDS) == len(STRENGTHS)


@pytest.mark.parametrize(("most", "scale"), [(1.2, 1.0), (0.3, 0.2), (9.9, 5.0), (10.0, 10.0)])
def test_the_scale_is_a_round_length(most: float, scale: float) -> None:
    assert nice(most) == pytest.approx(scale)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_fills_show_the_memory_and_their_words_can_be_read(colours: Palette) -> None:
    for memory in ("rram", "sram"):
        fills = [fill(memory, strength, colours) for strength in range(1, 6)]
        assert fills[-1] == colours.memory(memory)
        for strength, colour in enumerate(fills, start=1):
            assert contrast(ink(strength, colours), colour) >= 4.5
        away = [contrast(colour, colours.page) for colour in fills]
        assert away == sorted(away)
    assert fill("rram", 0, colours) == fill("sram", 0, colours) == colours.panel
    assert contrast(ink(0, colours), colours.panel) >= 4.5
