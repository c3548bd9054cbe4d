"""What a fitted predictor answers: mIoU with an interval; fitting.py fits it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cmn_core.architecture import SPACES, SearchSpace
from cmn_core.arrays import Floats
from cmn_core.assets import ASSETS
from cmn_core.predictor.basis import MEASURED_IMAGE, Basis
from cmn_core.predictor.surface import Surface, as_run, features, features_of

# Share of each block in what equal output errors of all blocks cost, and the output error that
# costs as much as noise of 1: where the `disturb` command measured none, those of the first B0
# network on NYUv2 (docs/nonideal.md). The first block also holds the decoder's fusing and
# classifying layers, whose errors nothing after them averages out.
BLOCK_SHARES = (0.88, 0.04, 0.04, 0.04)
NOISE_TO_OUTPUT = 2.7

FOLDER = ASSETS / "accuracy"


@dataclass(frozen=True)
class MiouEstimate:
    """Percent, arrays of one shape; low and high bound 90 % of subnets not seen in the fit."""

    miou: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class OutputLoss:
    """Points of mIoU lost to output errors of the four blocks, as measured.

    slope: points over the sum of share x error^2; half_width: of its 90 % interval between
    subnets; largest: error measured; write_noise, read_noise: output error in a block that costs
    as much as noise of 1 of its weights.
    """

    slope: float
    half_width: float
    largest: float
    shares: tuple[float, float, float, float] = BLOCK_SHARES
    write_noise: float = NOISE_TO_OUTPUT
    read_noise: float = NOISE_TO_OUTPUT

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> OutputLoss | None:
        if not data or "slope" not in data:
            return None
        return cls(**{**data, "shares": tuple(data.get("shares", BLOCK_SHARES))})

    def __call__(self, squares: Floats) -> tuple[Floats, Floats]:
        """[...] points and the half width of their 90 % interval; squares: [..., 4] of the errors.

        Infinite where a block is beyond the largest error measured and nothing is known.
        """
        a, b, c, d = (squares[..., k] * share for k, share in enumerate(self.shares))
        total = ((a + b) + c) + d
        known = squares.max(axis=-1) <= self.largest * self.largest * (1.0 + 1e-9)
        return np.where(known, self.slope * total, np.inf), self.half_width * total


class Predictor:
    """A fitted predictor; `provenance` says which weights, images and table it stands on."""

    def __init__(self, space: SearchSpace, facts: Mapping[str, Any]) -> None:
        self.space = space
        self.provenance: Mapping[str, Any] = facts["provenance"]
        self.quality: Mapping[str, Any] = facts["quality"]
        self._surface = Surface.from_json(space, facts["surface"])
        self._half = float(facts["half_width"])
        self._bits = {int(k): v for k, v in facts["weight_bits"].items()}
        self._loss = OutputLoss.from_json(facts.get("output_sigma"))
        self.basis = Basis.from_json(facts.get("basis"))
        self._varied = "basis" in facts  # more than the architecture

    @property
    def source(self) -> str:
        p = self.provenance
        return (
            f"predicted from {p['subnets']} subnets measured on {p['images']};"
            f" weights trained on {p['trained_on']}"
        )

    @property
    def output_loss(self) -> OutputLoss | None:
        """What output errors cost; None where none was measured."""
        return self._loss

    def predict(
        self,
        experts: ArrayLike,
        hidden: ArrayLike,
        *,
        weight_bits: int | None = None,
        output_sigma: ArrayLike | None = None,
        top_k: ArrayLike | None = None,
        image: tuple[int, int] | None = None,
        activation_bits: int | None = None,
    ) -> MiouEstimate:
        """experts, hidden: [..., 4] -> estimate [...]; bits None is floating point.

        top_k: [..., 4] experts of a token, None for all; image: height and width, None for the
        largest measured. Both, and bits of activations, count where the table varied them; whether
        an answer there has a basis is `basis`'s to say.

        output_sigma: [..., 4] relative output error of each block (the cost model's sigma_rel);
        mIoU falls with their squares, weighted with the shares of the blocks, at the slope measured
        with one error for all blocks. NaN where a block is beyond the largest error measured, and
        where none was measured.

        Between measured precisions the lower one's loss is taken; above the highest measured,
        rounding loses less than can be measured. A batch equals the loop bit for bit.
        """
        half: Any = self._half
        if self._varied:
            run = as_run(
                experts,
                hidden,
                top_k=top_k,
                image=image or (self.basis.images or (MEASURED_IMAGE,))[-1],
                weight_bits=weight_bits,
                activation_bits=activation_bits,
            )
            miou, weight_bits = self._surface(features_of(self.space, run)), None
        else:
            miou = self._surface(features(self.space, experts, hidden))
        if weight_bits is not None and weight_bits <= max(self._bits, default=0):
            line = self._bits[max(b for b in self._bits if b <= max(weight_bits, min(self._bits)))]
            miou = line["offset"] + line["slope"] * miou
            half = float(np.hypot(half * line["slope"], line["half_width"]))
        if output_sigma is not None:
            miou, half = self._disturbed(miou, half, np.asarray(output_sigma, dtype=np.float64))
        miou = np.maximum(miou, 0.0)
        return MiouEstimate(miou, np.maximum(miou - half, 0.0), miou + half)

    def _disturbed(self, miou: Floats, half: float, sigma: Floats) -> tuple[Floats, Any]:
        """mIoU and half width with output errors [..., 4]."""
        square = sigma * sigma
        if self._loss is None:
            return np.where(square.sum(axis=-1) > 0.0, np.nan, miou), half
        loss, own = self._loss(square)
        # The slope differs between subnets: its spread grows with the loss.
        return np.where(np.isfinite(loss), miou - loss, np.nan), np.hypot(half, own)


@cache
def load_predictor(space: str, dataset: str) -> Predictor | None:
    """The shipped predictor, or None where nothing was measured."""
    path = FOLDER / f"{space}_{dataset}.json"
    if not path.exists():
        return None
    return Predictor(SPACES[space], json.loads(path.read_text(encoding="utf-8")))
