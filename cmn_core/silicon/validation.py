"""Leave one chip out: every chip predicted by a posterior that never saw it, beside one line.

The one line is what anybody can do without a model: the class's median per bit product times the
supply squared (energy), its median read (speed), its median area per bit at the node (area).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.technologies.node_scaling import bit_cell_um2
from cmn_core.silicon.calibration import QUANTITIES, CalibrationPoint, Table, tabulate
from cmn_core.silicon.chips import DEVICES, PublishedChip
from cmn_core.silicon.posterior import T_QUANTILES
from cmn_core.silicon.predict import INTERVAL_SIGMAS

TWICE = math.log(2.0)
NEWEST = 2024.0
LEVELS = tuple(T_QUANTILES)


@dataclass(frozen=True)
class HeldOutError:
    """How far the chips of a class are off in one quantity, held out, one vote per chip.

    rows: {chip_id: modelled / measured of each of its rows}
    one_line: the same for the one-line baseline, {} where there is none
    inside: {level: {chip_id: share of its rows inside the interval of that level}}
    """

    device: str
    quantity: str
    rows: dict[str, tuple[float, ...]]
    one_line: dict[str, tuple[float, ...]]
    inside: dict[float, dict[str, float]]

    @property
    def errors(self) -> dict[str, float]:
        """{chip_id: median |ln(modelled / measured)| over its rows}"""
        return errors(self.rows)

    @property
    def chips(self) -> int:
        return len(self.rows)

    @property
    def median_factor(self) -> float:
        return math.exp(float(np.median(list(self.errors.values()))))

    @property
    def within_2x(self) -> float:
        return within(self.errors)

    @property
    def baseline(self) -> tuple[float, float] | None:
        """Median factor and share within 2x of the one-line baseline."""
        if not self.one_line:
            return None
        found = errors(self.one_line)
        return math.exp(float(np.median(list(found.values())))), within(found)

    @property
    def factor_90(self) -> float:
        """Factor inside which 90 % of the chips lie."""
        return math.exp(INTERVAL_SIGMAS * self.spread)

    @property
    def spread(self) -> float:
        """Standard deviation of ln for which 90 % of the chips lie inside."""
        return float(np.quantile(list(self.errors.values()), 0.9)) / INTERVAL_SIGMAS

    @property
    def lean(self) -> tuple[float, float, float]:
        """Median over the chips of modelled over measured, with its 90 % interval."""
        middle = [float(np.median(np.log(v))) for v in self.rows.values()]
        low, high = _of_a_median(middle)
        return math.exp(float(np.median(middle))), math.exp(low), math.exp(high)

    def coverage(self, level: float) -> float | None:
        """Share of the chips inside their own interval of that level."""
        found = self.inside.get(level)
        return float(np.mean(list(found.values()))) if found else None

    def among(self, chip_ids: Iterable[str]) -> HeldOutError | None:
        """The same score of those chips alone."""
        kept = [n for n in chip_ids if n in self.rows]
        if not kept:
            return None
        return HeldOutError(
            self.device,
            self.quantity,
            {n: self.rows[n] for n in kept},
            {n: self.one_line[n] for n in kept if n in self.one_line},
            {level: {n: v[n] for n in kept if n in v} for level, v in self.inside.items()},
        )


def errors(rows: dict[str, tuple[float, ...]]) -> dict[str, float]:
    """{chip_id: median |ln(modelled / measured)| over its rows}"""
    return {n: float(np.median(np.abs(np.log(v)))) for n, v in rows.items()}


def within(found: dict[str, float]) -> float:
    """Share of the chips within a factor of two."""
    return float(np.mean(np.array(list(found.values())) <= TWICE + 1e-12))


def _of_a_median(values: list[float]) -> tuple[float, float]:
    """90 % interval of a median by order statistics, which needs no distribution."""
    ranked = sorted(values)
    half = 0.5 * INTERVAL_SIGMAS * math.sqrt(len(ranked))
    low = max(0, math.floor(0.5 * len(ranked) - half))
    high = min(len(ranked) - 1, math.ceil(0.5 * len(ranked) + half) - 1)
    return ranked[low], ranked[max(low, high)]


def leave_one_out(chips: Sequence[PublishedChip], device: str, quantity: str) -> HeldOutError:
    """quantity: energy, delay (time of a read, the stated one not used) or area."""
    table = tabulate(chips, device, quantity)
    ids = [case.chip.chip_id for case in table.found]
    names = np.array(ids)
    off, line = np.zeros(len(ids)), one_line(table)
    inside: dict[float, dict[str, float]] = {level: {} for level in LEVELS}
    for name in sorted(set(ids)):
        away = names == name
        posterior = table.fit(~away)
        off[away] = table.residuals(posterior)[away]
        for level in LEVELS:
            width = posterior.half_width(table.terms, level)[away]
            inside[level][name] = float(np.mean(np.abs(off[away]) <= width))
    return HeldOutError(device, quantity, _by_chip(ids, off), _by_chip(ids, line), inside)


def one_line(table: Table) -> Floats:
    """[case] ln(baseline / measured) of the one-line baseline, the chip left out."""
    per = np.array([_per(case, table.quantity) for case in table.found])
    ids = [case.chip.chip_id for case in table.found]
    off = np.zeros(len(ids))
    for name in set(ids):
        others = [
            float(np.median([p for p, n in zip(per, ids, strict=True) if n == other]))
            for other in set(ids) - {name}
        ]
        away = np.array([n == name for n in ids])
        off[away] = (float(np.median(others)) if others else 0.0) - per[away]
    return off


def _per(case: CalibrationPoint, quantity: str) -> float:
    """ln of what the baseline takes to be the same for the class."""
    shape = case.shape
    if quantity == "energy":
        bits = shape.input_bits * shape.weight_bits
        return case.target - math.log(bits * shape.vdd_v * shape.vdd_v)
    if quantity == "area":
        bits = shape.rows * shape.cols * shape.arrays
        return case.target - math.log(bits * bit_cell_um2(case.chip.number["node_nm"] or 28.0))
    return case.target


def speed(chips: Sequence[PublishedChip], device: str, *, clock: str) -> HeldOutError:
    """Throughput. clock: "used" where a row states it, else the held-out read; "only" rows that
    state it; "withheld" from every row, so that the model finds the speed of each."""
    table = tabulate(chips, device, "delay")
    ids = [case.chip.chip_id for case in table.found]
    names = np.array(ids)
    line = one_line(table)
    used, off, base = list[str](), list[float](), list[float]()
    read = {n: table.residuals(table.fit(names != n, curvature=False)) for n in sorted(set(ids))}
    for i, case in enumerate(table.found):
        measured, shape = case.chip.measured("throughput_GOPS"), case.shape
        if measured is None or (clock == "only" and shape.cycle_ns is None):
            continue
        macs = shape.macs_per_read * shape.arrays * shape.copies
        own = math.log(shape.figure_bits * shape.ops * macs / measured) - case.target
        if shape.cycle_ns is None or clock == "withheld":
            off.append(own - float(read[ids[i]][i]))
            base.append(own - float(line[i]))
        else:
            off.append(own)
            base.append(own)
        used.append(ids[i])
    what = {"used": "speed", "only": "stated speed", "withheld": "speed, clock withheld"}[clock]
    rows, baseline = _by_chip(used, np.array(off)), _by_chip(used, np.array(base))
    return HeldOutError(device, what, rows, baseline if clock == "withheld" else {}, {})


def scores(chips: Sequence[PublishedChip]) -> list[HeldOutError]:
    """Every class and quantity."""
    out = []
    for device in DEVICES:
        out += [leave_one_out(chips, device, quantity) for quantity in QUANTITIES]
        out += [speed(chips, device, clock=clock) for clock in ("used", "only", "withheld")]
    return out


def newest(chips: Iterable[PublishedChip]) -> set[str]:
    """Chips of NEWEST and later."""
    return {c.chip_id for c in chips if (c.number["year"] or 0.0) >= NEWEST}


def lean_between(scores: Iterable[HeldOutError], first: str, second: str) -> float:
    """How far energy leans from one class to another: ratio of their medians over published."""
    of = {s.device: s.lean[0] for s in scores if s.quantity == "energy"}
    return of[first] / of[second]


def _by_chip(ids: Sequence[str], off: Floats) -> dict[str, tuple[float, ...]]:
    found: dict[str, list[float]] = {}
    for name, value in zip(ids, off, strict=True):
        found.setdefault(name, []).append(math.exp(float(value)))
    return {name: tuple(values) for name, values in sorted(found.items())}
