"""Distillation of features: a supernet's encoder learns what a teacher sees in photographs.

At each of the strides 4, 8, 16 and 32 a linear map of the block's tokens shall equal the teacher's
features, standardised per channel over the batch (Romero et al., 2015, with all four levels at
once). No labels are needed. What is kept are the supernet's weights, as a start for `train`; the
decoder stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cmn_core.architecture import BLOCKS, SPACES, Architecture, SearchSpace
from cmn_core.arrays import Ints
from cmn_core.datasets.formats.photographs import ClassifiedSet
from cmn_core.datasets.info import DatasetInfo
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.supernet.measure.miou import as_tensor, normalise
from cmn_core.supernet.network import checkpoint, growth
from cmn_core.supernet.network.efficientnet import Encoder
from cmn_core.supernet.network.model import Segmenter, to_map
from cmn_core.supernet.network.moe import MoeFfn, Routing
from cmn_core.supernet.network.teacher import enlarged
from cmn_core.supernet.training.augment import Augmentation
from cmn_core.supernet.training.loop import Loop
from cmn_core.supernet.training.losses import imbalance_of
from cmn_core.supernet.training.pretraining import batches
from cmn_core.supernet.training.supernet import Recipe, sample_path, sample_routing

_EPS = 1e-3  # of a feature's variance, so that a channel that is silent in a batch counts nothing


@dataclass(frozen=True)
class Imitation:
    """How to distil features; an epoch is `portion` batches, passes through the sets follow each
    other without a break."""

    space: str = "b0"
    epochs: int = 32
    portion: int = 100  # batches of an epoch, after which state may be stored
    batch: int = 16
    rate: float = 1e-3  # peak learning rate of AdamW; cosine to zero
    warmup: float = 0.05  # share of the steps with a rising rate
    decay: float = 0.05  # weight decay of matrices
    average: float = 0.998  # of the exponential moving average of the weights
    side: int = 128  # pixels on a side of a view
    zoom: tuple[float, float] = (1.0, 2.0)  # of a view over one that shows the whole photograph
    enlarged: float = 1.25  # sides of what the teacher sees over those of the view
    sparse: float = 0.5  # share of the paths whose tokens use one or two experts, not all
    even: float = 0.01  # weight of the imbalance of the experts' use in the loss
    bf16: bool = False
    seed: int = 0
    start: str = ""  # digest of the weights it starts from; empty: from scratch
    teacher: str = ""  # digest of the teacher's file


def imitated(imitation: Imitation, sets: Sequence[ClassifiedSet], passes: int) -> Imitation:
    """The same for so many passes through the sets."""
    shown = max(1, passes * sum(len(s) // imitation.batch for s in sets))
    portion = min(imitation.portion, shown)
    return replace(imitation, portion=portion, epochs=round(shown / portion))


class Imitator(Segmenter):
    """A supernet with a linear map per block to the width of a teacher's features."""

    def __init__(self, space: SearchSpace, classes: int, widths: Sequence[int]) -> None:
        """classes: of the decoder; widths: of the teacher's features, finest first"""
        super().__init__(space, classes)
        pairs = zip(space.widths, widths, strict=True)
        self.adaptors = nn.ModuleList(nn.Linear(own, theirs) for own, theirs in pairs)

    def guess(self, images: Tensor, path: Architecture, routing: Routing) -> list[Tensor]:
        """images: [B, 3, height, width], normalised -> per block [B, width, rows, columns]."""
        features, grids = self.encode(images, path, routing)
        return [
            to_map(cast(nn.Linear, self.adaptors[b])(features[b]), grids[b]) for b in range(BLOCKS)
        ]


