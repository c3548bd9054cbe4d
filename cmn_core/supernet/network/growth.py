"""A small supernet's weights as the start of a wider and deeper one that computes the same.

Net2Net (Chen et al., 2016) for this network. Every channel becomes n copies beside each other;
whoever reads them gets n shares of the old weight, drawn at random so that the copies part in
training and adding up to it so that nothing changes at first. A layer norm sees the same mean and
variance; queries are divided by sqrt(n), because heads n times as wide have products n times as
large under a scale of only 1 / sqrt(n). Hidden units are copied beside each other as well, so the
leading n h units of an expert are the leading h of the small one, and a subnet of h hidden units
becomes one of n h with the same answer. New layers stand at the end of their block: the last layer
again, its residual branches multiplied by zero.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import Tensor

from cmn_core.architecture import BLOCKS, SPACES, SearchSpace
from cmn_core.errors import FieldError
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.network.model import Segmenter

Rule = tuple[str, tuple[int, ...], tuple[int, ...]]  # name, axes that are copied, that are shared

_LAYER = re.compile(r"blocks\.(\d)\.(\d+)\.(.+)")
_LAYER_RULES: tuple[Rule, ...] = (
    (r"(position|norm1|norm2|attention\.norm)\.(weight|bias)", (0,), ()),
    (r"attention\.(query|key_value|out|reduce)\.weight", (0,), (1,)),
    (r"attention\.(query|key_value|out|reduce)\.bias", (0,), ()),
    (r"ffn\.w1", (1,), (2,)),
    (r"ffn\.w2", (2,), (1,)),
    (r"ffn\.(b1|b2)", (1,), ()),
    (r"ffn\.router", (), (1,)),
    (r"ffn\.router_bias", (), ()),
)
_BRANCH_ENDS = re.compile(r"position\.|attention\.out\.|ffn\.w2|ffn\.b2")


def inherit(model: Segmenter, path: Path, seed: int = 0) -> None:
    """Start a supernet from another's weights, grown to its shape; a classifier for another number
    of classes is left out.

    seed: of the shares that copies get
    FieldError when the file is no supernet that can grow to this space.
    """
    tensors, facts = checkpoint.load(path, "start")
    source = SPACES.get(str(facts.get("space", model.space.name)))
    if source is not None and source.name != model.space.name:
        rng = torch.Generator().manual_seed(seed)
        tensors = grown(tensors, source, model.space, rng)
    own = model.state_dict()
    fits = {k: v.float() for k, v in tensors.items() if k in own and own[k].shape == v.shape}
    missing = [k for k in own if k not in fits and not k.startswith("decoder.classify.")]
    if missing:
        raise FieldError(
            "start",
            f"{path.name} has no {missing[0]} of that shape",
            f"weights of a {model.space.name} supernet, or of a smaller one, are expected",
        )
    model.load_state_dict({**own, **fits})


def grown(
    tensors: dict[str, Tensor], source: SearchSpace, target: SearchSpace, rng: torch.Generator
) -> dict[str, Tensor]:
    """Weights of a supernet of `target` that computes what those of `source` compute."""
    wider, decoder = _factors(source, target)
    out = {}
    for name, tensor in tensors.items():
        old = tensor.float()
        layer = _LAYER.fullmatch(name)
        if layer:
            b, rest = int(layer[1]), layer[3]
            new = _layer(rest, old, wider[b], rng)
            out[name] = new
            if int(layer[2]) == source.depths[b] - 1:
                for j in range(source.depths[b], target.depths[b]):
                    silent = 0.0 if _BRANCH_ENDS.match(rest) else 1.0
                    out[f"blocks.{b}.{j}.{rest}"] = new * silent
        else:
            out[name] = _outer(name, old, wider, decoder, rng)
    return out


def _factors(source: SearchSpace, target: SearchSpace) -> tuple[tuple[int, ...], int]:
    """How many copies of a channel in each block and in the decoder."""
    pairs = [*zip(source.widths, target.widths, strict=True)]
    pairs.append((source.decoder_width, target.decoder_width))
    deeper = all(a <= b for a, b in zip(source.depths, target.depths, strict=True))
    alike = (source.heads, source.kv_reduction) == (target.heads, target.kv_reduction)
    if not deeper or not alike or any(large % small for small, large in pairs):
        raise FieldError(
            "start",
            f"found weights of a {source.name} supernet, which cannot grow to {target.name}",
            "weights of the same space or of a smaller one are allowed",
        )
    factors = [large // small for small, large in pairs]
    return tuple(factors[:BLOCKS]), factors[BLOCKS]


def _layer(name: str, old: Tensor, n: int, rng: torch.Generator) -> Tensor:
    for pattern, copied, shared in _LAYER_RULES:
        if re.fullmatch(pattern, name):
            new = _resized(old, n, copied, n, shared, rng)
            return new / n**0.5 if name.startswith("attention.query.") else new
    raise FieldError("start", f"found a tensor {name}", "layers of this supernet are expected")


def _outer(
    name: str, old: Tensor, wider: tuple[int, ...], decoder: int, rng: torch.Generator
) -> Tensor:
    part, *rest = name.split(".")
    if part == "patch":
        b = int(rest[0])
        shared = (1,) if b > 0 and rest[1] == "weight" else ()
        return _resized(old, wider[b], (0,), wider[b - 1], shared, rng)
    if part in ("patch_norm", "norm"):
        return _resized(old, wider[int(rest[0])], (0,), 1, (), rng)
    inner = rest[0] if part == "decoder" else ""
    weight = rest[-1] == "weight"
    if inner == "lift":
        return _resized(old, decoder, (0,), wider[int(rest[1])], (1,) if weight else (), rng)
    if inner == "fuse":
        return _resized(old, decoder, (0,), decoder, (1,) if weight else (), rng)
    if inner == "norm":
        return _resized(old, decoder, (0,), 1, (), rng)
    if inner == "classify":
        return _resized(old, 1, (), decoder, (1,) if weight else (), rng)
    raise FieldError("start", f"found a tensor {name}", "layers of this supernet are expected")


def _resized(
    old: Tensor,
    copies: int,
    copied: tuple[int, ...],
    shares: int,
    shared: tuple[int, ...],
    rng: torch.Generator,
) -> Tensor:
    new = old
    for axis in copied:
        new = new.repeat_interleave(copies, axis)
    for axis in shared if shares > 1 else ():
        length = new.shape[axis]
        draw = 0.5 + torch.rand((*new.shape, shares), generator=rng)
        part = (draw / draw.sum(-1, keepdim=True)).movedim(-1, axis + 1).flatten(axis, axis + 1)
        new = new.repeat_interleave(shares, axis) * part
        assert new.shape[axis] == length * shares
    return new
