"""Training of the supernet, one path per step or a sandwich of them; the loop is loop.py."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cmn_core.architecture import BLOCKS, MAX_EXPERTS, MIN_HIDDEN, SPACES, Architecture, SearchSpace
from cmn_core.datasets.npz import SMALLEST, SegmentationSet
from cmn_core.supernet import checkpoint, growth
from cmn_core.supernet.augment import Augmentation
from cmn_core.supernet.loop import SegmenterLoop
from cmn_core.supernet.losses import (
    against_labels,
    against_teacher,
    class_weights,
    unevenness,
)
from cmn_core.supernet.model import Segmenter
from cmn_core.supernet.moe import MoeFfn


@dataclass(frozen=True)
class Recipe:
    """How to train; the file of weights carries it."""

    space: str = "b0"
    epochs: int = 390
    batch: int = 16
    rate: float = 1e-3  # peak learning rate of AdamW; cosine to zero
    warmup: float = 0.05  # share of the steps with a rising rate
    decay: float = 0.05  # weight decay of matrices
    drop_path: float = 0.1
    average: float = 0.998  # of the exponential moving average of the weights
    largest: float = 0.5  # share of steps on the largest subnet
    smallest: float = 0.0  # share of steps on the smallest subnet, the rest random ones
    narrow: float = 0.0  # share of the random ones whose hidden sizes are log-uniform, not uniform
    balance: float = 0.3  # a class weighs (1 / its pixel share) ** this
    overlap: float = 0.0  # weight of the missing overlap (soft Jaccard) in the loss
    crop: float = 0.8  # height and width of a view over the image's, at least SMALLEST pixels
    colour: float = 0.35  # brightness, contrast and saturation of a view, each 1 +- this
    paste: float = 0.0  # share of views onto which classes of another view are laid
    router_warmup: float = 0.0  # share of the steps in which gates turn from equal to the router's
    even: float = 0.0  # weight of the unevenness of the experts' use in the loss
    taught: int = 0  # paths that learn from the largest one's answer in every step; 0: one path
    extra: float = 0.4  # share of batches from the extra set, while it is used
    extra_until: float = 0.9  # share of the epochs that mix the extra set in
    bf16: bool = True  # matrix products in bfloat16, sums and weights in single precision
    seed: int = 0
    start: str = ""  # SHA-256 of the weights it starts from; empty: from scratch


def sample_path(space: SearchSpace, recipe: Recipe, rng: np.random.Generator) -> Architecture:
    """Largest, smallest, or per block a uniform expert count and hidden size; `recipe.narrow` of
    the random paths draw hidden sizes log-uniformly, so that narrow FFNs are trained more."""
    draw = rng.random()
    if draw < recipe.largest:
        return space.largest
    if draw < recipe.largest + recipe.smallest:
        return space.smallest
    experts = rng.integers(1, MAX_EXPERTS + 1, BLOCKS)
    top = np.array(space.max_hidden)
    u = rng.random(BLOCKS)
    if rng.random() < recipe.narrow:
        hidden = np.rint(MIN_HIDDEN * (top / MIN_HIDDEN) ** u)
    else:
        hidden = np.rint(MIN_HIDDEN + (top - MIN_HIDDEN) * u)
    return Architecture.from_row(np.concatenate([experts, hidden]))


class Trainer(SegmenterLoop):
    """Training of a supernet.

    A step takes one path through it, against the labels; or, with `recipe.taught`, the sandwich of
    BigNAS (Yu et al., 2020): the largest network learns from the labels, the smallest and random
    ones from its answer, and their gradients add up.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: SegmentationSet,
        folder: Path,
        extra: SegmentationSet | None = None,
        start: Path | None = None,
        device: str = "cpu",
    ) -> None:
        """start: weights of a supernet of the same space or of a smaller one (growth.py), whose
        digest is recipe.start; a classifier for another number of classes begins anew."""
        self.recipe, self.data, self.extra = recipe, data, extra
        space, classes = SPACES[recipe.space], len(data.info.classes)
        rng = torch.Generator().manual_seed(recipe.seed)
        model = Segmenter(space, classes, drop_path=recipe.drop_path).reset(rng)
        if start is not None:
            growth.inherit(model, start, recipe.seed)
        average = Segmenter(space, classes)
        average.load_state_dict(model.state_dict())
        weights = class_weights(data.info.train_pixel_share, recipe.balance)
        super().__init__(recipe, model, average, data.info, folder, device)
        height, width = (
            max(SMALLEST, round(recipe.crop * side)) for side in data.images.shape[1:3]
        )
        self.augmentation = Augmentation(
            crop=(height, width), colour=recipe.colour, paste=recipe.paste
        )
        self.weights = weights.to(self.device)
        self.routed = [m for m in self.model.modules() if isinstance(m, MoeFfn)]

    def settings(self) -> dict[str, Any]:
        return {"recipe": asdict(self.recipe)}

    def export(self, path: Path, facts: dict[str, Any]) -> None:
        """Averaged weights in half precision with recipe, cost and origin."""
        cost = {"epoch": self.epoch, "train_seconds": round(self.seconds, 1)}
        checkpoint.save_weights(path, self.average, {**self.settings(), **cost, **facts})

    def one_epoch(self) -> float:
        recipe, model = self.recipe, self.model.train()
        rng, view = self.streams()
        per_epoch = len(self.data) // recipe.batch
        steps = recipe.epochs * per_epoch
        order = rng.permutation(len(self.data))
        mixing = self.extra is not None and self.epoch < recipe.extra_until * recipe.epochs
        total = 0.0
        for i in range(per_epoch):
            source, chosen = self.data, order[i * recipe.batch : (i + 1) * recipe.batch]
            if mixing and self.extra is not None and rng.random() < recipe.extra:
                source, chosen = self.extra, rng.integers(len(self.extra), size=recipe.batch)
            images, labels = self.views(source, chosen, view)
            step = self.epoch * per_epoch + i
            for ffn in self.routed:
                ffn.trust = min(1.0, step / max(1.0, recipe.router_warmup * steps))
            if recipe.taught:
                loss = self._sandwich(images, labels, rng)
            else:
                logits = self._run(images, sample_path(model.space, recipe, rng))
                loss = self._against_labels(logits, labels) + self._unevenness()
            total += self.update(loss, step, steps)
        return total / per_epoch

    def _run(self, images: Tensor, path: Architecture) -> Tensor:
        with self.autocast():
            logits: Tensor = self.model(images, path)
        return logits

    def _against_labels(self, logits: Tensor, labels: Tensor) -> Tensor:
        return against_labels(logits, labels, self.weights, self.info.ignore, self.recipe.overlap)

    def _unevenness(self) -> Tensor | float:
        """Of the last pass, weighed; 0 where no layer of it had a router."""
        loads = [ffn.load for ffn in self.routed if ffn.load is not None]
        if not loads or self.recipe.even == 0.0:
            return 0.0
        return self.recipe.even * unevenness(loads)

    def _sandwich(self, images: Tensor, labels: Tensor, rng: np.random.Generator) -> Tensor:
        space, ignore = self.model.space, self.info.ignore
        leader = self._run(images, space.largest)
        loss = self._against_labels(leader, labels) + self._unevenness()
        pupils = [space.smallest]
        inner = replace(self.recipe, largest=0.0, smallest=0.0)
        pupils += [sample_path(space, inner, rng) for _ in range(self.recipe.taught - 1)]
        for path in pupils:
            answer = self._run(images, path)
            loss = loss + against_teacher(answer, leader.detach(), labels, ignore)
        return loss
