"""A published chip's efficiency, speed and area as the simulator has them, in the row's terms."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmn_core.cim.circuits.array import Macro
from cmn_core.cim.circuits.components import factor
from cmn_core.cim.technologies.measured import spread_of
from cmn_core.cim.technologies.node_scaling import LEAST_OVERDRIVE_V
from cmn_core.cim.technologies.technology import Technology
from cmn_core.silicon.chips import PublishedChip
from cmn_core.silicon.structure import TECHNOLOGY, Structure, describe

PJ_PER_UW_NS = 1e-3
UM2_PER_MM2 = 1e6
INTERVAL_SIGMAS = 1.645  # 90 %
# Parts behind the converter are not in the figures of a macro.
BEHIND = ("shift_add", "adders")


@dataclass(frozen=True)
class Prediction:
    """What the simulator says about a row. None where it says nothing; why_not says why.

    energy_pj: per MAC at the precision of a read; read_ns: time of a read
    """

    chip_id: str
    tops_per_w: float | None
    throughput_gops: float | None
    area_mm2: float | None
    tops_per_mm2: float | None
    why_not: str | None
    assumed: tuple[str, ...] = ()
    low: dict[str, float] | None = None
    high: dict[str, float] | None = None


def predict(chip: PublishedChip, own: Technology | None = None) -> Prediction:
    """The answer to one row. own: a technology of one's own that stands for its class."""
    shape = describe(chip, own)
    if isinstance(shape, str):
        return Prediction(chip.chip_id, None, None, None, None, shape)
    macro = shape.macro()
    stated = shape.cycle_ns
    cycle_ns = float(macro.read_ns) / shape.steps if stated is None else stated
    efficiency = shape.figure_bits * shape.ops / energy_pj(shape, macro, cycle_ns)
    macs_per_ns = shape.macs_per_read / cycle_ns * shape.arrays
    speed = shape.figure_bits * shape.ops * macs_per_ns
    system = factor(shape.technology, "system_area_factor") if shape.system else 1.0
    area = float(macro.total_um2) * shape.arrays * system / UM2_PER_MM2
    answers = {
        "tops_per_W": efficiency,
        "throughput_GOPS": speed * shape.copies,
        "area_mm2": area,
        "tops_per_mm2": speed / area / 1000.0,
    }
    delay = _spread(shape, "delay") if stated is None else 0.0
    spread = {
        "tops_per_W": _spread(shape, "energy"),
        "throughput_GOPS": math.hypot(delay, shape.technology.value("parallel_spread")),
        "area_mm2": _spread(shape, "area"),
    }
    spread["tops_per_mm2"] = math.hypot(spread["throughput_GOPS"], spread["area_mm2"])
    factors = {name: math.exp(INTERVAL_SIGMAS * s) for name, s in spread.items()}
    return Prediction(
        chip.chip_id,
        tops_per_w=answers["tops_per_W"],
        throughput_gops=answers["throughput_GOPS"],
        area_mm2=answers["area_mm2"],
        tops_per_mm2=answers["tops_per_mm2"],
        why_not=None,
        assumed=(*shape.assumed, *_beyond(shape)),
        low={name: v / factors[name] for name, v in answers.items()},
        high={name: v * factors[name] for name, v in answers.items()},
    )


def _spread(shape: Structure, quantity: str) -> float:
    """sd of ln of a figure: of the class, or of another row of a chip that was measured."""
    measured = spread_of(shape.technology.measured, quantity)
    return shape.technology.value(f"{quantity}_spread") if measured is None else measured


def _beyond(shape: Structure) -> tuple[str, ...]:
    """What is to be said of a supply at which the delay law ends."""
    least = shape.technology.value("threshold_v") + LEAST_OVERDRIVE_V
    if shape.vdd_v >= least:
        return ()
    return (f"speed of {least:.2g} V, below which the delay law ends",)


def predictions(
    chips: Iterable[PublishedChip], own: Iterable[Technology] = ()
) -> list[dict[str, Any]]:
    """The answers as interface.md has them, in order, with `assumed`, `low` and `high` beside.

    own: technologies of one's own, each of which stands for the class that its chips speak for
    """
    of_class = {device: t for t in own for device, name in TECHNOLOGY.items() if name == t.base}
    return [as_json(predict(chip, of_class.get(chip.device))) for chip in chips]


def as_json(answer: Prediction) -> dict[str, Any]:
    return {
        "chip_id": answer.chip_id,
        "tops_per_W": answer.tops_per_w,
        "throughput_GOPS": answer.throughput_gops,
        "area_mm2": answer.area_mm2,
        "tops_per_mm2": answer.tops_per_mm2,
        "why_not": answer.why_not,
        "assumed": list(answer.assumed),
        "low": answer.low,
        "high": answer.high,
    }


def energy_pj(shape: Structure, macro: Macro, cycle_ns: float) -> float:
    """Energy of one multiply-accumulate."""
    return sum(energy_parts_pj(shape, macro, cycle_ns).values())


def energy_parts_pj(shape: Structure, macro: Macro, cycle_ns: float) -> dict[str, float]:
    """Energy of one MAC by part. Each read sums `active` rows of each of its outputs.

    The rows are driven anew for each of the reads that share the columns out; those charges hold
    all of them, so that an output carries its share.
    """
    phases = max(1.0, float(np.ceil(shape.cols / macro.lanes))) if shape.adcs else 1.0
    driven = shape.outputs * (phases if shape.topology == "analog" else 1.0)
    parts = {
        name: float(charge.weight)
        + float(charge.read) / shape.active
        + float(charge.row) / driven
        + float(charge.sum) / shape.rows
        for name, charge in macro.energy.items()
        if shape.topology != "analog" or name not in BEHIND
    }
    held_ns = cycle_ns * shape.steps / (shape.active * shape.outputs)
    parts["static"] = PJ_PER_UW_NS * float(macro.on_uw) * held_ns
    return parts
