"""What the paper prints, read from assets/paper, in the form the figures lay beside ours.

Source: S. Han et al., Science China Information Sciences 67(10), 2024, supplement, Tables B1,
G1 and G2.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from cmn_core.assets import ASSETS
from cmn_core.quantities import GOALS, MIOU

FOLDER = ASSETS / "paper"


@dataclass(frozen=True)
class Printed:
    """One printed number and where it stands."""

    value: float
    where: str


@cache
def table_b1() -> dict[tuple[str, str], dict[str, list[int]]]:
    """(goal, memory) -> {"experts": [4], "hidden": [4]}."""
    out: dict[tuple[str, str], dict[str, list[int]]] = {}
    for row in _read("table_b1.csv"):
        cells = [int(row[f"block{b}"]) for b in range(1, 5)]
        out.setdefault((row["constraint"], row["memory"]), {})[row["quantity"]] = cells
    return out


def printed_blocks(goal: str, memory: str) -> dict[str, list[int]] | None:
    """The paper's network of that scenario and memory; None where it prints none (hybrid)."""
    return table_b1().get((goal, memory))


@cache
def printed_metrics(goal: str, memory: str) -> dict[str, Printed]:
    """Metrics that the paper prints for a scenario: keys among energy_uj, latency_us, miou.

    Table G1's NAS row holds the best of each column over the scenarios: latency belongs to
    scenario 1, energy to scenario 2. Table G2's NAS row is scenario 3. Areas are not printed.
    """
    own = GOALS[goal].quantity
    keys = ["energy_uj", "latency_us", MIOU.name] if own is MIOU else [own.name]
    table = "table_g2.csv" if own is MIOU else "table_g1.csv"
    for row in _read(table):
        if row["approach"] == "nas" and row["memory"] == memory:
            where = f"Table {table[6:8].upper()}"
            columns = {"miou": "miou_percent"}
            return {key: Printed(float(row[columns.get(key, key)]), where) for key in keys}
    return {}


def _read(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
