"""Matrix products as arrays compute them: inputs of few bits, outputs with a converter's error.

The layers of a network are put in the place of their exact counterparts and use the same weights.
Experts are computed one by one and the decoder's linear and fusing layers apart, as the hardware
does, so that every product gets the error of its own output.

Axes: B image, N token, C width, E expert, H hidden unit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cmn_core.nonideal import NonIdeal
from cmn_core.supernet.network.model import (
    Decoder,
    Grid,
    Layer,
    Segmenter,
    SpatialReductionAttention,
    to_map,
    to_tokens,
)
from cmn_core.supernet.network.moe import MoeFfn
from cmn_core.supernet.nonideal.noise import OUTPUTS, block_of, stream
from cmn_core.supernet.nonideal.quantise import Range, least_error_range

Ranges = dict[str, Range]
Watch = Callable[[str, Tensor], None]


class Converters:
    """Both ends of one array: rounds what goes in, disturbs what comes out.

    ranges: of the inputs by name; a name that is not there takes the range of least error of the
    input itself, which is that of one image.
    """

    def __init__(
        self,
        name: str,
        bits: int | None,
        sigma: float,
        rng: torch.Generator,
        ranges: Ranges,
        watch: Watch | None,
    ) -> None:
        self.name, self.bits, self.sigma, self.rng = name, bits, sigma, rng
        self.ranges, self.watch = ranges, watch

    def enter(self, x: Tensor, part: str = "") -> Tensor:
        """x: [B, ...] -> the same, rounded."""
        name = self.name + part
        if self.watch is not None:
            self.watch(name, x)
        if self.bits is None:
            return x
        fixed = self.ranges.get(name)
        if fixed is not None and x.requires_grad:
            return fixed.straight(x, self.bits)
        if fixed is not None:
            return fixed.round(x, self.bits)
        return torch.stack([least_error_range(one, self.bits).round(one, self.bits) for one in x])

    def leave(self, y: Tensor, *groups: int) -> Tensor:
        """y: [B, ...] with noise of sigma times its root mean square, which is taken over all
        axes but the first and those of `groups` (products that share this call)."""
        if self.sigma == 0.0:
            return y
        rest = tuple(a for a in range(1, y.ndim) if a not in groups)
        rms = y.square().mean(rest, keepdim=True).sqrt()
        return y + torch.randn(y.shape, generator=self.rng) * (self.sigma * rms)


class ArrayLinear(nn.Module):
    """A linear layer; `parts` products of equal width side by side."""

    def __init__(self, source: nn.Linear, converters: Converters, parts: int = 1) -> None:
        super().__init__()
        self.source, self.converters, self.parts = source, converters, parts

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, N, C] -> [B, N, outputs]."""
        y = F.linear(self.converters.enter(x), self.source.weight)
        y = self.converters.leave(y.unflatten(-1, (self.parts, -1)), 2).flatten(-2)
        return y + self.source.bias


class ArrayConv(nn.Module):
    """A convolution as a product with the patches it looks at."""

    def __init__(self, source: nn.Conv2d, converters: Converters) -> None:
        super().__init__()
        self.source, self.converters = source, converters

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, C, rows, columns] -> the convolution of it."""
        conv = self.source
        assert conv.bias is not None
        stride, padding = conv.stride[0], int(conv.padding[0])  # kernels here are square
        y = F.conv2d(self.converters.enter(x), conv.weight, None, stride, padding)
        return self.converters.leave(y) + conv.bias.view(1, -1, 1, 1)


class ArrayFfn(nn.Module):
    """Experts of their own, each with its two products; the router is digital and exact."""

    def __init__(self, source: MoeFfn, converters: Converters) -> None:
        super().__init__()
        self.source, self.converters = source, converters

    def forward(
        self,
        x: Tensor,
        experts: int | None = None,
        hidden: int | None = None,
        top_k: int | None = None,
    ) -> Tensor:
        """x: [B, N, C] -> [B, N, C]."""
        ffn = self.source
        e = ffn.experts if experts is None else experts
        h = ffn.hidden if hidden is None else hidden
        entering = self.converters.enter(x, ".w1")
        inner = F.linear(entering, ffn.w1[:e, :h].flatten(0, 1)).unflatten(-1, (e, h))
        inner = F.gelu(self.converters.leave(inner, 2) + ffn.b1[:e, :h])
        inner = self.converters.enter(inner, ".w2")
        out = torch.stack([inner[:, :, i] @ ffn.w2[i, :h] for i in range(e)], dim=2)
        out = self.converters.leave(out, 2) + ffn.b2[:e]
        if e == 1:
            return out[:, :, 0]
        return (out * ffn.gates(x, e, top_k).unsqueeze(-1)).sum(2)


class ArrayDecoder(nn.Module):
    """The head with its linears and the fusing layer as products of their own.

    The fusing layer reads what all blocks give on the first grid, as one product.
    """

    def __init__(self, source: Decoder, make: Callable[[str], Converters]) -> None:
        super().__init__()
        self.source = source
        self.lifts = [make(f"decoder.lift.{i}") for i in range(len(source.lift))]
        self.fuse = make("decoder.fuse")
        self.classify = ArrayLinear(source.classify, make("decoder.classify"))

    def forward(self, features: list[Tensor], grids: list[Grid]) -> Tensor:
        """features: of each block [B, N, C] -> logits [B, classes, rows, columns] on grid 1."""
        maps = []
        for i, (x, grid) in enumerate(zip(features, grids, strict=True)):
            lift = cast(nn.Linear, self.source.lift[i])
            y = to_map(ArrayLinear(lift, self.lifts[i])(x), grid)
            if grid != grids[0]:
                y = F.interpolate(y, grids[0], mode="bilinear", align_corners=False)
            maps.append(y)
        joined = to_tokens(torch.cat(maps, 1))
        tokens = F.gelu(self.source.norm(ArrayLinear(self.source.fuse, self.fuse)(joined)))
        return to_map(self.classify(tokens), grids[0])


def on_arrays(
    model: Segmenter,
    nonideal: NonIdeal,
    *,
    seed: int,
    ranges: Ranges | None = None,
    watch: Watch | None = None,
) -> Segmenter:
    """Let a standalone subnet compute its static products in arrays, in place.

    watch: called with name and input of every product, for calibration
    """
    rng, sigmas = stream(seed, OUTPUTS), nonideal.sigmas

    def converters(name: str) -> Converters:
        sigma = sigmas[block_of(name)]
        return Converters(name, nonideal.activation_bits, sigma, rng, ranges or {}, watch)

    for b, conv in enumerate(list(model.patch)):
        model.patch[b] = ArrayConv(cast(nn.Conv2d, conv), converters(f"patch.{b}"))
    for name, module in list(model.named_modules()):
        if isinstance(module, SpatialReductionAttention):
            for part in ("query", "key_value", "out"):
                exact = cast(nn.Linear, getattr(module, part))
                parts = 2 if part == "key_value" else 1
                setattr(module, part, ArrayLinear(exact, converters(f"{name}.{part}"), parts))
            if module.reduce is not None:
                conv = ArrayConv(module.reduce, converters(f"{name}.reduce"))
                module.reduce = conv  # type: ignore[assignment]
        elif isinstance(module, Layer):
            ffn = ArrayFfn(module.ffn, converters(f"{name}.ffn"))
            module.ffn = ffn  # type: ignore[assignment]
    model.decoder = ArrayDecoder(model.decoder, converters)  # type: ignore[assignment]
    return model
