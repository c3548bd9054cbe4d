"""A chip seen from above, to scale: which rectangle each part of each block takes, and its fill.

The chip is a rectangle of fixed proportions. Blocks keep their order: the list of blocks is cut in
two where the halves are most alike in area, along the longer side, and so on; each block is cut
the same way into itself and its share of the rest, and those into their parts. So a small change of
a design moves the picture a little. Areas are exact; where a part lies on a real die is not known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cmn_core.charts.base.palette import Palette

ASPECT = 2.0  # width of the chip over its height
# Shares of the whole from which on a part has the next stronger fill.
STEPS = (0.02, 0.05, 0.1, 0.2)
# How much of the memory's colour is in a fill, weakest first. Between 0.58 and 1 neither ink nor
# page would be readable on it in both themes (tests/charts/design/test_floor_plan.py).
STRENGTHS = (0.1, 0.25, 0.42, 0.58, 1.0)
WORDS = ("below 2 %", "2 to 5 %", "5 to 10 %", "10 to 20 %", "above 20 %")
BAR = 0.3  # most of the picture's width that the scale may take


class PlanPart(NamedTuple):
    """block: from 1; own: of the block itself, not of its share of patch embedding and decoder;
    amount: of the quantity that colours it, None where it has none of its own."""

    block: int
    own: bool
    cause: str
    memory: str
    area_mm2: float
    amount: float | None


@dataclass(frozen=True)
class Box:
    """A rectangle in mm from the top left corner of the chip."""

    left: float
    top: float
    width: float
    height: float

    @property
    def area_mm2(self) -> float:
        return self.width * self.height


@dataclass(frozen=True)
class FloorPlan:
    """parts: each with its rectangle and level of fill (0: none, then 1 to 5); blocks: rectangle
    of each block that takes area; chip, before: the whole, now and before the last change (None
    without one); view: what holds both; scale_mm: length of the scale below them."""

    parts: tuple[tuple[PlanPart, Box, int], ...]
    blocks: dict[int, Box]
    chip: Box
    before: Box | None
    view: Box
    scale_mm: float


def floor_plan(
    parts: Sequence[PlanPart], *, total: float, before_mm2: float | None = None
) -> FloorPlan:
    """parts: what stands on the chip, in order; those without area are left out. total: of the
    quantity whose share colours them."""
    present = [part for part in parts if part.area_mm2 > 0.0]
    chip = _whole(sum(part.area_mm2 for part in present))
    placed: list[tuple[PlanPart, Box, int]] = []
    blocks: dict[int, Box] = {}
    of_block = _grouped(present, [part.block for part in present])
    for members, box in _cut(of_block, chip):
        blocks[members[0].block] = box
        for group, inner in _cut(_grouped(members, [part.own for part in members]), box):
            for (part,), place in _cut([[part] for part in group], inner):
                placed.append((part, place, level(part.amount, total)))
    before = None if before_mm2 is None else _whole(before_mm2)
    view = chip if before is None or before.width < chip.width else before
    return FloorPlan(tuple(placed), blocks, chip, before, view, nice(BAR * view.width))


def level(amount: float | None, total: float) -> int:
    """0 for what takes none of the quantity, else 1 to 5 by its share."""
    if not amount or not total:
        return 0
    return 1 + sum(amount / total >= step for step in STEPS)


def fill(memory: str, strength: int, colours: Palette) -> str:
    """Colour of a part of that level; the panel's for level 0."""
    if strength == 0:
        return colours.panel
    share = STRENGTHS[strength - 1]
    mixed = (
        round(share * int(colours.memory(memory)[i : i + 2], 16))
        + round((1.0 - share) * int(colours.page[i : i + 2], 16))
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{min(255, value):02X}" for value in mixed)


def ink(strength: int, colours: Palette) -> str:
    """Colour of words on a part of that level."""
    return colours.page if strength == len(STRENGTHS) else colours.ink


def nice(most: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above `most`."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= most * (1.0 + 1e-12))


def _whole(area_mm2: float) -> Box:
    return Box(0.0, 0.0, math.sqrt(area_mm2 * ASPECT), math.sqrt(area_mm2 / ASPECT))


def _grouped(parts: Sequence[PlanPart], keys: Sequence[int]) -> list[list[PlanPart]]:
    found: dict[int, list[PlanPart]] = {}
    for part, key in zip(parts, keys, strict=True):
        found.setdefault(key, []).append(part)
    return list(found.values())


def _cut(groups: list[list[PlanPart]], box: Box) -> list[tuple[list[PlanPart], Box]]:
    """Each group with its share of the box."""
    if len(groups) == 1:
        return [(groups[0], box)]
    areas = [sum(part.area_mm2 for part in group) for group in groups]
    whole = sum(areas)
    at = min(range(1, len(groups)), key=lambda i: abs(2.0 * sum(areas[:i]) - whole))
    share = sum(areas[:at]) / whole
    if box.width >= box.height:
        width = share * box.width
        first = Box(box.left, box.top, width, box.height)
        rest = Box(box.left + width, box.top, box.width - width, box.height)
    else:
        height = share * box.height
        first = Box(box.left, box.top, box.width, height)
        rest = Box(box.left, box.top + height, box.width, box.height - height)
    return [*_cut(groups[:at], first), *_cut(groups[at:], rest)]
