"""Measured accuracy of one's own: a CSV of networks and their mIoU, priced on every memory.

The columns are those that `python -m cmn_core measure` writes; only experts, hidden sizes and mIoU
are needed, so that a table from anywhere can be laid beside what its networks cost.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from cmn_core.architecture import BLOCKS, SPACES, Architecture
from cmn_core.cim.chip import combine, price
from cmn_core.cim.technology import Technology, load_technology
from cmn_core.design import MEMORIES, Design, Hardware, Workload
from cmn_core.errors import FieldError, one_line

Floats = NDArray[np.float64]
GENES = tuple(f"{kind}{b + 1}" for kind in "eh" for b in range(BLOCKS))
NEEDED = (*GENES, "miou")
PLACED = ("rram", "sram", "hybrid")
MOST_BYTES, MOST_ROWS = 1_000_000, 5_000
COSTS = ("energy_uj", "latency_us", "area_mm2")
# Cells of rows that `measure` wrote for another question than the network's own accuracy.
_OTHER = ("weight_bits", "output_sigma")


@dataclass(frozen=True)
class Measured:
    """Networks of one space with their measured mIoU in percent; left_out: rows measured under an
    output error or with few weight bits, which say something else."""

    space: str
    networks: tuple[Architecture, ...]
    miou: tuple[float, ...]
    left_out: int


@dataclass(frozen=True, eq=False)
class Priced:
    """Costs [N] by name of COSTS, and where each block lies [N, 4] (True: RRAM)."""

    costs: Mapping[str, Floats]
    rram: NDArray[np.bool_]

    def front(self, miou: tuple[float, ...], cost: str) -> list[int]:
        """Networks that no other beats in both mIoU and that cost, cheapest first."""
        spent, out, best = self.costs[cost], [], -math.inf
        for at in sorted(range(len(miou)), key=lambda i: (spent[i], -miou[i])):
            if miou[at] > best:
                out.append(at)
                best = miou[at]
        return out


def read_measured(raw: bytes, name: str, *, space: str) -> Measured:
    """The rows of a CSV; FieldError names the first row and column that is wrong."""
    if len(raw) > MOST_BYTES:
        raise FieldError(name, f"{len(raw):,} bytes", f"at most {MOST_BYTES:,} are read")
    try:
        lines = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))
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
    networks, miou, left_out = [], [], 0
    for number, cells in enumerate(body, start=1):
        row = dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=False))
        network, value = _network(number, row, space), _real(number, "miou", row["miou"], 100.0)
        if any(row.get(column, "") not in ("", "0", "0.0") for column in _OTHER):
            left_out += 1
            continue
        networks.append(network)
        miou.append(value)
    if not networks:
        raise FieldError(name, "no row in full precision without error", "at least one is expected")
    return Measured(space, tuple(networks), tuple(miou), left_out)


def priced(table: Measured, memory: str, workload: Workload | None = None) -> Priced:
    """Every network on default macros, one copy; hybrid: the memory of each block that gives the
    least energy x latency. memory: of PLACED; workload: of interface.md unless named."""
    asked = Workload() if workload is None else workload
    experts = np.array([n.experts for n in table.networks], dtype=np.float64)
    hidden = np.array([n.hidden for n in table.networks], dtype=np.float64)
    used = MEMORIES if memory == "hybrid" else (memory,)
    costs = {
        name: price(
            SPACES[table.space],
            asked,
            technology,
            experts=experts,
            hidden=hidden,
            knobs={k: np.full(len(experts), v) for k, v in technology.default.items()},
            replicas=np.ones_like(experts),
        )
        for name, technology in _library(used).items()
    }
    best: dict[str, Floats] = {}
    least, where = np.full(len(experts), np.inf), np.zeros((len(experts), BLOCKS), dtype=np.bool_)
    for blocks in _placements(memory):
        rram = np.broadcast_to(np.array(blocks), (len(experts), BLOCKS))
        chip = combine(costs, rram)
        figures = {name: np.asarray(getattr(chip, name)) for name in COSTS}
        better = figures["energy_uj"] * figures["latency_us"] < least
        least = np.where(better, figures["energy_uj"] * figures["latency_us"], least)
        best = {n: np.where(better, v, best.get(n, v)) for n, v in figures.items()}
        where = np.where(better[:, None], rram, where)
    return Priced(best, where)


def design_of(table: Measured, found: Priced, at: int) -> Design:
    """That network with the memories it was priced on, default macros, one copy."""
    a, b, c, d = ("rram" if here else "sram" for here in found.rram[at])
    return Design(table.networks[at], space=table.space, hardware=Hardware((a, b, c, d)))


def _placements(memory: str) -> list[tuple[bool, ...]]:
    if memory == "hybrid":
        return list(product((False, True), repeat=BLOCKS))
    return [(memory == "rram",) * BLOCKS]


def _library(names: tuple[str, ...]) -> dict[str, Technology]:
    return {name: load_technology(name) for name in names}


def _network(number: int, row: Mapping[str, str], space: str) -> Architecture:
    genes = [_whole(number, name, row[name]) for name in GENES]
    try:
        return SPACES[space].check(Architecture.from_row(genes))
    except FieldError as error:
        raise error.under(f"row {number}") from None


def _whole(number: int, column: str, cell: str) -> int:
    if not cell.isdecimal() or len(cell) > 6:
        found = f"found '{one_line(cell, 24)}'" if cell else "blank"
        raise FieldError(f"row {number}, column {column}", found, "a whole number is expected")
    return int(cell)


def _real(number: int, column: str, cell: str, top: float) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= top:
        found = f"found '{one_line(cell, 24)}'" if cell else "blank"
        raise FieldError(f"row {number}, column {column}", found, f"0 to {top:g} is expected")
    return value
