"""Training one network alone, from the slice it inherits, with or without a teacher.

The loss is cross-entropy with the labels and, by `Lesson.share`, the divergence of the teacher's
class probabilities from the student's at a temperature (Hinton et al., 2015), on every labelled
pixel alike. A student may be rounded while it learns (quantisation_aware.py). The loop is
loop.py's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cmn_core.datasets.npz import SegmentationSet
from cmn_core.errors import FieldError
from cmn_core.supernet.measure.activation_ranges import (
    calibrate,
    calibration_images,
    post_training,
)
from cmn_core.supernet.measure.miou import measure
from cmn_core.supernet.network.export import save_network
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.nonideal.array_products import Ranges
from cmn_core.supernet.training.loop import SegmenterLoop
from cmn_core.supernet.training.losses import (
    against_labels,
    against_teacher,
    class_weights,
    is_labelled,
)
from cmn_core.supernet.training.quantisation_aware import RoundedNetwork


@dataclass(frozen=True)
class DistillationRecipe:
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
    top_k: int | tuple[int, ...] | None = None  # experts of a token, or four; None: all
    weight_bits: int | None = None  # while it learns; None: floating point
    activation_bits: int | None = None
    bf16: bool = True
    seed: int = 0
    student: str = ""  # digest of the weights the student starts from
    teacher: str = ""  # digest of the teacher's weights


class Distiller(SegmenterLoop):
    """Training of one student, in place."""

    def __init__(
        self,
        lesson: DistillationRecipe,
        student: Segmenter,
        teacher: Segmenter | None,
        data: SegmentationSet,
        folder: Path,
        device: str = "cpu",
    ) -> None:
        """student: a standalone subnet, which is trained in place; teacher: of the same classes,
        None where lesson.share is 0."""
        if lesson.share > 0.0 and (teacher is None or teacher.classes != student.classes):
            found = "none" if teacher is None else f"{teacher.classes} classes"
            raise FieldError("teacher", f"found {found}", f"{student.classes} classes are expected")
        self.lesson, self.data = lesson, data
        ranges = self._ranges(student)
        weights = class_weights(data.info.train_pixel_share, lesson.balance)
        average = student.subnet(student.architecture).eval()
        super().__init__(lesson, student, average, data.info, folder, device)
        self.weights = weights.to(self.device)
        self.rounded: RoundedNetwork | None = None
        if ranges is not None and (bits := _bits(lesson)) is not None:
            self.rounded = RoundedNetwork(self.model, bits, ranges)
            self.optimiser.register_step_pre_hook(lambda *_: self._erase())
        self.teacher = None
        if teacher is not None:
            self.teacher = teacher.eval().requires_grad_(False).to(self.device)

    def settings(self) -> dict[str, Any]:
        shape = self.model.architecture.row()
        return {"lesson": _known(self.lesson), "space": self.model.space.name, "shape": shape}

    def save(self, path: Path, facts: dict[str, Any]) -> None:
        """The averaged student with its lesson, cost and more facts."""
        known = {"lesson": _known(self.lesson), "train_seconds": round(self.seconds, 1)}
        save_network(path, self.average, self.data.info, {**known, **facts})

    def score(self, val: SegmentationSet) -> float:
        """Of the student as it learns: rounded where it is."""
        if self.rounded is None:
            return measure(self.average, val, top_k=self.lesson.top_k).miou
        network, arrays = self.rounded.rounded(self.average)
        return measure(network, val, top_k=self.lesson.top_k, arrays=arrays).miou

    def one_epoch(self) -> float:
        lesson = self.lesson
        self.model.train()
        rng, view = self.streams()
        if self.rounded is not None:
            self.rounded.begin(view)
        per_epoch = max(1, len(self.data) // lesson.batch)
        order = rng.permutation(len(self.data))
        total = 0.0
        for i in range(per_epoch):
            chosen = order[i * lesson.batch : (i + 1) * lesson.batch]
            images, labels = self.views(self.data, chosen, view)
            if not is_labelled(labels, self.info.ignore):
                continue
            if self.rounded is not None:
                self.rounded.round()
            loss = self._loss(images, labels)
            total += self.update(loss, self.epoch * per_epoch + i, lesson.epochs * per_epoch)
        return total / per_epoch

    def _loss(self, images: Tensor, labels: Tensor) -> Tensor:
        lesson, ignore = self.lesson, self.info.ignore
        seen = self.model if self.rounded is None else self.rounded.seen
        with self.autocast():
            logits = seen(images, top_k=lesson.top_k)
        loss = against_labels(logits, labels, self.weights, ignore)
        if lesson.share == 0.0 or self.teacher is None:
            return loss
        with torch.no_grad(), self.autocast():
            target = self.teacher(images)
        taught = against_teacher(logits, target, labels, ignore, lesson.temperature)
        return (1.0 - lesson.share) * loss + lesson.share * taught

    def _ranges(self, student: Segmenter) -> Ranges | None:
        """Of what enters the student's products; None where nothing is rounded."""
        if (bits := _bits(self.lesson)) is None:
            return None
        some = calibration_images(self.data.images, self.lesson.seed)
        return calibrate(student, some, self.data.info, bits[1], top_k=self.lesson.top_k)

    def _erase(self) -> None:
        if self.rounded is not None:
            self.rounded.erase()


def score(
    network: Segmenter, train: SegmentationSet, val: SegmentationSet, lesson: DistillationRecipe
) -> float:
    """mIoU on val in percent, with the lesson's routing and at its bits, as `quantise` has it."""
    if (bits := _bits(lesson)) is None:
        return measure(network, val, top_k=lesson.top_k).miou
    some = calibration_images(train.images, lesson.seed)
    return post_training(network, val, some, [bits], top_k=lesson.top_k)[0].after.miou


def _bits(lesson: DistillationRecipe) -> tuple[int, int] | None:
    """Of weights and activations; None for floating point, FieldError where one is not stated."""
    weights, activations = lesson.weight_bits, lesson.activation_bits
    if weights is None and activations is None:
        return None
    if weights is None or activations is None:
        raise FieldError("bits", "found one of weights and activations", "both are expected")
    return weights, activations


def _known(lesson: DistillationRecipe) -> dict[str, Any]:
    """The lesson as its file keeps it."""
    top_k = lesson.top_k
    return {**asdict(lesson), "top_k": list(top_k) if isinstance(top_k, tuple) else top_k}
