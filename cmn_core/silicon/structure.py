"""A row of a published chip as a macro of the simulator: node, knobs, bits, what works at once.

Whatever a row leaves blank is assumed, and said. The measured columns are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cmn_core.cim.circuits.adder_tree import column_macro, digital_macro
from cmn_core.cim.circuits.analog import analog_macro
from cmn_core.cim.circuits.array import Macro
from cmn_core.cim.circuits.components import MAX_ADC_BITS
from cmn_core.cim.technologies.node_scaling import at_node, nominal_supply_v
from cmn_core.cim.technologies.technology import Constant, Technology, load_technology
from cmn_core.quantities import BASE_NM
from cmn_core.silicon.chips import PublishedChip
from cmn_core.silicon.precision import FigurePrecision, figure_precision, of_a_system

TECHNOLOGY = {"RRAM": "rram", "SRAM-analog": "sram_analog", "SRAM-digital": "sram"}
TYPICAL_SIDE = 128.0
TYPICAL_RRAM_ROWS = 64.0
MOST_SIDE = 512.0  # a capacity without a geometry is that of several arrays
COLUMNS_PER_ADC = 8.0
TYPICAL_ADC_BITS = 5.0
TYPICAL_BITS = 8.0
LOWEST_SUPPLY = 0.6  # of the nominal one: where 6T cells stop working
KB = 1024.0


@dataclass(frozen=True, eq=False)
class Structure:
    """What a row describes, as far as the simulator needs it.

    technology: of the class at the row's node; vdd_v: supply; rows, cols: of one array
    active: rows of a read; adcs: converters of a read (outputs of a digital one)
    input_bits, weight_bits: of a multiply-accumulate; read_inputs, read_weights: of one read
    figure_bits: products counted in one multiply-accumulate of the row's figures
    arrays: arrays of cells_kb; copies: cores or macros that work in parallel
    cycle_ns: stated time of a read (analog) or of one input bit (digital), or None
    system: figures are those of more than a macro
    """

    technology: Technology
    topology: str
    vdd_v: float
    rows: float
    cols: float
    active: float
    adcs: float
    input_bits: float
    weight_bits: float
    read_inputs: float
    read_weights: float
    adc_bits: float
    figure_bits: float
    ops: float
    arrays: float
    copies: float
    cycle_ns: float | None
    system: bool
    assumed: tuple[str, ...]

    @property
    def steps(self) -> float:
        """Reads of a product, one group of input bits after the other."""
        return float(np.ceil(self.input_bits / self.read_inputs))

    @property
    def slices(self) -> float:
        """Groups of columns of a weight, each read by a converter of its own."""
        return self.weight_bits / self.read_weights

    @property
    def outputs(self) -> float:
        """Products of whole weights that a read finishes part of at once."""
        return self.adcs / self.slices

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
                "cell_bits": one * self.read_weights,
                "dac_bits": one * float(np.ceil(self.read_inputs)),
                "vdd_v": one * self.vdd_v,
            }
            return analog_macro(
                tech,
                knobs,
                steps=one * self.steps,
                slices=one * self.slices,
                weight_bits=self.weight_bits,
                digit_share=0.5,
                error=np.zeros(()),
                stated_ns=self.cycle_ns,
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


def describe(chip: PublishedChip, own: Technology | None = None) -> Structure | str:
    """The structure of a row, or why there is none. own: what stands for its class."""
    if chip.why_not is not None:
        return chip.why_not
    number, assumed = chip.number, list[str]()
    node = number["node_nm"]
    if node is None:
        return "node_nm is blank"
    figures = figure_precision(chip.text["figures_precision"])
    if figures.said is not None:
        assumed.append(figures.said)
    analog = chip.device != "SRAM-digital"
    inputs, weights = _bits(chip, figures, assumed)
    read_inputs, read_weights = _bits_of_a_read(chip, figures, (inputs, weights), assumed)
    rows, cols, known = _geometry(chip, assumed)
    active = number["rows_active_per_read"]
    if active is None:
        spare = chip.device == "RRAM" and not known
        active = min(rows, TYPICAL_RRAM_ROWS) if spare else rows
        assumed.append(f"{active:g} rows active per read")
    active = min(active, rows)
    cycle = number["cycle_or_latency_ns"]
    if cycle is None and number["clock_MHz"] is not None:
        cycle = 1000.0 / number["clock_MHz"]
    column = not analog and "adder" in chip.text["cell_type"].lower()
    adcs = number["adcs_in_parallel"] if analog else number["outputs_per_read"]
    if analog:
        if adcs is None:
            adcs = max(1.0, cols / COLUMNS_PER_ADC)
            assumed.append("an ADC per 8 columns")
        if number["adc_bits"] is None:
            assumed.append(f"{TYPICAL_ADC_BITS:g}-bit ADC")
    else:
        if cycle is not None:  # input bits take turns at the trees
            cycle = cycle / read_inputs
        read_inputs, read_weights = 1.0, weights
        if column:
            adcs = max(1.0, np.floor(cols / (weights + np.ceil(np.log2(rows)))))
        adcs = adcs or cols / weights
    arrays = 1.0
    if not figures.normalised and known and number["cells_kb"] is not None:
        arrays = max(1.0, float(np.round(number["cells_kb"] * KB / (rows * cols))))
    if number["ops_per_mac"] is None:
        assumed.append("2 operations per MAC")
    technology = _placed(chip, node, own)
    if isinstance(technology, str):
        return technology
    return Structure(
        technology=of_cells(technology),
        topology="analog" if analog else "column" if column else "tree",
        vdd_v=_supply(chip, node, cycle, assumed),
        rows=rows,
        cols=cols,
        active=active,
        adcs=float(adcs),
        input_bits=inputs,
        weight_bits=weights,
        read_inputs=read_inputs,
        read_weights=read_weights,
        adc_bits=number["adc_bits"] or TYPICAL_ADC_BITS,
        figure_bits=_figure_bits(figures, inputs, weights),
        ops=number["ops_per_mac"] or 2.0,
        arrays=arrays,
        copies=chip.copies,
        cycle_ns=cycle,
        system=of_a_system(chip.text["kind"]),
        assumed=tuple(assumed),
    )


def _placed(chip: PublishedChip, node_nm: float, own: Technology | None) -> Technology | str:
    """The technology of the row's class at its node; a file of one's own states its cells itself,
    and may hold at one node alone."""
    if own is None:
        return grown(at_node(load_technology(TECHNOLOGY[chip.device]), node_nm), chip)
    if own.node_nm not in (BASE_NM, node_nm):
        return f"the technology file holds at {own.node_nm:g} nm, the row is of {node_nm:g} nm"
    return own if own.node_nm == node_nm else at_node(own, node_nm)


def _bits_of_a_read(
    chip: PublishedChip, figures: FigurePrecision, of_mac: tuple[float, float], assumed: list[str]
) -> tuple[float, float]:
    """Input and weight bits of one read: as stated, else those of normalised figures, else one
    input bit and one weight bit at a time."""
    stated = chip.number["read_input_bits"], chip.number["read_weight_bits"]
    default = of_mac
    if not figures.normalised:
        default = _serial(of_mac[0]), _serial(of_mac[1])
        if None in stated and default != of_mac and chip.device != "SRAM-digital":
            assumed.append("one input bit and one weight bit per read")
    inputs, weights = (s or d for s, d in zip(stated, default, strict=True))
    return min(inputs, of_mac[0]), min(weights, of_mac[1])


def grown(technology: Technology, chip: PublishedChip) -> Technology:
    """The technology with a bit cell of as many transistors as the row's `cell_type` names."""
    if chip.device == "RRAM":
        return technology
    old = technology.constants["sram_cell_area_um2"]
    cell = replace(old, value=old.value * chip.cell_size)
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


