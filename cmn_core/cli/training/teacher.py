"""teacher: a network on an ImageNet encoder, from which a supernet can learn."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cmn_core.cli.options import AnyDataset, Device, Precision, Rate, Splits
from cmn_core.cli.parsing import choice, real, whole, within
from cmn_core.cli.training.train import bf16, follow, torch_device


def command(
    data: Splits,
    dataset: AnyDataset = "nyuv2",
    encoder: Annotated[str, typer.Option(help="lite0 or lite2, of EfficientNet")] = "lite2",
    epochs: Annotated[str, typer.Option(metavar="N")] = "60",
    batch: Annotated[str, typer.Option(metavar="N")] = "8",
    rate: Rate = "3e-4",
    crop: Annotated[
        str, typer.Option(metavar="R", help="height and width of a view over the image's")
    ] = "0.8",
    paste: Annotated[
        str, typer.Option(metavar="R", help="share of views with classes of another view laid over")
    ] = "0.3",
    precision: Precision = "auto",
    device: Device = "cpu",
    seed: Annotated[str, typer.Option(metavar="N")] = "0",
    out: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="state and weights [local/teacher_DATASET]")
    ] = None,
) -> None:
    """Train a teacher; run it again with the same settings to go on after an interruption.

    Its encoder starts from ImageNet's weights, which requirements-train.txt brings.
    """
    from cmn_core.datasets.info import dataset_info
    from cmn_core.datasets.source import open_dataset
    from cmn_core.supernet.network.efficientnet import SIZES

    choice("encoder", encoder, SIZES)
    info = dataset_info(dataset)
    length = int(within("epochs", whole("epochs", epochs), 1, 100_000))
    images = int(within("batch", whole("batch", batch), 1, 4096))
    peak = within("rate", real("rate", rate), 1e-7, 1.0)
    window = within("crop", real("crop", crop), 0.1, 2.0)
    laid = within("paste", real("paste", paste), 0.0, 1.0)
    number = int(within("seed", whole("seed", seed), 0, 2**53 - 1))
    machine = torch_device(device)
    folder = Path(f"local/teacher_{info.name}" if out is None else out)
    half = bf16(precision, machine, folder)
    train, val = (open_dataset(data, part, info) for part in ("train", "val"))

    from cmn_core.supernet.measure.teacher_miou import best_factor
    from cmn_core.supernet.training.teacher import Schooling, TeacherTrainer

    schooling = Schooling(
        encoder=encoder,
        epochs=length,
        batch=images,
        rate=peak,
        crop=window,
        paste=laid,
        bf16=half,
        seed=number,
    )
    trainer = TeacherTrainer(schooling, train, folder, machine)
    follow(trainer, val, "training")
    factor, scores = best_factor(trainer.average, val)
    weights = folder / "teacher.safetensors"
    facts = {
        "dataset": info.name,
        "trained_on": f"{len(train)} {info.name} images, from ImageNet's weights",
        "enlarged": factor,
        "val_miou": scores,
    }
    trainer.export(weights, facts)
    sys.stderr.write(f"teacher: {weights}, val mIoU {scores[str(factor)]} %\n")
