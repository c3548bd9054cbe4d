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

from cmn_core.architecture import BLOCKS, SPACES
from cmn_core.arrays import Floats
from cmn_core.supernet.measure import table_writer
from cmn_core.supernet.measure.image_subset import ImageCounts, WholeRows, subset
from cmn_core.supernet.measure.table_sample import MeasurementPoint, Size

if TYPE_CHECKING:
    from cmn_core.datasets.npz import SegmentationSet
    from cmn_core.supernet.network.model import Segmenter

KEYS = ("e1", "e2", "e3", "e4", "h1", "h2", "h3", "h4", "weight_bits", "output_sigma")
# class_iou: percent by class, a dash where a class occurs in neither labels nor predictions;
# routing, busiest: as in subnet_record.Census, blocks parted by slashes. The load of the busiest
# expert of a block as the row was run is that of its top_k in `busiest`.
SCORES = ("miou", "pixel_accuracy", "loss", "class_iou", "routing", "busiest")
# Blank in tables of an earlier release: activations in floating point, dense routing, images as
# they are, all of them. top_k: experts of a token in each block, parted by slashes; noise: what
# seeing only so many images does to mIoU, as a deviation in points.
AXES = ("activation_bits", "top_k", "height", "width", "images", "noise")
COLUMNS = (*KEYS, *SCORES, *AXES)
NEEDED = (*KEYS[:9], "miou", "pixel_accuracy")  # a table of an earlier release has no more


@dataclass(frozen=True)
class Source:
    """What is measured on what; digest: of weights and images."""

    space: str
    dataset: str
    weights: Path
    data: Path
    digest: str = ""

    def whole_rows(self, table: Path) -> WholeRows:
        """Counts by image of rows of that table."""
        return WholeRows.read(table.with_suffix(".whole.npz"), self.digest)


@dataclass(frozen=True)
class Effort:
    """images: that a row sees, None for all; whole: rows, from the first on, that see all and put
    the others right; seed: of which images."""

    images: int | None = None
    whole: int = 0
    seed: int = 0


def tabulate(
    wanted: list[MeasurementPoint],
    table: Path,
    source: Source,
    *,
    effort: Effort = Effort(),
    processes: int = 2,
) -> Iterator[int]:
    """Measure what is not yet in the table; yields how many of the wanted rows it has after each
    new one. Whoever stops asking ends the measuring; what was measured stays."""
    done = {row_key(r) for r in read_rows(table)}
    if table.exists():
        sort_table(table)  # all columns, and no line cut off by an interruption
    else:
        table.parent.mkdir(parents=True, exist_ok=True)
        table.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    rows = sum(j.key in done for j in wanted)
    if effort.images is not None:
        whole = source.whole_rows(table)
        first = [j for j in wanted[: effort.whole] if j.key not in whole.counts]
        rows -= sum(j.key in done for j in first)
        _drop(table, {j.key for j in first})
        for result in _append(table, first, source, Effort(None), processes):
            whole.counts[result.key] = result.counts
            whole.write(source.digest)
            rows += 1
            yield rows
        done |= {j.key for j in first}
    missing = [j for j in wanted if j.key not in done]
    for _ in _append(table, missing, source, effort, processes):
        rows += 1
        yield rows


@dataclass(frozen=True)
class TableRow:
    """A row as it stands in the table, and its counts by image."""

    key: tuple[float, ...]
    cells: list[str]
    counts: ImageCounts


def _append(
    table: Path, jobs: list[MeasurementPoint], source: Source, effort: Effort, processes: int
) -> Iterator[TableRow]:
    if not jobs:
        return
    start = (open_process, (source, table, effort))
    yield from table_writer.append(
        table, jobs, _measure, lambda r: r.cells, processes=processes, start=start
    )


def read_rows(table: Path) -> list[dict[str, str]]:
    """Complete rows of a table; a last line cut off by an interruption is left out."""
    if not table.exists():
        return []
    with table.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        names = {*NEEDED, *(reader.fieldnames or ())}
        return [r for r in reader if all(r.get(c) is not None for c in names)]


def row_key(row: dict[str, str]) -> tuple[float, ...]:
    """What `MeasurementPoint.key` is for a row of a table."""
    routing = [int(k) for k in (row.get("top_k") or "").split("/") if k] or [0] * BLOCKS
    return (
        *(int(row[c] or 0) for c in KEYS[:9]),
        float(row.get("output_sigma") or 0.0),
        int(row.get("activation_bits") or 0),
        *routing,
        *(int(row.get(c) or 0) for c in ("height", "width")),
    )


