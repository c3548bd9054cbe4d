"""A table of measured accuracy of one's own: a CSV of networks and their mIoU, checked row by row.

The columns are those that `python -m cmn_core measure` writes; only experts, hidden sizes and mIoU
are needed, so that a table from anywhere can be read.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass

from cmn_core.architecture import BLOCKS, SPACES, Architecture
from cmn_core.errors import FieldError, one_line

GENES = tuple(f"{kind}{b + 1}" for kind in "eh" for b in range(BLOCKS))
NEEDED = (*GENES, "miou")
MOST_BYTES, MOST_ROWS = 1_000_000, 5_000
MOST_BITS = 16
# Cells of rows that `measure` wrote for another question than the network's own accuracy.
_OTHER = ("weight_bits", "output_sigma")
_RUN = ("activation_bits", "top_k")  # and of networks that were run in another way
_NONE = ("na", "n/a", "nan", "none", "null", "-")  # what tables have for a blank cell


@dataclass(frozen=True)
class Disturbed:
    """A network measured with few weight bits (0: floating point) or under an output error."""

    network: Architecture
    weight_bits: int
    output_sigma: float
    miou: float


@dataclass(frozen=True)
class MeasuredTable:
    """Networks of one space with their measured mIoU in percent; left_out: rows measured under an
    output error or with few weight bits, which say something else; others: those of them that can
    be read."""

    space: str
    networks: tuple[Architecture, ...]
    miou: tuple[float, ...]
    left_out: int
    others: tuple[Disturbed, ...] = ()


def read_measured(raw: bytes, name: str, *, space: str) -> MeasuredTable:
    """The rows of a CSV; FieldError names the first row and column that is wrong."""
    if len(raw) > MOST_BYTES:
        raise FieldError(name, f"{len(raw):,} bytes", f"at most {MOST_BYTES:,} are read")
    try:
        text = raw.decode("utf-8-sig")
        head = text.lstrip().split("\n", 1)[0]
        comma = ";" if head.count(";") > head.count(",") else ","
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=comma, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise FieldError(name, f"no CSV ({one_line(str(error), 60)})", "CSV in UTF-8") from None
    lines = [[cell.strip() for cell in line] for line in lines if any(c.strip() for c in line)]
    if len(lines) < 2:
        raise FieldError(name, "no rows", f"a header with {', '.join(NEEDED)} and rows")
    header, *body = lines
    if missing := [column for column in NEEDED if column not in header]:
        raise FieldError(f"column {missing[0]}", "missing", f"needed are {', '.join(NEEDED)}")
    if len(body) > MOST_ROWS:
        raise FieldError(name, f"{len(body):,} rows", f"at most {MOST_ROWS:,} are read")
    networks, miou, left_out, others = [], [], 0, []
    for number, cells in enumerate(body, start=1):
        if len(cells) > len(header):
            found = f"{len(cells)} cells under {len(header)} columns"
            allowed = "as many cells as columns; a decimal comma perhaps, where a point is expected"
            raise FieldError(f"row {number}", found, allowed)
        if comma == ";":  # so a comma in a cell is that of a decimal
            cells = [cell.replace(",", ".") for cell in cells]
        cells = ["" if cell.lower() in _NONE else cell for cell in cells]
        row = dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=False))
        network, value = _network(number, row, space), _real(number, "miou", row["miou"], 100.0)
        changed = [c for c in (*_OTHER, *_RUN) if row.get(c, "") not in ("", "0", "0.0")]
        if changed:
            left_out += 1
            if not set(changed) & set(_RUN):
                others += _disturbed(network, row, value)
            continue
        networks.append(network)
        miou.append(value)
    if networks and max(miou) <= 1.0:
        found = f"{min(miou):g} to {max(miou):g} in all rows"
        raise FieldError("column miou", found, "percent is expected; fractions times 100 are that")
    if not networks:
        raise FieldError(name, "no row in full precision without error", "at least one is expected")
    return MeasuredTable(space, tuple(networks), tuple(miou), left_out, tuple(others))


def _disturbed(network: Architecture, row: Mapping[str, str], miou: float) -> list[Disturbed]:
    """The row as one number of bits or one output error; nothing where it is neither."""
    bits, sigma = (row.get(column, "") or "0" for column in _OTHER)
    bits = bits.removesuffix(".0")
    try:
        found = Disturbed(network, int(bits) if bits.isdecimal() else -1, float(sigma), miou)
    except ValueError:
        return []
    one = (found.weight_bits > 0) != (found.output_sigma > 0.0)
    known = 0 <= found.weight_bits <= MOST_BITS and 0.0 <= found.output_sigma <= 1.0
    return [found] if one and known else []


def _network(number: int, row: Mapping[str, str], space: str) -> Architecture:
    genes = [_whole(number, name, row[name]) for name in GENES]
    try:
        return SPACES[space].check(Architecture.from_row(genes))
    except FieldError as error:
        raise error.under(f"row {number}") from None


def _whole(number: int, column: str, cell: str) -> int:
    number_text = cell.removesuffix(".0")  # a table of whole and broken numbers makes all broken
    if not number_text.isdecimal() or len(number_text) > 6:
        found = f"found '{one_line(cell, 24)}'" if cell else "blank"
        raise FieldError(f"row {number}, column {column}", found, "a whole number is expected")
    return int(number_text)


def _real(number: int, column: str, cell: str, top: float) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= top:
        found = f"found '{one_line(cell, 24)}'" if cell else "blank"
        raise FieldError(f"row {number}, column {column}", found, f"0 to {top:g} is expected")
    return value
