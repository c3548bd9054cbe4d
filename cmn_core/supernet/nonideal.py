"""What imperfect hardware does to weights: few bits, programming error, read noise.

Sigmas are relative to the largest magnitude of a weight matrix, which the full conductance range
stands for. All static matrix products lie in arrays; routers and depthwise convolutions are
digital, so noise spares them, while quantisation meets every matrix.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from cmn_core.supernet.model import Segmenter


def matrices(model: Segmenter) -> Iterator[tuple[str, nn.Parameter]]:
    """Every weight with a matrix shape, by name."""
    for name, parameter in model.named_parameters():
        if parameter.ndim > 1 and not name.endswith((".b1", ".b2")):
            yield name, parameter


def in_arrays(name: str) -> bool:
    """Whether that matrix lies in a memory array."""
    return not name.endswith(".router") and ".position." not in name


def quantised(weight: Tensor, bits: int, channels: int) -> Tensor:
    """Symmetric rounding with one scale per output channel.

    channels: how many leading axes index output channels (2 for stacked experts). One bit keeps
    the sign and the mean magnitude (Rastegari et al., 2016).
    """
    rest = tuple(range(channels, weight.ndim))
    if bits == 1:
        return weight.sign() * weight.abs().mean(rest, keepdim=True)
    top = 2 ** (bits - 1) - 1
    scale = weight.abs().amax(rest, keepdim=True).clamp_min(1e-12) / top
    return (weight / scale).round().clamp(-top, top) * scale


def quantise(model: Segmenter, bits: int) -> Segmenter:
    """Round all weight matrices in place to that many bits (1 to 16), per output channel.

    The second matrix of an expert is stored [E, H, C] with outputs last, so it is turned first.
    """
    with torch.no_grad():
        for name, weight in matrices(model):
            if name.endswith(".w2"):
                turned = quantised(weight.transpose(1, 2), bits, 2)
                weight.copy_(turned.transpose(1, 2))
            else:
                weight.copy_(quantised(weight, bits, 2 if name.endswith(".w1") else 1))
    return model


class NoisyArrays:
    """Weights as arrays hold them: programmed once with an error, read with fresh noise.

    write_noise, read_noise: standard deviation relative to the matrix's largest magnitude. Both
    draw from streams of their own under the seed.
    """

    def __init__(
        self, model: Segmenter, *, write_noise: float, read_noise: float, seed: int
    ) -> None:
        self.read_noise, self._reads = read_noise, _stream(seed, 1)
        self.weights = [w for n, w in matrices(model) if in_arrays(n)]
        self.scales = [float(w.detach().abs().max()) for w in self.weights]
        writes = _stream(seed, 0)
        with torch.no_grad():
            for weight, scale in zip(self.weights, self.scales, strict=True):
                if write_noise > 0.0:
                    noise = torch.randn(weight.shape, generator=writes)
                    weight.add_(noise, alpha=write_noise * scale)
        self.programmed = [w.detach().clone() for w in self.weights]

    def read(self) -> None:
        """Give the model the weights of one more read (in place)."""
        if self.read_noise == 0.0:
            return
        with torch.no_grad():
            stored = zip(self.weights, self.programmed, self.scales, strict=True)
            for weight, programmed, scale in stored:
                noise = torch.randn(weight.shape, generator=self._reads)
                weight.copy_(programmed).add_(noise, alpha=self.read_noise * scale)


def _stream(seed: int, purpose: int) -> torch.Generator:
    state = np.random.SeedSequence([seed, purpose]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))
