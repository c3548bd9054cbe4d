"""Weights as memory cells hold them: programmed with an error, stuck, drifting, read with noise.

A weight is the difference of two cells, and the largest magnitude of its matrix stands for full
conductance. Static matrix products lie in arrays; routers and depthwise convolutions are digital.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from cmn_core.nonideal import NonIdeal
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.nonideal.quantise import in_arrays, matrices

WRITES, READS, COLUMNS, STUCK, DRIFT, OUTPUTS = range(6)  # random streams of one seed


class NoisyArrays:
    """Programs a model's weights in place when made; `read` gives it those of one more read."""

    def __init__(self, model: Segmenter, nonideal: NonIdeal, *, seed: int) -> None:
        self.nonideal, self._rng = nonideal, stream(seed, READS)
        stored = [(n, w) for n, w in matrices(model) if in_arrays(n)]
        self.weights = [w for _, w in stored]
        largest = [float(w.detach().abs().max()) for w in self.weights]
        blocks = [block_of(n) for n, _ in stored]
        self.scales = [s * nonideal.per_block[b] for s, b in zip(largest, blocks, strict=True)]
        rngs = {p: stream(seed, p) for p in (WRITES, COLUMNS, STUCK, DRIFT)}
        with torch.no_grad():
            for (name, weight), scale, full, block in zip(
                stored, self.scales, largest, blocks, strict=True
            ):
                _program(weight, name, nonideal, rngs, scale)
                factor = nonideal.per_block[block]
                if nonideal.stuck_low + nonideal.stuck_high + nonideal.drift > 0.0 and factor:
                    weight.copy_(_aged(weight, nonideal, rngs, full, factor))
        self.programmed = [w.detach().clone() for w in self.weights]

    @property
    def image_by_image(self) -> bool:
        """Whether every image must be run on its own, to have random numbers of its own."""
        return self.nonideal.reads or max(self.nonideal.sigmas) > 0.0

    def read(self) -> None:
        """Give the model the weights of one more read (in place)."""
        if not self.nonideal.reads:
            return
        with torch.no_grad():
            stored = zip(self.weights, self.programmed, self.scales, strict=True)
            for weight, programmed, scale in stored:
                noise = torch.randn(weight.shape, generator=self._rng)
                weight.copy_(programmed).add_(noise, alpha=self.nonideal.read_noise * scale)


class PassingChange:
    """Weights that are others for one step of a training: `erase` gives back what was meant, bit
    for bit, so that the step is taken from there."""

    def __init__(self, weights: Sequence[Tensor]) -> None:
        self.weights = list(weights)
        self.meant: list[Tensor] = []

    @torch.no_grad()
    def keep(self) -> None:
        """Note what is meant; to be called before a change."""
        self.erase()
        self.meant = [w.detach().clone() for w in self.weights]

    @torch.no_grad()
    def erase(self) -> None:
        for weight, meant in zip(self.weights, self.meant, strict=False):
            weight.copy_(meant)
        self.meant = []


class PassingNoise(PassingChange):
    """Write noise for training (Joshi et al., 2020): `write` programs the model's arrays with an
    error anew."""

    def __init__(self, model: Segmenter) -> None:
        super().__init__([w for n, w in matrices(model) if in_arrays(n)])

    @torch.no_grad()
    def write(self, sigma: float, rng: torch.Generator) -> None:
        """sigma: deviation over the largest magnitude of a matrix."""
        self.keep()
        for weight in self.weights:
            noise = torch.randn(weight.shape, generator=rng).to(weight.device)
            weight.add_(noise * (sigma * weight.abs().max()))


def block_of(name: str) -> int:
    """Index of the block whose arrays hold that parameter or layer: as the cost model counts,
    patch embeddings and decoder linears belong to their block, the head's other layers to the
    first."""
    found = re.match(r"(?:patch|blocks|decoder\.lift)\.(\d)", name)
    return int(found[1]) if found else 0


def stream(seed: int, purpose: int) -> torch.Generator:
    """Random numbers for one purpose, apart from those of the others."""
    state = np.random.SeedSequence([seed, purpose]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))


def _program(
    weight: Tensor, name: str, it: NonIdeal, rngs: dict[int, torch.Generator], scale: float
) -> None:
    if it.write_noise == 0.0:
        return
    noise = torch.randn(weight.shape, generator=rngs[WRITES])
    if it.per_column > 0.0:
        if name.endswith(".w2"):
            shape = (weight.shape[0], 1, weight.shape[2])
        else:
            outputs = 2 if name.endswith(".w1") else 1
            shape = (*weight.shape[:outputs], *[1] * (weight.ndim - outputs))
        z = torch.randn(shape, generator=rngs[COLUMNS])
        # exp(s z - s^2) has the mean square 1, so the array as a whole is as noisy as before.
        noise = noise * torch.exp(it.per_column * z - it.per_column**2)
    weight.add_(noise, alpha=it.write_noise * scale)


def _aged(
    weight: Tensor, it: NonIdeal, rngs: dict[int, torch.Generator], full: float, factor: float
) -> Tensor:
    """The weight after drift and with stuck cells; full: its matrix's largest magnitude."""
    pair = torch.stack([weight.clamp_min(0.0), (-weight).clamp_min(0.0)])
    if it.drift > 0.0:
        spread = torch.randn(pair.shape, generator=rngs[DRIFT]) * it.drift_spread
        exponent = (it.drift * factor * (1.0 + spread)).clamp_min(0.0)
        pair = pair * torch.pow(torch.tensor(it.drift_s), -exponent)
    if it.stuck_low + it.stuck_high > 0.0:
        draw = torch.rand(pair.shape, generator=rngs[STUCK])
        low, high = it.stuck_low * factor, it.stuck_high * factor
        pair = torch.where(draw < low, 0.0, pair)
        pair = torch.where(draw >= 1.0 - high, full, pair)
    return pair[0] - pair[1]
