"""The number in a cell of a table: its unit converted, its comment dropped, anything else refused.

A cell holds a number, perhaps a unit ("0.5 GHz", "16 Mb", "28nm"), a span ("16-128", whose
geometric mean is taken) or alternatives ("0.3/0.6", whose larger one is taken), and a comment: in
parentheses, after a comma or semicolon, or words that are no unit ("64 per core", "0.6 analog").
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

KILO = 1024.0
TERNARY_BITS = math.log2(3.0)
_KILOBITS = {
    "b": 1.0 / KILO, "bit": 1.0 / KILO, "bits": 1.0 / KILO,
    "kb": 1.0, "kbit": 1.0, "kbits": 1.0, "kib": 1.0, "k": 1.0,
    "mb": KILO, "mbit": KILO, "mbits": KILO, "mib": KILO, "m": KILO,
    "gb": KILO * KILO, "gbit": KILO * KILO, "gib": KILO * KILO,
}  # fmt: skip
_COUNT = {"k": KILO, "m": KILO * KILO}
_BITS = {"b": 1.0, "bit": 1.0, "bits": 1.0}
# Column -> unit in lower case -> factor to the unit of the column. A capital B is a byte.
UNITS: Mapping[str, Mapping[str, float]] = {
    "node_nm": {"nm": 1.0, "um": 1e3, "pm": 1e-3},
    "vdd_V": {"v": 1.0, "mv": 1e-3, "kv": 1e3},
    "rows": {**_COUNT, "row": 1.0, "rows": 1.0},
    "cols": {**_COUNT, "column": 1.0, "columns": 1.0, "cols": 1.0},
    "rows_active_per_read": {**_COUNT, "row": 1.0, "rows": 1.0},
    "adcs_in_parallel": {**_COUNT, "adc": 1.0, "adcs": 1.0},
    "cells_kb": _KILOBITS,
    "input_bits": _BITS,
    "weight_bits": _BITS,
    "adc_bits": _BITS,
    "read_input_bits": _BITS,
    "read_weight_bits": _BITS,
    "outputs_per_read": _COUNT,
    "clock_MHz": {"hz": 1e-6, "khz": 1e-3, "mhz": 1.0, "ghz": 1e3},
    "cycle_or_latency_ns": {
        "ps": 1e-3, "ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9,
    },
    "ops_per_mac": {"op": 1.0, "ops": 1.0},
    "year": {},
}  # fmt: skip
_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_UNIT = r"(?!to\b)[A-Za-zµμ]+"
_CELL = re.compile(
    rf"[~<>≈]?\s*(?P<first>{_NUMBER})(?P<gap>\s*)(?P<unit>{_UNIT})?"
    rf"(?:\s*(?P<mark>[-–/]|\bto\b)\s*(?P<second>{_NUMBER})\s*(?P<last>{_UNIT})?)?"
    r"(?P<rest>.*)$",
    re.DOTALL,
)
_WORDS = {"binary": 1.0, "ternary": TERNARY_BITS}
# Words that say something about a number without changing it.
_COMMENTS = frozenset(
    (
        *("per", "each", "total", "core", "cores", "macro", "macros", "bank", "banks"),
        *("array", "arrays", "chip", "tile", "crossbar", "cell", "cells", "memory", "logic"),
        *("analog", "analogue", "digital", "sram", "rram", "supply", "native", "active"),
        *("typical", "typ", "nominal", "nom", "min", "max", "minimum", "maximum", "peak"),
        *("signed", "unsigned", "input", "inputs", "weight", "weights", "output", "outputs"),
        *("at", "in", "of", "with", "for", "and", "or", "about", "parallel"),
    )
)
_BYTE = re.compile(r"^[kKmMgG]?i?B(?:ytes?)?$")


class CellError(ValueError):
    """A cell that is not understood; the text says what was found and what is expected."""


def quantity(column: str, cell: str) -> float | None:
    """The number of a cell in the unit of its column; None where the cell is blank.

    CellError for text that is no number, a unit of another kind, or words that are not known.
    """
    text = cell.strip()
    if not text:
        return None
    word = text.lower().split()[0].strip("(),")
    if column.endswith(("input_bits", "weight_bits")) and word in _WORDS:
        return _WORDS[word]
    found = _CELL.match(text)
    if not found:
        raise CellError(f"found '{text}'; a number is expected")
    rest = found["rest"].strip()
    if re.match(r",[0-9]", rest):
        raise CellError(f"found '{text}'; a decimal comma or a thousands separator is not read")
    first, second = found["first"], found["second"]
    units: list[str] = []
    words: list[str] = []
    for token in (found["unit"], found["last"]):
        if token is not None:
            (words if token.lower() in _COMMENTS else units).append(token)
    known = [_factor(column, token, text) for token in units]
    _comment(rest, text)
    scale = known[-1] if known else 1.0
    low = float(first) * (known[0] if len(known) == 2 else scale)
    if second is None or (words and found["unit"] in words):
        return low  # "0.6 analog / 0.75 digital": the first of several rails
    high = float(second) * scale
    return max(low, high) if found["mark"] == "/" else math.sqrt(low * high)


def _factor(column: str, unit: str, text: str) -> float:
    table = UNITS.get(column, {})
    if column == "cells_kb" and _BYTE.match(unit):
        return 8.0 * table.get(unit.lower().replace("ytes", "").replace("yte", ""), 1.0)
    plain = unit.replace("µ", "u").replace("μ", "u").lower()
    if plain in table:
        return table[plain]
    expected = ", ".join(table) or "a plain number"
    raise CellError(f"found '{text}'; the unit '{unit}' is not one of {expected}")


def _comment(rest: str, text: str) -> None:
    """CellError unless what follows the number can only be a comment."""
    if not rest or rest[0] in "(;[,":
        return
    spoken = re.sub(r"\(.*?\)|\[.*?\]", " ", rest, flags=re.DOTALL)
    for token in re.findall(r"[^\s,;/()]+", spoken):
        plain = token.lower().strip(".:+-–")
        if plain and plain not in _COMMENTS and not re.fullmatch(rf"{_NUMBER}", plain):
            raise CellError(f"found '{text}'; '{token}' is not understood")
