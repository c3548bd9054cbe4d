"""Everything that a measured table keeps of a subnet: score, loss, IoU by class, routing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from cmn_core.architecture import BLOCKS
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.supernet.measure.miou import SegmentationScore, as_tensor, confusion, normalise, score
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.network.moe import MoeFfn, Routing, per_block
from cmn_core.supernet.nonideal.noise import NoisyArrays


@dataclass(frozen=True)
class Census:
    """loss: mean cross-entropy of labelled pixels, in nats, unweighted.

    routing: per block the share of tokens that have each expert as their first choice, over its
    layers and all images; busiest: per block and k = 1 .. E the share of tokens that the busiest
    expert of the worst layer would get if each token used its k first choices; loads: per block the
    share of tokens that each expert works on as the subnet was run, over its layers.
    """

    score: SegmentationScore
    loss: float
    routing: tuple[tuple[float, ...], ...]
    busiest: tuple[tuple[float, ...], ...]
    loads: tuple[tuple[float, ...], ...]


class _Counter:
    """Counts how often an expert of one layer is among the first k choices, for every k."""

    def __init__(self, ffn: MoeFfn) -> None:
        self.counts = np.zeros((ffn.experts, ffn.experts), dtype=np.int64)  # [k - 1, expert]
        self.tokens = 0
        self.handle = ffn.register_forward_pre_hook(self.count)

    def count(self, ffn: Any, inputs: tuple[Any, ...]) -> None:
        x: Tensor = inputs[0]
        gates = ffn.gates(x, ffn.experts).flatten(0, 1)
        order = gates.argsort(dim=-1, descending=True, stable=True).numpy()
        for k in range(ffn.experts):
            self.counts[k:] += np.bincount(order[:, k], minlength=ffn.experts)
        self.tokens += len(order)


@torch.inference_mode()
def census(
    model: Segmenter,
    data: SegmentationSet,
    *,
    top_k: Routing = None,
    batch: int = 16,
    arrays: NoisyArrays | None = None,
) -> Census:
    """Run a standalone subnet over a set; noisy arrays are read anew for every image.

    top_k: experts of a token, one number or one per block (default: all)
    """
    model.eval()
    if arrays is not None and arrays.image_by_image:
        batch = 1
    counters = [
        [_Counter(m) for m in layers.modules() if isinstance(m, MoeFfn)] for layers in model.blocks
    ]
    counts = np.zeros((model.classes, model.classes), dtype=np.int64)
    total, pixels = 0.0, 0
    try:
        for start in range(0, len(data), batch):
            if arrays is not None:
                arrays.read()
            images, labels = data.images[start : start + batch], data.labels[start : start + batch]
            logits = model(normalise(as_tensor(images), data.info), None, top_k)
            full = F.interpolate(logits, images.shape[1:3], mode="bilinear", align_corners=False)
            target = torch.from_numpy(labels).long()
            target = torch.where(target < model.classes, target, -100)
            total += float(F.cross_entropy(full, target, reduction="sum"))
            pixels += int((target >= 0).sum())
            counts += confusion(full.argmax(1).numpy(), labels, model.classes)
    finally:
        for block in counters:
            for counter in block:
                counter.handle.remove()
    assert len(counters) == BLOCKS
    return Census(
        score(counts),
        total / max(pixels, 1),
        tuple(_routing(block) for block in counters),
        tuple(_busiest(block) for block in counters),
        tuple(_loads(block, k) for block, k in zip(counters, per_block(top_k), strict=True)),
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
