"""A MiT encoder: random tensors under both kinds of names, and its parts by plain arithmetic."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from cmn_core.architecture import SPACES

B0 = SPACES["b0"]


def release(space=B0, seed: int = 0) -> dict[str, Tensor]:
    """Every tensor of a MiT encoder under the names of the release, with random values."""
    rng = torch.Generator().manual_seed(seed)
    out: dict[str, Tensor] = {}

    def add(name: str, *shape: int, scale: float = 0.1) -> None:
        out[f"{name}.weight"] = torch.randn(shape, generator=rng) * scale
        out[f"{name}.bias"] = torch.randn(shape[0], generator=rng) * scale

    def norm(name: str, width: int) -> None:
        add(name, width)
        out[f"{name}.weight"] += 1.0

    incoming = 3
    for b, c in enumerate(space.widths, start=1):
        k, r = space.patch_kernel[b - 1], space.kv_reduction[b - 1]
        add(f"patch_embed{b}.proj", c, incoming, k, k)
        norm(f"patch_embed{b}.norm", c)
        for j in range(space.depths[b - 1]):
            layer = f"block{b}.{j}"
            norm(f"{layer}.norm1", c)
            norm(f"{layer}.norm2", c)
            add(f"{layer}.attn.q", c, c)
            add(f"{layer}.attn.kv", 2 * c, c)
            add(f"{layer}.attn.proj", c, c)
            if r > 1:
                add(f"{layer}.attn.sr", c, c, r, r, scale=0.02)
                norm(f"{layer}.attn.norm", c)
            add(f"{layer}.mlp.fc1", 4 * c, c)
            add(f"{layer}.mlp.dwconv.dwconv", 4 * c, 1, 3, 3)
            add(f"{layer}.mlp.fc2", c, 4 * c, scale=0.02)
        norm(f"norm{b}", c)
        incoming = c
    out["head.weight"] = torch.randn(1000, incoming, generator=rng)
    return out


def transformers(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same under the names of Hugging Face transformers, written out one by one."""
    out = {}
    for name, tensor in tensors.items():
        part, _, rest = name.partition(".")
        if part == "head":
            out["classifier.weight"] = tensor
            continue
        kind, b = part.rstrip("1234"), int(part[-1]) - 1
        if kind == "patch_embed":
            new = f"patch_embeddings.{b}.{rest.replace('norm.', 'layer_norm.')}"
        elif kind == "norm":
            new = f"layer_norm.{b}.{rest}"
        else:
            j, _, rest = rest.partition(".")
            stem = f"segformer.encoder.block.{b}.{j}."
            where, _, what = rest.rpartition(".")
            if where == "attn.kv":
                key, value = tensor.chunk(2)
                out[f"{stem}attention.self.key.{what}"] = key.clone()
                out[f"{stem}attention.self.value.{what}"] = value.clone()
                continue
            new = {
                "norm1": "layer_norm_1",
                "norm2": "layer_norm_2",
                "attn.q": "attention.self.query",
                "attn.proj": "attention.output.dense",
                "attn.sr": "attention.self.sr",
                "attn.norm": "attention.self.layer_norm",
                "mlp.fc1": "mlp.dense1",
                "mlp.dwconv.dwconv": "mlp.dwconv.dwconv",
                "mlp.fc2": "mlp.dense2",
            }[where]
            out[f"{stem}{new}.{what}"] = tensor
            continue
        out[f"segformer.encoder.{new}"] = tensor
    return out


def norm(t: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], t[f"{name}.weight"], t[f"{name}.bias"])


def linear(t: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return x @ t[f"{name}.weight"].t() + t[f"{name}.bias"]


def attention(
    t: dict[str, Tensor], name: str, x: Tensor, grid: tuple[int, int], heads: int, reduction: int
) -> Tensor:
    """As the SegFormer paper describes it, head by head."""
    source = x
    if reduction > 1:
        picture = x.transpose(1, 2).reshape(len(x), -1, *grid)
        small = F.conv2d(picture, t[f"{name}.sr.weight"], t[f"{name}.sr.bias"], reduction)
        source = norm(t, f"{name}.norm", small.flatten(2).transpose(1, 2))
    query, (key, value) = linear(t, f"{name}.q", x), linear(t, f"{name}.kv", source).chunk(2, -1)
    size, mixed = x.shape[-1] // heads, []
    for h in range(heads):
        part = slice(h * size, (h + 1) * size)
        scores = query[..., part] @ key[..., part].transpose(1, 2) / size**0.5
        mixed.append(scores.softmax(-1) @ value[..., part])
    return linear(t, f"{name}.proj", torch.cat(mixed, -1))


def mix_ffn(t: dict[str, Tensor], name: str, x: Tensor, grid: tuple[int, int]) -> Tensor:
    inner = linear(t, f"{name}.fc1", x)
    picture = inner.transpose(1, 2).reshape(len(x), -1, *grid)
    weight, bias = t[f"{name}.dwconv.dwconv.weight"], t[f"{name}.dwconv.dwconv.bias"]
    picture = F.conv2d(F.pad(picture, (1, 1, 1, 1), "replicate"), weight, bias, groups=len(bias))
    return linear(t, f"{name}.fc2", F.gelu(picture.flatten(2).transpose(1, 2)))
