"""A MiT-B0..B2 encoder that someone has trained elsewhere, as the start of a supernet.

Read are safetensors files and PyTorch files of plain tensors (`weights_only`), with the keys of the
SegFormer release (`block1.0.attn.q.weight`) or of Hugging Face transformers
(`segformer.encoder.block.0.0.attention.self.query.weight`). Patch embeddings, attention and norms
are taken as they are. What differs, and what is done about it:

* Between the two linears of the checkpoint's FFN stands a 3x3 depthwise convolution over 4 C
  channels; experts have none, because neighbours may be routed elsewhere. Its taps are added up and
  multiplied into the first linear, its bias added: the same function wherever a token equals its
  neighbours, which in smooth pictures is the best that one token alone can tell. Our own depthwise
  convolution (C channels, before the FFN) starts at zero, so that it changes nothing at first.
* Hidden units are sorted by |row of the first linear| x |column of the second|, the most important
  first, because narrow subnets use the leading ones (as Cai et al., 2020, sort channels).
* Every expert gets the whole FFN. The gates add up to one, so any number of experts of full width
  computes the checkpoint's function. All but the first are changed by 5 % noise: equal experts
  would get equal gradients, and the router none.
* The checkpoint expects ImageNet's channel statistics and the supernet the data set's: the first
  convolution absorbs the difference (exact but for the padded border).
* Layer norms have epsilon 1e-5 throughout; the release uses 1e-6 in some. Decoder and router start
  anew.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cmn_core.architecture import BLOCKS, SPACES
from cmn_core.datasets.info import DatasetInfo
from cmn_core.errors import FieldError, one_line
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.network.model import Segmenter

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NOISE = 0.05  # of experts 2 to 5, relative to the root mean square of each matrix
FIELD = "pretrained"
EXPECTED = "an encoder of SegFormer (release or transformers) is expected"

_PREFIX = re.compile(r"^(module\.|model\.|backbone\.|segformer\.|encoder\.)+")
_TRANSFORMERS = [
    (re.compile(pattern), new)
    for pattern, new in (
        (r"\.attention\.self\.query\.", ".attn.q."),
        (r"\.attention\.self\.key\.", ".attn.k."),
        (r"\.attention\.self\.value\.", ".attn.v."),
        (r"\.attention\.self\.sr\.", ".attn.sr."),
        (r"\.attention\.self\.layer_norm\.", ".attn.norm."),
        (r"\.attention\.output\.dense\.", ".attn.proj."),
        (r"\.layer_norm_([12])\.", r".norm\1."),
        (r"\.mlp\.dense([12])\.", r".mlp.fc\1."),
    )
]
_NUMBERED = (
    (re.compile(r"^patch_embeddings\.(\d)\.layer_norm\."), "patch_embed{}.norm."),
    (re.compile(r"^patch_embeddings\.(\d)\.proj\."), "patch_embed{}.proj."),
    (re.compile(r"^block\.(\d)\."), "block{}."),
    (re.compile(r"^layer_norm\.(\d)\."), "norm{}."),
)


def inherit_encoder(
    model: Segmenter,
    path: Path,
    *,
    info: DatasetInfo | None = None,
    noise: float = NOISE,
    seed: int = 0,
) -> dict[str, Any]:
    """Put the encoder of a file into a supernet; FieldError (and no change) when it does not fit.

    info: the data set whose channel statistics images will be normalised with
    Returns what is known: file, digest, style of its keys and how many tensors were taken.
    """
    source, style = release_keys(_tensors(path))
    reader = _Reader(source, path.name, model.space.name)
    state = dict(model.state_dict())
    rng = torch.Generator().manual_seed(seed)
    for b in range(BLOCKS):
        old = f"patch_embed{b + 1}"
        new = {f"patch.{b}": f"{old}.proj", f"patch_norm.{b}": f"{old}.norm"}
        new[f"norm.{b}"] = f"norm{b + 1}"
        for j in range(model.space.depths[b]):
            mine, theirs = f"blocks.{b}.{j}", f"block{b + 1}.{j}"
            new |= {f"{mine}.{n}": f"{theirs}.{n}" for n in ("norm1", "norm2")}
            names = {"query": "q", "key_value": "kv", "out": "proj"}
            if model.space.kv_reduction[b] > 1:
                names |= {"reduce": "sr", "norm": "norm"}
            new |= {f"{mine}.attention.{n}": f"{theirs}.attn.{o}" for n, o in names.items()}
            state |= _experts(reader, state, mine, theirs, noise, rng)
            for kind in ("weight", "bias"):
                key = f"{mine}.position.{kind}"
                state[key] = torch.zeros_like(state[key])
        for target, origin in new.items():
            for kind in ("weight", "bias"):
                key = f"{target}.{kind}"
                state[key] = reader.take(f"{origin}.{kind}", state[key].shape)
    reader.refuse_more_blocks(model.space.depths)
    if info is not None:
        _absorb_statistics(state, info)
    model.load_state_dict(state)
    return {
        "file": path.name,
        "digest": checkpoint.digest(path),
        "keys": style,
        "tensors": reader.taken,
    }


def write_start(
    path: Path, space: str, info: DatasetInfo, target: Path, seed: int = 0
) -> dict[str, Any]:
    """A file that `train --start` takes: a fresh supernet with the encoder of `path`."""
    rng = torch.Generator().manual_seed(seed)
    model = Segmenter(SPACES[space], len(info.classes)).reset(rng)
    facts = inherit_encoder(model, path, info=info, seed=seed)
    checkpoint.save(target, dict(model.state_dict()), facts)
    return facts


def release_keys(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], str]:
    """The same tensors under the release's names, and whose names they were."""
    found, style = {}, "release"
    for key, tensor in tensors.items():
        name = _PREFIX.sub("", key)
        for pattern, new in _TRANSFORMERS:
            name = pattern.sub(new, name)
        for pattern, new in _NUMBERED:
            match = pattern.match(name)
            if match:
                style = "transformers"
                name = new.format(int(match[1]) + 1) + name[match.end() :]
        found[name] = tensor
    for name in [n for n in found if ".attn.k." in n]:
        value = name.replace(".attn.k.", ".attn.v.")
        if value in found:  # theirs are two matrices, the release's one under the other
            both = [found.pop(name), found.pop(value)]
            found[name.replace(".attn.k.", ".attn.kv.")] = torch.cat(both)
    return found, style


