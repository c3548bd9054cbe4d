"""disturb: what errors of single blocks and noise of weights cost, for the predictor."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

from cmn_core.cli.options import (
    AnyDataset,
    Processes,
    Space,
    Supernet,
    Validation,
    text,
    whole_number,
)
from cmn_core.cli.progress import counted


def command(
    data: Validation,
    dataset: AnyDataset = "nyuv2",
    space: Space = "b0",
    weights: Supernet = None,
    designs: Annotated[int, whole_number(1, 1000, "subnets that fill the space")] = 8,
    seeds: Annotated[int, whole_number(1, 100, "noises of each kind")] = 2,
    processes: Processes = 1,
    table: Annotated[
        str | None, text("of measure [assets/accuracy/SPACE_DATASET.csv]", "TABLE.csv")
    ] = None,
) -> None:
    """Measure subnets under errors and noise; run it again to go on. The predictor that was fitted
    to the measured table takes the answer up."""
    from cmn_core.architecture import SPACES
    from cmn_core.datasets.info import dataset_info
    from cmn_core.datasets.npz import load_npz
    from cmn_core.errors import FieldError
    from cmn_core.predictor import FOLDER
    from cmn_core.predictor.sensitivity import disturbed_table, sensitivity

    info = dataset_info(dataset)
    load_npz(data, info)
    measured = FOLDER / f"{space}_{info.name}.csv" if table is None else Path(table)
    fitted = measured.with_suffix(".json")
    if not fitted.exists():
        raise FieldError("table", f"no predictor {fitted.name} beside it", "run measure first")

    from cmn_core.supernet.measure.disturbance import disturb, disturbances
    from cmn_core.supernet.network import checkpoint

    source = checkpoint.weights_path(space, info.name) if weights is None else Path(weights)
    os.environ["OMP_NUM_THREADS"] = "1"
    wanted = disturbances(SPACES[space], designs, seeds, 0)
    target = disturbed_table(measured)
    counted(
        "disturbing",
        len(wanted),
        disturb(
            wanted,
            target,
            space=space,
            dataset=dataset,
            weights=source,
            data=Path(data),
            processes=processes,
        ),
    )
    facts = json.loads(fitted.read_text(encoding="utf-8"))
    found = sensitivity(target)
    facts["output_sigma"] = {**(facts.get("output_sigma") or {}), **found}
    fitted.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    sys.stderr.write(f"table: {target}\npredictor: {fitted}: {found}\n")
