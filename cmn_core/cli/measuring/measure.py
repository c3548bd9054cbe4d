"""measure: the accuracy table of a supernet on real images, and the predictor fitted to it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Annotated

from cmn_core.cli.options import (
    MAX_SEED,
    AnyDataset,
    Processes,
    Space,
    Supernet,
    Validation,
    number,
    text,
    whole_number,
    word,
)
from cmn_core.cli.parsing import whole as whole_of
from cmn_core.cli.parsing import within
from cmn_core.cli.progress import counted
from cmn_core.design.text import height_and_width
from cmn_core.nonideal import MAX_BITS

BITS = "float,N,.."


def command(
    data: Validation,
    dataset: AnyDataset = None,
    space: Space = "b0",
    weights: Supernet = None,
    subnets: Annotated[int, whole_number(150, 100_000, "that fill the space")] = 600,
    quantised: Annotated[int, whole_number(0, None, "of them, also at 1 to 8 bits")] = 40,
    disturbed: Annotated[
        int, whole_number(0, None, "of them, also with output errors of 5 to 30 %")
    ] = 25,
    routing: Annotated[
        str, word(("dense", "drawn"), "dense, or drawn: experts of a token differ by row and block")
    ] = "dense",
    sizes: Annotated[
        str | None, text("of the images, drawn by row; half have the first [as they are]", "HxW,..")
    ] = None,
    weight_bits: Annotated[str, text("drawn by row, as --sizes", BITS)] = "float",
    activation_bits: Annotated[str, text("drawn by row, as --sizes", BITS)] = "float",
    images: Annotated[
        int | None, whole_number(8, 100_000, "that a row sees, drawn by row [all]")
    ] = None,
    whole: Annotated[
        int, whole_number(3, 100_000, "with --images: rows that see all, to put others right")
    ] = 48,
    minutes: Annotated[
        float | None, number(0.0, 100_000.0, "then fit what was measured [until all is]")
    ] = None,
    processes: Processes = 2,
    seed: Annotated[int, whole_number(0, MAX_SEED, "of the sample")] = 0,
    out: Annotated[str | None, text("[assets/accuracy/SPACE_DATASET.csv]", "TABLE.csv")] = None,
) -> None:
    """Measure subnets that fill the search space; run it again to go on, then fit the predictor."""
    from cmn_core.architecture import SPACES
    from cmn_core.datasets.info import DEFAULT, dataset_info, described_beside
    from cmn_core.datasets.npz import load_npz
    from cmn_core.predictor import FOLDER
    from cmn_core.predictor.fitting import fit

    dataset = dataset or described_beside(data) or DEFAULT
    info = dataset_info(dataset)
    within("quantised", quantised, 0, subnets)
    within("disturbed", disturbed, 0, subnets)
    bits = _bits("weight_bits", weight_bits), _bits("activation_bits", activation_bits)
    found = load_npz(data, info)
    height, width = found.images.shape[1:3]
    chosen = [] if sizes is None else [_size(s, height, width) for s in sizes.split(",")]

    from cmn_core.supernet.measure import accuracy_table
    from cmn_core.supernet.measure.table_sample import Axes, jobs
    from cmn_core.supernet.network import checkpoint

    axes = Axes(routing == "drawn", tuple(chosen), *bits)
    if axes and not axes.sizes:
        axes = replace(axes, sizes=((height, width),))
    source = checkpoint.weights_path(space, info.name) if weights is None else Path(weights)
    _, facts = checkpoint.load(source)
    table = FOLDER / f"{space}_{info.name}.csv" if out is None else Path(out)
    os.environ["OMP_NUM_THREADS"] = "1"
    wanted = jobs(SPACES[space], subnets, quantised, disturbed, seed, axes)
    digests = checkpoint.digest(source), checkpoint.digest(Path(data))
    steps = accuracy_table.tabulate(
        wanted,
        table,
        accuracy_table.Source(space, dataset, source, Path(data), " ".join(digests)),
        effort=accuracy_table.Effort(images, whole, seed),
        processes=processes,
    )
    counted("measuring", len(wanted), steps if minutes is None else _for(steps, minutes))
    accuracy_table.sort_table(table)
    provenance = {
        "weights": digests[0],
        "trained_on": facts.get("trained_on"),
        "images": f"{len(found)} {info.name} validation images of {height} x {width}",
        "images_digest": digests[1],
        "image": [height, width],
        "sample_seed": seed,
    }
    fitted = fit(SPACES[space], table, provenance)
    target = table.with_suffix(".json")
    target.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    quality = ", ".join(f"{k} {v:.3f}" for k, v in fitted["quality"].items())
    sys.stderr.write(f"table: {table}\npredictor: {target}: {quality}\n")


def _for(steps: Iterator[int], minutes: float) -> Iterator[int]:
    """The same until so many minutes are over."""
    end = monotonic() + 60.0 * minutes
    for step in steps:
        yield step
        if monotonic() > end:
            return


def _bits(field: str, given: str) -> tuple[int, ...]:
    """ "float,8,4": 0 stands for floating point."""
    names = [name.strip() for name in given.split(",")]
    found = [
        0 if n == "float" else int(within(field, whole_of(field, n), 1, MAX_BITS)) for n in names
    ]
    return tuple(dict.fromkeys(found))


def _size(given: str, height: int, width: int) -> tuple[int, int]:
    """One that the images can be made smaller to."""
    found = height_and_width("sizes", given)
    within("sizes", found[0], 32, height)
    within("sizes", found[1], 32, width)
    return found
