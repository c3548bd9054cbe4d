"""What a robust search judges designs by: a quantile of the simulator's interval, and noise.

Costs. What the simulator gets wrong about a group of costs (the parts of the arrays of each memory,
digital units, buffers, interconnect, leakage) it gets wrong by one factor in every design alike
(cim.uncertainty). "quantile": a total is judged at that quantile of the draws that ship, which at
0.95 is the upper end of the interval that is shown. "worst": every group is at its own quantile of
the draws at once. By construction worst >= quantile >= nominal.

mIoU. Prediction errors are a subnet's own. A subnet is judged at its mIoU less z_q / z_90 times the
half width of its 90 % interval: an error of normal shape is assumed beyond what was calibrated.

Noise of RRAM weights, relative to the largest weight of a matrix, acts like an output error some
times as large (measured by `disturb`, docs/nonideal.md), and output errors cost mIoU in proportion
to their squares, the first block's most of all (predictor). SRAM keeps its weights exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.chip import combine, price
from cmn_core.cim.costs import ChipCost
from cmn_core.cim.uncertainty import Z90, Composition, compose
from cmn_core.errors import FieldError
from cmn_core.predictor.estimate import OutputLoss
from cmn_core.quantities import COSTS
from cmn_core.search.accuracy import Accuracy
from cmn_core.search.inner.grid import Grid, routed
from cmn_core.search.scenario import QUANTILE, Scenario


@dataclass(frozen=True)
class Judgement:
    """How designs are judged. One value for a whole search; hashable, travels to workers.

    at: a value of scenario.ROBUST; quantile, z: one-sided, of the standard normal; noise: output
    error that the noise of each block's weights makes on RRAM; stated: that noise itself, of the
    noisiest block; chip: whether the chip's own output error counts; loss: what output errors
    cost, None where none counts.
    """

    at: str
    quantile: float
    noise: tuple[float, float, float, float]
    stated: float
    chip: bool
    loss: OutputLoss | None

    @property
    def text(self) -> str:
        """For people: what a figure is judged by."""
        rule = {
            "nominal": "the simulator's figures",
            "quantile": f"the {self.quantile:g} quantile of the draws of each cost",
            "worst": f"every group of costs at its {self.quantile:g} quantile",
        }[self.at]
        noise = self.stated
        return ", ".join(
            [rule]
            + ([f"noise of RRAM weights up to {noise:.3g}"] if noise > 0.0 else [])
            + (["the chip's own output error"] if self.chip else [])
        )

    @property
    def z(self) -> float:
        return 0.0 if self.at == "nominal" else NormalDist().inv_cdf(self.quantile)

    @property
    def by_hardware(self) -> bool:
        """Whether mIoU depends on hardware."""
        return self.loss is not None

    @property
    def exact(self) -> bool:
        """Whether costs are the plain ones and what mIoU loses is a sum over the blocks of a chip,
        so that the exact searches hold."""
        return self.at == "nominal" and self.chip and max(self.noise) == 0.0

    def chips(self, grid: Grid, experts: Ints, hidden: Ints, index: Ints) -> ChipCost:
        """As Grid.chip, [A, M], with energy, latency and area as they are judged."""
        if self.at == "nominal":
            return grid.chip(experts, hidden, index)
        technologies = {t.name: t for t in grid.technologies}
        costs = {
            name: price(
                grid.space,
                grid.workload,
                technology,
                **routed(grid, experts[:, None]),
                hidden=hidden[:, None],
                knobs=grid.knobs(technology, index),
                replicas=grid.replicas(index),
                scope=grid.scope,
                detail=True,
            )
            for name, technology in technologies.items()
        }
        rram = grid.memory_is_rram(index)
        chip = combine(costs, rram)
        composed = compose(costs, rram, chip, technologies)
        return replace(chip, **{name: self.total(composed[name]) for name in COSTS})

    def total(self, composition: Composition) -> Floats:
        """[...] the quantity as it is judged, in its own unit."""
        if self.at == "nominal":
            return composition.total
        worst = self.at == "worst"
        return composition.at_once(self.quantile) if worst else composition.quantile(self.quantile)

    def noise_loss(self, rram: Bools) -> Floats:
        """[...] points of mIoU that noise costs; rram: [..., 4] blocks with such cells."""
        if self.loss is None:
            return np.zeros(rram.shape[:-1])
        return self.loss(self._squares(rram, None))[0]

    def least_noise_loss(self, memories: Sequence[str]) -> float:
        """Points of mIoU that noise costs on that one of the memories that suffers less."""
        return min(float(self.noise_loss(np.full(BLOCKS, m == "rram"))) for m in memories)

    def miou(self, predicted: Floats, rram: Bools, sigma: Floats) -> Floats:
        """[...] mIoU as it is judged, in percent.

        predicted: [..., 3] value, low and high for exact arrays; rram: [..., 4] blocks on RRAM;
        sigma: [..., 4] the chip's own output error.
        """
        share = self.z / Z90
        miou, half = predicted[..., 0], predicted[..., 2] - predicted[..., 0]
        if self.loss is None:
            return np.maximum(miou - share * half, 0.0)
        loss, own = self.loss(self._squares(rram, sigma))
        # Two errors of different origin: the slope's and the predictor's.
        width = half + own if self.at == "worst" else np.hypot(half, own)
        return np.maximum(miou - loss - share * width, 0.0)

    def _squares(self, rram: Bools, sigma: Floats | None) -> Floats:
        """[..., 4] squares of the blocks' output errors."""
        total = np.where(rram, np.square(np.array(self.noise)), 0.0)
        if self.chip and sigma is not None:
            total = total + sigma * sigma
        return total


