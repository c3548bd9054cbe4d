"""pretrain: a supernet's encoder on labelled photographs, as a start for train."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cmn_core.cli.options import Batch, Device, Epochs, Rate, Seed, Shipped, Space, text
from cmn_core.cli.training.train import follow, torch_device


def command(
    photographs: Annotated[
        list[str],
        text("MiniPlaces or Tiny ImageNet; repeat it; a folder is one set", "FILE.npz"),
    ],
    dataset: Shipped = "nyuv2",
    space: Space = "b0",
    start: Annotated[str | None, text("weights of a supernet [from scratch]", "FILE")] = None,
    epochs: Epochs = 8,
    batch: Batch = 32,
    rate: Rate = 1e-3,
    device: Device = "cpu",
    seed: Seed = 0,
    out: Annotated[str | None, text("state and weights [local/pretrain]", "FOLDER")] = None,
) -> None:
    """Pre-train; run it again with the same settings to go on after an interruption.

    A val.npz beside the photographs is what they are scored on.
    """
    from cmn_core.datasets.formats.photographs import load_photographs
    from cmn_core.datasets.info import dataset_info

    info = dataset_info(dataset)
    machine = torch_device(device)
    folders: dict[Path, list[Path]] = {}
    for path in map(Path, photographs):
        folders.setdefault(path.resolve().parent, []).append(path)
    sets = [load_photographs(paths) for paths in folders.values()]

    from cmn_core.supernet.network import checkpoint
    from cmn_core.supernet.training.pretraining import Course, Pretrainer, recognised

    source, digest, origin = None, "", "from scratch"
    if start is not None:
        source = Path(start)
        _, facts = checkpoint.load(source, "start")
        digest = checkpoint.digest(source)
        origin = f"starting from weights trained on {facts.get('trained_on', 'unknown data')}"
    course = Course(space=space, epochs=epochs, batch=batch, rate=rate, seed=seed, start=digest)
    folder = Path("local/pretrain" if out is None else out)
    trainer = Pretrainer(course, sets, info, folder, source, machine)
    follow(trainer, None, "pre-training")
    shown = " and ".join(f"{len(s)} labelled photographs of {s.name}" for s in sets)
    known = {"dataset": info.name, "trained_on": f"{shown}, {origin}"}
    network = trainer.average.cpu().eval()
    for which, parent in enumerate(folders):
        if (parent / "val.npz").exists():
            val = load_photographs([parent / "val.npz"])
            share = recognised(network, which, val, info)
            sys.stderr.write(f"{parent.name}: {share:.1f} % of {len(val)} recognised\n")
    weights = folder / "weights.safetensors"
    trainer.export(weights, known)
    sys.stderr.write(f"weights: {weights}\n")
