"""Mean IoU of a subnet on real images: one confusion matrix over all labelled pixels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from cmn_core.architecture import Architecture
from cmn_core.arrays import Bytes, Ints
from cmn_core.datasets.info import DatasetInfo, dataset_info
from cmn_core.datasets.npz import SegmentationSet, load_npz
from cmn_core.design import Design
from cmn_core.nonideal import IDEAL, NonIdeal
from cmn_core.supernet.network.export import open_network, origin
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.network.moe import Routing
from cmn_core.supernet.nonideal.apply import apply
from cmn_core.supernet.nonideal.noise import NoisyArrays


@dataclass(frozen=True)
class SegmentationScore:
    """Percent; `per_class` is IoU, NaN where a class occurs in neither labels nor predictions."""

    miou: float
    pixel_accuracy: float
    per_class: tuple[float, ...]


def normalise(images: Tensor, info: DatasetInfo) -> Tensor:
    """[B, 3, h, w] in 0..1 -> zero mean, unit deviation per channel of the training images."""
    mean = torch.tensor(info.mean, device=images.device).view(1, 3, 1, 1)
    std = torch.tensor(info.std, device=images.device).view(1, 3, 1, 1)
    return (images - mean) / std


def as_tensor(images: Bytes) -> Tensor:
    """[N, h, w, 3] uint8 -> [N, 3, h, w] float in 0..1."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255.0


def confusion(predicted: Ints, labels: Bytes, classes: int) -> Ints:
    """[classes, classes] counts, row = label, column = prediction; other labels are left out."""
    known = labels < classes
    pairs = labels[known].astype(np.int64) * classes + predicted[known]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def score(counts: Ints) -> SegmentationScore:
    """mIoU: mean IoU of the classes that occur in labels or predictions."""
    hit = np.diag(counts).astype(np.float64)
    union = counts.sum(0) + counts.sum(1) - hit
    iou = np.divide(hit, union, out=np.full(len(hit), np.nan), where=union > 0)
    return SegmentationScore(
        float(100.0 * np.nanmean(iou)),
        float(100.0 * hit.sum() / counts.sum()),
        tuple(float(100.0 * v) for v in iou),
    )


@torch.inference_mode()
def predict(
    model: Segmenter,
    images: Bytes,
    info: DatasetInfo,
    *,
    architecture: Architecture | None = None,
    top_k: Routing = None,
) -> Ints:
    """images: [N, h, w, 3] uint8 -> class of each pixel [N, h, w], at the images' resolution."""
    device = next(model.parameters()).device
    logits = model(normalise(as_tensor(images).to(device), info), architecture, top_k)
    full = F.interpolate(logits, images.shape[1:3], mode="bilinear", align_corners=False)
    return full.argmax(1).cpu().numpy()


def measure(
    model: Segmenter,
    data: SegmentationSet,
    *,
    architecture: Architecture | None = None,
    top_k: Routing = None,
    batch: int = 16,
    arrays: NoisyArrays | None = None,
) -> SegmentationScore:
    """Score of the subnet on the whole set; noisy arrays are read anew for every image."""
    counts = np.zeros((model.classes, model.classes), dtype=np.int64)
    if arrays is not None and arrays.image_by_image:
        batch = 1
    was_training = model.training
    model.eval()
    for i in range(0, len(data), batch):
        if arrays is not None:
            arrays.read()
        predicted = predict(
            model, data.images[i : i + batch], data.info, architecture=architecture, top_k=top_k
        )
        counts += confusion(predicted, data.labels[i : i + batch], model.classes)
    model.train(was_training)
    return score(counts)


def measure_miou(
    design: Design,
    dataset: str,
    data: str | Path,
    *,
    nonideal: NonIdeal = IDEAL,
    seed: int = 0,
    weights: Path | None = None,
) -> dict[str, Any]:
    """The `miou` command: real weights, real images, floating point unless nonideal says else.

    weights: a file of train, distil or export instead of what ships. Returns miou and
    pixel_accuracy in percent, images, seconds, and what the weights were trained on.
    """
    started = perf_counter()
    found = load_npz(data, dataset_info(dataset))
    model = open_network(design, dataset, weights)
    arrays = None if nonideal == IDEAL else apply(model, nonideal, seed=seed)
    result = measure(model, found, top_k=design.workload.experts_of_token, arrays=arrays)
    return {
        "miou": result.miou,
        "pixel_accuracy": result.pixel_accuracy,
        "images": len(found),
        "seconds": round(perf_counter() - started, 3),
        "trained_on": origin(design, dataset, weights)["trained_on"],
    }
