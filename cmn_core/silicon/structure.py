"""A row of a published chip as a macro of the simulator: node, knobs, bits, what works at once.

Whatever a row leaves blank is assumed, and said. The measured columns are not looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.cim.circuits.adder_tree import column_macro, digital_macro
from cmn_core.cim.circuits.analog import analog_macro
from cmn_core.cim.circuits.array import Macro
from cmn_core.cim.circuits.components import MAX_ADC_BITS
from cmn_core.cim.technologies.node_scaling import at_node, nominal_supply_v
from cmn_core.cim.technologies.technology import Constant, Technology, load_technology
from cmn_core.silicon.chips import TERNARY_BITS, PublishedChip

TECHNOLOGY = {"RRAM": "rram", "SRAM-analog": "sram_analog", "SRAM-digital": "sram"}
TYPICAL_SIDE = 128.0
TYPICAL_RRAM_ROWS = 64.0
COLUMNS_PER_ADC = 8.0
TYPICAL_ADC_BITS = 5.0
LOWEST_SUPPLY = 0.6  # of the nominal one: where 6T cells stop working
KB = 1024.0
REFERENCE_YEAR = 2021.0
FITTED_YEARS = (2018.0, 2024.0)
_PAIR = re.compile(r"([0-9]+)\s*b?(?:it)?s?\b[^x/0-9]{0,12}[x/]\s*([0-9]+)\s*b?", re.IGNORECASE)
_SINGLE = re.compile(r"\b([0-9]+)\s*b(?:it)?\b", re.IGNORECASE)
_TRANSISTORS = re.compile(r"([0-9]{1,2})T(?:([0-9]?)C)?")
TYPICAL_TRANSISTORS = 8.0
TRANSISTORS_PER_CAPACITOR = 4.0
_WORD = {"binary": 1.0, "ternary": TERNARY_BITS}


@dataclass(frozen=True, eq=False)
class Structure:
    """What a row describes, as far as the simulator needs it.

    technology: of the class at the row's node; vdd_v: supply; rows, cols: of one array
    active: rows of a read; outputs: products that a read finishes part of at once
    steps: reads of a product (input bits one after the other); input_bits, weight_bits: of a MAC
    figure_bits: bit products that count as one MAC in the row's figures
    arrays: arrays of cells_kb; copies: cores or macros that work in parallel
    cycle_ns: stated time of a read, or None; system: figures are those of more than a macro
    years: from REFERENCE_YEAR to publication
    """

    technology: Technology
    topology: str
    vdd_v: float
    rows: float
    cols: float
    active: float
    outputs: float
    steps: float
    input_bits: float
    weight_bits: float
    adc_bits: float
    adcs: float
    figure_bits: float
    ops: float
    arrays: float
    copies: float
    cycle_ns: float | None
    system: bool
    years: float
    assumed: tuple[str, ...]

    @property
    def macs_per_read(self) -> float:
        """Multiply-accumulates of one array per read."""
        return self.active * self.outputs / self.steps

    def macro(self, technology: Technology | None = None) -> Macro:
        """The simulator's macro; of another technology where one is given."""
        tech = technology or self.technology
        one = np.ones(())
        if self.topology == "analog":
            adc_bits = float(min(np.ceil(self.adc_bits), MAX_ADC_BITS))
            knobs = {
                "rows": one * self.rows,
                "cols": one * self.cols,
                "active_rows": one * self.active,
                "adc_bits": one * adc_bits,
                "columns_per_adc": one * (self.cols / self.adcs),
                "cell_bits": one * self.weight_bits,
                "dac_bits": one * float(np.ceil(self.input_bits)),
                "vdd_v": one * self.vdd_v,
            }
            return analog_macro(
                tech,
                knobs,
                steps=one,
                slices=one,
                weight_bits=self.weight_bits,
                digit_share=0.5,
                error=np.zeros(()),
            )
        knobs = {
            "rows": one * self.rows,
            "cols": one * self.cols,
            "rows_per_tree": one * (self.rows / self.active),
            "input_bits_per_step": one,
            "vdd_v": one * self.vdd_v,
        }
        build = column_macro if self.topology == "column" else digital_macro
        return build(tech, knobs, steps=one * self.steps, weight_bits=self.weight_bits)


