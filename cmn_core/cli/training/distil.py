"""distil: train a design's network alone, from its inherited slice, taught by a larger one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cmn_core.cli.options import (
    Batch,
    Device,
    Epochs,
    Folder,
    Json,
    Precision,
    Rate,
    Seed,
    Shipped,
    number,
    text,
)
from cmn_core.cli.output import facts, put, put_json
from cmn_core.cli.parsing import bits_pair
from cmn_core.cli.training.train import bf16, follow, torch_device


def command(
    design: Annotated[str, typer.Argument(metavar="DESIGN.json", help="the student")],
    data: Folder,
    dataset: Shipped = "nyuv2",
    weights: Annotated[
        str | None, text("what the student starts from [shipped supernet]", "FILE")
    ] = None,
    teacher: Annotated[
        str | None, text("a supernet, as its largest network, or a network [shipped]", "FILE")
    ] = None,
    share: Annotated[
        float, number(0.0, 1.0, "of the teacher in the loss; 0: labels alone", "0..1")
    ] = 0.5,
    temperature: Annotated[float, number(0.1, 100.0, metavar="T")] = 2,
    bits: Annotated[
        str | None, text("to round to while it learns: weights/activations [float]", "N")
    ] = None,
    epochs: Epochs = 30,
    batch: Batch = 16,
    rate: Rate = 3e-4,
    precision: Precision = "auto",
    device: Device = "cpu",
    seed: Seed = 0,
    out: Annotated[str | None, text("state and network [local/distil]", "FOLDER")] = None,
    json: Json = False,
) -> None:
    """Train one network; run it again with the same settings to go on after an interruption.

    It learns the design's routing and is measured with it. With --bits it is rounded in every step
    (quantisation-aware training), and its mIoU is that of `quantise` at these bits.
    """
    from cmn_core.datasets.info import dataset_info
    from cmn_core.datasets.npz import load_npz
    from cmn_core.design import read_design

    parsed, info = read_design(design), dataset_info(dataset)
    machine = torch_device(device)
    few = (None, None) if bits is None else bits_pair(bits)
    folder = Path("local/distil" if out is None else out)
    half = bf16(precision, machine, folder)
    train, val = (load_npz(Path(data) / f"{part}.npz", info) for part in ("train", "val"))

    from cmn_core.supernet.measure.miou import measure
    from cmn_core.supernet.network.export import open_network, open_teacher, origin
    from cmn_core.supernet.training.distillation import DistillationRecipe, Distiller, score

    start = None if weights is None else Path(weights)
    source = None if teacher is None else Path(teacher)
    student, begun = open_network(parsed, dataset, start), origin(parsed, dataset, start)
    master, known = (None, None) if share == 0.0 else open_teacher(parsed, info, source)
    lesson = DistillationRecipe(
        epochs=epochs,
        batch=batch,
        rate=rate,
        share=share,
        temperature=temperature,
        top_k=parsed.workload.experts_of_token,
        weight_bits=few[0],
        activation_bits=few[1],
        bf16=half,
        seed=seed,
        student=begun["weights"],
        teacher="" if known is None else known["weights"],
    )
    before = score(student, train, val, lesson)
    distiller = Distiller(lesson, student, master, train, folder, machine)
    follow(distiller, val, "distilling")
    path = folder / "network.safetensors"
    again = f"then {len(train)} {dataset} images alone"
    by = "" if known is None else f", taught by a network trained on {known['trained_on']}"
    distiller.save(path, {"trained_on": f"{begun['trained_on']}, {again}{by}"})
    answer = {
        "miou_inherited": before,
        "miou": score(distiller.average, train, val, lesson),
        "miou_teacher": None if master is None else measure(master, val).miou,
        "weight_bits": lesson.weight_bits,
        "activation_bits": lesson.activation_bits,
        "epochs": lesson.epochs,
        "train_seconds": round(distiller.seconds, 1),
        "weights": str(path),
    }
    put_json(answer) if json else put(facts(answer))
