"""Pre-training of a supernet's encoder: which scene, which object a photograph shows.

Each set of photographs has a linear classifier of its own on the mean of block 4's tokens. A step
takes one path through the encoder, as in training, and a batch of one set, drawn in proportion to
the sets' sizes. What is kept are the supernet's weights, as a start for `train`; the decoder stays
as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cmn_core.architecture import SPACES, Architecture, SearchSpace
from cmn_core.arrays import Ints
from cmn_core.datasets.formats.photographs import ClassifiedSet
from cmn_core.datasets.info import DatasetInfo
from cmn_core.supernet.measure.miou import as_tensor, normalise
from cmn_core.supernet.network import checkpoint, growth
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.training.augment import Augmentation
from cmn_core.supernet.training.loop import SegmenterLoop
from cmn_core.supernet.training.supernet import Recipe, sample_path

PATHS = Recipe()  # which paths a step takes, as in training


@dataclass(frozen=True)
class Course:
    """How to pre-train; an epoch shows as many photographs as there are."""

    space: str = "b0"
    epochs: int = 8
    batch: int = 32
    rate: float = 1e-3  # peak learning rate of AdamW; cosine to zero
    warmup: float = 0.05  # share of the steps with a rising rate
    decay: float = 0.05  # weight decay of matrices
    drop_path: float = 0.1
    average: float = 0.998  # of the exponential moving average of the weights
    smoothing: float = 0.1  # of the labels (Szegedy et al., 2016)
    bf16: bool = True
    seed: int = 0
    start: str = ""  # digest of the weights it starts from; empty: from scratch


class Classifier(Segmenter):
    """A supernet with a classifier per set of photographs."""

    def __init__(
        self, space: SearchSpace, classes: int, sets: Sequence[int], drop_path: float = 0.0
    ) -> None:
        """classes: of the decoder; sets: number of classes of each set of photographs"""
        super().__init__(space, classes, drop_path=drop_path)
        self.heads = nn.ModuleList(nn.Linear(space.widths[-1], count) for count in sets)

    def classify(self, images: Tensor, which: int, architecture: Architecture) -> Tensor:
        """images: [B, 3, height, width], normalised -> logits [B, classes of set `which`]."""
        features, _ = self.encode(images, architecture)
        logits: Tensor = self.heads[which](features[-1].mean(1))
        return logits


class Pretrainer(SegmenterLoop):
    """Pre-training of a supernet on sets of photographs."""

    def __init__(
        self,
        course: Course,
        sets: Sequence[ClassifiedSet],
        info: DatasetInfo,
        folder: Path,
        start: Path | None = None,
        device: str = "cpu",
    ) -> None:
        """info: the data set whose statistics and decoder the supernet has; start: weights of a
        supernet of the same space or of a smaller one, whose digest is course.start."""
        self.course, self.sets = course, list(sets)
        space, counts = SPACES[course.space], [s.classes for s in sets]
        classes = len(info.classes)
        rng = torch.Generator().manual_seed(course.seed)
        model = Classifier(space, classes, counts, course.drop_path)
        model.reset(rng)
        if start is not None:
            plain = Segmenter(space, classes).reset(rng)
            growth.inherit(plain, start, course.seed)
            model.load_state_dict({**model.state_dict(), **plain.state_dict()})
        average = Classifier(space, classes, counts)
        average.load_state_dict(model.state_dict())
        super().__init__(course, model, average, info, folder, device)
        self.classifier = model
        self.crops = [Augmentation(crop=s.images.shape[1:3]) for s in sets]

    def settings(self) -> dict[str, Any]:
        photographs = [[s.name, len(s), s.classes] for s in self.sets]
        return {"course": asdict(self.course), "photographs": photographs}

    def export(self, path: Path, facts: dict[str, Any]) -> None:
        """The averaged supernet without its classifiers, as `train --start` takes it."""
        kept = {k: v for k, v in self.average.state_dict().items() if not k.startswith("heads.")}
        plain = Segmenter(self.model.space, self.model.classes)
        plain.load_state_dict(kept)
        cost = {"train_seconds": round(self.seconds, 1)}
        checkpoint.save_weights(path, plain, {**self.settings(), **cost, **facts})

    def one_epoch(self) -> float:
        course, space = self.course, self.model.space
        self.model.train()
        rng, view = self.streams()
        turns = batches(self.sets, course.batch, rng)
        total = 0.0
        for i, (which, chosen) in enumerate(turns):
            images = self._views(which, chosen, view)
            labels = torch.from_numpy(self.sets[which].labels[chosen]).to(self.device)
            with self.autocast():
                path = sample_path(space, PATHS, rng)
                logits = self.classifier.classify(images, which, path)
            loss = F.cross_entropy(logits.float(), labels, label_smoothing=course.smoothing)
            total += self.update(loss, self.epoch * len(turns) + i, course.epochs * len(turns))
        return total / max(1, len(turns))

    def _views(self, which: int, chosen: Ints, rng: torch.Generator) -> Tensor:
        images = as_tensor(self.sets[which].images[chosen]).to(self.device)
        unmarked = torch.zeros(len(images), *images.shape[2:], dtype=torch.long)
        images, _ = self.crops[which](images, unmarked.to(self.device), rng)
        return normalise(images, self.info)


def batches(
    sets: Sequence[ClassifiedSet], size: int, rng: np.random.Generator
) -> list[tuple[int, Ints]]:
    """An epoch in random order: number of the set and the photographs of it, each once, but for the
    rest that fills no batch."""
    orders = [rng.permutation(len(s)) for s in sets]
    turns = rng.permutation(np.repeat(np.arange(len(sets)), [len(s) // size for s in sets]))
    taken = [0] * len(sets)
    out = []
    for which in turns.tolist():
        first = taken[which] * size
        taken[which] += 1
        out.append((which, orders[which][first : first + size]))
    return out


@torch.no_grad()
def recognised(network: Segmenter, which: int, data: ClassifiedSet, info: DatasetInfo) -> float:
    """Percent of the photographs whose label comes first, of a Pretrainer's largest network."""
    assert isinstance(network, Classifier)
    right = 0
    for first in range(0, len(data), 100):
        images = normalise(as_tensor(data.images[first : first + 100]), info)
        logits = network.classify(images, which, network.architecture)
        right += int((logits.argmax(1).numpy() == data.labels[first : first + 100]).sum())
    return 100.0 * right / len(data)
