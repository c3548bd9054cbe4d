"""rank: whether inherited weights rank designs as training each alone does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cmn_core.cli.options import (
    AnyDataset,
    Json,
    Processes,
    Rate,
    Space,
    Splits,
    flag,
    text,
    whole_number,
)
from cmn_core.cli.output import facts, put, put_json
from cmn_core.errors import FieldError


def command(
    data: Splits,
    dataset: AnyDataset = None,
    space: Space = "b0",
    weights: Annotated[str | None, text("of the supernet [shipped]", "FILE")] = None,
    designs: Annotated[int, whole_number(6, 1000)] = 24,
    seeds: Annotated[int, whole_number(1, 10, "trainings of each design")] = 2,
    epochs: Annotated[int, whole_number(1, 100_000, "of each training")] = 60,
    rate: Rate = 1e-3,
    trunk: Annotated[
        bool, flag("--trunk", "all but experts and routers start from the supernet's")
    ] = False,
    encoder: Annotated[
        str | None, text("of pretrain: all but the decoder starts from its slice", "FILE")
    ] = None,
    processes: Processes = 1,
    out: Annotated[str | None, text("trials and states [local/rank]", "FOLDER")] = None,
    json: Json = False,
) -> None:
    """Train designs of three cost bands alone; run it again to go on after an interruption."""
    if trunk and encoder is not None:
        raise FieldError("encoder", "found together with --trunk", "one of the two is allowed")

    from cmn_core.architecture import SPACES
    from cmn_core.cim.workload import macs
    from cmn_core.cim.workload import weights as size_of
    from cmn_core.datasets.info import DEFAULT, dataset_info, described_beside
    from cmn_core.datasets.source import open_dataset

    shape = SPACES[space]
    dataset = dataset or described_beside(data) or DEFAULT
    info = dataset_info(dataset)
    train, val = (open_dataset(data, part, info) for part in ("train", "val"))

    import numpy as np
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    from cmn_core.supernet.measure.miou import measure
    from cmn_core.supernet.network import checkpoint
    from cmn_core.supernet.training.rank_fidelity import (
        Trial,
        TrialTraining,
        agreement,
        banded,
        candidates,
        keep_plan,
        trained,
    )

    source = checkpoint.weights_path(space, info.name) if weights is None else Path(weights)
    supernet = checkpoint.load_supernet(space, info.name, source)
    folder = Path("local/rank" if out is None else out)
    settings = {"weights": checkpoint.digest(source), "epochs": epochs, "rate": rate}
    pretrained = None
    if encoder is not None:
        pretrained = checkpoint.load_supernet(space, info.name, Path(encoder))
        settings["encoder"] = checkpoint.digest(Path(encoder))
    keep_plan(folder, {"space": space, "dataset": info.name, **settings, "trunk": trunk})
    drawn = candidates(shape, 40 * designs, 0)
    genes = np.array([a.row() for a in drawn])
    classes = len(info.classes)
    work = macs(shape, genes[:, :4], genes[:, 4:], classes=classes)
    size = size_of(shape, genes[:, :4], genes[:, 4:], classes)
    trials = []
    for band, i in banded(work, designs):
        inherited = measure(supernet, val, architecture=drawn[i]).miou
        row = tuple(int(g) for g in genes[i])
        trials += [
            Trial(band, row, seed, float(size[i]), float(work[i]), inherited, 0.0, 0.0)
            for seed in range(seeds)
        ]
    start = supernet if trunk else None
    states = folder / "states"
    plan = TrialTraining(
        shape, train, val, states, epochs, rate=rate, trunk=start, encoder=pretrained
    )
    columns = (*Progress.get_default_columns()[:3], MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(file=sys.stderr)
    done = []
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("training alone", total=len(trials))
        for trial in trained(trials, folder / "trials.csv", work=plan, processes=processes):
            done.append(trial)
            progress.update(task, completed=len(done))
            console.print(
                f"band {trial.band + 1} seed {trial.seed}: inherited {trial.inherited:.2f},"
                f" alone {trial.alone:.2f} % mIoU, {trial.seconds:.0f} s",
                highlight=False,
            )
    answer = {
        **agreement(done),
        "epochs": epochs,
        "trunk": trunk,
        "encoder": encoder is not None,
        "trials": str(folder / "trials.csv"),
    }
    put_json(answer) if json else put(facts(answer))
