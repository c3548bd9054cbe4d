"""distil: train a design's network alone, from its inherited slice, taught by a larger one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cmn_core.cli.options import Device, Folder, Rate, Shipped
from cmn_core.cli.output import JSON_HELP, facts, put, put_json
from cmn_core.cli.parsing import real, whole, within
from cmn_core.cli.training.train import follow, torch_device


def command(
    design: Annotated[str, typer.Argument(metavar="DESIGN.json", help="the student")],
    data: Folder,
    dataset: Shipped = "nyuv2",
    weights: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="what the student starts from [shipped supernet]"),
    ] = None,
    teacher: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="a supernet, as its largest network, or a network [shipped]"
        ),
    ] = None,
    share: Annotated[
        str, typer.Option(metavar="0..1", help="of the teacher in the loss; 0: labels alone")
    ] = "0.5",
    temperature: Annotated[str, typer.Option(metavar="T")] = "2",
    epochs: Annotated[str, typer.Option(metavar="N")] = "30",
    batch: Annotated[str, typer.Option(metavar="N")] = "16",
    rate: Rate = "3e-4",
    device: Device = "cpu",
    seed: Annotated[str, typer.Option(metavar="N")] = "0",
    out: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="state and network [local/distil]")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Train one network; run it again with the same settings to go on after an interruption."""
    from cmn_core.datasets.info import dataset_info
    from cmn_core.datasets.npz import load_npz
    from cmn_core.design import read_design

    parsed, info = read_design(design), dataset_info(dataset)
    length = int(within("epochs", whole("epochs", epochs), 1, 100_000))
    images = int(within("batch", whole("batch", batch), 1, 4096))
    number = int(within("seed", whole("seed", seed), 0, 2**53 - 1))
    taught = within("share", real("share", share), 0.0, 1.0)
    heat = within("temperature", real("temperature", temperature), 0.1, 100.0)
    peak = within("rate", real("rate", rate), 1e-7, 1.0)
    machine = torch_device(device)
    train, val = (load_npz(Path(data) / f"{part}.npz", info) for part in ("train", "val"))

    from cmn_core.supernet.measure.miou import measure
    from cmn_core.supernet.network.export import open_network, open_teacher, origin
    from cmn_core.supernet.training.distillation import DistillationRecipe, Distiller

    start = None if weights is None else Path(weights)
    source = None if teacher is None else Path(teacher)
    student, begun = open_network(parsed, dataset, start), origin(parsed, dataset, start)
    master, known = (None, None) if taught == 0.0 else open_teacher(parsed, info, source)
    lesson = DistillationRecipe(
        epochs=length,
        batch=images,
        rate=peak,
        share=taught,
        temperature=heat,
        seed=number,
        student=begun["weights"],
        teacher="" if known is None else known["weights"],
    )
    before = measure(student, val).miou
    folder = Path("local/distil" if out is None else out)
    distiller = Distiller(lesson, student, master, train, folder, machine)
    follow(distiller, val, "distilling")
    path = folder / "network.safetensors"
    again = f"then {len(train)} {dataset} images alone"
    by = "" if known is None else f", taught by a network trained on {known['trained_on']}"
    distiller.save(path, {"trained_on": f"{begun['trained_on']}, {again}{by}"})
    answer = {
        "miou_inherited": before,
        "miou": measure(distiller.average, val).miou,
        "miou_teacher": None if master is None else measure(master, val).miou,
        "epochs": lesson.epochs,
        "train_seconds": round(distiller.seconds, 1),
        "weights": str(path),
    }
    put_json(answer) if json else put(facts(answer))
