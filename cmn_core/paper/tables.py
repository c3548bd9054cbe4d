"""What the paper prints: Tables B1, G1 and G2 of its supplement, read from assets/paper.

Source: S. Han et al., Science China Information Sciences 67(10), 2024.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cmn_core.architecture import Architecture
from cmn_core.assets import ASSETS

FOLDER = ASSETS / "paper"
COSTS = ("energy_uj", "latency_us")
QUANTITIES = (*COSTS, "miou_percent")
UNSEARCHED = (("G1", "ptq", 8), ("G2", "none", 8))  # the same model, printed twice

# The abstract, against a baseline vision transformer with experts that it does not name.
ABSTRACT: Mapping[tuple[str, str], float] = {
    ("energy", "rram"): 29.67,
    ("energy", "sram"): 43.10,
    ("speed", "rram"): 175.44,
    ("speed", "sram"): 109.89,
    ("size", "both"): 12.24,
}


@dataclass(frozen=True)
class Row:
    """One printed line: the approach and precision on one memory, and its numbers.

    approach: "nas", "ptq", "none", "kd" or "nas+kd"; printed: by name of QUANTITIES
    """

    table: str
    approach: str
    weight_bits: int
    memory: str
    printed: Mapping[str, float]

    @property
    def name(self) -> str:
        """As the table's line is called; Table G2 states no precision."""
        return f"{self.approach} int{self.weight_bits}" if self.table == "G1" else self.approach

    @property
    def unsearched(self) -> bool:
        """Whether this is the model as it is, which the paper prints twice."""
        return (self.table, self.approach, self.weight_bits) in UNSEARCHED


@cache
def printed_rows() -> tuple[Row, ...]:
    """All lines of G1 and G2 in the order printed."""
    rows = []
    for table in ("G1", "G2"):
        for line in _read(f"table_{table.lower()}.csv"):
            bits = int(line.get("weights", "int8").removeprefix("int"))
            numbers = {name: float(line[name]) for name in QUANTITIES}
            rows.append(Row(table, line["approach"], bits, line["memory"], numbers))
    return tuple(rows)


@cache
def printed_network(scenario: int, memory: str) -> Architecture:
    """Experts and hidden sizes of Table B1. scenario: 1 latency, 2 energy, 3 performance."""
    cells = {
        line["quantity"]: [int(line[f"block{b}"]) for b in range(1, 5)]
        for line in _read("table_b1.csv")
        if (int(line["scenario"]), line["memory"]) == (scenario, memory)
    }
    return Architecture.from_row([*cells["experts"], *cells["hidden"]])


def spread(row: Row, quantity: str) -> tuple[float, float]:
    """Lowest and highest figure that the paper prints for the same model on the same memory."""
    if not row.unsearched:
        return row.printed[quantity], row.printed[quantity]
    same = [
        other.printed[quantity]
        for other in printed_rows()
        if other.unsearched and other.memory == row.memory
    ]
    return min(same), max(same)


def _read(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
