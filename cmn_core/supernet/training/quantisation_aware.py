"""Quantisation-aware training: a network that learns while it is rounded (Jacob et al., 2018).

In every step the weights are rounded as `quantise` rounds them, and what enters the products in
ranges that were found before. Gradients pass as if nothing were rounded; the step is taken by the
weights that were meant, and these are what is kept.
"""

from __future__ import annotations

from copy import deepcopy

import torch

from cmn_core.nonideal import NonIdeal
from cmn_core.supernet.network.model import Layer, Segmenter
from cmn_core.supernet.nonideal.apply import apply
from cmn_core.supernet.nonideal.array_products import Ranges, on_arrays
from cmn_core.supernet.nonideal.noise import NoisyArrays, PassingChange
from cmn_core.supernet.nonideal.quantise import matrices, quantise


class RoundedNetwork:
    """What a training sees of a network: the same weights, rounded for the length of a step."""

    def __init__(self, model: Segmenter, bits: tuple[int, int], ranges: Ranges) -> None:
        """bits: of weights and of activations, 1 to 16; ranges: of `calibrate` for the latter."""
        self.model, self.bits, self.ranges = model, bits, ranges
        shared = {id(p): p for p in model.parameters()}
        rounding = NonIdeal(activation_bits=bits[1])
        self.seen = on_arrays(deepcopy(model, shared), rounding, seed=0, ranges=ranges)
        self._change = PassingChange([weight for _, weight in matrices(model)])

    def round(self) -> None:
        """Round the weights anew, from those that are meant."""
        self._change.keep()
        quantise(self.model, self.bits[0], fit_scales=True)

    def erase(self) -> None:
        """Give back the weights that are meant."""
        self._change.erase()

    def begin(self, rng: torch.Generator) -> None:
        """An epoch of training, whose stochastic depth draws from that stream."""
        self.seen.train()
        for layer in self.seen.modules():
            if isinstance(layer, Layer):
                layer.rng = rng

    def rounded(self, network: Segmenter) -> tuple[Segmenter, NoisyArrays]:
        """A copy of a network of the same shape, rounded for good."""
        copy = network.subnet(network.architecture)
        nonideal = NonIdeal(weight_bits=self.bits[0], activation_bits=self.bits[1])
        return copy, apply(copy, nonideal, ranges=self.ranges, fit_scales=True)
