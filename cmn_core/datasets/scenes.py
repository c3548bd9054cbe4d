"""Generated indoor scenes with labels, so that training can be tried without any download.

A room in one-point perspective (Z = 1 at the back wall), things hanging on its walls, furniture on
its floor, textures, one light, shadows and noise. Colours are drawn per thing, not per class, so
that a network has to look at shape, place and texture. Only sums, products, quotients and
comparisons are used, so a seed gives the same pixels on every processor.

Axes: B scene, then row and column of the picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmn_core.arrays import Bools, Bytes, Ints
from cmn_core.datasets.info import DatasetInfo, dataset_info
from cmn_core.datasets.npz import SegmentationSet

Real = NDArray[np.floating[Any]]

HEIGHT, WIDTH = 120, 160
SPLITS = {"train": 0, "val": 1, "test": 2}
COUNTS = {"train": 600, "val": 150, "test": 150}
CLASSES = (
    "wall", "floor", "ceiling", "window", "door", "picture",
    "cabinet", "table", "sofa", "lamp", "plant", "rug",
)  # fmt: skip
WALL, FLOOR, CEILING, WINDOW, DOOR, PICTURE, CABINET, TABLE, SOFA, LAMP, PLANT, RUG = range(12)
FURNITURE = (CABINET, TABLE, SOFA, PLANT)

_NUMBERS = 192  # uniform numbers that one scene may use
_COARSE = (9, 11)  # knots of the smooth texture
_CHUNK = 25  # scenes rendered at once: fits the cache, measured


def generate(split: str, count: int, seed: int = 0) -> SegmentationSet:
    """Scenes 0..count-1 of a split at 120 x 160; scene i depends on seed, split and i alone."""
    images = np.empty((count, HEIGHT, WIDTH, 3), np.uint8)
    labels = np.empty((count, HEIGHT, WIDTH), np.uint8)
    for start in range(0, count, _CHUNK):
        chosen = range(start, min(start + _CHUNK, count))
        part = slice(chosen.start, chosen.stop)
        images[part], labels[part] = _render([_rng(seed, split, i) for i in chosen])
    return SegmentationSet(images, labels, _info())


def _info() -> DatasetInfo:
    return dataset_info("scenes")


def _rng(seed: int, split: str, index: int) -> np.random.Generator:
    return np.random.default_rng([seed, SPLITS[split], index])


class _Draws:
    """Hands out the next uniform number of every scene, scaled to a range."""

    def __init__(self, numbers: Real) -> None:
        self._left: Iterator[Real] = iter(numbers.T)

    def __call__(self, low: float, high: float) -> Real:
        """[B, 1, 1]"""
        return (np.float32(low) + np.float32(high - low) * next(self._left))[:, None, None]

    def colour(self, low: float, high: float) -> Real:
        """[B, 1, 1, 3]: a shade between low and high with up to a third of tint per channel."""
        shade = self(low, high)
        return np.stack([shade * self(0.67, 1.0) for _ in range(3)], axis=-1)


class _Canvas:
    """Colour without light, light and label of every pixel; things are painted over each other."""

    def __init__(self, batch: int) -> None:
        self.colour = np.zeros((batch, HEIGHT, WIDTH, 3), np.float32)
        self.light = np.ones((batch, HEIGHT, WIDTH), np.float32)
        self.label = np.zeros((batch, HEIGHT, WIDTH), np.uint8)

    def paint(
        self,
        mask: Bools,
        kind: int,
        colour: Real,
        texture: Real | float = 1.0,
        rows: Ints | None = None,
    ) -> None:
        """mask: [B, h, w]; colour: [B, 1, 1, 3]; texture, of the mask's shape, multiplies it.

        rows: which scenes these B are (default: all)
        """
        scene, row, column = np.nonzero(mask)
        shade = np.broadcast_to(np.float32(texture), mask.shape)[scene, row, column]
        flat = colour[scene, 0, 0] * shade[:, None]
        if rows is not None:
            scene = rows[scene]
        self.colour[scene, row, column] = flat
        self.label[scene, row, column] = kind


def _wave(x: Real) -> Real:
    """Triangle wave of period 1 between 0 and 1."""
    return np.abs(x - np.floor(x) - np.float32(0.5)) * np.float32(2.0)


def _smooth(knots: Real) -> Real:
    """[B, 9, 11] knots -> bilinear [B, 120, 160]."""
    y = np.linspace(0, _COARSE[0] - 1.001, HEIGHT, dtype=np.float32)
    x = np.linspace(0, _COARSE[1] - 1.001, WIDTH, dtype=np.float32)
    row, column = y.astype(np.int64), x.astype(np.int64)
    dy, dx = (y - row)[:, None], x - column
    rows = knots[:, row] * (1 - dy) + knots[:, row + 1] * dy
    out: Real = rows[:, :, column] * (1 - dx) + rows[:, :, column + 1] * dx
    return out


def _render(rngs: list[np.random.Generator]) -> tuple[Bytes, Bytes]:
    draw = _Draws(np.stack([r.random(_NUMBERS, dtype=np.float32) for r in rngs]))
    grain = _smooth(np.stack([r.random(_COARSE, dtype=np.float32) for r in rngs]))
    noise = np.stack([r.random((HEIGHT, WIDTH, 3), dtype=np.float32) for r in rngs])
    noise += np.stack([r.random((HEIGHT, WIDTH, 3), dtype=np.float32) for r in rngs])
    y = np.arange(HEIGHT, dtype=np.float32)[None, :, None]
    x = np.arange(WIDTH, dtype=np.float32)[None, None, :]
    canvas = _Canvas(len(rngs))
    room = _Room(draw, x, y)
    room.paint(canvas, draw, grain)
    room.hang(canvas, draw, grain)
    _furnish(canvas, draw, grain, room)
    _lamp(canvas, draw, room)
    value = canvas.colour * canvas.light[..., None]
    value[:, 1:, 1:] = (2 * value[:, 1:, 1:] + value[:, :-1, 1:] + value[:, 1:, :-1]) / 4  # lens
    value = value * draw.colour(0.85, 1.25) + (noise - 1) * draw(0.02, 0.1)[..., None]
    return (np.clip(value, 0, 1) * 255 + np.float32(0.5)).astype(np.uint8), canvas.label


class _Room:
    """Back wall, side walls, floor and ceiling, and what hangs or lies flat on them."""

    def __init__(self, draw: _Draws, x: Real, y: Real) -> None:
        self.x, self.y = x, y
        self.middle, self.horizon = draw(55, 105), draw(40, 65)
        self.left, self.right = draw(5, 45), draw(115, 155)
        self.top, self.bottom = draw(8, 28), draw(72, 96)
        dx, dy = x - self.middle, y - self.horizon
        far = np.float32(9.0)
        with np.errstate(divide="ignore"):
            floor = np.where(dy > 0, (self.bottom - self.horizon) / dy, far)
            ceiling = np.where(dy < 0, (self.top - self.horizon) / dy, far)
            side = np.where(dx < 0, (self.left - self.middle) / dx, far)
            side = np.where(dx > 0, (self.right - self.middle) / dx, side)
        self.depth = np.minimum(np.minimum(floor, ceiling), np.minimum(side, 1)).astype(np.float32)
        self.on_floor = (floor <= side) & (floor < 1)
        self.on_ceiling = (ceiling <= side) & (ceiling < 1)
        self.on_side = ~self.on_floor & ~self.on_ceiling & (side < 1)
        self.on_back = ~self.on_floor & ~self.on_ceiling & ~self.on_side
        self.across, self.up = dx * self.depth, dy * self.depth  # 3D, in pixels of the back wall

    def paint(self, canvas: _Canvas, draw: _Draws, grain: Real) -> None:
        wall, floor, ceiling = draw.colour(0.4, 1), draw.colour(0.2, 0.8), draw.colour(0.7, 1)
        paper = 1 - draw(0, 0.25) * _wave(self.across / draw(6, 20) + self.depth * 3) * grain
        plank, board = _wave(self.across / draw(6, 16)), _wave(self.depth * draw(3, 9))
        tiled = draw(0, 1) < 0.5
        pattern = np.where(tiled, np.abs(plank - board) > 0.25, plank > 0.12)
        boards = (0.7 + 0.3 * pattern) * (0.8 + 0.3 * grain)
        canvas.paint(self.on_back, WALL, wall, paper)
        canvas.paint(self.on_side, WALL, wall, paper * draw(0.65, 0.95))
        canvas.paint(self.on_floor, FLOOR, floor, boards.astype(np.float32))
        canvas.paint(self.on_ceiling, CEILING, ceiling, 0.85 + 0.15 * grain)
        away = np.square(self.across - draw(-50, 50)) + np.square(self.up - draw(-40, 10))
        away = away + np.square((self.depth - draw(0.3, 1)) * 60)
        canvas.light *= draw(0.45, 0.7) + draw(0.4, 0.7) / (1 + away / 3000)

    def hang(self, canvas: _Canvas, draw: _Draws, grain: Real) -> None:
        """A rug on the floor; door, window and pictures on the back wall, where they fit."""
        across, near = self.across - draw(-35, 35), (self.depth - draw(0.5, 0.85)) * 90
        reach = np.square(across / draw(15, 38)) + np.square(near / draw(8, 20))
        rug = self.on_floor & (reach < 1) & (draw(0, 1) < 0.55)
        canvas.paint(rug, RUG, draw.colour(0.2, 0.9), 0.6 + 0.4 * _wave(reach * draw(1.5, 4)))
        span = self.right - self.left
        for kind in (WINDOW, PICTURE, DOOR, PICTURE):
            wide, high, low = {
                WINDOW: (draw(18, 40), draw(16, 34), draw(-32, -6)),
                PICTURE: (draw(9, 24), draw(8, 20), draw(-24, -2)),
                DOOR: (draw(14, 22), draw(38, 58), self.bottom - self.horizon),
            }[kind]
            centre = self.left + span * draw(0.15, 0.85)
            foot = self.horizon + low + (0 if kind == DOOR else high / 2)
            u, v = (self.x - centre) / wide * 2, (foot - self.y) / high
            there = self.on_back & (np.abs(u) < 1) & (v > 0) & (v < 1) & (draw(0, 1) < 0.6)
            rim = there & ((np.abs(u) > 0.82) | (v < 0.1) | (v > 0.9))
            base, frame = draw.colour(0.25, 0.95), draw.colour(0.2, 1.0)
            if kind == WINDOW:
                cross = there & ((np.abs(u) < 0.07) | (np.abs(v - 0.5) < 0.04))
                canvas.paint(there, kind, 0.35 * base + 0.65, 0.75 + 0.25 * v + 0.1 * (grain - 0.5))
                canvas.paint(rim | cross, kind, frame)
                canvas.light[there] = 1.0
            elif kind == DOOR:
                panel = (np.abs(u) < 0.6) & ((np.abs(v - 0.28) < 0.15) | (np.abs(v - 0.7) < 0.2))
                canvas.paint(there, kind, base, np.where(panel, np.float32(0.8), np.float32(1)))
                canvas.paint(
                    there & (np.square(u - 0.7) + np.square(v * 3 - 1.4) < 0.02), kind, frame
                )
            else:
                blot = _wave(grain * draw(2, 5) + u * draw(-1, 1))
                canvas.paint(there, kind, base, 0.35 + 0.65 * blot)
                canvas.paint(rim, kind, frame * 0.6)


def _furnish(canvas: _Canvas, draw: _Draws, grain: Real, room: _Room) -> None:
    """Four things on the floor, the farther ones first, so that nearer ones hide them."""
    gap = (np.float32(118) - room.bottom) / 4
    for place in range(4):
        foot = room.bottom + gap * (place + draw(0.05, 0.95))
        scale = (foot - room.horizon) / (room.bottom - room.horizon)
        centre = draw(5, 155)
        wide, high, form = draw(0, 1), draw(0, 1), draw(0, 1)
        base, second = draw.colour(0.15, 0.95), draw.colour(0.2, 0.9)
        which = draw(0, 5.6).astype(np.int64)  # from 4 on: nothing stands here
        for i, kind in enumerate(FURNITURE):
            rows = np.flatnonzero(which == i)
            low, more, tall, rise = {
                CABINET: (9, 10, 20, 24),
                TABLE: (15, 14, 12, 9),
                SOFA: (20, 16, 14, 9),
                PLANT: (7, 7, 20, 22),
            }[kind]
            half = ((low + more * wide) * scale)[rows]
            tallness = ((tall + rise * high) * scale)[rows]
            u, v = (room.x - centre[rows]) / half, (foot[rows] - room.y) / tallness
            flat = np.square(u / 1.15) + np.square(v * (tall / 4)) < 1
            shadow = flat & (canvas.label[rows] == FLOOR)
            canvas.light[rows] *= np.where(shadow, np.float32(0.6), np.float32(1))
            parts = _parts(kind, u, v, form[rows], base[rows], second[rows], grain[rows])
            for mask, colour, texture in parts:
                canvas.paint(mask, kind, colour, texture, rows)


def _parts(
    kind: int, u: Real, v: Real, form: Real, base: Real, second: Real, grain: Real
) -> list[tuple[Bools, Real, Real]]:
    """What a thing consists of: u from -1 to 1 across it, v from 0 at its foot to 1 at its top."""
    one, side = np.ones_like(u), np.abs(u)
    inside = (side < 1) & (v > 0) & (v < 1)
    if kind == CABINET:
        drawers = _wave(v * np.floor(2 + 3 * form)) > 0.9
        knob = np.square(u) * 9 + np.square(_wave(v * np.floor(2 + 3 * form)) - 0.1) < 0.06
        front = np.where(drawers | ((side < 0.03) & (form < 0.5)), 0.5, 1.0) * (0.9 + 0.2 * grain)
        top = inside & (v > 0.93)
        return [
            (inside, base, np.where(u > 0.72, 0.7 * front, front).astype(np.float32)),
            (inside & knob, second, one),
            (top, base, one * np.float32(1.15)),
        ]
    if kind == TABLE:
        top = (v > 0.62) & (v < 1) & (side < 1.15 - 0.35 * v)
        legs = (v > 0) & (v <= 0.66) & (np.abs(side - (0.45 + 0.3 * form)) < 0.08)
        return [
            (legs, base, one * np.float32(0.6)),
            (top, base, np.where(v < 0.7, np.float32(0.7), 0.9 + 0.2 * _wave(u * 3 + grain))),
        ]
    if kind == SOFA:
        back = inside & (v > 0.45) & (side < 0.92)
        seat = inside & (v > 0.1) & (v < 0.52)
        arm = inside & (v < 0.7) & (v > 0.04) & (side > 0.8)
        seams = np.where(_wave(u * np.floor(1 + 2 * form) + 0.5) > 0.93, 0.6, 1).astype(np.float32)
        return [
            (back, base, seams * np.float32(0.85) * (0.85 + 0.3 * grain)),
            (seat, base, seams),
            (arm, base, one * np.float32(0.72)),
        ]
    pot = (v > 0) & (v < 0.3) & (side < 0.35 + 0.6 * v)
    ragged = 0.75 + 0.5 * _wave(u * (2 + 2 * form) + v * 3) * _wave(u * 2 - v * 4)
    leaves = np.square(u) + np.square((v - 0.65) / 0.38) < np.square(ragged)
    green = base * np.array([0.6, 1.0, 0.45], np.float32)
    speckle = 0.45 + 0.6 * _wave(u * 4 + v * 5) * _wave(v * 6 - u * 3)
    return [(pot, second, 0.8 - 0.3 * u), (leaves, green, speckle)]


def _lamp(canvas: _Canvas, draw: _Draws, room: _Room) -> None:
    """A shining bowl on a cord from the ceiling."""
    centre, length, size = draw(20, 140), draw(12, 40), draw(4, 9)
    down, there = room.y - length, draw(0, 1) < 0.6
    off = room.x - centre
    cord = (np.abs(off) < 0.8) & (down < 0)
    round_ = np.square(off / size) + np.square(down / size) < 1
    bell = (down > -size) & (down < size * 0.7) & (np.abs(off) < size + 0.6 * down)
    bowl = np.where(draw(0, 1) < 0.5, round_, bell)
    shine = draw.colour(0.9, 1.15)
    canvas.paint(cord & there, LAMP, shine * 0.2)
    canvas.paint(bowl & there, LAMP, shine, 1 - np.abs(off) / size * draw(0.1, 0.5))
    canvas.light[bowl & there] = 1.0
