"""How the constants of the paper set were found: `paper --fit`.

Per technology a handful of macro geometries is tried, and for each of them two constants, one
for energy and one for time, are set so that the worst cell at FFN scope comes as near as it can.
Everything else of the set is fixed beforehand, with its reason. The simulator is not changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from cmn_core.cim.technologies.override import override
from cmn_core.cim.technologies.technology import Technology, load_technology
from cmn_core.paper.assumptions import PRESET, Assumptions
from cmn_core.paper.comparison import Cell, cost_cells
from cmn_core.paper.tables import COSTS

MEMORIES = ("rram", "sram")
_STEPS = 24001  # of the factor, over six orders of magnitude
_OFF = "paper set: not charged; docs/paper.md says why"
_PLAIN = "paper set: no calibration on chips"

# Not charged: the printed energies fall with the weights' bits (a rest of 3 % at most), which
# leaves no room for what does not, and one constant says the rest. No cell knows of errors.
SILENT: Mapping[str, tuple[str, ...]] = {
    "rram": (
        "conductance_max_us",
        "conductance_min_us",
        "wordline_cap_ff",
        "dac_cap_ff",
        "adc_exponential_ff",
        "adc_envelope",
        "shift_add_pj",
        "timing_cap_ff",
        "timing_ns",
        "cell_charge_ff",
        "bitline_ohm_per_row",
        "read_sigma",
        "program_sigma_0",
        "program_sigma_25",
        "program_sigma_50",
        "program_sigma_75",
        "program_sigma_100",
    ),
    "sram": (
        "bitline_cap_ff",
        "wordline_cap_ff",
        "multiply_energy_fj",
        "word_cap_ff",
        "control_share",
        "sram_cell_leakage_pw",
        "leakage_uw_per_um2",
        "adder_carry_ns",
        "gate_delay_ns",
        "clock_overhead_ns",
    ),
    "both": (
        "tile_buffer_pj_per_byte",
        "map_read_pj_per_byte",
        "map_write_pj_per_byte",
        "bus_pj_per_bit",
        "wire_pj_per_bit_mm",
        "gelu_macs",
    ),
}
# The constant that sets each quantity, and what it stands for.
FREE: Mapping[tuple[str, str], tuple[str, str]] = {
    ("rram", "energy_uj"): ("adc_linear_ff", "one 8-bit conversion, all that RRAM is charged for"),
    ("rram", "latency_us"): ("sensing_factor", "time of one conversion"),
    ("sram", "energy_uj"): ("adder_energy_fj", "adders, all that SRAM is charged for"),
    ("sram", "latency_us"): ("adder_sum_ns", "one level of the adder tree; the cycle is the sum"),
}
# Knobs that are given, and those that are tried.
GIVEN: Mapping[str, Mapping[str, float]] = {
    "rram": {"adc_bits": 8, "columns_per_adc": 32, "dac_bits": 1, "vdd_v": 0.9},
    "sram": {"input_bits_per_step": 1, "vdd_v": 0.9},
}
TRIED: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "rram": {
        "rows": (128, 256, 512),
        "cols": (512, 1024),
        "cell_bits": (1, 2),
    },
    "sram": {
        "rows": (256, 512, 1024),
        "cols": (64, 128, 256),
        "rows_per_tree": (8, 16, 32),
    },
}
REASONS: Mapping[str, str] = {
    "rows": "fits best; on RRAM the printed energies follow conversions of 256 rows",
    "cols": "fits best; a matrix lies in few wide RRAM arrays, in many narrow SRAM arrays",
    "active_rows": "all rows of an array are summed at once",
    "adc_bits": "8-bit outputs; loses nothing at 256 rows of 1-bit inputs",
    "columns_per_adc": "many columns to an ADC: latency follows output columns, hence weight bits",
    "cell_bits": "two bits per cell give 4, 2 and 1 slices: INT8, INT4 and INT2 as printed",
    "dac_bits": "bit-serial inputs",
    "rows_per_tree": "fits best: 32 rows are summed at once",
    "input_bits_per_step": "bit-serial inputs",
    "vdd_v": "the paper names no supply; nominal",
}


@dataclass(frozen=True)
class Fit:
    """One geometry with its constants. worst: by quantity, the largest deviation of a cell."""

    memory: str
    knobs: Mapping[str, float]
    values: Mapping[str, float]
    worst: Mapping[str, float]

    @property
    def deviation(self) -> float:
        return max(self.worst.values())


def geometries(memory: str) -> Iterator[dict[str, float]]:
    """Every buildable macro that is tried."""
    technology = load_technology(memory)
    names = tuple(TRIED[memory])
    for point in product(*TRIED[memory].values()):
        knobs = {**GIVEN[memory], **dict(zip(names, point, strict=True))}
        if memory == "rram":
            knobs["active_rows"] = min(knobs["rows"], technology.knob["active_rows"].high)
        ordered = {name: float(knobs[name]) for name in technology.knobs}
        if bool(technology.buildable(ordered)):
            yield ordered


def fit(memory: str, chosen: Assumptions = PRESET) -> list[Fit]:
    """All geometries with their best constants, best first."""
    fits = [fit_constants(memory, knobs, chosen) for knobs in geometries(memory)]
    return sorted(fits, key=lambda f: f.deviation)


def fit_constants(
    memory: str, knobs: Mapping[str, float], chosen: Assumptions, table: str | None = None
) -> Fit:
    """The two constants of that macro for which the worst cell is nearest.

    Energy and latency are affine in them, so two pricings say all; copies that the inner search
    finds do not depend on either. table: fit to the cells of that one alone, as they are printed.
    """
    start = load_technology(memory)
    base = {FREE[memory, q][0]: start.value(FREE[memory, q][0]) for q in COSTS}
    once = _cells(memory, knobs, base, chosen)
    twice = _cells(memory, knobs, {n: 2.0 * v for n, v in base.items()}, chosen)
    values, worst = {}, {}
    for quantity in COSTS:
        name = FREE[memory, quantity][0]
        pairs = [(a, b) for a, b in zip(once, twice, strict=True) if a.quantity == quantity]
        if table is not None:
            pairs = [(_alone(a), b) for a, b in pairs if a.row.table == table]
        factor, deviation = best_factor(pairs)
        values[name] = float(f"{base[name] * factor:.4g}")
        worst[quantity] = deviation
    return Fit(memory, knobs, values, worst)


def _alone(cell: Cell) -> Cell:
    """The cell without what the other table prints for the same model."""
    return replace(cell, low=cell.printed, high=cell.printed)


def best_factor(pairs: Sequence[tuple[Cell, Cell]]) -> tuple[float, float]:
    """Factor on a constant that makes the largest deviation smallest, and that deviation.

    pairs: each cell with the constant as it is and doubled.
    """
    factor = np.logspace(-3.0, 3.0, _STEPS)
    slope = np.array([b.ours - a.ours for a, b in pairs])[:, None]
    ours = np.array([a.ours for a, _ in pairs])[:, None] + slope * (factor - 1.0)
    low = np.array([a.low for a, _ in pairs])[:, None]
    high = np.array([a.high for a, _ in pairs])[:, None]
    outside = np.maximum(np.maximum(ours / high - 1.0, 1.0 - ours / low), 0.0).max(axis=0)
    best = int(outside.argmin())
    return float(factor[best]), float(outside[best])


def document(
    memory: str, knobs: Mapping[str, float], values: Mapping[str, float]
) -> dict[str, Any]:
    """The tables `constants` and `knobs` of one technology of the set."""
    start = load_technology(memory)
    constants: dict[str, Any] = {}
    for name in _calibrated(start):
        constants[name] = {"value": 1.0, "unit": start.constants[name].unit, "source": _PLAIN}
    silent = [n for n in (*SILENT[memory], *SILENT["both"]) if n in start.constants]
    for name in silent:
        constants[name] = {"value": 0.0, "unit": start.constants[name].unit, "source": _OFF}
    for quantity in COSTS:
        name, meaning = FREE[memory, quantity]
        source = f"paper set: fitted to the {quantity.split('_')[0]} cells of G1 and G2; {meaning}"
        unit = start.constants[name].unit
        constants[name] = {"value": values[name], "unit": unit, "source": source}
    levels = {name: {"levels": [value], "default": value} for name, value in knobs.items()}
    return {"constants": constants, "knobs": levels}


def _calibrated(technology: Technology) -> list[str]:
    """Factors on energy and delay that were fitted on chips."""
    ends = ("energy_factor", "delay_factor")
    names = [n for n in technology.constants if n.endswith(ends)]
    return sorted(set(names) - {"layout_energy_factor"})


def technology_of(
    memory: str, knobs: Mapping[str, float], values: Mapping[str, float]
) -> Technology:
    own = document(memory, knobs, values)
    return override(load_technology(memory), own, f"paper.{memory}", uncharged=True)


def toml(fits: Sequence[Fit]) -> str:
    """assets/technologies/paper.toml."""
    lines = [
        "# The paper set: constants and one fixed macro per technology with which this simulator",
        "# comes nearest to Tables G1 and G2. Written by `python -m cmn_core paper --fit FILE`;",
        "# docs/paper.md says why. It is no statement about silicon.",
    ]
    for best in fits:
        lines += ["", f"[{best.memory}.constants]"]
        tables = document(best.memory, best.knobs, best.values)
        for name, entry in tables["constants"].items():
            parts = f'value = {entry["value"]:g}, unit = "{entry["unit"]}"'
            lines.append(f'{name} = {{ {parts}, source = "{entry["source"]}" }}')
        for name, entry in tables["knobs"].items():
            value = f"{entry['default']:g}"
            lines += ["", f"[{best.memory}.knobs.{name}]  # {REASONS[name]}"]
            lines += [f"levels = [{value}]", f"default = {value}"]
    return "\n".join(lines) + "\n"


def _cells(
    memory: str, knobs: Mapping[str, float], values: Mapping[str, float], chosen: Assumptions
) -> list[Cell]:
    technology = technology_of(memory, knobs, values)
    return cost_cells({memory: technology}, chosen, memories=(memory,))
