"""Measured accuracy tables: many subnets of one supernet on real validation images.

Rows are appended as they are measured, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cmn_core.architecture import BLOCKS, MAX_EXPERTS, MIN_HIDDEN, SPACES, Architecture, SearchSpace
from cmn_core.arrays import Floats
from cmn_core.supernet.measure import table_writer

if TYPE_CHECKING:
    from cmn_core.datasets.npz import SegmentationSet
    from cmn_core.supernet.network.model import Segmenter

KEYS = ("e1", "e2", "e3", "e4", "h1", "h2", "h3", "h4", "weight_bits", "output_sigma")
# class_iou: percent by class, a dash where a class occurs in neither labels nor predictions;
# routing, busiest: as in census.Census, blocks parted by slashes.
COLUMNS = (*KEYS, "miou", "pixel_accuracy", "loss", "class_iou", "routing", "busiest")
NEEDED = (*KEYS[:9], "miou", "pixel_accuracy")  # a table of an earlier release has no more
LOW_BITS = (1, 2, 3, 4, 5, 6, 8)
SIGMAS = (0.05, 0.1, 0.15, 0.3)


@dataclass(frozen=True)
class MeasurementPoint:
    """One subnet at one weight precision and output error; bits 0 stands for floating point."""

    architecture: Architecture
    weight_bits: int = 0
    output_sigma: float = 0.0

    @property
    def key(self) -> tuple[float, ...]:
        return (*self.architecture.row(), self.weight_bits, self.output_sigma)


def sample(space: SearchSpace, count: int, seed: int) -> list[Architecture]:
    """Space-filling: both corners, then a Latin hypercube over the eight genes.

    Hidden sizes are uniform in the square root, between uniform (few narrow FFNs) and
    log-uniform (few wide ones). Duplicates are left out, so slightly fewer may come back.
    """
    rng = np.random.default_rng([seed, count])
    inner = max(count - 2, 0)
    strata = np.stack([rng.permutation(inner) for _ in range(2 * BLOCKS)], axis=1)
    u = (strata + rng.random(strata.shape)) / max(inner, 1)
    experts = 1 + np.floor(u[:, :BLOCKS] * MAX_EXPERTS)
    low, top = np.sqrt(MIN_HIDDEN), np.sqrt(np.array(space.max_hidden))
    hidden = np.rint((low + (top - low) * u[:, BLOCKS:]) ** 2)
    rows = np.concatenate([experts, hidden], axis=1).astype(np.int64)
    found = dict.fromkeys((space.largest, space.smallest, *map(Architecture.from_row, rows)))
    return list(found)[:count] if count >= 2 else list(found)[:1]


def jobs(
    space: SearchSpace, count: int, quantised: int, disturbed: int, seed: int
) -> list[MeasurementPoint]:
    """`count` subnets in floating point; the first `quantised` of them at each low precision, the
    first `disturbed` of them at each output error."""
    chosen = sample(space, count, seed)
    low = [MeasurementPoint(a, bits) for a in chosen[:quantised] for bits in LOW_BITS]
    off = [MeasurementPoint(a, 0, sigma) for a in chosen[:disturbed] for sigma in SIGMAS]
    return [MeasurementPoint(a) for a in chosen] + low + off


def tabulate(
    wanted: list[MeasurementPoint],
    table: Path,
    *,
    space: str,
    dataset: str,
    weights: Path,
    data: Path,
    processes: int = 2,
) -> Iterator[int]:
    """Measure what is not yet in the table; yields how many of the wanted rows it has after each
    new one."""
    done = {row_key(r) for r in read_rows(table)}
    missing = [j for j in wanted if j.key not in done]
    rows = len(wanted) - len(missing)
    if table.exists():
        sort_table(table)  # all columns, and no line cut off by an interruption
    else:
        table.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    start = (open_process, (space, dataset, weights, data))
    for i, _ in enumerate(
        table_writer.append(table, missing, _measure, list, processes=processes, start=start)
    ):
        yield rows + i + 1


def read_rows(table: Path) -> list[dict[str, str]]:
    """Complete rows of a table; a last line cut off by an interruption is left out."""
    if not table.exists():
        return []
    with table.open(newline="", encoding="utf-8") as file:
        return [r for r in csv.DictReader(file) if all(r.get(c) is not None for c in NEEDED)]


def row_key(row: dict[str, str]) -> tuple[float, ...]:
    """What `Job.key` is for a row of a table."""
    return (*(int(row[c] or 0) for c in KEYS[:9]), float(row.get("output_sigma") or 0.0))


def sort_table(table: Path) -> Floats:
    """Put the rows in a fixed order (the processes finish in any) and return mIoU by row."""
    rows = sorted(read_rows(table), key=lambda r: (row_key(r)[9], row_key(r)[8], row_key(r)[:8]))
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return np.array([float(r["miou"]) for r in rows])


_state: dict[str, object] = {}


def open_process(space: str, dataset: str, weights: Path, data: Path) -> None:
    """Start of a measuring process: one thread, weights and images loaded once."""
    import torch

    from cmn_core.datasets.info import dataset_info
    from cmn_core.datasets.npz import load_npz
    from cmn_core.supernet.network import checkpoint

    torch.set_num_threads(1)
    _state["supernet"] = checkpoint.load_supernet(space, dataset, weights)
    _state["data"] = load_npz(data, dataset_info(dataset))


def opened() -> tuple[Segmenter, SegmentationSet]:
    """Supernet and images of a measuring process."""
    from cmn_core.datasets.npz import SegmentationSet
    from cmn_core.supernet.network.model import Segmenter

    supernet, data = _state["supernet"], _state["data"]
    assert isinstance(supernet, Segmenter)
    assert isinstance(data, SegmentationSet)
    return supernet, data


def _measure(job: MeasurementPoint) -> list[str]:
    """One row of the table. The noise of every disturbed row comes from the same seed."""
    from cmn_core.nonideal import NonIdeal
    from cmn_core.supernet.measure.subnet_record import census
    from cmn_core.supernet.nonideal.apply import apply, quantise

    supernet, data = opened()
    model = supernet.subnet(SPACES[supernet.space.name].check(job.architecture))
    if job.weight_bits:
        quantise(model, job.weight_bits)
    arrays = None
    if job.output_sigma:
        arrays = apply(model, NonIdeal(output_sigma=job.output_sigma), seed=0)
    found = census(model, data, arrays=arrays)
    iou = ["-" if v != v else f"{v:.2f}" for v in found.score.per_class]
    return [
        *map(str, job.architecture.row()),
        str(job.weight_bits or ""),
        f"{job.output_sigma:g}" if job.output_sigma else "",
        f"{found.score.miou:.4f}",
        f"{found.score.pixel_accuracy:.4f}",
        f"{found.loss:.5f}",
        " ".join(iou),
        _blocks(found.routing),
        _blocks(found.busiest),
    ]


def _blocks(shares: tuple[tuple[float, ...], ...]) -> str:
    return "/".join(" ".join(f"{v:.4f}" for v in block) for block in shares)
