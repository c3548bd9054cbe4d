"""pretrain: a supernet's encoder on labelled photographs, as a start for train."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cmn_core.cli.options import (
    Device,
    Precision,
    Rate,
    Seed,
    Shipped,
    Space,
    text,
    whole_number,
)
from cmn_core.cli.training.train import bf16, follow, torch_device

if TYPE_CHECKING:
    from cmn_core.datasets.formats.photographs import ClassifiedSet
    from cmn_core.supernet.training.feature_distillation import FeatureDistiller
    from cmn_core.supernet.training.pretraining import Pretrainer


def command(
    photographs: Annotated[
        list[str],
        text("MiniPlaces or Tiny ImageNet; repeat it; a folder is one set", "FILE.npz"),
    ],
    dataset: Shipped = "nyuv2",
    space: Space = "b0",
    start: Annotated[str | None, text("weights of a supernet [from scratch]", "FILE")] = None,
    teacher: Annotated[
        str | None, text("of the teacher command: distil its features instead", "FILE")
    ] = None,
    epochs: Annotated[int | None, whole_number(1, 100_000, "passes [8; 1 with a teacher]")] = None,
    batch: Annotated[int | None, whole_number(1, 4096, "[32; 16 with a teacher]")] = None,
    rate: Rate = 1e-3,
    precision: Precision = "auto",
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
    folder = Path("local/pretrain" if out is None else out)
    half = bf16(precision, machine, folder)
    usual = (8, 32) if teacher is None else (1, 16)
    passes, images = epochs or usual[0], batch or usual[1]
    folders: dict[Path, list[Path]] = {}
    for path in map(Path, photographs):
        folders.setdefault(path.resolve().parent, []).append(path)
    sets = [load_photographs(paths) for paths in folders.values()]

    from cmn_core.supernet.network import checkpoint
    from cmn_core.supernet.network.teacher import load_teacher
    from cmn_core.supernet.training.feature_distillation import (
        FeatureDistiller,
        Imitation,
        imitated,
    )
    from cmn_core.supernet.training.pretraining import Course, Pretrainer

    source, digest, origin = None, "", "from scratch"
    if start is not None:
        source = Path(start)
        _, facts = checkpoint.load(source, "start")
        digest = checkpoint.digest(source)
        origin = f"starting from weights trained on {facts.get('trained_on', 'unknown data')}"
    plan: dict[str, Any] = {
        "space": space,
        "batch": images,
        "rate": rate,
        "seed": seed,
        "bf16": half,
    }
    shown = " and ".join(f"{len(s)} labelled photographs of {s.name}" for s in sets)
    trainer: FeatureDistiller | Pretrainer
    if teacher is None:
        course = Course(**plan, epochs=passes, start=digest)
        trainer = Pretrainer(course, sets, info, folder, source, machine)
    else:
        master, _ = load_teacher(Path(teacher))
        known = checkpoint.digest(Path(teacher))
        imitation = imitated(Imitation(**plan, start=digest, teacher=known), sets, passes)
        trainer = FeatureDistiller(imitation, sets, master.encoder, info, folder, source, machine)
        shown = f"the features of {known} on {shown.replace('labelled ', '')}"
    follow(trainer, None, "pre-training")
    for which, parent in enumerate(folders):
        if (parent / "val.npz").exists():
            val = load_photographs([parent / "val.npz"])
            sys.stderr.write(f"{parent.name}: {_judged(trainer, which, val)}\n")
    weights = folder / "weights.safetensors"
    trainer.export(weights, {"dataset": info.name, "trained_on": f"{shown}, {origin}"})
    sys.stderr.write(f"weights: {weights}\n")


def _judged(trainer: FeatureDistiller | Pretrainer, which: int, photographs: ClassifiedSet) -> str:
    """What the averaged network makes of photographs that it has not seen."""
    from cmn_core.supernet.training.pretraining import Pretrainer, recognised

    if isinstance(trainer, Pretrainer):
        network = trainer.average.cpu().eval()
        share = recognised(network, which, photographs, trainer.info)
        return f"{share:.1f} % of {len(photographs)} recognised"
    shares = ", ".join(f"{share:.2f}" for share in trainer.judged(which, photographs))
    return f"unexplained of the teacher at strides 4, 8, 16, 32: {shares}"
