"""A network on imperfect hardware: acts out what `cmn_core.nonideal` describes."""

from __future__ import annotations

from cmn_core.nonideal import NonIdeal
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.nonideal.array_products import Ranges, on_arrays
from cmn_core.supernet.nonideal.noise import NoisyArrays
from cmn_core.supernet.nonideal.quantise import in_arrays, matrices, quantise, quantised

__all__ = ["NoisyArrays", "apply", "in_arrays", "matrices", "quantise", "quantised"]


def apply(
    model: Segmenter,
    nonideal: NonIdeal,
    *,
    seed: int = 0,
    ranges: Ranges | None = None,
    fit_scales: bool = False,
) -> NoisyArrays:
    """Make a standalone subnet behave so, in place; hand the result to `evaluation.measure`.

    Order: weights are rounded, programmed, aged, then read once per image; products round their
    inputs and disturb their outputs. ranges: of the activations, from `calibration.calibrate`;
    without them each image has its own. fit_scales: of the weights, see `quantise.quantised`.
    Where nothing is asked for the network stays as it is, bit for bit.
    """
    if nonideal.weight_bits is not None:
        quantise(model, nonideal.weight_bits, fit_scales=fit_scales)
    arrays = NoisyArrays(model, nonideal, seed=seed)
    if nonideal.in_products:
        on_arrays(model, nonideal, seed=seed, ranges=ranges)
    return arrays
