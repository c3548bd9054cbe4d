"""Where a search's mIoU comes from: the predictor, or the supernet itself on a file of images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np

from cmn_core.architecture import BLOCKS, Architecture
from cmn_core.arrays import Ints
from cmn_core.errors import FieldError
from cmn_core.predictor import MiouEstimate
from cmn_core.predictor.basis import Basis
from cmn_core.search.accuracy import Accuracy, Predicted, predicted, refuse_unmeasured
from cmn_core.search.dispatch.code_version import installed
from cmn_core.search.dispatch.shared_files import SharedFile
from cmn_core.search.scenario import Scenario


def accuracy_of(scenario: Scenario, store: Path | None = None) -> Accuracy:
    """The source that the scenario names; FieldError when there is no predictor, no trained
    weights, no readable file of images or no table of one's own for it. Loads torch for `supernet`
    only. store: the run store that holds tables; that of CMN_HOME when left out."""
    if scenario.accuracy == "supernet":
        # Images are measured as they are; activations are not rounded there.
        refuse_unmeasured(scenario, Basis(images=None))
        return SupernetAccuracy(
            scenario.space,
            scenario.dataset,
            Path(str(scenario.data)),
            weight_bits=scenario.workload.weight_bits,
            weights=None if scenario.weights is None else Path(scenario.weights),
        )
    if scenario.accuracy_table is not None:
        return own_accuracy(scenario, scenario.accuracy_table, store)
    return predicted(scenario)


def own_accuracy(scenario: Scenario, digest: str, store: Path | None = None) -> Predicted:
    """The fit to that table; FieldError where this machine has none."""
    from cmn_core.predictor.custom import OwnPredictor
    from cmn_core.runs.store.accuracy_tables import FIELD, AccuracyTables

    facts = AccuracyTables(store).fit(digest, scenario.space)
    if facts is None:
        found = f"no fit to table {digest[:12]} of {scenario.space} is on this machine"
        raise FieldError(FIELD, found, "give the table to `search --accuracy-table` once")
    if scenario.sparse:
        found = "mIoU of a table of one's own is taken to be of dense routing"
        raise FieldError("routing", found, "dense is allowed beside it")
    return Predicted(OwnPredictor(scenario.search_space, facts), scenario.workload)


class SupernetAccuracy:
    """Each subnet run on every image of an npz file, weights rounded to weight_bits.

    weights: a supernet of one's own instead of the one that ships. between: called before each
    measurement, so that a long one can be left; it may raise.
    """

    costly = True  # a search asks for as few as it can

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

        from cmn_core.supernet.network.checkpoint import load_supernet

        # A sum split over another number of threads may round otherwise, and a search must end the
        # same wherever it is resumed. Parallel work is several processes.
        torch.set_num_threads(1)
        self._model = load_supernet(space, dataset, weights)
        self._known: dict[Architecture, float] = {}
        self._bits = weight_bits
        self._origin = (space, dataset, data, weights)
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

    @property
    def portable(self) -> Measurement:
        """The same measurement for a process that may be on another machine."""
        from cmn_core.supernet.network.checkpoint import weights_path

        space, dataset, data, weights = self._origin
        source = weights_path(space, dataset) if weights is None else weights
        return Measurement(
            space, dataset, self._bits, SharedFile.of(data), SharedFile.of(source), _torch()
        )

    def _miou(self, architecture: Architecture) -> float:
        from cmn_core.supernet.measure.miou import measure
        from cmn_core.supernet.nonideal.apply import quantise

        if architecture not in self._known:
            self.between()
            subnet = quantise(self._model.subnet(architecture), self._bits)
            self._known[architecture] = measure(subnet, self._images).miou
        return self._known[architecture]


@dataclass(frozen=True)
class Measurement:
    """One subnet of the supernet in that file on the images in the other one."""

    space: str
    dataset: str
    weight_bits: int
    images: SharedFile
    weights: SharedFile
    torch: str | None

    @property
    def files(self) -> tuple[SharedFile, ...]:
        return (self.images, self.weights)

    def __call__(self, genes: tuple[int, ...], /) -> tuple[float, float, float]:
        """mIoU in percent, three times, because it is measured and not estimated. FieldError where
        the files are not at hand or the PyTorch here is another one."""
        if self.torch != _torch():
            raise FieldError(
                "executor",
                f"a worker has PyTorch {_torch()}",
                f"{self.torch} as here is needed on every machine",
            )
        with _LOADING:
            model = _loaded(self)
        miou = float(model(np.array([genes[:BLOCKS]]), np.array([genes[BLOCKS:]])).miou[0])
        return miou, miou, miou


_LOADING = Lock()


@lru_cache(maxsize=1)
def _loaded(asked: Measurement) -> SupernetAccuracy:
    """Stays with the process, which loads it once for all searches that ask for it."""
    return SupernetAccuracy(
        asked.space,
        asked.dataset,
        asked.images.here(),
        weight_bits=asked.weight_bits,
        weights=asked.weights.here(),
    )


def _torch() -> str | None:
    return installed("torch")


def _nothing() -> None:
    pass
