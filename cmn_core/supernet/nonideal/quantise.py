"""Few bits: weights rounded per output channel, activations rounded in a range of their layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cmn_core.supernet.network.model import Segmenter

SHARES = tuple(i / 20 for i in range(2, 21))  # of the full range, tried for the least error
SAMPLE = 4096  # elements that a range is fitted to


def matrices(model: Segmenter) -> Iterator[tuple[str, nn.Parameter]]:
    """Every weight with a matrix shape, by name."""
    for name, parameter in model.named_parameters():
        if parameter.ndim > 1 and not name.endswith((".b1", ".b2")):
            yield name, parameter


def in_arrays(name: str) -> bool:
    """Whether that matrix lies in a memory array."""
    return not name.endswith(".router") and ".position." not in name


def quantised(weight: Tensor, bits: int, channels: int, *, fit_scales: bool = False) -> Tensor:
    """Symmetric rounding with one scale per output channel.

    channels: how many leading axes index output channels (2 for stacked experts). One bit keeps
    the sign and the mean magnitude (Rastegari et al., 2016). The scale covers the channel's
    largest weight or, with fit_scales, the share of it that gives the least squared error.
    """
    rest = tuple(range(channels, weight.ndim))
    if bits == 1:
        return weight.sign() * weight.abs().mean(rest, keepdim=True)
    top = 2 ** (bits - 1) - 1
    scale = weight.abs().amax(rest, keepdim=True).clamp_min(1e-12) / top
    best = (weight / scale).round().clamp(-top, top) * scale
    if not fit_scales:
        return best
    least = (best - weight).square().sum(rest, keepdim=True)
    for share in SHARES[-2::-1]:
        tried = (weight / (scale * share)).round().clamp(-top, top) * (scale * share)
        error = (tried - weight).square().sum(rest, keepdim=True)
        best = torch.where(error < least, tried, best)
        least = torch.minimum(error, least)
    return best


def quantise(model: Segmenter, bits: int, *, fit_scales: bool = False) -> Segmenter:
    """Round all weight matrices in place to that many bits (1 to 16), per output channel.

    The second matrix of an expert is stored [E, H, C] with outputs last, so it is turned first.
    """
    with torch.no_grad():
        for name, weight in matrices(model):
            if name.endswith(".w2"):
                turned = quantised(weight.transpose(1, 2), bits, 2, fit_scales=fit_scales)
                weight.copy_(turned.transpose(1, 2))
            else:
                channels = 2 if name.endswith(".w1") else 1
                weight.copy_(quantised(weight, bits, channels, fit_scales=fit_scales))
    return model


@dataclass(frozen=True)
class Range:
    """Interval that the codes of an activation cover; it holds 0, which has a code of its own."""

    low: float
    high: float

    def round(self, x: Tensor, bits: int) -> Tensor:
        """x on 2 ** bits evenly spaced levels, clipped to the interval."""
        codes = 2**bits - 1
        step = max(self.high - self.low, 1e-12) / codes
        zero = round(-self.low / step)
        return (x / step).round_().clamp_(-zero, codes - zero).mul_(step)

    def straight(self, x: Tensor, bits: int) -> Tensor:
        """The same value; its gradient is 1 within the interval and 0 beyond, as if nothing were
        rounded (Bengio et al., 2013)."""
        clipped = x.clamp(self.low, self.high)
        return clipped + (self.round(x.detach(), bits) - clipped).detach()


def full_range(x: Tensor) -> Range:
    """From the least to the greatest element, and 0."""
    return Range(min(float(x.min()), 0.0), max(float(x.max()), 0.0))


def percentile_range(x: Tensor, share: float) -> Range:
    """Leaves (1 - share) / 2 of the elements out on either side."""
    flat = thinned(x).sort().values
    last = len(flat) - 1
    outside = (1.0 - share) / 2.0
    low, high = flat[round(outside * last)], flat[round((1.0 - outside) * last)]
    return Range(min(float(low), 0.0), max(float(high), 0.0))


def least_error_range(x: Tensor, bits: int) -> Range:
    """The share of the full range whose rounding and clipping have the least squared error.

    Elements are thinned out evenly to about SAMPLE, so that a range costs less than its layer.
    """
    whole, flat = full_range(x), thinned(x)
    best, least = whole, float("inf")
    for share in reversed(SHARES):
        tried = Range(whole.low * share, whole.high * share)
        error = float((tried.round(flat, bits) - flat).square().sum())
        if error < least:
            best, least = tried, error
    return best


def thinned(x: Tensor) -> Tensor:
    """About SAMPLE elements, evenly spaced."""
    flat = x.reshape(-1)
    return flat[:: max(1, flat.numel() // SAMPLE)]
