"""Published figures of chips beside those that the model gives without having seen the chip."""

from __future__ import annotations

from collections.abc import Sequence

from cmn_core.silicon.calibration import CalibrationPoint, cases
from cmn_core.silicon.chips import PublishedChip
from cmn_core.silicon.validation import HeldOutError

# Scored quantity: the published figure that it stands for. Energy is the inverse of efficiency.
FIGURES = {"energy": "tops_per_W", "speed": "throughput_GOPS", "area": "area_mm2"}


def scored(
    chips: Sequence[PublishedChip], device: str, quantity: str
) -> dict[str, list[CalibrationPoint]]:
    """The rows of a class that the score of a quantity of FIGURES counts, by chip."""
    rows: dict[str, list[CalibrationPoint]] = {}
    for case in cases(chips, device, "delay" if quantity == "speed" else quantity):
        if case.chip.measured(FIGURES[quantity]) is not None:
            rows.setdefault(case.chip.chip_id, []).append(case)
    return rows


def predicted(score: HeldOutError, chips: Sequence[PublishedChip]) -> dict[str, list[float]]:
    """{chip_id: held-out figure of each of its rows}: TOPS/W, GOPS or mm2, at the precision that
    the row states; {} for a quantity that no published figure stands for."""
    if score.quantity not in FIGURES:
        return {}
    column, out = FIGURES[score.quantity], {}
    for name, rows in scored(chips, score.device, score.quantity).items():
        over = [1.0 / r if score.quantity == "energy" else r for r in score.rows[name]]
        figures = [case.chip.measured(column) or 0.0 for case in rows]
        out[name] = [figure * r for figure, r in zip(figures, over, strict=True)]
    return out
