"""Routers recalibrated after noise: the arrays are wrong for good, the digital routers are not.

Noise of weights changes what experts answer, and routers that were trained on exact experts then
weigh them wrongly. A router is digital and small, so it can be trained again on a chip's own
weights: on a few photographs without labels, until classes are those of the exact network again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from cmn_core.architecture import Architecture
from cmn_core.arrays import Bytes
from cmn_core.datasets.info import DatasetInfo
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.nonideal import IDEAL
from cmn_core.supernet.measure.miou import as_tensor, measure, normalise
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.network.moe import MoeFfn
from cmn_core.supernet.nonideal.apply import apply
from cmn_core.supernet.training.losses import divergence

IMAGES = 50  # photographs that a chip sees after it was programmed
_PASSES, _BATCH, _RATE = 5, 10, 3e-3


@dataclass(frozen=True)
class WonBack:
    """mIoU in percent of a network: exact, with write noise, and with its routers recalibrated."""

    architecture: Architecture
    sigma: float
    seed: int
    exact: float
    noisy: float
    recalibrated: float


def recalibrate(
    noisy: Segmenter, exact: Segmenter, images: Bytes, info: DatasetInfo, *, seed: int = 0
) -> tuple[float, float]:
    """Train the routers of `noisy` in place; divergence of its classes from those of `exact` on
    the images before and after, in nats per pixel.

    images: [N, height, width, 3]; no labels are needed
    """
    routers = [
        parameter
        for ffn in noisy.modules()
        if isinstance(ffn, MoeFfn) and ffn.experts > 1
        for parameter in (ffn.router, ffn.router_bias)
    ]
    noisy.eval().requires_grad_(False)
    pictures = normalise(as_tensor(images), info)
    with torch.no_grad():
        targets = torch.cat([exact.eval()(part) for part in pictures.split(_BATCH)])
    before = _apart(noisy, pictures, targets)
    if not routers:
        return before, before
    for parameter in routers:
        parameter.requires_grad_(True)
    _train(noisy, routers, pictures, targets, seed)
    noisy.requires_grad_(False)
    return before, _apart(noisy, pictures, targets)


def won_back(
    supernet: Segmenter,
    architectures: list[Architecture],
    val: SegmentationSet,
    photographs: Bytes,
    *,
    sigmas: tuple[float, ...],
    seeds: int,
) -> Iterator[WonBack]:
    """Each architecture under each write noise with each seed, on val.

    photographs: [N, height, width, 3], of which IMAGES are taken at random for every seed
    """
    for architecture in architectures:
        exact = supernet.subnet(architecture)
        clean = measure(exact, val).miou
        for sigma in sigmas:
            for seed in range(seeds):
                noisy = supernet.subnet(architecture)
                apply(noisy, replace(IDEAL, write_noise=sigma), seed=seed)
                before = measure(noisy, val).miou
                rng = np.random.default_rng([seed, 50])
                chosen = rng.choice(len(photographs), min(IMAGES, len(photographs)), replace=False)
                recalibrate(noisy, exact, photographs[chosen], val.info, seed=seed)
                after = measure(noisy, val).miou
                yield WonBack(architecture, sigma, seed, clean, before, after)


def _train(
    noisy: Segmenter, routers: list[nn.Parameter], pictures: Tensor, targets: Tensor, seed: int
) -> None:
    optimiser = torch.optim.Adam(routers, lr=_RATE)
    rng = torch.Generator().manual_seed(seed)
    for _ in range(_PASSES):
        for chosen in torch.randperm(len(pictures), generator=rng).split(_BATCH):
            optimiser.zero_grad()
            _between(noisy(pictures[chosen]), targets[chosen]).backward()
            optimiser.step()


@torch.no_grad()
def _apart(network: Segmenter, pictures: Tensor, targets: Tensor) -> float:
    parts = zip(pictures.split(_BATCH), targets.split(_BATCH), strict=True)
    total = sum(len(p) * float(_between(network(p), t)) for p, t in parts)
    return total / len(pictures)


def _between(answer: Tensor, target: Tensor) -> Tensor:
    everywhere = torch.ones_like(answer[:, 0], dtype=torch.bool)
    return divergence(answer, target, everywhere, 1.0)
