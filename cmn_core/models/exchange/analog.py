"""The analog macro of a chip, as simulators of errors see it: what their files are made from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from cmn_core.cim.circuits.adc_error import magnitude_bits
from cmn_core.cim.circuits.cell_error import LEVELS, NAMES
from cmn_core.cim.technologies.technology import Technology
from cmn_core.errors import FieldError
from cmn_core.models.layers import Model


@dataclass(frozen=True)
class AnalogMacro:
    """Knobs and device of one analog memory, at a model's precision.

    conductances in uS; program_sigma: sd of a written cell over the largest conductance at LEVELS;
    read_sigma: of a read; ohm_per_row: of the bit line; crest: full scale over sd of weights
    """

    title: str
    rows: int
    columns: int
    active_rows: int
    adc_bits: int
    cell_bits: int
    dac_bits: int
    columns_per_adc: int
    weight_bits: int
    activation_bits: int
    largest_us: float
    least_us: float
    program_sigma: tuple[float, ...]
    read_sigma: float
    ohm_per_row: float
    crest: float
    range_sigmas: float

    @property
    def slices(self) -> int:
        """Pairs of columns of one weight."""
        return -(-magnitude_bits(self.weight_bits) // self.cell_bits)

    @property
    def steps(self) -> int:
        """Reads of one product, one group of input bits after the other."""
        return -(-self.activation_bits // self.dac_bits)

    @property
    def mean_program_sigma(self) -> float:
        """Root mean square over conductances that are equally likely."""
        pairs = zip(pairwise(LEVELS), pairwise(self.program_sigma), strict=True)
        whole = sum((y - x) * (a * a + a * b + b * b) / 3.0 for (x, y), (a, b) in pairs)
        return math.sqrt(whole)

    @property
    def outputs(self) -> int:
        """Whole weights side by side in one array."""
        return max(1, self.columns // self.slices)

    @property
    def full_range(self) -> float:
        """Half of the converter's range over the largest product of a single cell: so many
        standard deviations of a sum over the active rows, inputs uniform, weights Gaussian."""
        deviation = math.sqrt(self.active_rows / 3.0) / self.crest
        return min(self.range_sigmas * deviation, float(self.active_rows))


def analog_macro_of(
    model: Model, technologies: Mapping[str, Technology], macros: Mapping[str, Mapping[str, float]]
) -> AnalogMacro:
    """The chip's analog macro with resistive cells. FieldError for a chip without one.

    macros: knobs by memory, of those in use
    """
    for memory, knobs in macros.items():
        technology = technologies[memory]
        if technology.kind == "analog" and NAMES[0] in technology.constants:
            return _macro(model, technology, knobs)
    found = f"weights on {', '.join(macros) or 'no memory'}"
    raise FieldError("memory", found, "weights on RRAM: that format is of resistive cells alone")


def _macro(model: Model, technology: Technology, knobs: Mapping[str, float]) -> AnalogMacro:
    value = technology.value
    return AnalogMacro(
        title=technology.title,
        rows=int(knobs["rows"]),
        columns=int(knobs["cols"]),
        active_rows=int(knobs["active_rows"]),
        adc_bits=int(knobs["adc_bits"]),
        cell_bits=int(knobs["cell_bits"]),
        dac_bits=int(knobs["dac_bits"]),
        columns_per_adc=int(knobs["columns_per_adc"]),
        weight_bits=model.weight_bits,
        activation_bits=model.activation_bits,
        largest_us=value("conductance_max_us"),
        least_us=value("conductance_min_us"),
        program_sigma=tuple(value(name) for name in NAMES),
        read_sigma=value("read_sigma"),
        ohm_per_row=value("bitline_ohm_per_row"),
        crest=value("crest"),
        range_sigmas=value("range_sigmas"),
    )