def sort_table(table: Path) -> Floats:
    """Put the rows in a fixed order (the processes finish in any) and return mIoU by row."""

    def place(row: dict[str, str]) -> tuple[object, ...]:
        key = row_key(row)
        return (key[9], key[8], key[:8], key[10:])

    rows = sorted(read_rows(table), key=place)
    _write(table, rows)
    return np.array([float(r["miou"]) for r in rows])


def _drop(table: Path, keys: set[tuple[float, ...]]) -> None:
    """Take rows out that are to be measured again."""
    rows = read_rows(table)
    if any(row_key(r) in keys for r in rows):
        _write(table, [r for r in rows if row_key(r) not in keys])


def _write(table: Path, rows: list[dict[str, str]]) -> None:
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


_state: dict[str, object] = {}


def open_process(source: Source, table: Path | None = None, effort: Effort = Effort()) -> None:
    """Start of a measuring process: one thread, weights and images loaded once."""
    import torch

    from cmn_core.datasets.info import dataset_info
    from cmn_core.datasets.npz import load_npz
    from cmn_core.supernet.network import checkpoint

    torch.set_num_threads(1)
    _state["supernet"] = checkpoint.load_supernet(source.space, source.dataset, source.weights)
    _state["data"] = load_npz(source.data, dataset_info(source.dataset))
    _state["effort"] = effort
    _state["whole"] = None
    if table is not None and effort.images is not None:
        _state["whole"] = source.whole_rows(table)


def opened() -> tuple[Segmenter, SegmentationSet]:
    """Supernet and images of a measuring process."""
    from cmn_core.datasets.npz import SegmentationSet
    from cmn_core.supernet.network.model import Segmenter

    supernet, data = _state["supernet"], _state["data"]
    assert isinstance(supernet, Segmenter)
    assert isinstance(data, SegmentationSet)
    return supernet, data


def _images(size: Size | None) -> SegmentationSet:
    """The images at that size, made smaller once per process."""
    from cmn_core.datasets.npz import SegmentationSet
    from cmn_core.datasets.source import resized

    _, data = opened()
    name = f"images {size}"
    if name not in _state:
        _state[name] = resized(data, size)
    found = _state[name]
    assert isinstance(found, SegmentationSet)
    return found


def _measure(job: MeasurementPoint) -> TableRow:
    """One row of the table. The noise of every disturbed row comes from the same seed."""
    from dataclasses import replace

    from cmn_core.nonideal import IDEAL, NonIdeal
    from cmn_core.supernet.measure.subnet_record import census
    from cmn_core.supernet.nonideal.apply import apply

    supernet, _ = opened()
    effort, whole, data = _state["effort"], _state["whole"], _images(job.image)
    assert isinstance(effort, Effort)
    model = supernet.subnet(SPACES[supernet.space.name].check(job.architecture))
    nonideal = NonIdeal(
        weight_bits=job.weight_bits or None,
        activation_bits=job.activation_bits or None,
        output_sigma=job.output_sigma,
    )
    arrays = None if nonideal == IDEAL else apply(model, nonideal, seed=0)
    chosen = None
    if effort.images is not None and effort.images < len(data):
        chosen = subset(job, len(data), effort.images, effort.seed)
        data = replace(data, images=data.images[chosen], labels=data.labels[chosen])
    found = census(model, data, top_k=job.top_k, arrays=arrays, with_loss=effort.images is None)
    miou, noise = found.score.miou, None
    if chosen is not None:
        assert isinstance(whole, WholeRows)
        miou, noise = whole.corrected(job, miou, chosen)
    iou = ["-" if v != v else f"{v:.2f}" for v in found.score.per_class]
    return TableRow(
        job.key,
        [
            *map(str, job.architecture.row()),
            str(job.weight_bits or ""),
            f"{job.output_sigma:g}" if job.output_sigma else "",
            f"{miou:.4f}",
            f"{found.score.pixel_accuracy:.4f}",
            "" if found.loss != found.loss else f"{found.loss:.5f}",
            " ".join(iou),
            _blocks(found.routing),
            _blocks(found.busiest),
            str(job.activation_bits or ""),
            "/".join(map(str, job.top_k or ())),
            *(map(str, job.image) if job.image else ("", "")),
            "" if chosen is None else str(len(chosen)),
            "" if noise is None else f"{noise:.4f}",
        ],
        found.counts,
    )


def _blocks(shares: tuple[tuple[float, ...], ...]) -> str:
    return "/".join(" ".join(f"{v:.4f}" for v in block) for block in shares)
