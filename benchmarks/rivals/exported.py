"""Networks of torchvision, timm and transformers with random weights, and a few written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import nn


@dataclass(frozen=True)
class Exported:
    """A module and the inputs of one inference."""

    module: nn.Module
    inputs: tuple[Any, ...]


def image(side: int = 224) -> tuple[torch.Tensor]:
    return (torch.zeros(1, 3, side, side),)


def vision(name: str, **settings: Any) -> Callable[[], Exported]:
    """A network of torchvision."""

    def build() -> Exported:
        _stand_ins()
        import torchvision.models as models

        return Exported(models.get_model(name, weights=None, **settings), image())

    return build


def timm_model(name: str, side: int = 224) -> Callable[[], Exported]:
    def build() -> Exported:
        _stand_ins()
        import timm

        return Exported(timm.create_model(name, pretrained=False, exportable=True), image(side))

    return build


def _stand_ins() -> None:
    """Declare two operators that torchvision's wheel lacks beside a CPU build of torch."""
    for name in ("nms", "qnms"):
        try:
            schema = f"torchvision::{name}(Tensor dets, Tensor scores, float iou) -> Tensor"
            torch.library.define(schema.split("(")[0], f"({schema.split('(')[1]}")
        except RuntimeError:
            return


class _First(nn.Module):
    """The first output of a network that gives several, or a named one."""

    def __init__(self, inner: nn.Module, key: str | int = 0) -> None:
        super().__init__()
        self.inner, self.key = inner, key

    def forward(self, *inputs: Any) -> torch.Tensor:
        return self.inner(*inputs)[self.key]


def deeplab() -> Exported:
    _stand_ins()
    from torchvision.models.segmentation import deeplabv3_resnet50

    return Exported(
        _First(deeplabv3_resnet50(weights=None, weights_backbone=None), "out"), image(256)
    )


def segformer(hidden: tuple[int, ...], depths: tuple[int, ...]) -> Callable[[], Exported]:
    def build() -> Exported:
        from transformers import SegformerConfig, SegformerForSemanticSegmentation

        width = 256 if hidden[0] == 32 else 768
        config = SegformerConfig(
            hidden_sizes=list(hidden),
            depths=list(depths),
            decoder_hidden_size=width,
            num_labels=40,
        )
        return Exported(_First(SegformerForSemanticSegmentation(config), "logits"), image(256))

    return build


def bert() -> Exported:
    from transformers import BertConfig, BertModel

    model = BertModel(BertConfig(return_dict=False, attn_implementation="eager"))
    tokens = torch.ones(1, 128, dtype=torch.int64)
    return Exported(_First(model), (tokens, torch.ones_like(tokens)))


class _Gpt(nn.Module):
    """GPT-2 with its cache as plain tensors."""

    def __init__(self, past: int) -> None:
        super().__init__()
        from transformers import GPT2Config, GPT2LMHeadModel

        config = GPT2Config(n_layer=6, n_embd=384, n_head=6, attn_implementation="eager")
        self.model, self.past = GPT2LMHeadModel(config), past

    def forward(self, tokens: torch.Tensor, cache: torch.Tensor) -> torch.Tensor:
        from transformers import DynamicCache

        held = DynamicCache()
        if self.past:
            for i in range(6):
                held.update(cache[i, 0], cache[i, 1], i)
        return self.model(tokens, past_key_values=held, use_cache=True, return_dict=False)[0]


def gpt(tokens: int, past: int) -> Callable[[], Exported]:
    def build() -> Exported:
        given = torch.ones(1, tokens, dtype=torch.int64)
        return Exported(_Gpt(past), (given, torch.zeros(6, 2, 1, 6, max(past, 1), 64)))

    return build


def whisper() -> Exported:
    from transformers import WhisperConfig
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    config = WhisperConfig(
        d_model=384,
        encoder_layers=4,
        encoder_attention_heads=6,
        encoder_ffn_dim=1536,
        attn_implementation="eager",
        return_dict=False,
    )
    return Exported(_First(WhisperEncoder(config)), (torch.zeros(1, 80, 3000),))


