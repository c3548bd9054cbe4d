"""disturb: what errors of single blocks and noise of weights cost, for the predictor."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cmn_core.cli.options import (
    AnyDataset,
    Json,
    Processes,
    Space,
    Supernet,
    Validation,
    text,
    whole_number,
)
from cmn_core.cli.output import put, put_json
from cmn_core.cli.output import table as shown
from cmn_core.cli.progress import counted

if TYPE_CHECKING:
    from cmn_core.architecture import SearchSpace
    from cmn_core.arrays import Bytes
    from cmn_core.datasets.npz import SegmentationSet

WRITTEN = (0.05, 0.1)  # write noise that routers are recalibrated under


def command(
    data: Validation,
    dataset: AnyDataset = None,
    space: Space = "b0",
    weights: Supernet = None,
    designs: Annotated[int, whole_number(1, 1000, "subnets that fill the space")] = 8,
    seeds: Annotated[int, whole_number(1, 100, "noises of each kind")] = 2,
    processes: Processes = 1,
    table: Annotated[
        str | None, text("of measure [assets/accuracy/SPACE_DATASET.csv]", "TABLE.csv")
    ] = None,
    recalibrate: Annotated[
        str | None,
        text("say instead what routers win back that learn again on 50 of these", "TRAIN.npz"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure subnets under errors and noise; run it again to go on. The predictor that was fitted
    to the measured table takes the answer up.

    With --recalibrate: subnets under write noise of 5 and 10 %, before and after their routers were
    recalibrated on images without labels; no table is written.
    """
    from cmn_core.architecture import SPACES
    from cmn_core.datasets.info import DEFAULT, dataset_info, described_beside
    from cmn_core.datasets.npz import load_npz
    from cmn_core.errors import FieldError
    from cmn_core.predictor import FOLDER
    from cmn_core.predictor.sensitivity import disturbed_table, sensitivity

    dataset = dataset or described_beside(data) or DEFAULT
    info = dataset_info(dataset)
    val = load_npz(data, info)
    if recalibrate is not None:
        photographs = load_npz(recalibrate, info, "recalibrate").images
        told = _recalibrated(SPACES[space], val, weights, photographs, designs, seeds)
        put_json(told) if as_json else put(shown(told))
        return
    if as_json:
        raise FieldError("json", "found without --recalibrate", "a table is written then")
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


def _recalibrated(
    space: SearchSpace,
    val: SegmentationSet,
    weights: str | None,
    photographs: Bytes,
    designs: int,
    seeds: int,
) -> list[dict[str, Any]]:
    from cmn_core.supernet.measure.table_sample import sample
    from cmn_core.supernet.network import checkpoint
    from cmn_core.supernet.training.router_recalibration import won_back

    supernet = checkpoint.load_supernet(
        space.name, val.info.name, None if weights is None else Path(weights)
    )
    chosen = sample(space, designs, 0)
    rows = []
    for row in won_back(supernet, chosen, val, photographs, sigmas=WRITTEN, seeds=seeds):
        values = (row.exact, row.noisy, row.recalibrated)
        named = zip(("exact", "noisy", "recalibrated"), values, strict=True)
        rows.append(
            {
                "experts": list(row.architecture.experts),
                "hidden": list(row.architecture.hidden),
                "write_noise": row.sigma,
                "seed": row.seed,
                **{name: round(value, 4) for name, value in named},
            }
        )
    return rows
