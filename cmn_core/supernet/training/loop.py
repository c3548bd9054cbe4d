"""The loop that every training shares: epochs, averaged weights, one file of state, exact resume.

Every random number of an epoch comes from generators seeded by (seed, epoch), so a run that was
interrupted ends exactly as one that was not.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from cmn_core.arrays import Ints
from cmn_core.datasets.info import DatasetInfo
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.errors import FieldError
from cmn_core.supernet.measure.miou import as_tensor, measure, normalise
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.network.allocator import keep_memory
from cmn_core.supernet.network.efficientnet import InvertedResidual
from cmn_core.supernet.network.model import Layer, Segmenter
from cmn_core.supernet.training.augment import Augmentation

STORE_EVERY, STORE_AFTER_S = 5, 200.0  # epochs, or seconds where they are long
Net = TypeVar("Net", bound=nn.Module)


class Plan(Protocol):
    """What a recipe of any training states."""

    @property
    def epochs(self) -> int: ...
    @property
    def rate(self) -> float: ...  # peak learning rate of AdamW; cosine to zero
    @property
    def warmup(self) -> float: ...  # share of the steps with a rising rate
    @property
    def decay(self) -> float: ...  # weight decay of matrices
    @property
    def average(self) -> float: ...  # of the exponential moving average of the weights
    @property
    def bf16(self) -> bool: ...  # matrix products in bfloat16
    @property
    def seed(self) -> int: ...


@dataclass(frozen=True)
class Epoch:
    """One line of the training log; miou of the averaged network on val, when measured."""

    epoch: int
    epochs: int
    loss: float
    seconds: float
    miou: float | None = None


class Loop(ABC, Generic[Net]):
    """The state of one training run in a folder: model, averaged model, optimiser, epoch."""

    clip = 1.0  # largest norm of the gradient

    def __init__(
        self,
        plan: Plan,
        model: Net,
        average: Net,
        info: DatasetInfo,
        folder: Path,
        device: str = "cpu",
    ) -> None:
        """info: of the data set whose classes and colours the network learns; device: of torch.
        Parameters that ask for no gradient stay as they are."""
        keep_memory()
        self.augmentation = Augmentation()
        self.device = torch.device(device)
        self.plan, self.info, self.folder = plan, info, folder
        self.model, self.average = model.to(self.device), average.to(self.device)
        named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
        for _, parameter in named:  # so that a path not yet taken decays alike after a restart
            parameter.grad = torch.zeros_like(parameter)
        kinds: dict[tuple[float, float], list[tuple[str, nn.Parameter]]] = {}
        for decay, wanted in ((plan.decay, True), (0.0, False)):  # matrices, then vectors
            for name, parameter in named:
                if (parameter.ndim > 1) is wanted:
                    kinds.setdefault((decay, self.pace(name)), []).append((name, parameter))
        self.names = [n for members in kinds.values() for n, _ in members]
        groups = [
            {"params": [p for _, p in members], "weight_decay": decay, "pace": pace}
            for (decay, pace), members in kinds.items()
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.99))
        self.epoch, self.seconds = 0, 0.0
        if self.state_path.exists():
            self._restore()

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What a folder's run was started with; another run is refused there."""

    @abstractmethod
    def one_epoch(self) -> float:
        """Train one epoch; mean loss."""

    def pace(self, name: str) -> float:
        """Learning rate of that parameter over the plan's."""
        return 1.0

    @abstractmethod
    def score(self, val: SegmentationSet) -> float:
        """mIoU of the averaged network on val, percent."""

    @property
    def state_path(self) -> Path:
        return self.folder / "state.safetensors"

    def epochs(
        self, val: SegmentationSet | None = None, every: int = 20, stop: int | None = None
    ) -> Iterator[Epoch]:
        """Train to the end, or to epoch `stop` of the same schedule; one item per epoch.

        every: epochs between measurements on val
        """
        end = min(self.plan.epochs, self.plan.epochs if stop is None else stop)
        stored = perf_counter()
        while self.epoch < end:
            started = perf_counter()
            loss = self.one_epoch()
            self.epoch += 1
            self.seconds += perf_counter() - started
            last = self.epoch == end
            miou = None
            if val is not None and (last or self.epoch % every == 0):
                miou = self.score(val)
            if last or self.epoch % STORE_EVERY == 0 or perf_counter() - stored > STORE_AFTER_S:
                self._store()
                stored = perf_counter()
            yield Epoch(self.epoch, self.plan.epochs, loss, perf_counter() - started, miou)

    def streams(self) -> tuple[np.random.Generator, torch.Generator]:
        """Generators of this epoch: of its order, and of views of images and stochastic depth."""
        order = np.random.default_rng([self.plan.seed, self.epoch])
        view = torch.Generator().manual_seed(int(order.integers(2**62)))
        for layer in self.model.modules():
            if isinstance(layer, Layer | InvertedResidual):
                layer.rng = view
        return order, view

    def views(
        self, source: SegmentationSet, chosen: Ints, rng: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Random views of the chosen images on the device: normalised images, labels."""
        images, labels = self.pictures(source, chosen, rng)
        return normalise(images, self.info), labels

    def pictures(
        self, source: SegmentationSet, chosen: Ints, rng: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """The same with colours in 0..1."""
        images = as_tensor(source.images[chosen]).to(self.device)
        labels = torch.from_numpy(source.labels[chosen]).long().to(self.device)
        return self.augmentation(images, labels, rng, self.info.ignore)

    def autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.plan.bf16)

    def update(self, loss: Tensor, step: int, steps: int) -> float:
        """One step of the optimiser and of the average, number `step` of `steps`; the loss."""
        value = loss.item()
        if not math.isfinite(value):
            raise FieldError("training", f"loss became {value}", "try a lower rate")
        rate = learning_rate(self.plan, step, steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["pace"]
        self.optimiser.zero_grad(set_to_none=False)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimiser.step()
        keep = min(self.plan.average, (1.0 + step) / (10.0 + step))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.model.parameters(), strict=True)
            for averaged, current in pairs:
                averaged.lerp_(current, 1.0 - keep)
        return value

    def _store(self) -> None:
        tensors = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        tensors |= checkpoint.flat_optimiser(self.optimiser, self.names)
        progress = {"epoch": self.epoch, "seconds": self.seconds}
        checkpoint.save(self.state_path, tensors, {**self.settings(), **progress})

    def _restore(self) -> None:
        tensors, facts = checkpoint.load(self.state_path, "out")
        if {k: facts.get(k) for k in self.settings()} != self.settings():
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


def learning_rate(plan: Plan, step: int, steps: int) -> float:
    """Linear warm-up, then half a cosine down to zero."""
    ramp = max(1.0, plan.warmup * steps)
    if step < ramp:
        return plan.rate * (step + 1) / ramp
    return plan.rate * 0.5 * (1.0 + math.cos(math.pi * (step - ramp) / max(1.0, steps - ramp)))


class SegmenterLoop(Loop[Segmenter]):
    """A training whose network is a segmenter."""

    def score(self, val: SegmentationSet) -> float:
        return measure(self.average, val).miou
