"""What errors of single blocks and noise of weights cost subnets: a table beside the measured one.

Errors of outputs are put into one block at a time, so that the predictor knows how much of a loss
each block carries; noise of stored weights into all of them, so that it can be turned into the
output error that costs as much.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cmn_core.architecture import Architecture, SearchSpace
from cmn_core.nonideal import IDEAL, NonIdeal
from cmn_core.supernet.measure import accuracy_table, table_writer
from cmn_core.supernet.measure.table_sample import sample

COLUMNS = ("e1", "e2", "e3", "e4", "h1", "h2", "h3", "h4", "kind", "block", "sigma", "seed", "miou")
# Kind, block (0: all), sigma. The first block loses most; the others lose too little at 0.15 to
# be told from chance.
STEPS = (
    ("output", 1, 0.15),
    ("output", 2, 0.3),
    ("output", 3, 0.3),
    ("output", 4, 0.3),
    ("write", 0, 0.02),
    ("write", 0, 0.05),
    ("read", 0, 0.05),
)
EXACT = ("none", 0, 0.0)


@dataclass(frozen=True)
class Disturbance:
    """One subnet under one kind of error; block 0 stands for all of them."""

    architecture: Architecture
    kind: str
    block: int
    sigma: float
    seed: int

    @property
    def key(self) -> tuple[str, ...]:
        """The cells of its row before mIoU."""
        return (
            *map(str, self.architecture.row()),
            self.kind,
            str(self.block),
            f"{self.sigma:g}",
            str(self.seed),
        )

    @property
    def nonideal(self) -> NonIdeal:
        if self.kind == "output":
            a, b, c, d = (self.sigma if k + 1 == self.block else 0.0 for k in range(4))
            return NonIdeal(output_sigma=(a, b, c, d))
        if self.kind == "write":
            return NonIdeal(write_noise=self.sigma)
        return NonIdeal(read_noise=self.sigma) if self.kind == "read" else IDEAL


def disturbances(
    space: SearchSpace, designs: int, seeds: int, sample_seed: int
) -> list[Disturbance]:
    """Every step for each of `designs` subnets that fill the space, with `seeds` noises each."""
    return [
        Disturbance(a, *step, seed)
        for a in sample(space, designs, sample_seed)
        for step in (EXACT, *STEPS)
        for seed in range(1 if step == EXACT else seeds)
    ]


def disturb(
    wanted: list[Disturbance],
    table: Path,
    *,
    space: str,
    dataset: str,
    weights: Path,
    data: Path,
    processes: int = 1,
) -> Iterator[int]:
    """Measure what is not yet in the table; yields how many rows it has after each new one."""
    rows = read_rows(table)
    write(table, rows)  # no line cut off by an interruption
    done = {tuple(r[c] for c in COLUMNS[:-1]) for r in rows}
    missing = [d for d in wanted if d.key not in done]
    source = accuracy_table.Source(space, dataset, weights, data)
    start = (accuracy_table.open_process, (source,))
    for i, _ in enumerate(
        table_writer.append(table, missing, _measure, list, processes=processes, start=start)
    ):
        yield len(rows) + i + 1
    write(table, sorted(read_rows(table), key=_place))


def read_rows(table: Path) -> list[dict[str, str]]:
    """Complete rows of a table; a last line cut off by an interruption is left out."""
    if not table.exists():
        return []
    with table.open(newline="", encoding="utf-8") as file:
        return [r for r in csv.DictReader(file) if all(r.get(c) for c in COLUMNS)]


def write(table: Path, rows: list[dict[str, str]]) -> None:
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _place(row: dict[str, str]) -> tuple[object, ...]:
    genes = tuple(int(row[c]) for c in COLUMNS[:8])
    return (genes, row["kind"], int(row["block"]), float(row["sigma"]), int(row["seed"]))


def _measure(job: Disturbance) -> tuple[str, ...]:
    from cmn_core.supernet.measure.miou import measure
    from cmn_core.supernet.nonideal.apply import apply

    supernet, data = accuracy_table.opened()
    model = supernet.subnet(job.architecture)
    nonideal = job.nonideal
    arrays = None if nonideal == IDEAL else apply(model, nonideal, seed=job.seed)
    return (*job.key, f"{measure(model, data, arrays=arrays).miou:.4f}")
