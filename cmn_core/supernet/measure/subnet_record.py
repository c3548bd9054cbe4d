"""Everything that a measured table keeps of a subnet: score, loss, IoU by class, routing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from cmn_core.architecture import BLOCKS
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.supernet.measure.image_subset import ImageCounts
from cmn_core.supernet.measure.miou import SegmentationScore, as_tensor, confusion, normalise, score
from cmn_core.supernet.network.model import Layer, Segmenter
from cmn_core.supernet.network.moe import MoeFfn, Routing, per_block
from cmn_core.supernet.nonideal.array_products import ArrayFfn
from cmn_core.supernet.nonideal.noise import NoisyArrays

BATCH = 8  # images at a time; with 16 of 240 x 320 the largest subnet takes twice as long


@dataclass(frozen=True)
class Census:
    """loss: mean cross-entropy of labelled pixels, in nats, unweighted.

    routing: per block the share of tokens that have each expert as their first choice, over its
    layers and all images; busiest: per block and k = 1 .. E the share of tokens that the busiest
    expert of the worst layer would get if each token used its k first choices; loads: per block the
    share of tokens that each expert works on as the subnet was run, over its layers.
    counts: of every image.
    """

    score: SegmentationScore
    loss: float
    routing: tuple[tuple[float, ...], ...]
    busiest: tuple[tuple[float, ...], ...]
    loads: tuple[tuple[float, ...], ...]
    counts: ImageCounts


class _Counter:
    """Counts how often an expert of one layer is among the first k choices, for every k."""

    def __init__(self, module: MoeFfn | ArrayFfn) -> None:
        self.ffn = module.source if isinstance(module, ArrayFfn) else module
        experts = self.ffn.experts
        self.counts = np.zeros((experts, experts), dtype=np.int64)  # [k - 1, expert]
        self.tokens = 0
        self.handle = module.register_forward_pre_hook(self.count)

    def count(self, _: Any, inputs: tuple[Any, ...]) -> None:
        x: Tensor = inputs[0]
        experts, tokens = self.ffn.experts, x.shape[0] * x.shape[1]
        self.tokens += tokens
        if experts == 1:
            self.counts += tokens
            return
        gates = self.ffn.gates(x, experts).flatten(0, 1)
        # A token's place of an expert: how many gates are larger, or equal and of an earlier one.
        for mine in range(experts):
            before = (gates[:, :mine] >= gates[:, mine, None]).sum(1)
            place = before + (gates[:, mine + 1 :] > gates[:, mine, None]).sum(1)
            self.counts[:, mine] += np.bincount(place.numpy(), minlength=experts).cumsum()


@torch.inference_mode()
def census(
    model: Segmenter,
    data: SegmentationSet,
    *,
    top_k: Routing = None,
    batch: int = BATCH,
    arrays: NoisyArrays | None = None,
    with_loss: bool = True,
) -> Census:
    """Run a standalone subnet over a set; noisy arrays are read anew for every image.

    top_k: experts of a token, one number or one per block (default: all)
    with_loss: without it loss is NaN, and a small subnet takes a fifth less time
    """
    model.eval()
    if arrays is not None and arrays.image_by_image:
        batch = 1
    counters = [
        [_Counter(layer.ffn) for layer in cast(Iterable[Layer], layers)] for layers in model.blocks
    ]
    by_image = []
    total, pixels = 0.0, 0
    try:
        for start in range(0, len(data), batch):
            if arrays is not None:
                arrays.read()
            images, labels = data.images[start : start + batch], data.labels[start : start + batch]
            logits = model(normalise(as_tensor(images), data.info), None, top_k)
            full = F.interpolate(logits, images.shape[1:3], mode="bilinear", align_corners=False)
            if with_loss:
                target = torch.from_numpy(labels).long()
                target = torch.where(target < model.classes, target, -100)
                total += float(F.cross_entropy(full, target, reduction="sum"))
                pixels += int((target >= 0).sum())
            predicted = full.argmax(1).numpy()
            by_image += [
                confusion(p, t, model.classes) for p, t in zip(predicted, labels, strict=True)
            ]
    finally:
        for block in counters:
            for counter in block:
                counter.handle.remove()
    assert len(counters) == BLOCKS
    counts = np.array(by_image)
    hits = np.diagonal(counts, axis1=1, axis2=2)
    return Census(
        score(counts.sum(0)),
        total / max(pixels, 1) if with_loss else math.nan,
        tuple(_routing(block) for block in counters),
        tuple(_busiest(block) for block in counters),
        tuple(_loads(block, k) for block, k in zip(counters, per_block(top_k), strict=True)),
        ImageCounts(hits, counts.sum(1) + counts.sum(2) - hits),
    )


def _routing(layers: list[_Counter]) -> tuple[float, ...]:
    first = sum(c.counts[0] for c in layers)
    return tuple((first / max(sum(c.tokens for c in layers), 1)).tolist())


def _busiest(layers: list[_Counter]) -> tuple[float, ...]:
    shares = np.stack([c.counts.max(axis=1) / max(c.tokens, 1) for c in layers])
    return tuple(shares.max(axis=0).tolist())


def _loads(layers: list[_Counter], top_k: int | None) -> tuple[float, ...]:
    experts = len(layers[0].counts)
    used = sum(c.counts[min(top_k or experts, experts) - 1] for c in layers)
    return tuple((used / max(sum(c.tokens for c in layers), 1)).tolist())