class _Reader:
    """Tensors by name and shape; what is missing or does not fit is refused."""

    def __init__(self, tensors: dict[str, Tensor], file: str, space: str) -> None:
        self.tensors, self.file, self.space, self.taken = tensors, file, space, 0

    def take(self, name: str, shape: torch.Size) -> Tensor:
        tensor = self.tensors.get(name)
        if tensor is None:
            raise FieldError(
                FIELD, f"{self.file} has no {name} (or its transformers name)", EXPECTED
            )
        if tensor.shape != shape:
            other = self._looks_like()
            raise FieldError(
                FIELD,
                f"{name} of {self.file} has shape {tuple(tensor.shape)}",
                f"{self.space} has {tuple(shape)}{f'; the file looks like {other}' * bool(other)}",
            )
        if not torch.isfinite(tensor).all():
            raise FieldError(FIELD, f"{name} of {self.file} is not finite", EXPECTED)
        self.taken += 1
        return tensor.float()

    def refuse_more_blocks(self, depths: tuple[int, ...]) -> None:
        for b, depth in enumerate(depths):
            name = f"block{b + 1}.{depth}.norm1.weight"
            if name in self.tensors:
                other = self._looks_like()
                raise FieldError(
                    FIELD,
                    f"{self.file} has {name}, more than {self.space} has",
                    f"{f'it looks like {other}; ' * bool(other)}an encoder of {self.space} "
                    "is expected",
                )

    def _looks_like(self) -> str:
        """Names of the spaces whose widths and depths the file has."""
        fits = []
        for name, space in SPACES.items():
            norms = [self.tensors.get(f"norm{b + 1}.weight") for b in range(BLOCKS)]
            widths = tuple(-1 if n is None else int(n.shape[0]) for n in norms)
            depths = tuple(
                len({k.split(".")[1] for k in self.tensors if k.startswith(f"block{b + 1}.")})
                for b in range(BLOCKS)
            )
            if (widths, depths) == (space.widths, space.depths):
                fits.append(name)
        return " or ".join(fits)


def _experts(
    reader: _Reader,
    state: Mapping[str, Tensor],
    mine: str,
    theirs: str,
    noise: float,
    rng: torch.Generator,
) -> dict[str, Tensor]:
    """The FFN of one layer as every expert of ours."""
    experts, hidden, width = state[f"{mine}.ffn.w1"].shape

    def of(name: str, *shape: int) -> Tensor:
        return reader.take(f"{theirs}.mlp.{name}", torch.Size(shape))

    gain = of("dwconv.dwconv.weight", hidden, 1, 3, 3).sum((1, 2, 3))
    w1 = gain[:, None] * of("fc1.weight", hidden, width)
    b1 = gain * of("fc1.bias", hidden) + of("dwconv.dwconv.bias", hidden)
    w2 = of("fc2.weight", width, hidden).t()
    order = (w1.norm(dim=1) * w2.norm(dim=1)).argsort(descending=True, stable=True)
    out = {
        "b1": b1[order].repeat(experts, 1),
        "b2": of("fc2.bias", width).repeat(experts, 1),
    }
    for name, matrix in (("w1", w1[order]), ("w2", w2[order])):
        copies = matrix.repeat(experts, 1, 1)
        change = torch.randn(copies.shape, generator=rng) * matrix.square().mean().sqrt() * noise
        change[0] = 0.0
        out[name] = copies + change
    return {f"{mine}.ffn.{name}": tensor for name, tensor in out.items()}


def _absorb_statistics(state: dict[str, Tensor], info: DatasetInfo) -> None:
    """First convolution for (x - mean) / std of the data set in place of ImageNet's."""
    mean, std = torch.tensor(info.mean), torch.tensor(info.std)
    weight, scale = state["patch.0.weight"], torch.tensor(IMAGENET_STD)
    shift = (mean - torch.tensor(IMAGENET_MEAN)) / scale
    bias = state["patch.0.bias"] + (weight.sum((2, 3)) * shift).sum(1)
    state["patch.0.bias"] = bias
    state["patch.0.weight"] = weight * (std / scale).view(1, 3, 1, 1)


def _tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors or PyTorch file, whatever else it says left aside."""
    try:
        with path.open("rb") as file:
            head = file.read(9)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise FieldError(FIELD, f"{path.name}: {reason}", EXPECTED) from None
    if head[8:] == b"{":
        return checkpoint.load(path, FIELD)[0]
    try:
        with warnings.catch_warnings():  # a refusal is one line, and says it all
            warnings.simplefilter("ignore")
            found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file makes the reader raise whatever it meets
        raise FieldError(
            FIELD,
            f"{path.name} is no file of plain tensors ({one_line(error, 60)})",
            "safetensors, or a PyTorch file that weights_only reads, is expected",
        ) from None
    for key in ("state_dict", "model"):
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    tensors = found if isinstance(found, dict) else {}
    return {str(k): v for k, v in tensors.items() if isinstance(v, Tensor)}
