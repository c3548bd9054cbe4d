"""measure: the accuracy table of a supernet on real images, and the predictor fitted to it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cmn_core.cli.options import AnyDataset, Space
from cmn_core.cli.parsing import choice, whole, within


def command(
    data: Annotated[str, typer.Option(metavar="FILE.npz", help="validation images and labels")],
    dataset: AnyDataset = "nyuv2",
    space: Space = "b0",
    weights: Annotated[
        str | None, typer.Option(metavar="FILE", help="of train [those that ship]")
    ] = None,
    subnets: Annotated[str, typer.Option(metavar="N", help="in floating point")] = "600",
    quantised: Annotated[
        str, typer.Option(metavar="N", help="of them, also at 1 to 8 bits")
    ] = "40",
    disturbed: Annotated[
        str, typer.Option(metavar="N", help="of them, also with output errors of 5 to 30 %")
    ] = "25",
    processes: Annotated[str, typer.Option(metavar="N")] = "2",
    seed: Annotated[str, typer.Option(metavar="N", help="of the sample")] = "0",
    out: Annotated[
        str | None, typer.Option(metavar="TABLE.csv", help="[assets/accuracy/SPACE_DATASET.csv]")
    ] = None,
) -> None:
    """Measure subnets that fill the search space; run it again to go on, then fit the predictor."""
    from cmn_core.architecture import SPACES
    from cmn_core.datasets.info import dataset_info
    from cmn_core.datasets.npz import load_npz
    from cmn_core.predictor import FOLDER
    from cmn_core.predictor.fitting import fit

    choice("space", space, SPACES)
    info = dataset_info(dataset)
    count = int(within("subnets", whole("subnets", subnets), 150, 100_000))
    low = int(within("quantised", whole("quantised", quantised), 0, count))
    off = int(within("disturbed", whole("disturbed", disturbed), 0, count))
    jobs_at_once = int(within("processes", whole("processes", processes), 1, 256))
    first = int(within("seed", whole("seed", seed), 0, 2**53 - 1))
    images = load_npz(data, info)

    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    from cmn_core.supernet.measure import accuracy_table
    from cmn_core.supernet.network import checkpoint

    source = checkpoint.weights_path(space, info.name) if weights is None else Path(weights)
    _, facts = checkpoint.load(source)
    table = FOLDER / f"{space}_{info.name}.csv" if out is None else Path(out)
    os.environ["OMP_NUM_THREADS"] = "1"
    wanted = accuracy_table.jobs(SPACES[space], count, low, off, first)
    columns = (*Progress.get_default_columns()[:3], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("measuring", total=len(wanted))
        for rows in accuracy_table.tabulate(
            wanted,
            table,
            space=space,
            dataset=dataset,
            weights=source,
            data=Path(data),
            processes=jobs_at_once,
        ):
            progress.update(task, completed=rows)
    accuracy_table.sort_table(table)
    height, width = images.images.shape[1:3]
    provenance = {
        "weights": checkpoint.digest(source),
        "trained_on": facts.get("trained_on"),
        "images": f"{len(images)} {info.name} validation images of {height} x {width}",
        "images_digest": checkpoint.digest(Path(data)),
        "sample_seed": first,
    }
    fitted = fit(SPACES[space], table, provenance)
    target = table.with_suffix(".json")
    target.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    quality = ", ".join(f"{k} {v:.3f}" for k, v in fitted["quality"].items())
    sys.stderr.write(f"table: {table}\npredictor: {target}: {quality}\n")
