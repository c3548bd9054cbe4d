"""The dynamic ViT-MoE: a hierarchical encoder of four blocks and an all-MLP decoder.

Written from the description in SegFormer (Xie et al., 2021). Differences, each with its reason:
the depthwise convolution stands before the FFN instead of between its two linears, because a token
and its neighbours may be routed to different experts; the decoder normalises over channels instead
of over the batch, so that no statistics depend on the subnet.

Axes: B image, N token, C width, D decoder width.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cmn_core.architecture import BLOCKS, Architecture, SearchSpace
from cmn_core.supernet.network.moe import MoeFfn, Routing, per_block

Grid = tuple[int, int]


def to_map(x: Tensor, grid: Grid) -> Tensor:
    """[B, N, C] -> [B, C, rows, columns]."""
    return x.transpose(1, 2).unflatten(2, grid)


def to_tokens(x: Tensor) -> Tensor:
    """[B, C, rows, columns] -> [B, N, C]."""
    return x.flatten(2).transpose(1, 2)


class SpatialReductionAttention(nn.Module):
    """Multi-head self-attention whose keys and values come from a strided, smaller grid."""

    def __init__(self, width: int, heads: int, reduction: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)
        self.reduce = nn.Conv2d(width, width, reduction, reduction) if reduction > 1 else None
        self.norm = nn.LayerNorm(width) if reduction > 1 else None

    def forward(self, x: Tensor, grid: Grid) -> Tensor:
        """x: [B, N, C] -> [B, N, C]."""
        source = x
        if self.reduce is not None and self.norm is not None:
            source = self.norm(to_tokens(self.reduce(to_map(x, grid))))
        query = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        key, value = self.key_value(source).unflatten(-1, (2, self.heads, -1)).unbind(2)
        mixed = F.scaled_dot_product_attention(query, key.transpose(1, 2), value.transpose(1, 2))
        return self.out(mixed.transpose(1, 2).flatten(2))


class Layer(nn.Module):
    """Depthwise convolution (position), attention, mixture-of-experts FFN; all residual."""

    def __init__(
        self, width: int, heads: int, reduction: int, experts: int, hidden: int, drop: float
    ) -> None:
        super().__init__()
        self.position = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = SpatialReductionAttention(width, heads, reduction)
        self.ffn = MoeFfn(width, experts, hidden)
        self.drop = drop
        self.rng: torch.Generator | None = None

    def forward(
        self, x: Tensor, grid: Grid, experts: int, hidden: int, top_k: int | None
    ) -> Tensor:
        x = x + to_tokens(self.position(to_map(x, grid)))
        x = x + self._path(self.attention(self.norm1(x), grid))
        return x + self._path(self.ffn(self.norm2(x), experts, hidden, top_k))

    def _path(self, branch: Tensor) -> Tensor:
        """Stochastic depth (Huang et al., 2016): in training a branch is left out per image."""
        if not self.training or self.drop == 0.0:
            return branch
        keep = torch.rand(branch.shape[0], 1, 1, generator=self.rng) >= self.drop
        return branch * (keep.to(branch.device, branch.dtype) / (1.0 - self.drop))


class Decoder(nn.Module):
    """All-MLP head: a linear per block, upsample to the first grid, fuse, classify.

    The linears and the fusing layer have no non-linearity between them and bilinear upsampling
    commutes with both, so each block goes through the product of the two matrices on its own
    grid: the same function as concatenating 4 D channels on the first grid, at a tenth the work.
    """

    def __init__(self, widths: tuple[int, ...], width: int, classes: int) -> None:
        super().__init__()
        self.lift = nn.ModuleList(nn.Linear(c, width) for c in widths)
        self.fuse = nn.Linear(len(widths) * width, width)
        self.norm = nn.LayerNorm(width)
        self.classify = nn.Linear(width, classes)

    def forward(self, features: list[Tensor], grids: list[Grid]) -> Tensor:
        """features: of each block [B, N, C] -> logits [B, classes, rows, columns] on grid 1."""
        width = self.fuse.out_features
        total: Tensor | None = None
        for i, (x, grid) in enumerate(zip(features, grids, strict=True)):
            lift = cast(nn.Linear, self.lift[i])
            fuse = self.fuse.weight[:, i * width : (i + 1) * width]
            y = to_map(F.linear(x, fuse @ lift.weight, fuse @ lift.bias), grid)
            if grid != grids[0]:
                y = F.interpolate(y, grids[0], mode="bilinear", align_corners=False)
            total = y if total is None else total + y
        assert total is not None
        tokens = F.gelu(self.norm(to_tokens(total) + self.fuse.bias))
        return to_map(self.classify(tokens), grids[0])


class Segmenter(nn.Module):
    """A ViT-MoE at some architecture; at the largest one it is the supernet of its space."""

    def __init__(
        self,
        space: SearchSpace,
        classes: int,
        architecture: Architecture | None = None,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.space, self.classes = space, classes
        self.architecture = space.largest if architecture is None else architecture
        self.patch, self.patch_norm, self.blocks, self.norm = (nn.ModuleList() for _ in range(4))
        total, made, incoming = sum(space.depths), 0, 3
        for b in range(BLOCKS):
            width, kernel = space.widths[b], space.patch_kernel[b]
            self.patch.append(
                nn.Conv2d(incoming, width, kernel, space.patch_stride[b], kernel // 2)
            )
            self.patch_norm.append(nn.LayerNorm(width))
            layers = nn.ModuleList()
            for _ in range(space.depths[b]):
                drop = drop_path * made / max(total - 1, 1)
                experts, hidden = self.architecture.experts[b], self.architecture.hidden[b]
                layers.append(
                    Layer(width, space.heads[b], space.kv_reduction[b], experts, hidden, drop)
                )
                made += 1
            self.blocks.append(layers)
            self.norm.append(nn.LayerNorm(width))
            incoming = width
        self.decoder = Decoder(space.widths, space.decoder_width, classes)

    def reset(self, rng: torch.Generator) -> Segmenter:
        """Fresh weights from that generator, which then also drives stochastic depth."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02, generator=rng)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Conv2d):
                fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels
                std = (2.0 * module.groups / fan_out) ** 0.5
                nn.init.normal_(module.weight, std=std, generator=rng)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, MoeFfn):
                for weight in (module.w1, module.w2, module.router):
                    nn.init.trunc_normal_(weight, std=0.02, generator=rng)
            elif isinstance(module, Layer):
                module.rng = rng
        return self

    def forward(
        self, images: Tensor, architecture: Architecture | None = None, top_k: Routing = None
    ) -> Tensor:
        """images: [B, 3, height, width], normalised -> logits [B, classes, height/4, width/4].

        architecture: the subnet to run, at most this module's own (default: all of it)
        top_k: experts of a token, one number or one per block (default: all)
        """
        return self.decoder(*self.encode(images, architecture, top_k))

    def encode(
        self, images: Tensor, architecture: Architecture | None = None, top_k: Routing = None
    ) -> tuple[list[Tensor], list[Grid]]:
        """Features of each block, [B, N, C], and their grids; arguments as those of a call."""
        chosen = self.architecture if architecture is None else architecture
        kept = per_block(top_k)
        x, features, grids = images, [], []
        for b in range(BLOCKS):
            x = self.patch[b](x)
            grid = (x.shape[2], x.shape[3])
            tokens = self.patch_norm[b](to_tokens(x))
            for layer in cast(nn.ModuleList, self.blocks[b]):
                tokens = layer(tokens, grid, chosen.experts[b], chosen.hidden[b], kept[b])
            tokens = self.norm[b](tokens)
            features.append(tokens)
            grids.append(grid)
            x = to_map(tokens, grid)
        return features, grids

    def subnet(self, architecture: Architecture) -> Segmenter:
        """A standalone module with this one's weights at a smaller architecture."""
        self.space.check(architecture)
        out = Segmenter(self.space, self.classes, architecture).load_trunk(self)
        for small, large in zip(out.modules(), self.modules(), strict=True):
            if isinstance(small, MoeFfn) and isinstance(large, MoeFfn):
                small.load_slice(large)
        return out.train(self.training)

    def load_trunk(self, source: Segmenter) -> Segmenter:
        """Copy what all architectures of the space share: everything but experts and routers."""
        return self._load(source, lambda name: ".ffn." not in name)

    def load_encoder(self, source: Segmenter) -> Segmenter:
        """Copy everything but the decoder from a network of the same architecture."""
        return self._load(source, lambda name: not name.startswith("decoder."))

    @torch.no_grad()
    def _load(self, source: Segmenter, wanted: Callable[[str], bool]) -> Segmenter:
        theirs = dict(source.named_parameters())
        for name, parameter in self.named_parameters():
            if wanted(name):
                parameter.copy_(theirs[name])
        return self
