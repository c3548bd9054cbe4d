"""Training of a teacher on the labels of a data set; the loop is loop.py."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from cmn_core.datasets.npz import SMALLEST, SegmentationSet
from cmn_core.supernet.measure.teacher_miou import measure_teacher
from cmn_core.supernet.network.efficientnet import channels_last, imagenet
from cmn_core.supernet.network.teacher import Teacher, reset, save_teacher
from cmn_core.supernet.training.augment import Augmentation
from cmn_core.supernet.training.loop import Loop
from cmn_core.supernet.training.losses import against_labels, class_weights, is_labelled


@dataclass(frozen=True)
class Schooling:
    """How to train a teacher; its file carries it."""

    encoder: str = "lite2"
    width: int = 128  # of the decoder
    epochs: int = 60
    batch: int = 8
    rate: float = 3e-4  # peak learning rate of the encoder under AdamW; cosine to zero
    decoder_pace: float = 5.0  # learning rate of the decoder over the encoder's
    warmup: float = 0.04  # share of the steps with a rising rate
    decay: float = 0.02  # weight decay of matrices
    drop_path: float = 0.1
    frozen: int = 4  # blocks that stay as ImageNet left them, and the stem
    average: float = 0.998  # of the exponential moving average of the weights
    balance: float = 0.3  # a class weighs (1 / its pixel share) ** this
    crop: float = 0.8  # height and width of a view over the image's, in steps of 32 pixels
    zoom: tuple[float, float] = (0.7, 2.0)  # log-uniform; above 1 magnifies
    colour: float = 0.35  # brightness, contrast and saturation of a view, each 1 +- this
    paste: float = 0.3  # share of views onto which classes of another view are laid
    bf16: bool = False  # matrix products in bfloat16
    seed: int = 0


class TeacherTrainer(Loop[Teacher]):
    """Training of a teacher from ImageNet's weights."""

    clip = 2.0

    def __init__(
        self,
        schooling: Schooling,
        data: SegmentationSet,
        folder: Path,
        device: str = "cpu",
        *,
        pretrained: bool = True,
    ) -> None:
        """pretrained: with the encoder's ImageNet weights, else with random ones."""
        self.schooling, self.data = schooling, data
        classes, info = len(data.info.classes), data.info
        rng = torch.Generator().manual_seed(schooling.seed)
        model = Teacher(classes, schooling.encoder, schooling.width, schooling.drop_path)
        reset(model, rng)
        if pretrained and not (folder / "state.safetensors").exists():
            imagenet(model.encoder)
        model.encoder.freeze(schooling.frozen)
        channels_last(model)
        average = Teacher(classes, schooling.encoder, schooling.width).eval()
        average.load_state_dict(model.state_dict())
        super().__init__(schooling, model, average, info, folder, device)
        height, width = (
            max(SMALLEST, round(schooling.crop * side / 32) * 32) for side in data.images.shape[1:3]
        )
        self.augmentation = Augmentation(
            crop=(height, width),
            zoom=schooling.zoom,
            colour=schooling.colour,
            paste=schooling.paste,
        )
        self.weights = class_weights(info.train_pixel_share, schooling.balance).to(self.device)

    def pace(self, name: str) -> float:
        return 1.0 if name.startswith("encoder.") else self.schooling.decoder_pace

    def score(self, val: SegmentationSet) -> float:
        return measure_teacher(self.average, val).miou

    def settings(self) -> dict[str, Any]:
        return {"schooling": {**asdict(self.schooling), "zoom": list(self.schooling.zoom)}}

    def export(self, path: Path, facts: dict[str, Any]) -> None:
        """Averaged weights in half precision with recipe, cost and origin."""
        cost = {"epoch": self.epoch, "train_seconds": round(self.seconds, 1)}
        save_teacher(path, self.average, {**self.settings(), **cost, **facts})

    def one_epoch(self) -> float:
        schooling = self.schooling
        self.model.train()
        rng, view = self.streams()
        self.model.rng = view
        per_epoch = max(1, len(self.data) // schooling.batch)
        order = rng.permutation(len(self.data))
        total = 0.0
        for i in range(per_epoch):
            chosen = order[i * schooling.batch : (i + 1) * schooling.batch]
            images, labels = self.pictures(self.data, chosen, view)
            labels = labels[:, ::2, ::2]
            if not is_labelled(labels, self.info.ignore):
                continue
            with self.autocast():
                logits = self.model(images.contiguous(memory_format=torch.channels_last))
            loss = against_labels(logits, labels, self.weights, self.info.ignore)
            total += self.update(loss, self.epoch * per_epoch + i, schooling.epochs * per_epoch)
        return total / per_epoch
