"""train: a supernet on real photographs, resumable, with a progress bar and a line per epoch."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from cmn_core.cli.options import AnyDataset, Device, Precision, Rate, Space, Splits
from cmn_core.cli.parsing import choice, real, whole, within


def command(
    data: Splits,
    dataset: AnyDataset = "nyuv2",
    space: Space = "b0",
    extra: Annotated[
        str | None, typer.Option(metavar="FILE.npz", help="MiniPlaces masks to mix in")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="weights of a supernet; b0 can grow to b1 or b2"),
    ] = None,
    pretrained: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="MiT encoder of SegFormer to start from"),
    ] = None,
    epochs: Annotated[str, typer.Option(metavar="N")] = "390",
    stop: Annotated[
        str | None,
        typer.Option(metavar="N", help="end early, the schedule still that of all epochs"),
    ] = None,
    batch: Annotated[str, typer.Option(metavar="N")] = "16",
    rate: Rate = "1e-3",
    taught: Annotated[
        str,
        typer.Option(metavar="N", help="subnets taught by the largest in each step; 0: one path"),
    ] = "0",
    router_warmup: Annotated[
        str,
        typer.Option(metavar="R", help="share of the steps until gates are the router's alone"),
    ] = "0",
    even: Annotated[
        str, typer.Option(metavar="R", help="weight of the loss that has experts used alike")
    ] = "0",
    overlap: Annotated[
        str, typer.Option(metavar="R", help="weight of the missing overlap (soft Jaccard)")
    ] = "0",
    crop: Annotated[
        str, typer.Option(metavar="R", help="height and width of a view over the image's")
    ] = "0.8",
    colour: Annotated[
        str, typer.Option(metavar="R", help="how much views are recoloured, 1 +- this")
    ] = "0.35",
    paste: Annotated[
        str, typer.Option(metavar="R", help="share of views with classes of another view laid over")
    ] = "0",
    sparse: Annotated[
        str,
        typer.Option(metavar="R", help="share of the paths with 1 or 2 experts per token, not all"),
    ] = "0",
    teacher: Annotated[
        str | None, typer.Option(metavar="FILE", help="of the teacher command, to learn from too")
    ] = None,
    heed: Annotated[
        str, typer.Option(metavar="R", help="share of the teacher in the loss, rest the labels")
    ] = "0.5",
    noise: Annotated[
        str, typer.Option(metavar="R", help="largest write noise of the weights of a step")
    ] = "0",
    precision: Precision = "auto",
    device: Device = "cpu",
    seed: Annotated[str, typer.Option(metavar="N")] = "0",
    out: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="state and weights [local/SPACE_DATASET]")
    ] = None,
) -> None:
    """Train the supernet; run it again with the same settings to go on after an interruption."""
    from cmn_core.architecture import SPACES
    from cmn_core.datasets.info import dataset_info
    from cmn_core.datasets.source import open_dataset
    from cmn_core.errors import FieldError

    choice("space", space, SPACES)
    info = dataset_info(dataset)
    length = int(within("epochs", whole("epochs", epochs), 1, 100_000))
    end = length if stop is None else int(within("stop", whole("stop", stop), 1, length))
    images = int(within("batch", whole("batch", batch), 1, 4096))
    number = int(within("seed", whole("seed", seed), 0, 2**53 - 1))
    peak = within("rate", real("rate", rate), 1e-7, 1.0)
    pupils = int(within("taught", whole("taught", taught), 0, 16))
    ramp = within("router_warmup", real("router_warmup", router_warmup), 0.0, 1.0)
    evenness = within("even", real("even", even), 0.0, 10.0)
    jaccard = within("overlap", real("overlap", overlap), 0.0, 100.0)
    window = within("crop", real("crop", crop), 0.1, 1.0)
    laid = within("paste", real("paste", paste), 0.0, 1.0)
    recolour = within("colour", real("colour", colour), 0.0, 1.0)
    few = within("sparse", real("sparse", sparse), 0.0, 1.0)
    heeded = within("heed", real("heed", heed), 0.0, 1.0)
    written = within("noise", real("noise", noise), 0.0, 0.5)
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
            known = write_start(Path(pretrained), space, info, source, number)
            digest = known["digest"]
            origin = f"starting from the encoder {known['file']} ({digest}) of its owner"
        recipe = Recipe(
            space=space,
            rate=peak,
            epochs=length,
            batch=images,
            taught=pupils,
            router_warmup=ramp,
            even=evenness,
            overlap=jaccard,
            crop=window,
            colour=recolour,
            paste=laid,
            seed=number,
            start=digest,
            sparse=few,
            bf16=half,
            teacher="" if master is None else checkpoint.digest(master),
            heed=heeded,
            noise=written,
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
    choice("device", name, ("cpu", "cuda"))
    if name == "cuda":
        import torch

        from cmn_core.errors import FieldError

        if not torch.cuda.is_available():
            raise FieldError("device", "found cuda, which this torch does not reach", "use cpu")
    return name


def bf16(precision: str, device: str, folder: Path) -> bool:
    """Whether products are in bfloat16; a run that goes on keeps what it was started with."""
    choice("precision", precision, ("auto", "single", "bf16"))
    if precision != "auto":
        return precision == "bf16"

    from cmn_core.supernet.training.precision import bf16_is_faster, bf16_of

    before = bf16_of(folder)
    return bf16_is_faster(device) if before is None else before


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
