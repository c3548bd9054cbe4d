"""Where a search's mIoU comes from: the predictor, or the supernet itself on a file of images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cmn_core.architecture import Architecture
from cmn_core.predictor import MiouEstimate
from cmn_core.search.accuracy import Accuracy, predicted
from cmn_core.search.scenario import Scenario

Ints = NDArray[np.int64]


def accuracy_of(scenario: Scenario) -> Accuracy:
    """The source that the scenario names; FieldError when there is no predictor, no trained
    weights or no readable file of images for it. Loads torch for `supernet` only."""
    if scenario.accuracy == "supernet":
        return SupernetAccuracy(
            scenario.space,
            scenario.dataset,
            Path(str(scenario.data)),
            weight_bits=scenario.workload.weight_bits,
            weights=None if scenario.weights is None else Path(scenario.weights),
        )
    return predicted(scenario)


class SupernetAccuracy:
    """Each subnet run on every image of an npz file, weights rounded to weight_bits.

    weights: a supernet of one's own instead of the one that ships. between: called before each
    measurement, so that a long one can be left; it may raise.
    """

    def __init__(
        self,
        space: str,
        dataset: str,
        data: Path,
        *,
        weight_bits: int,
        weights: Path | None = None,
    ) -> None:
        from cmn_core.datasets.info import dataset_info
        from cmn_core.datasets.npz import load_npz

        self._images = load_npz(data, dataset_info(dataset))
        import torch

        from cmn_core.supernet.checkpoint import load_supernet

        # A sum split over another number of threads may round otherwise, and a search must end the
        # same wherever it is resumed. Parallel work is several processes.
        torch.set_num_threads(1)
        self._model = load_supernet(space, dataset, weights)
        self._known: dict[Architecture, float] = {}
        self._bits = weight_bits
        self.source = f"measured on the {len(self._images)} images of {data.name}"
        if weights is not None:
            self.source += f" with the weights of {weights.name}"
        self.between: Callable[[], None] = _nothing

    def __call__(self, experts: Ints, hidden: Ints, /) -> MiouEstimate:
        found = [
            self._miou(Architecture.from_row([*e, *h]))
            for e, h in zip(experts, hidden, strict=True)
        ]
        miou = np.array(found)
        return MiouEstimate(miou, miou, miou)

    def _miou(self, architecture: Architecture) -> float:
        from cmn_core.supernet.evaluation import measure
        from cmn_core.supernet.nonideal import quantise

        if architecture not in self._known:
            self.between()
            subnet = quantise(self._model.subnet(architecture), self._bits)
            self._known[architecture] = measure(subnet, self._images).miou
        return self._known[architecture]


def _nothing() -> None:
    pass
