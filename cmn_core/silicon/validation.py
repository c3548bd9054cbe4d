"""Leave one chip out: every chip predicted with factors that never saw it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.silicon.calibration import QUANTITIES, tabulate
from cmn_core.silicon.chips import DEVICES, PublishedChip
from cmn_core.silicon.predict import INTERVAL_SIGMAS

TWICE = math.log(2.0)


@dataclass(frozen=True)
class HeldOutError:
    """How far the chips of a class are off in one quantity, held out, one vote per chip.

    errors: {chip_id: median |ln(modelled / measured)| over its rows}
    rows: {chip_id: modelled / measured of each of its rows}
    """

    device: str
    quantity: str
    errors: dict[str, float]
    rows: dict[str, tuple[float, ...]]

    @property
    def chips(self) -> int:
        return len(self.errors)

    @property
    def median_factor(self) -> float:
        return math.exp(float(np.median(list(self.errors.values()))))

    @property
    def within_2x(self) -> float:
        return float(np.mean(np.array(list(self.errors.values())) <= TWICE + 1e-12))

    @property
    def factor_90(self) -> float:
        """Factor inside which 90 % of the chips lie."""
        return math.exp(INTERVAL_SIGMAS * self.spread)

    @property
    def spread(self) -> float:
        """Standard deviation of ln for which 90 % of the chips lie inside."""
        errors = np.array(list(self.errors.values()))
        return float(np.quantile(errors, 0.9)) / INTERVAL_SIGMAS


def leave_one_out(chips: Sequence[PublishedChip], device: str, quantity: str) -> HeldOutError:
    """quantity: energy, delay (time of a read, the stated one not used) or area."""
    table = tabulate(chips, device, quantity)
    names = np.array([case.chip.chip_id for case in table.found])
    ratios = {}
    for name in sorted(set(names.tolist())):
        away = names == name
        off: Floats = table.residuals(table.fit(~away))[away]
        ratios[name] = off
    return _score(device, quantity, ratios)


def speed(
    chips: Sequence[PublishedChip], device: str, *, stated_only: bool = False
) -> HeldOutError:
    """Throughput as the command answers it: at the stated clock or cycle, else held-out delay."""
    found: dict[str, list[float]] = {}
    table = tabulate(chips, device, "delay")
    names = np.array([case.chip.chip_id for case in table.found])
    for i, case in enumerate(table.found):
        measured, shape = case.chip.measured("throughput_GOPS"), case.shape
        if measured is None or (stated_only and shape.cycle_ns is None):
            continue
        if shape.cycle_ns is None:
            off = -float(table.residuals(table.fit(names != names[i]))[i])
        else:
            macs = shape.macs_per_read * shape.arrays * shape.copies
            off = math.log(shape.figure_bits * shape.ops * macs / shape.cycle_ns / measured)
        found.setdefault(case.chip.chip_id, []).append(off)
    what = "stated speed" if stated_only else "speed"
    return _score(device, what, {k: np.array(v) for k, v in found.items()})


def scores(chips: Sequence[PublishedChip]) -> list[HeldOutError]:
    """Every class and quantity."""
    out = []
    for device in DEVICES:
        out += [leave_one_out(chips, device, quantity) for quantity in QUANTITIES]
        out += [speed(chips, device), speed(chips, device, stated_only=True)]
    return out


def _score(device: str, quantity: str, off: dict[str, Floats]) -> HeldOutError:
    errors = {name: float(np.median(np.abs(v))) for name, v in off.items()}
    rows = {name: tuple(np.exp(v).tolist()) for name, v in off.items()}
    return HeldOutError(device, quantity, errors, rows)
