"""measure: the accuracy table of a supernet on real images, and the predictor fitted to it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

from cmn_core.cli.options import (
    MAX_SEED,
    AnyDataset,
    Processes,
    Space,
    Supernet,
    Validation,
    text,
    whole_number,
)
from cmn_core.cli.parsing import within
from cmn_core.cli.progress import counted


def command(
    data: Validation,
    dataset: AnyDataset = None,
    space: Space = "b0",
    weights: Supernet = None,
    subnets: Annotated[int, whole_number(150, 100_000, "in floating point")] = 600,
    quantised: Annotated[int, whole_number(0, None, "of them, also at 1 to 8 bits")] = 40,
    disturbed: Annotated[
        int, whole_number(0, None, "of them, also with output errors of 5 to 30 %")
    ] = 25,
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
    images = load_npz(data, info)

    from cmn_core.supernet.measure import accuracy_table
    from cmn_core.supernet.network import checkpoint

    source = checkpoint.weights_path(space, info.name) if weights is None else Path(weights)
    _, facts = checkpoint.load(source)
    table = FOLDER / f"{space}_{info.name}.csv" if out is None else Path(out)
    os.environ["OMP_NUM_THREADS"] = "1"
    wanted = accuracy_table.jobs(SPACES[space], subnets, quantised, disturbed, seed)
    counted(
        "measuring",
        len(wanted),
        accuracy_table.tabulate(
            wanted,
            table,
            space=space,
            dataset=dataset,
            weights=source,
            data=Path(data),
            processes=processes,
        ),
    )
    accuracy_table.sort_table(table)
    height, width = images.images.shape[1:3]
    provenance = {
        "weights": checkpoint.digest(source),
        "trained_on": facts.get("trained_on"),
        "images": f"{len(images)} {info.name} validation images of {height} x {width}",
        "images_digest": checkpoint.digest(Path(data)),
        "sample_seed": seed,
    }
    fitted = fit(SPACES[space], table, provenance)
    target = table.with_suffix(".json")
    target.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    quality = ", ".join(f"{k} {v:.3f}" for k, v in fitted["quality"].items())
    sys.stderr.write(f"table: {table}\npredictor: {target}: {quality}\n")
