"""Rows of published chips: a CSV read, each cell as a number in the unit of its column.

A row that cannot be read or understood says why and leaves the others alone. What is measured stays
text and is parsed by nobody but `PublishedChip.measured`, which predictions never ask.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cmn_core.errors import FieldError, one_line
from cmn_core.silicon.precision import copies_of
from cmn_core.silicon.units import CellError, quantity

DEVICES = ("RRAM", "SRAM-analog", "SRAM-digital")
MEASURED = (
    "tops_per_W",
    "throughput_GOPS",
    "area_mm2",
    "tops_per_mm2",
    "energy_per_bank_read_pJ",
)
_SPANS: dict[str, tuple[float, float]] = {
    "node_nm": (2.0, 350.0),
    "vdd_V": (0.2, 5.0),
    "rows": (1.0, 1e6),
    "cols": (1.0, 1e6),
    "cells_kb": (1e-3, 1e8),
    "input_bits": (1.0, 64.0),
    "weight_bits": (1.0, 64.0),
    "adc_bits": (1.0, 16.0),
    "rows_active_per_read": (1.0, 1e6),
    "adcs_in_parallel": (1.0, 1e6),
    "clock_MHz": (1e-3, 1e5),
    "cycle_or_latency_ns": (1e-3, 1e9),
    "ops_per_mac": (0.5, 16.0),
    "year": (1990.0, 2100.0),
    "read_input_bits": (1.0, 64.0),
    "read_weight_bits": (1.0, 64.0),
    "outputs_per_read": (1.0, 1e6),
}
TEXTS = ("chip_id", "device", "kind", "cell_type", "figures_precision")
OPTIONAL = ("year", "read_input_bits", "read_weight_bits", "outputs_per_read")
COLUMNS = (*TEXTS, *(column for column in _SPANS if column not in OPTIONAL))
# Without these a row says nothing at all; any other column may be absent, as if it were blank.
NEEDED = ("chip_id", "device", "node_nm")
MAX_CHARACTERS = 1_000_000
_TRANSISTORS = re.compile(r"([0-9]{1,2})T(?:([0-9]?)C)?")
TYPICAL_TRANSISTORS = 8.0
TRANSISTORS_PER_CAPACITOR = 4.0


@dataclass(frozen=True)
class PublishedChip:
    """One row. Numbers are None where the cell is blank.

    line: its place; text: the cells that are words; number: the cells that are numbers; raw: every
    cell; why_not: what could not be read or understood, None for a good row
    """

    line: int
    text: Mapping[str, str]
    number: Mapping[str, float | None]
    raw: Mapping[str, str]
    why_not: str | None = None

    @property
    def chip_id(self) -> str:
        return self.text["chip_id"]

    @property
    def device(self) -> str:
        return self.text["device"]

    @property
    def copies(self) -> float:
        """Cores or macros that work in parallel, as `kind` counts them ("chip (48 cores)")."""
        return copies_of(self.text["kind"])

    @property
    def cell_size(self) -> float:
        """Area of the row's bit cell over that of the technology: transistors over those of 6T."""
        if self.device == "RRAM":
            return 1.0
        found = _TRANSISTORS.search(self.text["cell_type"])
        count = float(found[1]) if found else TYPICAL_TRANSISTORS
        if found and found[2] is not None:
            count += TRANSISTORS_PER_CAPACITOR * float(found[2] or 1)
        return max(count, 1.0) / 6.0

    def left_out(self, quantity: str) -> bool:
        """Whether the row says that a figure of it is not to be learnt from, and why."""
        return quantity in self.raw.get("left_out", "").split(":")[0]

    def measured(self, column: str) -> float | None:
        """A published figure, for fitting and checking only; None where there is none."""
        try:
            value = quantity(column, self.raw.get(column, ""))
        except CellError:
            return None
        return value if value is not None and value > 0.0 else None


def read_chips(path: str | Path) -> list[PublishedChip]:
    """The rows of a CSV in order; FieldError where the file is no table of chips."""
    name = one_line(path, 80)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FieldError(name, error.strerror or "cannot be read", "a CSV file is expected") from (
            error
        )
    except UnicodeDecodeError as error:
        raise FieldError(name, "not UTF-8 text", "a CSV file is expected") from error
    return parse_chips(text, name)


def parse_chips(text: str, name: str = "chips") -> list[PublishedChip]:
    """The rows of a CSV text in order. `name` stands for the file in a refusal."""
    if len(text) > MAX_CHARACTERS:
        raise FieldError(name, f"{len(text):,} characters", f"at most {MAX_CHARACTERS:,} are read")
    if "\0" in text:
        raise FieldError(name, "binary data", "a CSV file is expected")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [[cell.strip() for cell in line] for line in reader]
    except csv.Error as error:
        raise FieldError(name, f"not CSV ({error})", "a CSV file is expected") from error
    lines = [line for line in lines if any(line)]
    if not lines:
        raise FieldError(name, "empty", "a header and rows are expected")
    header = lines[0]
    twice = next((c for c in header if c and header.count(c) > 1), None)
    if twice is not None:
        raise FieldError(f"column {twice}", "named twice", "each column has one name")
    missing = [c for c in NEEDED if c not in header]
    if missing:
        raise FieldError(f"column {missing[0]}", "missing", f"needed are {', '.join(NEEDED)}")
    return [_chip(number, header, line) for number, line in enumerate(lines[1:], start=1)]


def _chip(line: int, header: list[str], cells: list[str]) -> PublishedChip:
    """One row; what is wrong with it stands in `why_not` and stops no other row."""
    wrong = []
    if len(cells) > len(header):
        wrong.append(f"{len(cells)} cells; the header names {len(header)} columns")
    raw = dict(zip(header, [*cells, *[""] * len(header)], strict=False))
    text = {column: raw.get(column, "") for column in TEXTS}
    if not text["chip_id"]:
        wrong.append("chip_id is blank; every row names its chip")
    if text["device"] not in DEVICES:
        found = f"found '{text['device']}'" if text["device"] else "blank"
        wrong.append(f"device: {found}; allowed are {', '.join(DEVICES)}")
    number: dict[str, float | None] = {}
    for column in _SPANS:
        try:
            number[column] = _number(column, raw.get(column, ""))
        except CellError as error:
            number[column] = None
            wrong.append(f"{column}: {error}")
    return PublishedChip(line, text, number, raw, one_line("; ".join(wrong)) if wrong else None)


def _number(column: str, cell: str) -> float | None:
    """The number of a cell, None where it is blank; CellError for anything else."""
    value = quantity(column, cell)
    low, high = _SPANS[column]
    if value is not None and not low <= value <= high:
        raise CellError(f"found '{cell}'; {low:g} to {high:g} is allowed")
    return value
