"""teacher: a network on an ImageNet encoder, from which a supernet can learn."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from cmn_core.cli.options import (
    AnyDataset,
    Batch,
    Device,
    Epochs,
    Precision,
    Rate,
    Seed,
    Splits,
    number,
    text,
    word,
)
from cmn_core.cli.training.train import bf16, follow, torch_device


def _encoders() -> Iterable[str]:
    from cmn_core.supernet.network.efficientnet import SIZES  # brings torch

    return SIZES


def command(
    data: Splits,
    dataset: AnyDataset = None,
    encoder: Annotated[str, word(_encoders, "lite0 or lite2, of EfficientNet")] = "lite2",
    epochs: Epochs = 60,
    batch: Batch = 8,
    rate: Rate = 3e-4,
    crop: Annotated[float, number(0.1, 2.0, "height and width of a view over the image's")] = 0.8,
    paste: Annotated[
        float, number(0.0, 1.0, "share of views with classes of another view laid over")
    ] = 0.3,
    precision: Precision = "auto",
    device: Device = "cpu",
    seed: Seed = 0,
    out: Annotated[str | None, text("state and weights [local/teacher_DATASET]", "FOLDER")] = None,
) -> None:
    """Train a teacher; run it again with the same settings to go on after an interruption.

    Its encoder starts from ImageNet's weights, which requirements-train.txt brings.
    """
    from cmn_core.datasets.info import DEFAULT, dataset_info, described_beside
    from cmn_core.datasets.source import open_dataset

    dataset = dataset or described_beside(data) or DEFAULT
    info = dataset_info(dataset)
    machine = torch_device(device)
    folder = Path(f"local/teacher_{info.name}" if out is None else out)
    half = bf16(precision, machine, folder)
    train, val = (open_dataset(data, part, info) for part in ("train", "val"))

    from cmn_core.supernet.measure.teacher_miou import best_factor
    from cmn_core.supernet.training.teacher import Schooling, TeacherTrainer

    schooling = Schooling(
        encoder=encoder,
        epochs=epochs,
        batch=batch,
        rate=rate,
        crop=crop,
        paste=paste,
        bf16=half,
        seed=seed,
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
