"""What lies beside a file of weights: its recipe, its cost and what its subnets score."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cmn_core.architecture import Architecture
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.npz import SegmentationSet, load_npz
from cmn_core.supernet.measure.miou import SegmentationScore, measure
from cmn_core.supernet.measure.subnet_record import census
from cmn_core.supernet.measure.teacher_miou import measure_teacher
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.network.moe import FEW
from cmn_core.supernet.network.teacher import load_teacher

SCHEMA, TEACHER_SCHEMA = "cmn-weights/1", "cmn-teacher/1"
MIDDLE = 3  # experts of the middling subnet, with half the hidden units


def card(space: str, dataset: str, weights: Path, parts: Mapping[str, Path]) -> dict[str, Any]:
    """Score the largest, a middling and the smallest subnet on each part.

    parts: npz files by the name of the part, such as val and test
    Returns schema, digest of the weights, their facts (recipe, seconds, what they were trained on)
    and one entry of `scores` per subnet and part: mIoU and pixel accuracy in percent. Where the
    recipe trained sparse experts the largest is scored with 1 and 2 experts of a token too, with
    the share of tokens that each expert of each block works on, and that of the busiest of a layer.
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
            **_of_part(part, images, parts[part]),
            **_score(measure(model, images, architecture=chosen)),
        }
        for subnet, chosen in subnets.items()
        for part, images in opened.items()
    ]
    recipe = facts.get("recipe")
    if isinstance(recipe, dict) and recipe.get("sparse", 0.0) > 0.0:
        for few in FEW:
            for part, images in opened.items():
                scores.append(
                    {**_of_part(part, images, parts[part]), **_routed(model, images, few)}
                )
    return {
        "schema": SCHEMA,
        "weights": checkpoint.digest(weights),
        **{name: facts.get(name) for name in ("space", "dataset", "trained_on")},
        "recipe": recipe,
        **({"epoch": facts["epoch"]} if "epoch" in facts else {}),  # where the recipe was ended
        "train_seconds": facts.get("train_seconds"),
        "scores": scores,
    }


def teacher_card(dataset: str, weights: Path, parts: Mapping[str, Path]) -> dict[str, Any]:
    """The same of a teacher, as large as its file says that it sees pictures; `settings` is its
    recipe."""
    info = dataset_info(dataset)
    teacher, facts = load_teacher(weights, len(info.classes))
    factor = float(facts.get("enlarged", 1.0))
    opened = {name: load_npz(path, info) for name, path in parts.items()}
    scores = [
        {
            "subnet": "teacher",
            **_of_part(part, images, parts[part]),
            **_score(measure_teacher(teacher, images, factor=factor)),
        }
        for part, images in opened.items()
    ]
    kept = ("dataset", "trained_on", "schooling", "epoch", "train_seconds", "enlarged", "val_miou")
    return {
        "schema": TEACHER_SCHEMA,
        "weights": checkpoint.digest(weights),
        "parameters": sum(p.numel() for p in teacher.parameters()),
        **{name: facts.get(name) for name in kept},
        "scores": scores,
    }


def _of_part(part: str, images: SegmentationSet, path: Path) -> dict[str, Any]:
    return {"part": part, "images": len(images), "images_digest": checkpoint.digest(path)}


def _routed(model: Segmenter, images: SegmentationSet, few: int) -> dict[str, Any]:
    found = census(model, images, top_k=few)
    return {
        "subnet": f"largest, {few} of its experts for a token",
        "top_k": few,
        **_score(found.score),
        "loads": [[round(share, 4) for share in block] for block in found.loads],
        "busiest": [round(block[few - 1], 4) for block in found.busiest],
    }


def _score(found: SegmentationScore) -> dict[str, float]:
    return {"miou": round(found.miou, 4), "pixel_accuracy": round(found.pixel_accuracy, 4)}
