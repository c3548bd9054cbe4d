"""Post-training quantisation: ranges of the activations, found on training images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cmn_core.arrays import Bytes
from cmn_core.datasets.info import DatasetInfo
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.nonideal import NonIdeal
from cmn_core.supernet.measure.miou import SegmentationScore, measure, predict
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.network.moe import Routing
from cmn_core.supernet.nonideal.apply import apply
from cmn_core.supernet.nonideal.array_products import Ranges, on_arrays
from cmn_core.supernet.nonideal.quantise import (
    Range,
    full_range,
    least_error_range,
    percentile_range,
    thinned,
)

CALIBRATION = 32  # training images that ranges are found on, unless said
METHODS = ("error", "percentile", "full")
PERCENTILE = 0.99  # 0.999 and all lose more at 4 bits, see docs/nonideal.md


@dataclass(frozen=True)
class Quantised:
    """A network's score at one precision, and without rounding."""

    weight_bits: int
    activation_bits: int
    before: SegmentationScore
    after: SegmentationScore


def calibrate(
    model: Segmenter,
    images: Bytes,
    info: DatasetInfo,
    bits: int,
    *,
    method: str = "percentile",
    top_k: Routing = None,
) -> Ranges:
    """Range of what enters each product on images [N, h, w, 3].

    method: "error" for the least squared error at that many bits, "percentile" for the middle
    99 % of the elements, "full" for all of them. The model is left as it is.
    """
    seen: dict[str, list[Tensor]] = {}

    def watch(name: str, x: Tensor) -> None:
        seen.setdefault(name, []).extend(thinned(one).clone() for one in x)

    copy = on_arrays(model.subnet(model.architecture), NonIdeal(), seed=0, watch=watch).eval()
    for i in range(0, len(images), 8):
        predict(copy, images[i : i + 8], info, top_k=top_k)
    return {name: _range(torch.cat(parts), bits, method) for name, parts in seen.items()}


def calibration_images(images: Bytes, seed: int, count: int = CALIBRATION) -> Bytes:
    """So many of the images [N, h, w, 3], drawn by the seed, in their order."""
    order = np.random.default_rng(seed).permutation(len(images))
    return images[np.sort(order[:count])]


def post_training(
    model: Segmenter,
    data: SegmentationSet,
    images: Bytes,
    precisions: list[tuple[int, int]],
    *,
    method: str = "percentile",
    top_k: Routing = None,
) -> list[Quantised]:
    """Score on data at each (weight_bits, activation_bits), calibrated on images.

    Weights are rounded per output channel with the scale of least squared error. The model stays
    as it is.
    """
    before = measure(model, data, top_k=top_k)
    out = []
    for weight_bits, activation_bits in precisions:
        ranges = calibrate(model, images, data.info, activation_bits, method=method, top_k=top_k)
        copy = model.subnet(model.architecture)
        nonideal = NonIdeal(weight_bits=weight_bits, activation_bits=activation_bits)
        arrays = apply(copy, nonideal, ranges=ranges, fit_scales=True)
        after = measure(copy, data, top_k=top_k, arrays=arrays)
        out.append(Quantised(weight_bits, activation_bits, before, after))
    return out


def _range(x: Tensor, bits: int, method: str) -> Range:
    if method == "full":
        return full_range(x)
    return percentile_range(x, PERCENTILE) if method == "percentile" else least_error_range(x, bits)
