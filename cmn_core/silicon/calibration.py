"""Calibration factors of a class of chips, fitted to what was measured on them.

Per class and quantity: a small grid of weights for the groups of parts (relative, powers of two or
four), and for each point of it one overall factor, the weighted median of measured over modelled.
The point with the least mean absolute log error wins. Every chip has one vote, whatever its rows.
Nothing random, nothing iterative: a refit gives the same numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.arrays import Bools, Floats
from cmn_core.cim.technologies.node_scaling import at_node
from cmn_core.cim.technologies.technology import Constant, Technology, load_technology
from cmn_core.silicon.chips import PublishedChip
from cmn_core.silicon.predict import UM2_PER_MM2, energy_parts_pj
from cmn_core.silicon.structure import TECHNOLOGY, Structure, describe, grown, of_cells

Grid = Mapping[str, tuple[float, ...]]

CAP = 4.0
QUANTITIES = ("energy", "delay", "area")
COLUMN = "column_energy_factor"
# Constant of the technology -> parts that it multiplies.
PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "energy": {
        "cell_energy_factor": ("cells",),
        "charge_energy_factor": ("charge",),
        "row_energy_factor": ("drivers",),
        "dac_energy_factor": ("dac",),
        "adc_energy_factor": ("adc", "column_mux"),
        "static_energy_factor": ("static",),
        "operand_energy_factor": ("operands",),
        "accumulator_energy_factor": ("accumulators",),
    },
    "delay": {},
    "area": {
        "cell_area_factor": ("cells",),
        "adc_area_factor": ("adc",),
        "logic_area_factor": ("multipliers", "drivers", "adder_tree", "accumulators", "adders"),
        "line_area_factor": ("lines",),
        "control_area_factor": ("control",),
    },
}
GRIDS: dict[str, dict[str, Grid]] = {
    "rram": {
        "energy": {
            "cell_energy_factor": (0.0, 0.25, 1.0),
            "charge_energy_factor": (0.25, 1.0, 4.0),
            "dac_energy_factor": (0.25,),
            "adc_energy_factor": (0.015625,),
            "static_energy_factor": (0.0625,),
            "node_exponent": (0.5, 1.0, 1.5),
        },
        "delay": {},
        "area": {
            "cell_area_factor": (16.0, 64.0),
            "adc_area_factor": (0.25,),
            "line_area_factor": (0.0625,),
            "control_area_factor": (0.25,),
        },
    },
    "sram_analog": {
        "energy": {
            "row_energy_factor": (0.25,),
            "dac_energy_factor": (0.0625,),
            "adc_energy_factor": (0.015625,),
            "static_energy_factor": (2.0,),
            "node_exponent": (0.5, 1.0),
            "energy_per_year": (0.25,),
            "system_energy_factor": (2.0,),
        },
        "delay": {},
        "area": {
            "cell_area_factor": (4.0,),
            "adc_area_factor": (0.0625,),
            "line_area_factor": (0.0625,),
            "control_area_factor": (0.25,),
            "system_area_factor": (2.0,),
        },
    },
    "sram": {
        "energy": {
            "operand_energy_factor": (4.0, 8.0, 16.0),
            "accumulator_energy_factor": (0.0625,),
            "node_exponent": (0.0, 0.25),
            "system_energy_factor": (1.0, 2.0, 4.0),
        },
        "delay": {},
        "area": {
            "logic_area_factor": (0.0625, 0.125, 0.25, 0.5),
            "line_area_factor": (0.0, 0.25, 1.0),
            "control_area_factor": (0.0, 1.0, 4.0),
        },
    },
}
FITTED = frozenset(
    [f"{q}_factor" for q in QUANTITIES]
    + [COLUMN, "system_energy_factor", "system_area_factor"]
    + [name for table in PARTS.values() for name in table]
)


@dataclass(frozen=True, eq=False)
class CalibrationPoint:
    """One measured row and what it describes.

    target: natural logarithm of the energy of a MAC in pJ, the time of a read in ns or mm2
    """

    chip: PublishedChip
    shape: Structure
    target: float


def cases(chips: Sequence[PublishedChip], device: str, quantity: str) -> list[CalibrationPoint]:
    """The rows of a class that say enough and were measured."""
    found = []
    for chip in chips:
        shape = describe(chip) if chip.device == device else ""
        if isinstance(shape, str):
            continue
        target = _target(chip, shape, quantity)
        if target is not None:
            found.append(CalibrationPoint(chip, shape, math.log(target)))
    return found


def _target(chip: PublishedChip, shape: Structure, quantity: str) -> float | None:
    if quantity == "energy":
        efficiency = chip.measured("tops_per_W")
        return None if efficiency is None else shape.figure_bits * shape.ops / efficiency
    if quantity == "area":
        return chip.measured("area_mm2")
    if shape.cycle_ns is not None:
        return shape.cycle_ns
    speed = chip.measured("throughput_GOPS")
    if speed is None:
        return None
    macs = shape.macs_per_read * shape.arrays * shape.copies
    return shape.figure_bits * shape.ops * macs / speed


def votes(found: Sequence[CalibrationPoint]) -> Floats:
    """One vote per chip, shared by its rows."""
    names = [case.chip.chip_id for case in found]
    return np.array([1.0 / names.count(name) for name in names])


def weighted_median(values: Floats, weights: Floats) -> Floats:
    """Median along the last axis; half way between two values where the votes are even."""
    order = np.argsort(values, axis=-1, kind="stable")
    ranked = np.take_along_axis(values, order, axis=-1)
    total = np.cumsum(weights[order], axis=-1)
    half = 0.5 * total[..., -1:]
    low = np.argmax(total >= half - 1e-9, axis=-1)[..., None]
    high = np.argmax(total > half + 1e-9, axis=-1)[..., None]
    both = np.take_along_axis(ranked, low, axis=-1) + np.take_along_axis(ranked, high, axis=-1)
    return np.asarray(0.5 * both[..., 0])


def _loss(error: Floats) -> Floats:
    """Absolute log error, capped: a chip that is off by more than CAP says no more about it."""
    return np.minimum(np.abs(error), math.log(CAP))


@dataclass(frozen=True, eq=False)
class Table:
    """Modelled logarithms of every case at every grid point, before the overall factor.

    logs: [grid, case]; points: the grid; column: whether a case adds in its cells
    """

    found: Sequence[CalibrationPoint]
    points: Sequence[Mapping[str, float]]
    logs: Floats
    weights: Floats
    column: Bools
    quantity: str

    def fit(self, keep: Bools) -> dict[str, float]:
        """Factors from the cases that are kept."""
        target = np.array([case.target for case in self.found])
        rest = target - self.logs
        tree, column = keep & ~self.column, keep & self.column
        if not tree.any():
            tree = keep
        overall = weighted_median(rest[:, tree], self.weights[tree])
        error = _loss(rest[:, tree] - overall[:, None]) @ self.weights[tree]
        own = overall
        if column.any() and self.quantity == "energy":
            own = weighted_median(rest[:, column], self.weights[column])
            error = error + _loss(rest[:, column] - own[:, None]) @ self.weights[column]
        elif column.any():
            error = error + _loss(rest[:, column] - overall[:, None]) @ self.weights[column]
        # A smaller index wins a tie to within rounding, so that the choice is stable.
        best = int(np.argmax(error <= error.min() + 1e-9))
        out = dict(self.points[best])
        out[f"{self.quantity}_factor"] = math.exp(float(overall[best]))
        if self.quantity == "energy" and self.column.any():
            out[COLUMN] = math.exp(float(own[best] - overall[best]))
        return out

    def residuals(self, factors: Mapping[str, float]) -> Floats:
        """[case] ln(modelled / measured) with those factors."""
        index = next(
            i for i, p in enumerate(self.points) if all(factors[k] == v for k, v in p.items())
        )
        log = self.logs[index] + math.log(factors[f"{self.quantity}_factor"])
        log = log + self.column * math.log(factors.get(COLUMN, 1.0))
        return log - np.array([case.target for case in self.found])


def tabulate(chips: Sequence[PublishedChip], device: str, quantity: str) -> Table:
    """The class's cases at every point of its grid."""
    found = cases(chips, device, quantity)
    base = load_technology(TECHNOLOGY[device])
    grid, parts = GRIDS[base.name][quantity], PARTS[quantity]
    points = [dict(zip(grid, v, strict=True)) for v in itertools.product(*grid.values())]
    exponents = grid.get("node_exponent", (base.value("node_exponent"),))
    values = {p: [_parts(base, case, quantity, p) for case in found] for p in exponents}
    logs = np.zeros((len(points), len(found)))
    names = {part: name for name, group in parts.items() for part in group}
    for i, point in enumerate(points):
        tables = values[point.get("node_exponent", exponents[0])]
        for j, (case, table) in enumerate(zip(found, tables, strict=True)):
            total = sum(v * point.get(names.get(part, ""), 1.0) for part, v in table.items())
            system = point.get(f"system_{quantity}_factor", 1.0) if case.shape.system else 1.0
            aged = -point.get("energy_per_year", 0.0) * case.shape.years
            logs[i, j] = math.log(total * system) + aged
    column = np.array([case.shape.topology == "column" for case in found])
    return Table(found, points, logs, votes(found), column, quantity)


