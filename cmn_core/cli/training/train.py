"""train: a supernet on real photographs, resumable, with a progress bar and a line per epoch."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from cmn_core.cli.options import (
    AnyDataset,
    Batch,
    Device,
    Epochs,
    Precision,
    Rate,
    Seed,
    Space,
    Splits,
    number,
    text,
    whole_number,
)
from cmn_core.cli.parsing import within


def command(
    data: Splits,
    dataset: AnyDataset = None,
    space: Space = "b0",
    extra: Annotated[str | None, text("MiniPlaces masks to mix in", "FILE.npz")] = None,
    start: Annotated[
        str | None, text("weights of a supernet; b0 can grow to b1 or b2", "FILE")
    ] = None,
    pretrained: Annotated[
        str | None, text("MiT encoder of SegFormer to start from", "FILE")
    ] = None,
    epochs: Epochs = 390,
    stop: Annotated[
        int | None, whole_number(1, None, "end early, the schedule still that of all epochs")
    ] = None,
    batch: Batch = 16,
    rate: Rate = 1e-3,
    taught: Annotated[
        int, whole_number(0, 16, "subnets taught by the largest in each step; 0: one path")
    ] = 0,
    router_warmup: Annotated[
        float, number(0.0, 1.0, "share of the steps until gates are the router's alone")
    ] = 0,
    even: Annotated[float, number(0.0, 10.0, "weight of the loss that has experts used alike")] = 0,
    overlap: Annotated[
        float, number(0.0, 100.0, "weight of the missing overlap (soft Jaccard)")
    ] = 0,
    crop: Annotated[float, number(0.1, 1.0, "height and width of a view over the image's")] = 0.8,
    colour: Annotated[float, number(0.0, 1.0, "how much views are recoloured, 1 +- this")] = 0.35,
    paste: Annotated[
        float, number(0.0, 1.0, "share of views with classes of another view laid over")
    ] = 0,
    sparse: Annotated[
        float, number(0.0, 1.0, "share of the paths with 1 or 2 experts for a token, not all")
    ] = 0,
    teacher: Annotated[str | None, text("of the teacher command, to learn from", "FILE")] = None,
    heed: Annotated[
        float, number(0.0, 1.0, "share of the teacher in the loss, the rest the labels'")
    ] = 0.5,
    noise: Annotated[float, number(0.0, 0.5, "largest write noise of the weights in a step")] = 0,
    precision: Precision = "auto",
    device: Device = "cpu",
    seed: Seed = 0,
    out: Annotated[str | None, text("state and weights [local/SPACE_DATASET]", "FOLDER")] = None,
) -> None:
    """Train the supernet; run it again with the same settings to go on after an interruption."""
    from cmn_core.datasets.info import DEFAULT, dataset_info, described_beside
    from cmn_core.datasets.source import open_dataset
    from cmn_core.errors import FieldError

    dataset = dataset or described_beside(data) or DEFAULT
    info = dataset_info(dataset)
    end = epochs if stop is None else int(within("stop", stop, 1, epochs))
    machine = torch_device(device)
    folder = Path(f"local/{space}_{info.name}" if out is None else out)
    half = bf16(precision, machine, folder)
    if start is not None and pretrained is not None:
        raise FieldError("pretrained", "found beside --start", "one of the two is allowed")
    train, val = (open_dataset(data, part, info) for part in ("train", "val"))

    from cmn_core.datasets.formats.miniplaces import load_miniplaces
    from cmn_core.supernet.network import checkpoint
    from cmn_core.supernet.network.pretrained import write_start
    from cmn_core.supernet.network.teacher import load_teacher
    from cmn_core.supernet.training.supernet import Recipe, Trainer

    more = None if extra is None else load_miniplaces(extra, info)
    origin, digest = "from scratch", ""
    source = None if start is None else Path(start)
    master = None if teacher is None else Path(teacher)
    if master is not None:
        load_teacher(master, len(info.classes))
    if source is not None:
        _, facts = checkpoint.load(source, "start")
        digest = checkpoint.digest(source)
        known, before = facts.get("trained_on", "unknown data"), facts.get("space", space)
        grown = "" if before == space else f"grown from {before} "
        origin = f"starting from {grown}weights trained on {known}"
    with TemporaryDirectory() as scratch:
        if pretrained is not None:
            source = Path(scratch) / "start.safetensors"
            known = write_start(Path(pretrained), space, info, source, seed)
            digest = known["digest"]
            origin = f"starting from the encoder {known['file']} ({digest}) of its owner"
        recipe = Recipe(
            space=space,
            rate=rate,
            epochs=epochs,
            batch=batch,
            taught=taught,
            router_warmup=router_warmup,
            even=even,
            overlap=overlap,
            crop=crop,
            colour=colour,
            paste=paste,
            seed=seed,
            start=digest,
            sparse=sparse,
            teacher="" if master is None else checkpoint.digest(master),
            heed=heed,
            noise=noise,
            bf16=half,
        )
        trainer = Trainer(recipe, train, folder, more, source, machine, master)
    follow(trainer, val, "training", end)
    mixed_in = "" if more is None else f" and {len(more)} MiniPlaces scenes"
    taught_by = "" if master is None else f", taught by {recipe.teacher}"
    trained_on = f"{len(train)} {info.name} images{mixed_in}, {origin}{taught_by}"
    weights = folder / "weights.safetensors"
    trainer.export(weights, {"dataset": info.name, "trained_on": trained_on})
    sys.stderr.write(f"weights: {weights}\n")


def torch_device(name: str) -> str:
    """The name, if torch can compute there."""
    if name == "cuda":
        import torch

        from cmn_core.errors import FieldError

        if not torch.cuda.is_available():
            raise FieldError("device", "found cuda, which this torch does not reach", "use cpu")
    return name


def bf16(precision: str, device: str, folder: Path) -> bool:
    """Whether products are in bfloat16; a run that goes on keeps what it was started with."""
    if precision != "auto":
        return precision == "bf16"

    from cmn_core.supernet.training.precision import bf16_for

    return bf16_for(folder, device)


def follow(loop: object, val: object, verb: str, stop: int | None = None) -> None:
    """Train to the end with a progress bar and a line per epoch on standard error.

    val: images to measure mIoU on now and then, or None
    stop: the last epoch to train, where that is not the schedule's last
    """
    from rich.console import Console
    from rich.progress import Progress

    from cmn_core.datasets.npz import SegmentationSet
    from cmn_core.supernet.training.loop import Loop

    assert isinstance(loop, Loop)
    assert val is None or isinstance(val, SegmentationSet)
    console = Console(file=sys.stderr)
    with Progress(console=console) as progress:
        total = loop.plan.epochs
        task = progress.add_task(verb, total=stop or total, completed=loop.epoch)
        for step in loop.epochs(val, stop=stop):
            miou = "" if step.miou is None else f"  val mIoU {step.miou:.2f} %"
            console.print(
                f"epoch {step.epoch}/{total}  loss {step.loss:.4f}  {step.seconds:.1f} s{miou}",
                highlight=False,
            )
            progress.update(task, completed=step.epoch)
