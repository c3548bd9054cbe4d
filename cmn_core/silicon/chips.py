"""Rows of published chips: a CSV read and checked, each cell as a number with its comment dropped.

A cell may carry a comment after its number ("64 per core", "0.9 (model setting)"), may be a span
("16-128", whose geometric mean is taken) or a pair of supplies ("0.3/0.6", whose larger one is).
What is measured stays text and is parsed by nobody but `Chip.measured`, which predictions never
ask.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cmn_core.errors import FieldError, one_line

DEVICES = ("RRAM", "SRAM-analog", "SRAM-digital")
MEASURED = (
    "tops_per_W",
    "throughput_GOPS",
    "area_mm2",
    "tops_per_mm2",
    "energy_per_bank_read_pJ",
)
TERNARY_BITS = math.log2(3.0)
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
}
TEXTS = ("chip_id", "device", "kind", "cell_type", "figures_precision")
OPTIONAL = ("year",)
COLUMNS = (*TEXTS, *(column for column in _SPANS if column not in OPTIONAL))
_NUMBER = r"[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+"
MAX_CHARACTERS = 1_000_000
_CELL = re.compile(rf"[~<>≈]?\s*({_NUMBER})(?:\s*([-–/])\s*({_NUMBER}))?(?=$|[\s(/;]|,\s)")
_WORDS = {"binary": 1.0, "ternary": TERNARY_BITS}
_COUNT = re.compile(r"\(\s*([0-9]+)\s+(?:cores?|macros?|banks?|tiles?)", re.IGNORECASE)


@dataclass(frozen=True)
class PublishedChip:
    """One row. Numbers are None where the cell is blank.

    text: the cells that are words; number: the cells that are numbers; raw: every cell
    """

    line: int
    text: Mapping[str, str]
    number: Mapping[str, float | None]
    raw: Mapping[str, str]

    @property
    def chip_id(self) -> str:
        return self.text["chip_id"]

    @property
    def device(self) -> str:
        return self.text["device"]

    @property
    def copies(self) -> float:
        """Cores or macros that work in parallel, as `kind` counts them ("chip (48 cores)")."""
        found = _COUNT.search(self.text["kind"])
        return max(1.0, float(found[1])) if found else 1.0

    def measured(self, column: str) -> float | None:
        """A published figure, for fitting and checking only; None where there is none."""
        found = _CELL.match(self.raw.get(column, "").strip())
        value = float(found[1]) if found else 0.0
        return value if value > 0.0 else None


def read_chips(path: str | Path) -> list[PublishedChip]:
    """The rows of a CSV in order; FieldError that names row and column for what does not fit."""
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
    missing = [c for c in COLUMNS if c not in header]
    if missing:
        raise FieldError(f"column {missing[0]}", "missing", f"needed are {', '.join(COLUMNS)}")
    return [_chip(number, header, line) for number, line in enumerate(lines[1:], start=1)]


def _chip(line: int, header: list[str], cells: list[str]) -> PublishedChip:
    if len(cells) > len(header):
        raise FieldError(
            f"row {line}", f"{len(cells)} cells", f"the header names {len(header)} columns"
        )
    raw = dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=True))
    text = {column: raw[column] for column in TEXTS}
    if not text["chip_id"]:
        raise FieldError(f"row {line}, column chip_id", "blank", "every row names its chip")
    if text["device"] not in DEVICES:
        found = f"found '{one_line(text['device'], 40)}'" if text["device"] else "blank"
        raise FieldError(f"row {line}, column device", found, f"allowed are {', '.join(DEVICES)}")
    number = {column: _number(line, column, raw.get(column, "")) for column in _SPANS}
    return PublishedChip(line, text, number, raw)


def _number(line: int, column: str, cell: str) -> float | None:
    """The number of a cell, None where it is blank; FieldError for anything else."""
    if not cell:
        return None
    low, high = _SPANS[column]
    field = f"row {line}, column {column}"
    words = cell.lower().split()
    if column in ("input_bits", "weight_bits") and words[0].strip("(),") in _WORDS:
        return _WORDS[words[0].strip("(),")]
    found = _CELL.match(cell)
    if not found:
        raise FieldError(field, f"found '{one_line(cell, 40)}'", "a number is expected")
    first, second = float(found[1]), float(found[3] or found[1])
    for value in (first, second):
        if not low <= value <= high:
            raise FieldError(field, f"found {value:g}", f"{low:g} to {high:g} is allowed")
    return max(first, second) if found[2] == "/" else math.sqrt(first * second)