class FeatureDistiller(Loop[Imitator]):
    """Distillation of a teacher's features on sets of photographs."""

    def __init__(
        self,
        imitation: Imitation,
        sets: Sequence[ClassifiedSet],
        teacher: Encoder,
        info: DatasetInfo,
        folder: Path,
        start: Path | None = None,
        device: str = "cpu",
    ) -> None:
        """info: the data set whose statistics and decoder the supernet has; start: weights of a
        supernet of the same space or of a smaller one, whose digest is imitation.start."""
        self.imitation, self.sets = imitation, list(sets)
        space, classes = SPACES[imitation.space], len(info.classes)
        rng = torch.Generator().manual_seed(imitation.seed)
        model = Imitator(space, classes, teacher.widths)
        model.reset(rng)
        if start is not None:
            plain = Segmenter(space, classes).reset(rng)
            growth.inherit(plain, start, imitation.seed)
            model.load_state_dict({**model.state_dict(), **plain.state_dict()})
        average = Imitator(space, classes, teacher.widths)
        average.load_state_dict(model.state_dict())
        super().__init__(imitation, model, average, info, folder, device)
        self.teacher = teacher.eval().requires_grad_(False).to(self.device)
        self.routed = [m for m in model.modules() if isinstance(m, MoeFfn)]
        self.per_pass = sum(len(s) // imitation.batch for s in sets)
        self.number, self.turns = -1, list[tuple[int, Ints]]()  # of the pass
        self.look = [_views(imitation, s) for s in sets]
        self.paths = replace(Recipe(), space=imitation.space, sparse=imitation.sparse)

    def settings(self) -> dict[str, Any]:
        known = {**asdict(self.imitation), "zoom": list(self.imitation.zoom)}
        return {"imitation": known, "photographs": [[s.name, len(s)] for s in self.sets]}

    def score(self, val: SegmentationSet) -> float:
        raise NotImplementedError("photographs have no masks")

    def export(self, path: Path, facts: dict[str, Any]) -> None:
        """The averaged supernet without its maps, as `train --start` takes it."""
        kept = {k: v for k, v in self.average.state_dict().items() if not k.startswith("adaptors.")}
        plain = Segmenter(self.model.space, self.model.classes)
        plain.load_state_dict(kept)
        cost = {"epoch": self.epoch, "train_seconds": round(self.seconds, 1)}
        checkpoint.save_weights(path, plain, {**self.settings(), **cost, **facts})

    def one_epoch(self) -> float:
        course, space = self.imitation, self.model.space
        self.model.train()
        rng, view = self.streams()
        total = 0.0
        for i in range(course.portion):
            step = self.epoch * course.portion + i
            which, chosen = self._turn(step)
            pictures = self._pictures(which, chosen, view)
            path = sample_path(space, self.paths, rng)
            loss = self.missing(pictures, path, sample_routing(self.paths, rng)).mean()
            loss = loss + course.even * imbalance_of(self.routed)
            total += self.update(loss, step, course.epochs * course.portion)
        return total / course.portion

    def missing(self, pictures: Tensor, path: Architecture, routing: Routing = None) -> Tensor:
        """Share of the teacher's variance that is not explained, of each stride [4].

        pictures: [B, 3, height, width] in 0..1
        """
        return self._missing(self.model, pictures, path, routing)

    @torch.no_grad()
    def judged(self, which: int, photographs: ClassifiedSet) -> list[float]:
        """The same of the averaged network, the largest path and all experts, on photographs of the
        kind of set `which`, each shown whole."""
        self.average.eval()
        side, batch, total = self.imitation.side, self.imitation.batch, torch.zeros(BLOCKS)
        for first in range(0, len(photographs), batch):
            images = as_tensor(photographs.images[first : first + batch])
            pictures = F.interpolate(images.to(self.device), (side, side), mode="bilinear")
            path = self.average.space.largest
            total += len(images) * self._missing(self.average, pictures, path, None).cpu()
        return [float(share) for share in total / len(photographs)]

    def _missing(
        self, network: Imitator, pictures: Tensor, path: Architecture, routing: Routing
    ) -> Tensor:
        with torch.no_grad(), self.autocast():
            maps = self.teacher(enlarged(pictures, self.imitation.enlarged))
        with self.autocast():
            guesses = network.guess(normalise(pictures, self.info), path, routing)
        return unexplained(guesses, maps)

    def _turn(self, step: int) -> tuple[int, Ints]:
        """Number of the set and of its photographs that a step of the whole run shows."""
        number, place = divmod(step, self.per_pass)
        if number != self.number:
            rng = np.random.default_rng([self.imitation.seed, number, 1])
            self.number, self.turns = number, batches(self.sets, self.imitation.batch, rng)
        return self.turns[place]

    def _pictures(self, which: int, chosen: Ints, rng: torch.Generator) -> Tensor:
        images = as_tensor(self.sets[which].images[chosen]).to(self.device)
        unmarked = torch.zeros(len(images), *images.shape[2:], dtype=torch.long)
        return self.look[which](images, unmarked.to(self.device), rng)[0]


def unexplained(guesses: Sequence[Tensor], maps: Sequence[Tensor]) -> Tensor:
    """Mean squared error between guesses and standardised features, of each level [levels].

    guesses: per level [B, C, rows, columns]; maps: the teacher's, brought to those grids by the
    mean of the cells
    """
    out = []
    for guess, map_ in zip(guesses, maps, strict=True):
        target = F.adaptive_avg_pool2d(map_.float(), (guess.shape[2], guess.shape[3]))
        spread, mean = torch.var_mean(target, (0, 2, 3), keepdim=True, correction=0)
        target = (target - mean) / (spread + _EPS).sqrt()
        out.append(F.mse_loss(guess.float(), target))
    return torch.stack(out)


def _views(imitation: Imitation, photographs: ClassifiedSet) -> Augmentation:
    whole = imitation.side / max(photographs.images.shape[1:3])
    zoom = (whole * imitation.zoom[0], whole * imitation.zoom[1])
    return Augmentation(crop=(imitation.side, imitation.side), zoom=zoom)
