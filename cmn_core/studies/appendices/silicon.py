"""Figure D1: reported circuits beside the simulator, which never saw the circuit it is judged on.

The paper names two circuits that its models "align well" with (its references 1 and 2) and draws
them without a number. Ours are the leave-one-chip-out predictions of cmn_core.silicon for every
published chip that states enough, with a 90 % interval from the errors on the class's other chips.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np

from cmn_core.silicon.calibration import CalibrationPoint, cases
from cmn_core.silicon.chips import DEVICES
from cmn_core.silicon.predict import predict
from cmn_core.silicon.report import held_out, published
from cmn_core.silicon.validation import HeldOutError
from cmn_core.studies.result import Row
from cmn_core.studies.study import Settings, Step, Study

# The published figure that a held-out ratio belongs to; energy is the inverse of efficiency.
FIGURES = {"energy": "tops_per_W", "speed": "throughput_GOPS", "area": "area_mm2"}
PAPERS = {"stellar": "reference 1", "esscirc19_kim": "reference 2"}  # in the paper's appendix D
COVERAGE = 0.9


class Silicon(Study):
    name = "silicon"
    figure = "Figure D1"
    question = "How far is the simulator from circuits that were built and measured?"
    full: ClassVar[Settings] = {"coverage": COVERAGE}
    small: ClassVar[Settings] = {}
    stands_on = ("simulator", "constants", "chips")

    def steps(self, settings: Settings) -> list[Step]:
        every = [{"device": d, "quantity": q} for d in DEVICES for q in FIGURES]
        return [*every, {"device": "paper", "quantity": "circuits"}]

    def take(self, settings: Settings, step: Step) -> list[Row]:
        if step["device"] == "paper":
            return _papers_circuits()
        return _class(step["device"], step["quantity"], settings["coverage"])

    def summary(self, settings: Settings, rows: Sequence[Row]) -> dict[str, Any]:
        """Per class and quantity: chips, median factor, share within 2x and inside the interval."""
        out: dict[str, Any] = {}
        for device in DEVICES:
            for quantity in FIGURES:
                mine = [r for r in rows if (r["device"], r["quantity"]) == (device, quantity)]
                found = _by_chip([r for r in mine if r["why_not"] is None])
                errors = np.array([_median_error(c) for c in found])
                widths = np.array([math.log(c[0]["high"] / c[0]["ours"]) for c in found])
                out[f"{device} {quantity}"] = {
                    "chips": len(found),
                    "median_factor": float(np.exp(np.median(errors))),
                    "within_2x": float(np.mean(errors <= math.log(2.0) + 1e-12)),
                    "inside_interval": float(np.mean(errors <= widths)),
                }
        for row in rows:
            if row["paper"] is not None and row["ratio"] is not None:
                out[f"{row['paper']} {row['precision']}"] = {"energy_ratio": row["ratio"]}
        return out


def _class(device: str, quantity: str, coverage: float) -> list[Row]:
    score = next(s for s in held_out() if (s.device, s.quantity) == (device, quantity))
    found: dict[str, list[CalibrationPoint]] = {}
    for case in cases(published(), device, "delay" if quantity == "speed" else quantity):
        if case.chip.measured(FIGURES[quantity]) is not None:
            found.setdefault(case.chip.chip_id, []).append(case)
    rows = []
    for name, mine in found.items():
        factor = _factor(score, name, coverage)
        for case, ratio in zip(mine, score.rows[name], strict=True):
            measured = case.chip.measured(FIGURES[quantity]) or 0.0
            ours = measured / ratio if quantity == "energy" else measured * ratio
            rows.append(
                {
                    **_head(case, device, quantity),
                    "published": measured,
                    "ours": ours,
                    "ratio": ours / measured,
                    "low": ours / factor,
                    "high": ours * factor,
                    "inside": bool(ours / factor <= measured <= ours * factor),
                    "assumed": list(case.shape.assumed),
                    "why_not": None,
                }
            )
    return rows


def _factor(score: HeldOutError, chip: str, coverage: float) -> float:
    """Factor inside which that share of the class's other chips lie."""
    others = np.array([error for name, error in score.errors.items() if name != chip])
    return float(np.exp(np.quantile(others, coverage)))


def _head(case: CalibrationPoint, device: str, quantity: str) -> Row:
    chip = case.chip
    node = chip.raw["node_nm"]
    return {
        "device": device,
        "quantity": quantity,
        "chip": chip.chip_id,
        "citation": chip.raw.get("reference") or chip.chip_id,
        "node_nm": float(node) if node else None,
        "precision": chip.raw["figures_precision"] or None,
        "paper": PAPERS.get(chip.chip_id),
    }


def _papers_circuits() -> list[Row]:
    """What the paper's two circuits publish too little of to be predicted, with the reason."""
    rows: list[Row] = []
    first = {chip.chip_id: chip for chip in reversed(published()) if chip.chip_id in PAPERS}
    for chip in first.values():
        for quantity, figure in FIGURES.items():
            if _counted(chip.chip_id, quantity):
                continue
            answer = predict(chip)
            why = answer.why_not or f"{figure} is not published"
            rows.append(
                {
                    "device": chip.device,
                    "quantity": quantity,
                    "chip": chip.chip_id,
                    "citation": chip.raw.get("reference") or chip.chip_id,
                    "node_nm": chip.number["node_nm"],
                    "precision": chip.raw["figures_precision"] or None,
                    "paper": PAPERS[chip.chip_id],
                    "published": chip.measured(figure),
                    "ours": None,
                    "ratio": None,
                    "low": None,
                    "high": None,
                    "inside": None,
                    "assumed": [],
                    "why_not": why,
                }
            )
    return rows


@cache
def _counted(chip: str, quantity: str) -> bool:
    return any(s.quantity == quantity and chip in s.errors for s in held_out())


def _by_chip(rows: Sequence[Row]) -> list[list[Row]]:
    chips: dict[str, list[Row]] = {}
    for row in rows:
        chips.setdefault(row["chip"], []).append(row)
    return list(chips.values())


def _median_error(rows: Sequence[Row]) -> float:
    """One vote per chip: the median over its rows of |ln(ours / published)|."""
    return float(np.median([abs(math.log(r["ratio"])) for r in rows]))
