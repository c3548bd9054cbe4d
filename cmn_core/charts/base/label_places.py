"""Where the names of a few marks stand so that none lies on a mark, a line or another name.

Lengths are in pixels, x to the right and y down. A greedy choice, then a second round in which each
name looks again with all others in place; Vega-Lite itself places no labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Align = Literal["left", "center", "right"]
Box = tuple[float, float, float, float]

LETTER = 0.55  # mean width of a letter, in heights of the type
MARK = 7.0  # half the side of a mark with its outline
ROUNDS = 3


@dataclass(frozen=True)
class LabelPlace:
    """A name's place beside its mark, in the words of Vega's text mark."""

    align: Align
    dx: float
    dy: float

    def box(self, at: tuple[float, float], text: str, size: float) -> Box:
        """Left, top, right and bottom of the name beside a mark at that point."""
        width = LETTER * size * len(text)
        left = {"left": 0.0, "right": -width, "center": -width / 2.0}[self.align]
        x, y = at[0] + self.dx + left, at[1] + self.dy
        return x, y - size / 2.0, x + width, y + size / 2.0


_SIDES: tuple[tuple[Align, float], ...] = (("left", 5.0), ("right", -5.0))
_ALIGNED: tuple[Align, ...] = ("center", "left", "right")
# Nearest first: beside, above and below, then a line further away.
PLACES = (
    LabelPlace("left", 13.0, 0.0),
    LabelPlace("right", -13.0, 0.0),
    LabelPlace("center", 0.0, -17.0),
    LabelPlace("center", 0.0, 17.0),
    *(LabelPlace(align, dx, dy) for dy in (-15.0, 15.0) for align, dx in _SIDES),
    *(LabelPlace(align, 0.0, dy) for dy in (-30.0, 30.0, -44.0, 44.0) for align in _ALIGNED),
)


def label_places(
    names: Sequence[tuple[float, float, str]],
    *,
    size: float,
    widths: Sequence[float],
    height: float,
    rules: Sequence[float] = (),
) -> list[LabelPlace]:
    """A place for each name (of its mark the share of the width and y; text).

    widths: of the pictures that it must do for, since a page draws one chart wide or narrow.
    rules: y of lines across the whole picture.
    """
    found: list[LabelPlace | None] = [None] * len(names)

    def cost(own: int, rank: int) -> float:
        return 0.5 * rank + sum(covered(own, rank, width) for width in widths)

    def covered(own: int, rank: int, width: float) -> float:
        points = [(share * width, y) for share, y, _ in names]
        box = PLACES[rank].box(points[own], names[own][2], size)
        marks = [(x - MARK, y - MARK, x + MARK, y + MARK) for x, y in points]
        lines = [(0.0, y - 1.0, width, y + 1.0) for y in rules]
        taken = [
            place.box(points[i], names[i][2], size)
            for i, place in enumerate(found)
            if place is not None and i != own
        ]
        outside = max(0.0, -box[0], -box[1], box[2] - width, box[3] - height)
        return sum(overlap(box, other) for other in [*marks, *lines, *taken]) + size * outside

    for _ in range(ROUNDS):
        for own in range(len(names)):
            found[own] = PLACES[min(range(len(PLACES)), key=lambda rank: cost(own, rank))]
    return [place for place in found if place is not None]


def overlap(one: Box, other: Box) -> float:
    """Area that both boxes cover."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0.0) * max(down, 0.0)