class Lstm(nn.Module):
    """Two bidirectional layers, 80 features in, 256 units."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.LSTM(80, 256, num_layers=2, bidirectional=True, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)[0]


class Experts(nn.Module):
    """Eight experts of which each token's gates weigh two; every expert sees every token."""

    def __init__(self, width: int = 256, hidden: int = 512, experts: int = 8) -> None:
        super().__init__()
        self.router = nn.Linear(width, experts)
        self.up = nn.Parameter(torch.randn(experts, width, hidden))
        self.down = nn.Parameter(torch.randn(experts, hidden, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gates = self.router(x).softmax(-1)
        best, where = gates.topk(2, dim=-1)
        kept = torch.zeros_like(gates).scatter(-1, where, best)
        hidden = torch.nn.functional.gelu(torch.matmul(x[None], self.up))
        return (torch.matmul(hidden, self.down) * kept.T[..., None]).sum(0)


def _unit(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.SiLU(),
    )


class UNet(nn.Module):
    """Ronneberger et al. 2015 with half of its channels and transposed convolutions."""

    def __init__(self, widths: tuple[int, ...] = (32, 64, 128, 256)) -> None:
        super().__init__()

        def twice(inputs: int, outputs: int) -> nn.Sequential:
            return nn.Sequential(_unit(inputs, outputs), _unit(outputs, outputs))

        self.down = nn.ModuleList(twice(a, b) for a, b in zip((3, *widths), widths, strict=False))
        back = widths[::-1]
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, 2, 2) for a, b in pairwise(back))
        self.join = nn.ModuleList(twice(2 * b, b) for b in back[1:])
        self.last = nn.Conv2d(widths[0], 21, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = []
        for i, step in enumerate(self.down):
            x = step(x if i == 0 else nn.functional.max_pool2d(x, 2))
            kept.append(x)
        for up, join, skip in zip(self.up, self.join, kept[-2::-1], strict=True):
            x = join(torch.cat([skip, up(x)], 1))
        return self.last(x)


class Yolo(nn.Module):
    """A detector after YOLOv5: cross-stage blocks, a pyramid up and down, three grids of boxes."""

    def __init__(self, w: int = 32, outputs: int = 255) -> None:
        super().__init__()
        self.stem = _unit(3, w, 5, 2)
        self.steps = nn.ModuleList(_unit(w * a, 2 * w * a, 3, 2) for a in (1, 2, 4, 8))
        self.blocks = nn.ModuleList(_Cross(2 * w * a) for a in (1, 2, 4, 8))
        self.squeeze = nn.ModuleList([_unit(16 * w, 8 * w, 1), _unit(8 * w, 4 * w, 1)])
        self.merge = nn.ModuleList([_Cross(16 * w, 8 * w), _Cross(8 * w, 4 * w)])
        self.again = nn.ModuleList([_unit(4 * w, 4 * w, 3, 2), _unit(8 * w, 8 * w, 3, 2)])
        self.back = nn.ModuleList([_Cross(8 * w, 8 * w), _Cross(16 * w, 16 * w)])
        self.heads = nn.ModuleList(nn.Conv2d(c * w, outputs, 1) for c in (4, 8, 16))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        maps = []
        x = self.stem(x)
        for step, block in zip(self.steps, self.blocks, strict=True):
            x = block(step(x))
            maps.append(x)
        top = self.squeeze[0](maps[3])
        grown = nn.functional.interpolate(top, scale_factor=2.0)
        middle = self.squeeze[1](self.merge[0](torch.cat([grown, maps[2]], 1)))
        grown = nn.functional.interpolate(middle, scale_factor=2.0)
        small = self.merge[1](torch.cat([grown, maps[1]], 1))
        medium = self.back[0](torch.cat([self.again[0](small), middle], 1))
        large = self.back[1](torch.cat([self.again[1](medium), top], 1))
        return tuple(
            h(m).sigmoid() for h, m in zip(self.heads, (small, medium, large), strict=True)
        )


class _Cross(nn.Module):
    def __init__(self, inputs: int, outputs: int | None = None) -> None:
        super().__init__()
        outputs = outputs or inputs
        half = outputs // 2
        self.left, self.right = _unit(inputs, half, 1), _unit(inputs, half, 1)
        self.inner = nn.Sequential(_unit(half, half, 1), _unit(half, half))
        self.join = _unit(2 * half, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        left = self.left(x)
        return self.join(torch.cat([left + self.inner(left), self.right(x)], 1))


NETWORKS: Mapping[str, Callable[[], Exported]] = {
    "resnet18": vision("resnet18"),
    "resnet50": vision("resnet50"),
    "mobilenet-v2": vision("mobilenet_v2"),
    "mobilenet-v3-large": vision("mobilenet_v3_large"),
    "efficientnet-lite0": timm_model("tf_efficientnet_lite0"),
    "convnext-tiny": timm_model("convnext_tiny"),
    "vit-tiny": timm_model("vit_tiny_patch16_224"),
    "vit-small": timm_model("vit_small_patch16_224"),
    "deit-tiny-distilled": timm_model("deit_tiny_distilled_patch16_224"),
    "swin-tiny": timm_model("swin_tiny_patch4_window7_224"),
    "mobilevit-s": timm_model("mobilevit_s", 256),
    "segformer-b0": segformer((32, 64, 160, 256), (2, 2, 2, 2)),
    "segformer-b2": segformer((64, 128, 320, 512), (3, 4, 6, 3)),
    "deeplabv3-resnet50": deeplab,
    "u-net": lambda: Exported(UNet(), image(128)),
    "yolo-like": lambda: Exported(Yolo(), image(320)),
    "bert-base": bert,
    "gpt-prefill": gpt(128, 0),
    "gpt-decode": gpt(1, 127),
    "whisper-tiny-encoder": whisper,
    "lstm": lambda: Exported(Lstm(), (torch.zeros(1, 100, 80),)),
    "experts": lambda: Exported(Experts(), (torch.zeros(64, 256),)),
    "resnext50": vision("resnext50_32x4d"),
}