def judgement_of(scenario: Scenario, accuracy: Accuracy) -> Judgement | None:
    """How the scenario judges, None where by the simulator's and predictor's figures alone.

    FieldError where the accuracy source does not know what output errors cost, or where noise
    goes beyond what was measured on every memory that the search may use.
    """
    noise = scenario.noise
    loss: OutputLoss | None = getattr(accuracy, "output_loss", None)
    chip = loss is not None if scenario.chip_miou is None else scenario.chip_miou
    # Digital arrays add up exactly: there is no error of theirs to judge.
    analog = any(scenario.library[name].kind == "analog" for name in scenario.technologies)
    if scenario.chip_miou is None and not analog:
        chip = False
    aware = chip or max(noise) > 0.0
    if scenario.robust == "nominal" and not aware:
        return None
    noisy = "write_noise" if scenario.write_noise > 0.0 else "read_noise"
    if aware and loss is None:
        field = "chip_miou" if chip else noisy
        found = f"{accuracy.source} holds no output errors"
        raise FieldError(field, found, "a data set with measured output errors is expected")
    quantile = QUANTILE if scenario.quantile is None else scenario.quantile
    out = Judgement(
        scenario.robust,
        quantile,
        (0.0,) * 4 if loss is None else output_errors(scenario, loss),
        max(noise),
        chip,
        loss if aware else None,
    )
    if not np.isfinite(out.least_noise_loss(scenario.technologies)):
        assert loss is not None
        most = max(out.noise)
        raise FieldError(
            noisy,
            f"found noise like an output error of {most:.2g} in a block",
            f"up to {loss.largest:g} is known, which is noise of"
            f" {loss.largest * max(noise) / most:.2g}",
        )
    return out


def output_errors(scenario: Scenario, loss: OutputLoss) -> tuple[float, float, float, float]:
    """Output error of each block that costs as much as the noise of its weights on RRAM."""
    both = math.hypot(
        loss.write_noise * scenario.write_noise, loss.read_noise * scenario.read_noise
    )
    a, b, c, d = (both * f for f in scenario.noise_per_block or (1.0,) * 4)
    return a, b, c, d
