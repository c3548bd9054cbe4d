"""What each part of the training recipe gives: one arm per change, all else and the seed alike.

Run: python benchmarks/recipes.py --data FOLDER [--extra FILE.npz] [--start FILE] [--epochs N]
     [--out FOLDER] [--arms NAME ...] [--hold-out NAME ...]

Every arm trains a B0 supernet for as many epochs, from scratch or from --start, and is scored on
val: largest, a middling and the smallest subnet. With --hold-out, once per name, the training
frames whose name begins so are what it is scored on, and are not trained on: frames of one video
say little about another one; the last column is then the largest subnet on val. An arm that was
interrupted goes on. Arms cost different time per epoch, so seconds stand beside. A short training
ranks recipes for short trainings; one seed tells apart what differs by more than seeds do
(--seeds).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch

from cmn_core.architecture import SPACES, Architecture
from cmn_core.arrays import Bools
from cmn_core.datasets.formats.miniplaces import load_miniplaces
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.datasets.source import open_dataset
from cmn_core.supernet.measure.miou import measure
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.training.supernet import Recipe, Trainer

SPACE = SPACES["b0"]
BASE = Recipe()
ARMS = {
    "default": BASE,
    "no scenes": BASE,  # without the extra set
    "largest only": replace(BASE, largest=1.0),
    "random only": replace(BASE, largest=0.0),
    "with smallest": replace(BASE, largest=0.4, smallest=0.1),
    "sandwich": replace(BASE, taught=2),
    "router warm-up": replace(BASE, router_warmup=0.1),
    "even experts": replace(BASE, even=0.01),
    "plain classes": replace(BASE, balance=0.0),
    "no drop path": replace(BASE, drop_path=0.0),
    "half the rate": replace(BASE, rate=5e-4),
    "overlap": replace(BASE, overlap=1.0),
    "more colour": replace(BASE, colour=0.6),
    "whole frames": replace(BASE, crop=1.0),
    "pasted": replace(BASE, paste=0.5),
    "both": replace(BASE, crop=1.0, paste=0.5),
    "more decay": replace(BASE, decay=0.2, drop_path=0.2),
}
SUBNETS = {
    "largest": SPACE.largest,
    "middling": Architecture((3,) * 4, (64, 128, 320, 512)),
    "smallest": SPACE.smallest,
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder with train.npz and val.npz")
    parser.add_argument("--dataset", default="nyuv2")
    parser.add_argument("--extra", help="MiniPlaces masks to mix in")
    parser.add_argument("--start", type=Path, help="weights to start from")
    parser.add_argument("--hold-out", nargs="+", help="beginnings of names in train.npz")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--out", type=Path, default=Path("local/recipes"))
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    info = dataset_info(asked.dataset)
    train, val = (open_dataset(asked.data, part, info) for part in ("train", "val"))
    folds = {"val": (train, val)}
    if asked.hold_out:
        with np.load(Path(asked.data) / "train.npz", allow_pickle=False) as file:
            names = file["name"]
        folds = {word: parted(train, np.char.startswith(names, word)) for word in asked.hold_out}
    digest = "" if asked.start is None else checkpoint.digest(asked.start)
    scenes = None if asked.extra is None else load_miniplaces(asked.extra, info)
    print(f"{asked.epochs} epochs; mIoU of three subnets, and seconds")
    print(
        f"{'arm':16}{'scored on':>12}{'seed':>5}"
        + "".join(f"{n:>10}" for n in SUBNETS)
        + f"{'s':>8}"
        + (f"{'val':>8}" if asked.hold_out else "")
    )
    for seed, (fold, (seen, unseen)), arm in product(range(asked.seeds), folds.items(), asked.arms):
        recipe = replace(ARMS[arm], epochs=asked.epochs, seed=seed, start=digest)
        extra = None if arm == "no scenes" else scenes
        folder = asked.out / f"{arm.replace(' ', '_')}_{fold}_{seed}"
        trainer = Trainer(recipe, seen, folder, extra, asked.start)
        for _ in trainer.epochs():
            pass
        found = [measure(trainer.average, unseen, architecture=a).miou for a in SUBNETS.values()]
        shown = "".join(f"{miou:10.2f}" for miou in found)
        beside = f"{measure(trainer.average, val).miou:8.2f}" if asked.hold_out else ""
        print(f"{arm:16}{fold:>12}{seed:5}{shown}{trainer.seconds:8.0f}{beside}", flush=True)


def parted(whole: SegmentationSet, out: Bools) -> tuple[SegmentationSet, SegmentationSet]:
    """The set without the frames `out` [N], and those alone."""
    if not out.any() or out.all():
        sys.exit("--hold-out: some frames, but not all, have to bear the name")
    kept, left = (
        replace(whole, images=whole.images[some], labels=whole.labels[some]) for some in (~out, out)
    )
    return kept, left


if __name__ == "__main__":
    main()
