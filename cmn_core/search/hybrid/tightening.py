"""Multipliers drawn so tight that a proof need not give up where limits bind.

A chip within the limits keeps, with any multiplier, also that plus anything times (area - most
area), (latency - most latency) and (capacity - most capacity). How much of each says most is found
by a search along one limit after the other: the least cost is concave in them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.block_bounds import Multiplier

_LEAST, _MOST = 0.02, 50.0  # of a limit, in units of what is bounded over the limit
_STEPS, _ROUNDS = 7, 2
_GOLDEN = 0.6180339887498949
_LOOSE = 1.0 + 1e-9
# Fields of Multiplier and the limits that they stand for, the rarest resource first.
_AXES = (("per_mm2", "max_area_mm2"), ("per_us", "max_latency_us"), ("per_mb", "max_array_mb"))


def tightened(own: Multiplier, cost: Callable[[Multiplier], float], limits: Limits) -> Multiplier:
    """The multiplier with as much of every limit as excludes most.

    own: which a chip keeps that is wanted, with `below` 0 where any chip is; cost: least cost of a
    chip at a multiplier, a bound.
    """
    axes = [(name, v) for name, limit in _AXES if (v := getattr(limits, limit)) is not None]
    amounts = dict.fromkeys((name for name, _ in axes), 0.0)
    size, free = abs(own.below) or 1.0, axes

    def at(given: dict[str, float]) -> Multiplier:
        more = {name: getattr(own, name) + amount for name, amount in given.items()}
        below = own.below + sum(given[name] * most * _LOOSE for name, most in axes)
        return replace(own, below=below, **more)

    def gain(given: dict[str, float]) -> float:
        multiplier = at(given)
        return cost(multiplier) - multiplier.below

    if own.below == 0.0 and axes:  # any chip within the limits: only their ratio matters
        (first, most), free = axes[0], axes[1:]
        amounts[first] = size / most
    best = gain(amounts)
    for _ in range(_ROUNDS if len(free) > 1 else 1):
        before = best
        for name, most in free:
            along = partial(lambda name, v: gain({**amounts, name: v}), name)
            amount, value = _along(along, amounts[name], size / most)
            if value > best:
                amounts[name], best = amount, value
        if best <= before:
            break
    return at(amounts)


def _along(gain: Callable[[float], float], now: float, unit: float) -> tuple[float, float]:
    """Where the concave gain is largest, and that: golden section over the logarithm."""
    here = gain(now)
    if now == 0.0 and gain(_LEAST * unit) <= here:
        return now, here
    low, high = np.log(_LEAST * unit), np.log(_MOST * unit)
    inner = [high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)]
    values = [gain(float(np.exp(v))) for v in inner]
    for _ in range(_STEPS):
        if values[0] >= values[1]:
            high, inner[1], values[1] = inner[1], inner[0], values[0]
            inner[0] = high - _GOLDEN * (high - low)
            values[0] = gain(float(np.exp(inner[0])))
        else:
            low, inner[0], values[0] = inner[0], inner[1], values[1]
            inner[1] = low + _GOLDEN * (high - low)
            values[1] = gain(float(np.exp(inner[1])))
    best = int(values[1] > values[0])
    return float(np.exp(inner[best])), values[best]