def _figure_bits(figures: FigurePrecision, inputs: float, weights: float) -> float:
    """Counted products in one multiply-accumulate of that many bits."""
    if not figures.normalised or figures.bits is None:
        return 1.0
    return inputs * weights / (figures.bits[0] * figures.bits[1])


def _serial(bits: float) -> float:
    """Bits of a read that takes one bit after the other; a ternary digit is one."""
    return bits if bits < 2.0 else 1.0


def _bits(chip: PublishedChip, said: FigurePrecision, assumed: list[str]) -> tuple[float, float]:
    """Input and weight bits of a multiply-accumulate: what native figures name, else the columns,
    else 8 x 8."""
    inputs, weights = chip.number["input_bits"], chip.number["weight_bits"]
    words = said.bits if said.bits and not said.normalised else None
    if inputs is not None and weights is not None:
        if words is not None and words != (inputs, weights):
            assumed.append(f"figures at {words[0]:.3g} x {words[1]:.3g} b, as their words say")
            return words
        return inputs, weights
    first, second = words or (TYPICAL_BITS, TYPICAL_BITS)
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
            rows = cols = min(max(1.0, float(np.round(np.sqrt(cells)))), MOST_SIDE)
    known = kb is not None or rows is not None or cols is not None
    rows, cols = rows or TYPICAL_SIDE, cols or TYPICAL_SIDE
    assumed.append(f"{rows:g} x {cols:g} cells")
    return float(rows), float(cols), known
