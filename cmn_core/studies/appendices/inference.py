"""Subnets of the shipped supernet on images: real ones, or generated ones where none are given.

Generated scenes have no labels of the data set's classes. There the largest network without any
error says what is right, so a score is agreement with it, not accuracy.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from cmn_core.architecture import SPACES, Architecture
from cmn_core.arrays import Ints
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.npz import SegmentationSet, load_npz
from cmn_core.datasets.scenes import generate
from cmn_core.nonideal import IDEAL, NonIdeal
from cmn_core.predictor import MiouEstimate
from cmn_core.supernet.measure.miou import measure, predict
from cmn_core.supernet.network.checkpoint import load_supernet
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.nonideal.apply import apply

SPACE, DATASET = "b0", "nyuv2"


class Bench:
    """The supernet with its images, loaded once.

    data: a file of images and labels, None for generated scenes; images: how many of them, evenly
    spread over the file; 0 is all.
    """

    def __init__(self, data: Path | None, images: int) -> None:
        self.data, self.count = data, images

    @cached_property
    def supernet(self) -> Segmenter:
        # A sum split over another number of threads may round otherwise.
        torch.set_num_threads(1)
        return load_supernet(SPACE, DATASET)

    @cached_property
    def images(self) -> SegmentationSet:
        if self.data is not None:
            return thinned(load_npz(self.data, dataset_info(DATASET)), self.count)
        return self.generated("val", self.count)

    def half(self, which: int) -> Bench:
        """The same network with every second image, from the first (0) or the second (1) on."""
        other = Bench(self.data, self.count)
        other.supernet = self.supernet
        some = slice(which, None, 2)
        whole = self.images
        other.images = replace(whole, images=whole.images[some], labels=whole.labels[some])
        return other

    def generated(self, split: str, count: int) -> SegmentationSet:
        """Scenes with the classes of the data set, labelled by the largest network."""
        scenes = generate(split, count)
        info = dataset_info(DATASET)
        found = predict(self.supernet, scenes.images, info, architecture=SPACES[SPACE].largest)
        return replace(scenes, labels=found.astype(np.uint8), info=info)

    def miou(
        self, architecture: Architecture, nonideal: NonIdeal = IDEAL, *, seed: int = 0
    ) -> float:
        """Per cent, of that subnet with its inherited weights."""
        model = self.supernet.subnet(architecture)
        arrays = None if nonideal == IDEAL else apply(model, nonideal, seed=seed)
        return measure(model, self.images, arrays=arrays).miou

    def draws(
        self, architecture: Architecture, nonideal: NonIdeal, *, after: int, count: int
    ) -> list[float]:
        """Per cent under so many draws of the noise, with the seeds that follow `after`: a search
        that measured under seed `after` is judged on chips it has not seen."""
        seeds = range(after + 1, after + 1 + count)
        return [self.miou(architecture, nonideal, seed=seed) for seed in seeds]


def thinned(data: SegmentationSet, count: int) -> SegmentationSet:
    """That many images, evenly spread; all where count is 0 or more than there are."""
    if count == 0 or count >= len(data):
        return data
    chosen = np.linspace(0, len(data) - 1, count).round().astype(int)
    return replace(data, images=data.images[chosen], labels=data.labels[chosen])


class MeasuredAccuracy:
    """Accuracy of a search: every subnet run on the bench's images under the same errors."""

    def __init__(self, bench: Bench, nonideal: NonIdeal, *, seed: int) -> None:
        self._bench, self._nonideal, self._seed = bench, nonideal, seed
        self._known: dict[Architecture, float] = {}

    @property
    def source(self) -> str:
        return f"measured on {len(self._bench.images)} images"

    def __call__(self, experts: Ints, hidden: Ints, /) -> MiouEstimate:
        """experts, hidden: [A, 4] -> mIoU [A]; low and high are the same."""
        found = np.array([self._miou(e, h) for e, h in zip(experts, hidden, strict=True)])
        return MiouEstimate(found, found, found)

    def _miou(self, experts: Ints, hidden: Ints) -> float:
        network = Architecture.from_row([*experts, *hidden])
        if network not in self._known:
            self._known[network] = self._bench.miou(network, self._nonideal, seed=self._seed)
        return self._known[network]
