"""Training one network alone, from the slice it inherits, with or without a teacher.

The loss is cross-entropy with the labels and, by `Lesson.share`, the divergence of the teacher's
class probabilities from the student's at a temperature (Hinton et al., 2015), on every labelled
pixel alike. Every random number of an epoch comes from (seed, epoch), so a run that was
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

from cmn_core.datasets.npz import SegmentationSet
from cmn_core.errors import FieldError
from cmn_core.supernet import checkpoint
from cmn_core.supernet.augment import Augmentation
from cmn_core.supernet.evaluation import as_tensor, measure, normalise
from cmn_core.supernet.export import save_network
from cmn_core.supernet.model import Layer, Segmenter
from cmn_core.supernet.training import class_weights

STORE_EVERY = 5  # epochs


@dataclass(frozen=True)
class Lesson:
    """How a student learns; its folder holds one lesson."""

    epochs: int = 30
    batch: int = 16
    rate: float = 3e-4  # peak learning rate of AdamW; cosine to zero
    warmup: float = 0.05  # share of the steps with a rising rate
    decay: float = 0.05  # weight decay of matrices
    average: float = 0.998  # of the exponential moving average of the weights, which is what ships
    balance: float = 0.3  # a class weighs (1 / its pixel share) ** this, in cross-entropy
    share: float = 0.5  # of the teacher in the loss; 0: labels alone
    temperature: float = 2.0
    bf16: bool = True
    seed: int = 0
    student: str = ""  # digest of the weights the student starts from
    teacher: str = ""  # digest of the teacher's weights


@dataclass(frozen=True)
class Lap:
    """One line of the log; miou of the averaged student on val, when measured."""

    epoch: int
    epochs: int
    loss: float
    seconds: float
    miou: float | None = None


def divergence(student: Tensor, teacher: Tensor, labelled: Tensor, temperature: float) -> Tensor:
    """KL(teacher || student) of the class axis, times temperature squared, mean over pixels.

    student, teacher: logits [B, classes, rows, columns]; labelled: bool [B, rows, columns]
    """
    target = F.log_softmax(teacher / temperature, 1)
    guess = F.log_softmax(student / temperature, 1)
    each = (target.exp() * (target - guess)).sum(1)
    pixels = labelled.sum().clamp_min(1)
    return temperature**2 * (each * labelled).sum() / pixels


class Distiller:
    """The state of one student's training in a folder: network, average, optimiser, epoch."""

    def __init__(
        self,
        lesson: Lesson,
        student: Segmenter,
        teacher: Segmenter | None,
        data: SegmentationSet,
        folder: Path,
    ) -> None:
        """student: a standalone subnet, which is trained in place; teacher: of the same classes,
        None where lesson.share is 0."""
        if lesson.share > 0.0 and (teacher is None or teacher.classes != student.classes):
            found = "none" if teacher is None else f"{teacher.classes} classes"
            raise FieldError("teacher", f"found {found}", f"{student.classes} classes are expected")
        self.lesson, self.model, self.data, self.folder = lesson, student, data, folder
        self.teacher = None if teacher is None else teacher.eval().requires_grad_(False)
        self.average = student.subnet(student.architecture).eval()
        named = list(self.model.named_parameters())
        matrices = [(n, p) for n, p in named if p.ndim > 1]
        vectors = [(n, p) for n, p in named if p.ndim <= 1]
        self.names = [n for n, _ in matrices + vectors]
        groups = [
            {"params": [p for _, p in matrices], "weight_decay": lesson.decay},
            {"params": [p for _, p in vectors], "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=lesson.rate, betas=(0.9, 0.99))
        self.weights = class_weights(data.info.train_pixel_share, lesson.balance)
        self.epoch, self.seconds = 0, 0.0
        if self.state_path.exists():
            self._restore()

    @property
    def state_path(self) -> Path:
        return self.folder / "state.safetensors"

    def epochs(self, val: SegmentationSet | None = None, every: int = 10) -> Iterator[Lap]:
        """Train to the end, one item per epoch; measures on val every so many epochs."""
        while self.epoch < self.lesson.epochs:
            started = perf_counter()
            loss = self._one_epoch()
            self.epoch += 1
            self.seconds += perf_counter() - started
            last = self.epoch == self.lesson.epochs
            miou = None
            if val is not None and (last or self.epoch % every == 0):
                miou = measure(self.average, val).miou
            if last or self.epoch % STORE_EVERY == 0:
                self._store()
            yield Lap(self.epoch, self.lesson.epochs, loss, perf_counter() - started, miou)

    def save(self, path: Path, facts: dict[str, Any]) -> None:
        """The averaged student with its lesson, cost and more facts."""
        known = {"lesson": asdict(self.lesson), "train_seconds": round(self.seconds, 1)}
        save_network(path, self.average, self.data.info, {**known, **facts})

    def rate(self, step: int, steps: int) -> float:
        """Linear warm-up, then half a cosine down to zero."""
        ramp = max(1.0, self.lesson.warmup * steps)
        if step < ramp:
            return self.lesson.rate * (step + 1) / ramp
        part = (step - ramp) / max(1.0, steps - ramp)
        return self.lesson.rate * 0.5 * (1.0 + math.cos(math.pi * part))

    def _one_epoch(self) -> float:
        lesson, model = self.lesson, self.model.train()
        order_rng = np.random.default_rng([lesson.seed, self.epoch])
        view_rng = torch.Generator().manual_seed(int(order_rng.integers(2**62)))
        for layer in model.modules():
            if isinstance(layer, Layer):
                layer.rng = view_rng
        per_epoch = max(1, len(self.data) // lesson.batch)
        order = order_rng.permutation(len(self.data))
        augment, total = Augmentation(), 0.0
        for i in range(per_epoch):
            chosen = order[i * lesson.batch : (i + 1) * lesson.batch]
            images, labels = augment(
                as_tensor(self.data.images[chosen]),
                torch.from_numpy(self.data.labels[chosen]).long(),
                view_rng,
                self.data.info.ignore,
            )
            step = self.epoch * per_epoch + i
            for group in self.optimiser.param_groups:
                group["lr"] = self.rate(step, lesson.epochs * per_epoch)
            total += self._step(normalise(images, self.data.info), labels, step)
        return total / per_epoch

    def _step(self, images: Tensor, labels: Tensor, step: int) -> float:
        lesson, ignore = self.lesson, self.data.info.ignore
        with torch.autocast("cpu", torch.bfloat16, enabled=lesson.bf16):
            logits = self.model(images).float()
        full = F.interpolate(logits, labels.shape[1:], mode="bilinear", align_corners=False)
        loss = F.cross_entropy(full, labels, self.weights, ignore_index=ignore)
        if lesson.share > 0.0 and self.teacher is not None:
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=lesson.bf16):
                target = self.teacher(images)
            # On the network's own grid, a sixteenth of the pixels; labels are looked up there.
            marks = F.interpolate(labels.unsqueeze(1).float(), logits.shape[2:], mode="nearest")
            taught = divergence(
                logits, target.float(), marks.squeeze(1) != ignore, lesson.temperature
            )
            loss = (1.0 - lesson.share) * loss + lesson.share * taught
        if not torch.isfinite(loss):
            raise FieldError("training", f"loss became {loss.item()}", "try a lower rate")
        self.optimiser.zero_grad(set_to_none=False)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        keep = min(lesson.average, (1.0 + step) / (10.0 + step))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.model.parameters(), strict=True)
            for averaged, current in pairs:
                averaged.lerp_(current, 1.0 - keep)
        return loss.item()

    def _facts(self) -> dict[str, Any]:
        shape = self.model.architecture.row()
        return {"lesson": asdict(self.lesson), "space": self.model.space.name, "shape": shape}

    def _store(self) -> None:
        tensors = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        tensors |= checkpoint.flat_optimiser(self.optimiser, self.names)
        progress = {"epoch": self.epoch, "seconds": self.seconds}
        checkpoint.save(self.state_path, tensors, {**self._facts(), **progress})

    def _restore(self) -> None:
        tensors, facts = checkpoint.load(self.state_path, "out")
        if {k: facts.get(k) for k in self._facts()} != self._facts():
            raise FieldError(
                "out",
                "the folder holds a training with other settings",
                "use a new folder or the same settings",
            )
        for prefix, target in (("model.", self.model), ("average.", self.average)):
            part = {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
            target.load_state_dict(part)
        checkpoint.restore_optimiser(self.optimiser, self.names, tensors)
        self.epoch, self.seconds = int(facts["epoch"]), float(facts["seconds"])
