"""What published chips say about the constants of a class: cases, parts, priors, posteriors.

The parts are those of the macros that the search prices, with sourced constants and no correction;
posterior.py finds how far each constant is to be corrected. Every chip has one vote, whatever its
rows; rows that say that a figure is not to be learnt from are left out for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.arrays import Bools, Floats
from cmn_core.cim.circuits import components as part
from cmn_core.cim.technologies.node_scaling import at_node, dimension
from cmn_core.cim.technologies.technology import Constant, Technology, load_technology
from cmn_core.silicon.chips import PublishedChip
from cmn_core.silicon.corrections import COLUMN, CORRECTIONS, EXPONENTS, SYSTEM, SYSTEM_AREA, WIDTH
from cmn_core.silicon.posterior import Posterior, Prior, Terms, learn
from cmn_core.silicon.predict import UM2_PER_MM2, energy_parts_pj
from cmn_core.silicon.structure import TECHNOLOGY, Structure, describe, grown, of_cells

QUANTITIES = ("energy", "delay", "area")


@dataclass(frozen=True, eq=False)
class CalibrationPoint:
    """One measured row and what it describes.

    target: natural logarithm of the energy of a MAC in pJ, the time of a read in ns or mm2
    """

    chip: PublishedChip
    shape: Structure
    target: float


def cases(chips: Sequence[PublishedChip], device: str, quantity: str) -> list[CalibrationPoint]:
    """The rows of a class that say enough, were measured and may be learnt from."""
    found = []
    for chip in chips:
        what = "speed" if quantity == "delay" else quantity
        if chip.device != device or chip.left_out(what):
            continue
        shape = describe(chip)
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


@dataclass(frozen=True, eq=False)
class Table:
    """The cases of a class and quantity, ready to be learnt from."""

    device: str
    quantity: str
    found: Sequence[CalibrationPoint]
    terms: Terms
    priors: tuple[Prior, ...]
    target: Floats
    weights: Floats

    def fit(self, keep: Bools, *, curvature: bool = True) -> Posterior:
        """The posterior from the cases that are kept."""
        return learn(self.terms, self.target, self.weights, self.priors, keep, curvature=curvature)

    def residuals(self, posterior: Posterior) -> Floats:
        """[case] ln(modelled / measured)."""
        return self.terms.logs(posterior.theta) - self.target


def tabulate(
    chips: Sequence[PublishedChip], device: str, quantity: str, timed: Technology | None = None
) -> Table:
    """The class's cases with their parts at sourced constants.

    timed: the technology whose reads last as long as those of rows without a cycle; else that of
    the delays of these chips
    """
    found = cases(chips, device, quantity)
    base = bare(load_technology(TECHNOLOGY[device]))
    corrections = CORRECTIONS[base.name][quantity]
    if timed is None:
        timed = _timed(base, chips, device) if quantity == "energy" else base
    rows = [_parts(base, timed, case, quantity) for case in found]
    names = list(dict.fromkeys(name for parts, _ in rows for name in parts))
    index = {p: i for i, c in enumerate(corrections) for p in c.parts}
    follows = {p: c.follows_capacitance for c in corrections for p in c.parts}
    floor = np.zeros((len(found), len(names)))
    for i, (_, least) in enumerate(rows):
        for name, value in least.items():
            floor[i, names.index(name)] = value
    priors = [Prior(c.name, 0.0, c.width) for c in corrections] + [EXPONENTS[quantity]]
    priors.append(Prior(COLUMN if quantity == "energy" else SYSTEM_AREA, *_whole(quantity)))
    extra = np.zeros((len(found), len(priors)))
    for i, case in enumerate(found):
        of_whole = case.shape.topology == "column" if quantity == "energy" else case.shape.system
        extra[i, -1] = float(of_whole and quantity != "delay")
    none = len(priors)  # Terms pads the corrections with a zero there
    terms = Terms(
        amounts=np.array([[parts.get(name, 0.0) for name in names] for parts, _ in rows]),
        scaled=np.array([float(quantity != "area" and follows.get(n, True)) for n in names]),
        side=np.array([math.log(dimension(_node(case))) for case in found]),
        floor=floor,
        factor_of=np.array([index.get(name, none) for name in names]),
        exponent=len(corrections),
        extra=extra,
    )
    target = np.array([case.target for case in found])
    return Table(device, quantity, found, terms, tuple(priors), target, votes(found))


def _whole(quantity: str) -> tuple[float, float]:
    return (SYSTEM, WIDTH) if quantity == "area" else (0.0, WIDTH)


def _node(case: CalibrationPoint) -> float:
    return case.chip.number["node_nm"] or 0.0


def bare(technology: Technology) -> Technology:
    """The technology with no correction and no exponent, so that figures stay those of 28 nm."""
    names = [c.name for table in CORRECTIONS[technology.name].values() for c in table]
    plain = dict.fromkeys([*names, COLUMN, SYSTEM_AREA], 1.0)
    return with_constants(
        technology,
        {**plain, "capacitance_exponent": 0.0, "delay_exponent": 0.0, "adc_envelope": 0.0},
    )


def _timed(base: Technology, chips: Sequence[PublishedChip], device: str) -> Technology:
    """The technology whose reads last as long as the class's do: what conducts without a stated
    cycle conducts for that long."""
    table = tabulate(chips, device, "delay")
    if not table.found:
        return base
    everything = np.ones(len(table.found), dtype=np.bool_)
    return with_constants(base, corrections(table.fit(everything, curvature=False)))


def _parts(
    base: Technology, timed: Technology, case: CalibrationPoint, quantity: str
) -> tuple[dict[str, float], dict[str, float]]:
    """What the parts of one case come to at sourced constants, and the least of some of them."""
    tech = of_cells(grown(at_node(base, _node(case)), case.chip))
    shape = replace(case.shape, technology=tech)
    if quantity == "delay":
        return _read_parts(tech, shape), {}
    if quantity == "energy" and shape.cycle_ns is None:
        own = of_cells(grown(at_node(timed, _node(case)), case.chip))
        shape = replace(shape, cycle_ns=float(shape.macro(own).read_ns) / shape.steps)
    macro = shape.macro()
    if quantity == "area":
        scale = shape.arrays / UM2_PER_MM2
        return {n: float(a) * scale for n, a in macro.area_um2.items()}, {}
    parts = energy_parts_pj(shape, macro, shape.cycle_ns or 0.0)
    least = {}
    if "adc" in parts:
        bits = macro_bits(shape)
        floor = part.adc_floor_pj(tech, bits, np.array(shape.cycle_ns))
        least["adc"] = float(floor) * shape.steps * shape.slices / shape.active
    # Control is a share of whatever the others come to once they are corrected.
    whole = sum(parts.values())
    others = whole - parts.pop("control", 0.0)
    return {name: value * whole / others for name, value in parts.items()}, least


def macro_bits(shape: Structure) -> Floats:
    """Whole bits of a conversion."""
    return np.array(float(min(np.ceil(shape.adc_bits), part.MAX_ADC_BITS)))


def _read_parts(tech: Technology, shape: Structure) -> dict[str, float]:
    """Parts of the time of a read, or of one input bit of a digital macro, in ns."""
    one = np.ones(())
    vdd = one * shape.vdd_v
    if shape.topology != "analog":
        own = replace(shape, cycle_ns=None)
        fixed = part.extra(tech, "clock_overhead_ns") * float(part.supply_delay(tech, vdd))
        whole = float(own.macro(tech).read_ns) / shape.steps
        return {"tree": whole - fixed, "clock": fixed}
    slow = float(part.read_delay(tech, vdd))
    bits, dac = macro_bits(shape), one * float(np.ceil(shape.read_inputs))
    found = {}
    for name in ("adc", "line", "input", "timing"):
        others = {f"{n}_delay_factor": 0.0 for n in ("adc", "line", "input", "timing")}
        alone = with_constants(tech, {**others, f"{name}_delay_factor": 1.0})
        found[name] = slow * float(part.read_ns(alone, bits, one * shape.active, dac))
    return found


def with_constants(technology: Technology, values: Mapping[str, float]) -> Technology:
    """The technology with other numbers for some constants, added where it has none."""
    constants = dict(technology.constants)
    for name, value in values.items():
        old = constants.get(name, Constant(1.0, "1", "calibration"))
        constants[name] = replace(old, value=value)
    return replace(technology, constants=constants)


def fit_class(chips: Sequence[PublishedChip], device: str) -> dict[str, Posterior]:
    """The posterior of every quantity of a class."""
    out = {}
    for quantity in QUANTITIES:
        table = tabulate(chips, device, quantity)
        out[quantity] = table.fit(np.ones(len(table.found), dtype=np.bool_))
    return out


def corrections(posterior: Posterior) -> dict[str, float]:
    """What a technology file holds: factors, and the exponent of the dimension as it is."""
    exponents = [p.name for p in EXPONENTS.values()]
    return {
        name: float(value) if name in exponents else math.exp(float(value))
        for name, value in zip(posterior.names, posterior.theta, strict=True)
        if name
    }
