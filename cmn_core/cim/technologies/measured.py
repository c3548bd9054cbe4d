"""A chip of one's own behind a technology file: the class's draws, given what was measured on it.

A measured figure is a sum of parts, so ln of it moves with each correction in proportion to the
share of its parts, and with whatever the chip is off as a whole. The draws of a class hold what is
open about both; given a figure each draw moves along their covariance until it meets the figure
but for its noise (the linear update of an ensemble, Evensen 1994; exact for normal draws and a
linear figure). What is drawn of other designs on that technology keeps how far rows of one chip
lie apart (`other_rows`): the chip says nothing about that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.errors import FieldError, one_line, unknown_key

SCATTER = "scatter"
MEASURABLE = ("energy", "delay", "area")
NOISE = (1e-3, 1.0)
MAX_SHARE = 2.0
MAX_ROWS = 32
_KEYS = ("quantity", "noise", "other_rows", "shares")


@dataclass(frozen=True)
class MeasuredFigure:
    """One figure of a measured chip.

    quantity: of MEASURABLE; noise: sd of ln of the figure; other_rows: sd of ln among rows of one
    chip; shares: d ln figure / d ln correction, by correction, and of SCATTER
    """

    quantity: str
    noise: float
    other_rows: float
    shares: Mapping[str, float]


def parse_measured(entries: object, known: Sequence[str], path: str) -> tuple[MeasuredFigure, ...]:
    """The `[[measured]]` tables of a technology file; FieldError names what is wrong.

    known: the corrections of the technology
    """
    if not isinstance(entries, list) or len(entries) > MAX_ROWS:
        found = f"found {one_line(entries, 40)}"
        raise FieldError(path, found, f"up to {MAX_ROWS} [[measured]] tables are expected")
    return tuple(_measurement(e, known, f"{path}[{i}]") for i, e in enumerate(entries))


def _measurement(entry: Any, known: Sequence[str], path: str) -> MeasuredFigure:
    if not isinstance(entry, Mapping):
        raise FieldError(path, f"found {one_line(entry, 40)}", "a table is expected")
    for key in entry:
        if key not in _KEYS:
            raise unknown_key(path, key, _KEYS)
    quantity, shares = entry.get("quantity"), entry.get("shares")
    if quantity not in MEASURABLE:
        found = f"found {one_line(quantity, 40)}"
        raise FieldError(f"{path}.quantity", found, f"allowed are {', '.join(MEASURABLE)}")
    if not isinstance(shares, Mapping) or not shares:
        raise FieldError(f"{path}.shares", "missing", "a table of shares is expected")
    for name in shares:
        if name != SCATTER and name not in known:
            raise unknown_key(f"{path}.shares", name, (*known, SCATTER))
    return MeasuredFigure(
        quantity,
        _within(entry.get("noise"), *NOISE, f"{path}.noise"),
        _within(entry.get("other_rows", 0.0), 0.0, 4.0, f"{path}.other_rows"),
        {n: _within(v, -MAX_SHARE, MAX_SHARE, f"{path}.shares.{n}") for n, v in shares.items()},
    )


def _within(value: object, low: float, high: float, where: str) -> float:
    real = isinstance(value, int | float) and not isinstance(value, bool)
    if not real or not low <= value <= high:  # type: ignore[operator]
        found = f"found {one_line(value, 40)}"
        raise FieldError(where, found, f"a number from {low:g} to {high:g} is allowed")
    return float(value)  # type: ignore[arg-type]


def given(
    measured: Sequence[MeasuredFigure], drawn: Mapping[str, Floats], noise: Sequence[Floats]
) -> dict[str, Floats]:
    """The draws, given those figures.

    drawn: ln of each correction over its value and of SCATTER, [draw], around zero; noise: standard
    normal scores of each figure, [draw]
    """
    names = list(drawn)
    state = np.array([drawn[n] for n in names])
    slopes = np.array([[m.shares.get(n, 0.0) for n in names] for m in measured])
    sd = np.array([m.noise for m in measured])
    gain = update(np.cov(state, bias=True), slopes, sd)
    seen = np.einsum("ms,sd->md", slopes, state) + sd[:, None] * np.array(noise)
    moved = state - np.einsum("sm,md->sd", gain, seen)
    return dict(zip(names, moved, strict=True))


def update(covariance: Floats, slopes: Floats, noise: Floats) -> Floats:
    """[state, figure] the gain of a linear update: covariance [state, state], slopes
    [figure, state], noise [figure] as sd."""
    across = covariance @ slopes.T
    return np.asarray(np.linalg.solve(slopes @ across + np.diag(noise * noise), across.T).T)


def spread_of(measured: Sequence[MeasuredFigure], quantity: str) -> float | None:
    """sd of ln of another row of the measured chip; None where the quantity was not measured."""
    own = [m for m in measured if m.quantity == quantity]
    return math.hypot(min(m.noise for m in own), own[0].other_rows) if own else None
