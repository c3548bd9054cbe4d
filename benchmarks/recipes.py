"""What each part of the training recipe gives: one arm per change, all else and the seed alike.

Run: python benchmarks/recipes.py --data FOLDER [--extra FILE.npz] [--epochs N] [--out FOLDER]
     [--arms NAME ...]

Every arm trains a B0 supernet from scratch for as many epochs and is scored on val: largest, a
middling and the smallest subnet. An arm that was interrupted goes on. Arms cost different time per
epoch, so seconds stand beside. A short training ranks recipes for short trainings; one seed tells
apart what differs by more than seeds do (--seeds).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from cmn_core.architecture import SPACES, Architecture
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.miniplaces import load_miniplaces
from cmn_core.datasets.source import open_dataset
from cmn_core.supernet.evaluation import measure
from cmn_core.supernet.training import Recipe, Trainer

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
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--out", type=Path, default=Path("local/recipes"))
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    info = dataset_info(asked.dataset)
    train, val = (open_dataset(asked.data, part, info) for part in ("train", "val"))
    scenes = None if asked.extra is None else load_miniplaces(asked.extra, info)
    print(f"{asked.epochs} epochs of {len(train)} images, mIoU on {len(val)} val images")
    print(f"{'arm':16}{'seed':>5}" + "".join(f"{name:>10}" for name in SUBNETS) + f"{'s':>8}")
    for seed in range(asked.seeds):
        for arm in asked.arms:
            recipe = replace(ARMS[arm], epochs=asked.epochs, seed=seed)
            extra = None if arm == "no scenes" else scenes
            folder = asked.out / f"{arm.replace(' ', '_')}_{seed}"
            trainer = Trainer(recipe, train, folder, extra)
            for _ in trainer.epochs():
                pass
            found = [measure(trainer.average, val, architecture=a).miou for a in SUBNETS.values()]
            shown = "".join(f"{miou:10.2f}" for miou in found)
            print(f"{arm:16}{seed:5}{shown}{trainer.seconds:8.0f}", flush=True)


if __name__ == "__main__":
    main()