def describe(chip: PublishedChip) -> Structure | str:
    """The structure of a row, or the name of the missing input without which there is none."""
    number, assumed = chip.number, list[str]()
    node = number["node_nm"]
    if node is None:
        return "node_nm"
    analog = chip.device != "SRAM-digital"
    inputs, weights = _bits(chip, assumed)
    rows, cols, known = _geometry(chip, assumed)
    active = number["rows_active_per_read"]
    if active is None:
        spare = chip.device == "RRAM" and not known
        active = min(rows, TYPICAL_RRAM_ROWS) if spare else rows
        assumed.append(f"{active:g} rows active per read")
    active = min(active, rows)
    adcs = number["adcs_in_parallel"]
    cycle = number["cycle_or_latency_ns"]
    if cycle is None and number["clock_MHz"] is not None:
        cycle = 1000.0 / number["clock_MHz"]
    column = not analog and "adder" in chip.text["cell_type"].lower()
    steps = 1.0
    if analog:
        outputs = adcs
        if adcs is None or outputs is None:
            adcs = max(1.0, cols / COLUMNS_PER_ADC)
            outputs = max(1.0, np.floor(adcs / weights))
            assumed.append("an ADC per 8 columns")
        if number["adc_bits"] is None:
            assumed.append(f"{TYPICAL_ADC_BITS:g}-bit ADC")
    elif column:
        outputs = max(1.0, np.floor(cols / (weights + np.ceil(np.log2(rows)))))
        steps = inputs
    else:
        outputs, steps = cols / weights, inputs
    figures = chip.text["figures_precision"].lower()
    bank = "1b-norm" in figures or "1b norm" in figures
    arrays = 1.0
    if not bank and known and number["cells_kb"] is not None:
        arrays = max(1.0, float(np.round(number["cells_kb"] * KB / (rows * cols))))
    if number["ops_per_mac"] is None:
        assumed.append("2 operations per MAC")
    name = TECHNOLOGY[chip.device]
    return Structure(
        technology=of_cells(grown(at_node(load_technology(name), node), chip)),
        topology="analog" if analog else "column" if column else "tree",
        vdd_v=_supply(chip, node, cycle, assumed),
        rows=rows,
        cols=cols,
        active=active,
        outputs=float(outputs),
        steps=float(steps),
        input_bits=inputs,
        weight_bits=weights,
        adc_bits=number["adc_bits"] or TYPICAL_ADC_BITS,
        adcs=adcs or 1.0,
        figure_bits=inputs * weights if bank else 1.0,
        ops=number["ops_per_mac"] or 2.0,
        arrays=arrays,
        copies=chip.copies,
        cycle_ns=cycle,
        system=not chip.text["kind"].lower().startswith("macro"),
        years=_years(chip, assumed),
        assumed=tuple(assumed),
    )


def _years(chip: PublishedChip, assumed: list[str]) -> float:
    """Years since REFERENCE_YEAR, held inside the years that the factors were fitted on."""
    year = chip.number["year"]
    if year is None:
        assumed.append(f"published in {REFERENCE_YEAR:g}")
        return 0.0
    return min(max(year, FITTED_YEARS[0]), FITTED_YEARS[1]) - REFERENCE_YEAR


def grown(technology: Technology, chip: PublishedChip) -> Technology:
    """The technology with a bit cell of as many transistors as the row's `cell_type` names."""
    if chip.device == "RRAM":
        return technology
    found = _TRANSISTORS.search(chip.text["cell_type"])
    count = float(found[1]) if found else TYPICAL_TRANSISTORS
    if found and found[2] is not None:
        count += TRANSISTORS_PER_CAPACITOR * float(found[2] or 1)
    old = technology.constants["sram_cell_area_um2"]
    cell = replace(old, value=old.value * max(count, 1.0) / 6.0)
    constants = {**technology.constants, "sram_cell_area_um2": cell}
    return replace(technology, constants=constants)


def of_cells(technology: Technology) -> Technology:
    """Published columns are columns of cells, whether or not two of them make a pair."""
    if "cells_per_pair" not in technology.constants:
        return technology
    single = Constant(1.0, "1", "columns of published chips are columns of cells")
    return replace(technology, constants={**technology.constants, "cells_per_pair": single})


def _supply(chip: PublishedChip, node: float, cycle: float | None, assumed: list[str]) -> float:
    """The stated supply; else the nominal one, or for digital headline figures the lowest."""
    stated = chip.number["vdd_V"]
    if stated is not None:
        return stated
    supply = nominal_supply_v(node)
    if chip.device == "SRAM-digital" and cycle is None:
        supply *= LOWEST_SUPPLY
        assumed.append(f"{supply:.2g} V, the lowest supply, as headline efficiencies are")
    else:
        assumed.append(f"nominal supply of {supply:.2g} V")
    return supply


def _bits(chip: PublishedChip, assumed: list[str]) -> tuple[float, float]:
    """Input and weight bits: the columns, else what figures_precision says, else 8 x 8."""
    inputs, weights = chip.number["input_bits"], chip.number["weight_bits"]
    if inputs is not None and weights is not None:
        return inputs, weights
    said = chip.text["figures_precision"].lower()
    words = [_WORD[w] for w in re.findall("binary|ternary", said)]
    pair, single = _PAIR.search(said), _SINGLE.search(said)
    if pair and 0 < int(pair[1]) <= 64 and 0 < int(pair[2]) <= 64:
        first, second = float(pair[1]), float(pair[2])
    elif words:
        first, second = words[0], words[-1]
    elif single and 0 < int(single[1]) <= 64:
        first = second = float(single[1])
    else:
        first = second = 8.0
    first, second = inputs or first, weights or second
    assumed.append(f"{first:.3g} b inputs, {second:.3g} b weights")
    return first, second


def _geometry(chip: PublishedChip, assumed: list[str]) -> tuple[float, float, bool]:
    """Rows and columns of one array, and whether the row says anything about them."""
    rows, cols, kb = (chip.number[c] for c in ("rows", "cols", "cells_kb"))
    if rows is not None and cols is not None:
        return rows, cols, True
    if kb is not None:
        cells = kb * KB
        if rows is not None:
            cols = max(1.0, np.floor(cells / rows))
        elif cols is not None:
            rows = max(1.0, np.floor(cells / cols))
        else:
            rows = cols = max(1.0, float(np.round(np.sqrt(cells))))
    known = kb is not None or rows is not None or cols is not None
    rows, cols = rows or TYPICAL_SIDE, cols or TYPICAL_SIDE
    assumed.append(f"{rows:g} x {cols:g} cells")
    return float(rows), float(cols), known
