"""The teacher: an ImageNet encoder and a light decoder, which a supernet learns from.

The decoder is a feature pyramid (Lin et al., 2017): a 1 x 1 convolution per stride, the coarser map
added to the finer one, a depthwise separable convolution on each sum; the mean of the coarsest map
joins it, so that every pixel knows the whole picture.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cmn_core.errors import FieldError
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.network.efficientnet import SIZES, Encoder, channels_last

_GROUPS = 8  # of the decoder's norms
_DROPOUT = 0.1
_EXPECTED = "a file of the teacher command is expected"


class Merge(nn.Module):
    """A depthwise separable convolution with its input added, after a norm."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.pointwise = nn.Conv2d(width, width, 1)
        self.norm = nn.GroupNorm(_GROUPS, width)

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, C, rows, columns]."""
        return F.relu(self.norm(x + self.pointwise(F.relu(self.depthwise(x)))))


class Teacher(nn.Module):
    """Classes of a photograph's pixels, on a grid of a quarter of its sides."""

    def __init__(
        self, classes: int, encoder: str = "lite2", width: int = 128, drop_path: float = 0.0
    ) -> None:
        """encoder: a key of SIZES; width: of the decoder"""
        super().__init__()
        self.classes, self.width = classes, width
        self.encoder = Encoder(encoder, drop_path)
        widths = self.encoder.widths
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in widths)
        # The encoder's features are tens of times as large as what comes down the pyramid.
        self.level = nn.ModuleList(nn.GroupNorm(_GROUPS, width) for _ in widths)
        self.whole = nn.Linear(widths[-1], width)
        self.merge = nn.ModuleList(Merge(width) for _ in widths)
        self.classify = nn.Conv2d(width, classes, 1)
        self.rng: torch.Generator | None = None

    def forward(self, images: Tensor) -> Tensor:
        """images: [B, 3, height, width] in 0..1 -> logits [B, classes, height/4, width/4]."""
        return self.decode(self.encoder(images))

    def decode(self, maps: list[Tensor]) -> Tensor:
        """maps: of the encoder -> logits on the finest of their grids."""
        total = self.lateral[-1](maps[-1]) + self.whole(maps[-1].mean((2, 3)))[:, :, None, None]
        total = self.merge[-1](self.level[-1](total))
        for i in range(len(maps) - 2, -1, -1):
            size = maps[i].shape[2:]
            coarse = F.interpolate(total, size, mode="bilinear", align_corners=False)
            total = self.merge[i](coarse + self.level[i](self.lateral[i](maps[i])))
        return cast(Tensor, self.classify(self._dropped(total)))

    def _dropped(self, x: Tensor) -> Tensor:
        """Dropout from the generator of the epoch, so that a run can go on exactly."""
        if not self.training:
            return x
        keep = torch.rand(x.shape, generator=self.rng) >= _DROPOUT
        return x * (keep.to(x.device, x.dtype) / (1.0 - _DROPOUT))


def save_teacher(path: Path, teacher: Teacher, facts: dict[str, Any]) -> None:
    """Half-precision weights with what is known about them."""
    tensors = {k: v.half() for k, v in teacher.state_dict().items()}
    shape = {"encoder": teacher.encoder.size, "width": teacher.width, "classes": teacher.classes}
    checkpoint.save(path, tensors, {**facts, "teacher": shape})


def load_teacher(path: Path, classes: int | None = None) -> tuple[Teacher, dict[str, Any]]:
    """The teacher of a file of `save_teacher`, in evaluation mode, and the file's facts.

    classes: that it must have, where it shall teach those of a data set
    """
    tensors, facts = checkpoint.load(path, "teacher")
    shape = facts.get("teacher", {})
    if not isinstance(shape, dict) or shape.get("encoder") not in SIZES:
        raise FieldError("teacher", f"{path.name} holds no teacher", _EXPECTED)
    teacher = Teacher(int(shape["classes"]), shape["encoder"], int(shape["width"]))
    if classes is not None and teacher.classes != classes:
        raise FieldError(
            "teacher", f"{path.name} knows {teacher.classes} classes", f"{classes} are expected"
        )
    try:
        teacher.load_state_dict({k: v.float() for k, v in tensors.items()})
    except RuntimeError:
        raise FieldError("teacher", f"{path.name} holds other layers", _EXPECTED) from None
    channels_last(teacher)
    return teacher.eval().requires_grad_(False), facts


def enlarged(images: Tensor, factor: float) -> Tensor:
    """Pictures [B, 3, h, w] as the teacher sees them, their sides times the factor."""
    if factor == 1.0:
        return images
    size = (round(images.shape[2] * factor), round(images.shape[3] * factor))
    return F.interpolate(images, size, mode="bilinear", align_corners=False)


def reset(teacher: Teacher, rng: torch.Generator) -> Teacher:
    """Fresh weights from that generator (He et al., 2015)."""
    # The decoder first: its numbers do not depend on whether the encoder keeps these weights.
    parts = sorted(teacher.named_modules(), key=lambda part: part[0].startswith("encoder"))
    for _, module in parts:
        if isinstance(module, nn.Conv2d | nn.Linear):
            spread = (2.0 / module.weight[0].numel()) ** 0.5
            nn.init.normal_(module.weight, std=spread, generator=rng)
            assert module.bias is not None
            nn.init.zeros_(module.bias)
        if module is teacher.classify:
            nn.init.normal_(teacher.classify.weight, std=0.01, generator=rng)
    return teacher