def _parts(
    base: Technology, case: CalibrationPoint, quantity: str, exponent: float
) -> dict[str, float]:
    """What the parts of one case come to without any factor."""
    bare = dict.fromkeys(FITTED, 1.0)
    if quantity == "energy":  # static power flows for as long as a read takes
        bare["delay_factor"] = base.value("delay_factor")
    tech = with_constants(base, {**bare, "node_exponent": exponent})
    node = case.chip.number["node_nm"] or 0.0
    shape = replace(case.shape, technology=of_cells(grown(at_node(tech, node), case.chip)))
    macro = shape.macro()
    if quantity == "energy":
        cycle = shape.cycle_ns or float(macro.read_ns) / shape.steps
        parts = energy_parts_pj(shape, macro, cycle)
        # Control is a share of whatever the others come to after weighting.
        whole = sum(parts.values())
        others = whole - parts.pop("control", 0.0)
        return {name: value * whole / others for name, value in parts.items()}
    if quantity == "delay":
        return {"read": float(macro.read_ns) / shape.steps}
    return {n: float(a) * shape.arrays / UM2_PER_MM2 for n, a in macro.area_um2.items()}


def with_constants(technology: Technology, values: Mapping[str, float]) -> Technology:
    """The technology with other numbers for some constants, added where it has none."""
    constants = dict(technology.constants)
    for name, value in values.items():
        old = constants.get(name, Constant(1.0, "1", "calibration"))
        constants[name] = replace(old, value=value)
    return replace(technology, constants=constants)


def fit_class(chips: Sequence[PublishedChip], device: str) -> dict[str, float]:
    """All factors of a class."""
    out: dict[str, float] = {}
    for quantity in QUANTITIES:
        table = tabulate(chips, device, quantity)
        out.update(table.fit(np.ones(len(table.found), dtype=np.bool_)))
    return out
