"""What lies beside a file of weights: its recipe, its cost and what its subnets score."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cmn_core.architecture import Architecture
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.npz import load_npz
from cmn_core.supernet.measure.miou import SegmentationScore, measure
from cmn_core.supernet.network import checkpoint

SCHEMA = "cmn-weights/1"
MIDDLE = 3  # experts of the middling subnet, with half the hidden units


def card(space: str, dataset: str, weights: Path, parts: Mapping[str, Path]) -> dict[str, Any]:
    """Score the largest, a middling and the smallest subnet on each part.

    parts: npz files by the name of the part, such as val and test
    Returns schema, digest of the weights, their facts (recipe, seconds, what they were trained on)
    and one entry of `scores` per subnet and part: mIoU and pixel accuracy in percent.
    """
    _, facts = checkpoint.load(weights)
    model = checkpoint.load_supernet(space, dataset, weights)
    largest = model.space.largest
    half = tuple(h // 2 for h in largest.hidden)
    subnets = {
        "largest": largest,
        "middling": Architecture.from_row([MIDDLE] * len(half) + list(half)),
        "smallest": model.space.smallest,
    }
    opened = {name: load_npz(path, dataset_info(dataset)) for name, path in parts.items()}
    scores = [
        {
            "subnet": subnet,
            "experts": list(chosen.experts),
            "hidden": list(chosen.hidden),
            "part": part,
            "images": len(images),
            "images_digest": checkpoint.digest(parts[part]),
            **_score(measure(model, images, architecture=chosen)),
        }
        for subnet, chosen in subnets.items()
        for part, images in opened.items()
    ]
    return {
        "schema": SCHEMA,
        "weights": checkpoint.digest(weights),
        **{name: facts.get(name) for name in ("space", "dataset", "trained_on")},
        "recipe": facts.get("recipe"),
        **({"epoch": facts["epoch"]} if "epoch" in facts else {}),  # where the recipe was ended
        "train_seconds": facts.get("train_seconds"),
        "scores": scores,
    }


def _score(found: SegmentationScore) -> dict[str, float]:
    return {"miou": round(found.miou, 4), "pixel_accuracy": round(found.pixel_accuracy, 4)}
