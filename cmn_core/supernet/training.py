"""Training of the supernet: one sampled path per step, averaged weights, resumable.

Every random number of an epoch comes from a generator seeded by (seed, epoch), so a run that was
interrupted ends exactly as one that was not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from cmn_core.architecture import BLOCKS, MAX_EXPERTS, MIN_HIDDEN, SPACES, Architecture, SearchSpace
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.errors import FieldError
from cmn_core.supernet import checkpoint
from cmn_core.supernet.augment import Augmentation
from cmn_core.supernet.evaluation import as_tensor, measure, normalise
from cmn_core.supernet.memory import keep_memory
from cmn_core.supernet.model import Layer, Segmenter


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
    extra: float = 0.4  # share of batches from the extra set, while it is used
    extra_until: float = 0.9  # share of the epochs that mix the extra set in
    bf16: bool = True  # matrix products in bfloat16, sums and weights in single precision
    seed: int = 0
    start: str = ""  # SHA-256 of the weights it starts from; empty: from scratch


@dataclass(frozen=True)
class Epoch:
    """One line of the training log; miou of the averaged largest subnet on val, when measured."""

    epoch: int
    epochs: int
    loss: float
    seconds: float
    miou: float | None = None


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


def class_weights(shares: tuple[float, ...], power: float) -> Tensor:
    """[classes] with mean 1 over pixels; rare classes weigh more, at most 10 times the average."""
    share = torch.tensor(shares).clamp_min(1e-4)
    weights = share.pow(-power)
    return (weights / (weights * share).sum()).clamp_max(10.0)


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """Linear warm-up, then half a cosine down to zero."""
    ramp = max(1.0, recipe.warmup * steps)
    if step < ramp:
        return recipe.rate * (step + 1) / ramp
    return recipe.rate * 0.5 * (1.0 + math.cos(math.pi * (step - ramp) / max(1.0, steps - ramp)))


class Trainer:
    """The state of one training run in a folder: model, averaged model, optimiser, epoch."""

    def __init__(
        self,
        recipe: Recipe,
        data: SegmentationSet,
        folder: Path,
        extra: SegmentationSet | None = None,
        start: Path | None = None,
    ) -> None:
        """start: weights of a supernet of the same space, whose digest is recipe.start; a
        classifier for another number of classes is left out and begins anew."""
        keep_memory()
        self.recipe, self.data, self.extra, self.folder = recipe, data, extra, folder
        space, classes = SPACES[recipe.space], len(data.info.classes)
        rng = torch.Generator().manual_seed(recipe.seed)
        self.model = Segmenter(space, classes, drop_path=recipe.drop_path).reset(rng)
        if start is not None:
            checkpoint.inherit(self.model, start)
        self.average = Segmenter(space, classes)
        self.average.load_state_dict(self.model.state_dict())
        named = list(self.model.named_parameters())
        for _, parameter in named:  # so that a path not yet taken decays alike after a restart
            parameter.grad = torch.zeros_like(parameter)
        self.names = [n for n, p in named if p.ndim > 1] + [n for n, p in named if p.ndim <= 1]
        groups = [
            {"params": [p for _, p in named if p.ndim > 1], "weight_decay": recipe.decay},
            {"params": [p for _, p in named if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.99))
        self.weights = class_weights(data.info.train_pixel_share, recipe.balance)
        self.epoch = 0
        self.seconds = 0.0
        if self.state_path.exists():
            self._restore()

    @property
    def state_path(self) -> Path:
        return self.folder / "state.safetensors"

    def epochs(self, val: SegmentationSet | None = None, every: int = 20) -> Iterator[Epoch]:
        """Train to the end, one item per epoch; measures on val every so many epochs."""
        while self.epoch < self.recipe.epochs:
            started = perf_counter()
            loss = self._one_epoch()
            self.epoch += 1
            self.seconds += perf_counter() - started
            last = self.epoch == self.recipe.epochs
            miou = None
            if val is not None and (last or self.epoch % every == 0):
                miou = measure(self.average, val).miou
            if last or self.epoch % 5 == 0:
                self._store()
            yield Epoch(self.epoch, self.recipe.epochs, loss, perf_counter() - started, miou)

    def export(self, path: Path, facts: dict[str, Any]) -> None:
        """Averaged weights in half precision with recipe, cost and origin."""
        known = {"recipe": asdict(self.recipe), "train_seconds": round(self.seconds, 1)}
        checkpoint.save_weights(path, self.average, {**known, **facts})

    def _one_epoch(self) -> float:
        recipe, model = self.recipe, self.model.train()
        numpy_rng = np.random.default_rng([recipe.seed, self.epoch])
        torch_rng = torch.Generator().manual_seed(int(numpy_rng.integers(2**62)))
        for layer in model.modules():
            if isinstance(layer, Layer):
                layer.rng = torch_rng
        per_epoch = len(self.data) // recipe.batch
        order = numpy_rng.permutation(len(self.data))
        mixing = self.extra is not None and self.epoch < recipe.extra_until * recipe.epochs
        augment, total = Augmentation(), 0.0
        for i in range(per_epoch):
            source, chosen = self.data, order[i * recipe.batch : (i + 1) * recipe.batch]
            if mixing and self.extra is not None and numpy_rng.random() < recipe.extra:
                source, chosen = self.extra, numpy_rng.integers(len(self.extra), size=recipe.batch)
            images, labels = augment(
                as_tensor(source.images[chosen]),
                torch.from_numpy(source.labels[chosen]).long(),
                torch_rng,
                self.data.info.ignore,
            )
            step = self.epoch * per_epoch + i
            rate = learning_rate(recipe, step, recipe.epochs * per_epoch)
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            path = sample_path(model.space, recipe, numpy_rng)
            total += self._step(normalise(images, self.data.info), labels, path, step)
        return total / per_epoch

    def _step(self, images: Tensor, labels: Tensor, path: Architecture, step: int) -> float:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.bf16):
            logits = self.model(images, path)
        full = F.interpolate(logits.float(), labels.shape[1:], mode="bilinear", align_corners=False)
        loss = F.cross_entropy(full, labels, self.weights, ignore_index=self.data.info.ignore)
        if not torch.isfinite(loss):
            raise FieldError("training", f"loss became {loss.item()}", "try a lower rate")
        self.optimiser.zero_grad(set_to_none=False)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        keep = min(self.recipe.average, (1.0 + step) / (10.0 + step))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.model.parameters(), strict=True)
            for averaged, current in pairs:
                averaged.lerp_(current, 1.0 - keep)
        return loss.item()

    def _store(self) -> None:
        tensors = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        tensors |= checkpoint.flat_optimiser(self.optimiser, self.names)
        facts = {"recipe": asdict(self.recipe), "epoch": self.epoch, "seconds": self.seconds}
        checkpoint.save(self.state_path, tensors, facts)

    def _restore(self) -> None:
        tensors, facts = checkpoint.load(self.state_path, "out")
        if facts.get("recipe") != asdict(self.recipe):
            raise FieldError(
                "out",
                "the folder holds a run with other settings",
                "use a new folder or the same settings",
            )
        for prefix, target in (("model.", self.model), ("average.", self.average)):
            part = {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
            target.load_state_dict(part)
        checkpoint.restore_optimiser(self.optimiser, self.names, tensors)
        self.epoch, self.seconds = int(facts["epoch"]), float(facts["seconds"])
