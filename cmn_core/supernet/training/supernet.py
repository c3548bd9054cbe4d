"""Training of the supernet, one path per step or a sandwich of them; the loop is loop.py."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from cmn_core.architecture import BLOCKS, MAX_EXPERTS, MIN_HIDDEN, SPACES, Architecture, SearchSpace
from cmn_core.datasets.npz import SMALLEST, SegmentationSet
from cmn_core.supernet.measure.miou import normalise
from cmn_core.supernet.network import checkpoint, growth
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.network.moe import FEW, MoeFfn, Routing
from cmn_core.supernet.network.teacher import Teacher, enlarged, load_teacher
from cmn_core.supernet.nonideal.noise import PassingNoise
from cmn_core.supernet.training.augment import Augmentation
from cmn_core.supernet.training.loop import SegmenterLoop
from cmn_core.supernet.training.losses import (
    against_labels,
    against_teacher,
    class_weights,
    imbalance_of,
    is_labelled,
)

PATCH = 4  # pixels on a side of a cell of the logits' grid


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
    even: float = 0.0  # weight of the imbalance of the experts' use in the loss
    sparse: float = 0.0  # share of the paths whose tokens use one or two experts, not all
    taught: int = 0  # paths that learn from the largest one's answer in every step; 0: one path
    extra: float = 0.4  # share of batches from the extra set, while it is used
    extra_until: float = 0.9  # share of the epochs that mix the extra set in
    noise: float = 0.0  # largest write noise of a step's weights, over their matrix's largest
    bf16: bool = True  # matrix products in bfloat16, sums and weights in single precision
    seed: int = 0
    start: str = ""  # SHA-256 of the weights it starts from; empty: from scratch
    teacher: str = ""  # SHA-256 of the teacher's file; empty: none
    heed: float = 0.5  # share of the teacher's answers in the loss, the rest the labels'


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


def sample_routing(recipe: Recipe, rng: np.random.Generator) -> Routing:
    """All experts; or, in `recipe.sparse` of the cases, one or two of them for every token: in half
    of those alike in every block, else each block draws one, two or all."""
    if recipe.sparse == 0.0 or rng.random() >= recipe.sparse:
        return None
    if rng.random() < 0.5:
        return FEW[rng.integers(len(FEW))]
    return tuple((*FEW, None)[i] for i in rng.integers(len(FEW) + 1, size=BLOCKS))


class Trainer(SegmenterLoop):
    """Training of a supernet.

    A step takes one path through it, against the labels; or, with `recipe.taught`, the sandwich of
    BigNAS (Yu et al., 2020): the largest network learns from the labels, the smallest and random
    ones from its answer, and their gradients add up. With `recipe.sparse` one of the random ones is
    the largest with few experts per token. Whoever learns from the labels learns from the teacher's
    answers as well, where there is one.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: SegmentationSet,
        folder: Path,
        extra: SegmentationSet | None = None,
        start: Path | None = None,
        device: str = "cpu",
        teacher: Path | None = None,
    ) -> None:
        """start: weights of a supernet of the same space or of a smaller one (growth.py), whose
        digest is recipe.start; a classifier for another number of classes begins anew.
        teacher: a file of `save_teacher` for the same classes, whose digest is recipe.teacher."""
        self.recipe, self.data, self.extra = recipe, data, extra
        self.teacher: Teacher | None = None
        if teacher is not None:
            found, facts = load_teacher(teacher, len(data.info.classes))
            self.teacher, self.enlarged = found.to(device), float(facts.get("enlarged", 1.0))
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
        self.noise = PassingNoise(self.model)
        # Gradients are those of the noisy weights; the step changes what was meant.
        self.optimiser.register_step_pre_hook(lambda *_: self.noise.erase())
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
            pictures, labels = self.pictures(source, chosen, view)
            if not is_labelled(labels, self.info.ignore):
                continue
            images, target = normalise(pictures, self.info), self._taught(pictures)
            step = self.epoch * per_epoch + i
            if recipe.noise > 0.0:
                self.noise.write(recipe.noise * rng.random(), view)
            for ffn in self.routed:
                ffn.trust = min(1.0, step / max(1.0, recipe.router_warmup * steps))
            if recipe.taught:
                loss = self._sandwich(images, labels, rng, target)
            else:
                path = sample_path(model.space, recipe, rng)
                logits = self._run(images, path, sample_routing(recipe, rng))
                loss = self._against_truth(logits, labels, target) + self._imbalance()
            total += self.update(loss, step, steps)
        return total / per_epoch

    def _run(self, images: Tensor, path: Architecture, routing: Routing = None) -> Tensor:
        with self.autocast():
            logits: Tensor = self.model(images, path, routing)
        return logits

    @torch.no_grad()
    def _taught(self, pictures: Tensor) -> Tensor | None:
        """The teacher's logits of the pictures, on the grid of a segmenter's."""
        if self.teacher is None:
            return None
        with self.autocast():
            found = self.teacher(enlarged(pictures, self.enlarged))
        grid = tuple(-(-side // PATCH) for side in pictures.shape[2:])
        return F.interpolate(found.float(), grid, mode="bilinear", align_corners=False)

    def _against_truth(self, logits: Tensor, labels: Tensor, target: Tensor | None) -> Tensor:
        """target: of the teacher, on the logits' grid."""
        recipe, ignore = self.recipe, self.info.ignore
        loss = against_labels(logits, labels, self.weights, ignore, recipe.overlap)
        if target is None:
            return loss
        taught = against_teacher(logits, target, labels, ignore)
        return (1.0 - recipe.heed) * loss + recipe.heed * taught

    def _imbalance(self) -> Tensor | float:
        """Of the last pass, weighed."""
        return self.recipe.even * imbalance_of(self.routed)

    def _sandwich(
        self,
        images: Tensor,
        labels: Tensor,
        rng: np.random.Generator,
        target: Tensor | None = None,
    ) -> Tensor:
        space, ignore, recipe = self.model.space, self.info.ignore, self.recipe
        leader = self._run(images, space.largest)
        loss = self._against_truth(leader, labels, target) + self._imbalance()
        pupils: list[tuple[Architecture, Routing]] = [(space.smallest, None)]
        inner = replace(recipe, largest=0.0, smallest=0.0)
        for i in range(recipe.taught - 1):
            if i == 0 and recipe.sparse > 0.0:
                pupils.append((space.largest, sample_routing(replace(recipe, sparse=1.0), rng)))
            else:
                pupils.append((sample_path(space, inner, rng), sample_routing(recipe, rng)))
        for path, routing in pupils:
            answer = self._run(images, path, routing)
            loss = loss + against_teacher(answer, leader.detach(), labels, ignore)
            loss = loss + self._imbalance()
        return loss
