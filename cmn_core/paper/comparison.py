"""Every printed cell of Tables G1 and G2 beside ours (`paper` of interface.md)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cmn_core.architecture import SPACES, Architecture
from cmn_core.cim.technologies.parameters import parameter_set
from cmn_core.cim.workload import Scope
from cmn_core.design import Workload
from cmn_core.paper.assumptions import PRESET, STUDENT_SHRINK, Assumptions, case_of, shrunk
from cmn_core.paper.hardware import CellCost, Technologies, price_case
from cmn_core.paper.tables import COSTS, Row, printed_network, printed_rows, spread
from cmn_core.predictor import FOLDER, load_predictor

SCOPES: tuple[Scope, ...] = ("ffn", "network")
CLOSE = 0.15  # a cell agrees within 15 %, or inside the paper's own spread
_IMAGE = Workload().image  # that mIoU is measured at; the paper prints none
_MIOU_NOTE = (
    f"weights of ours on images of {_IMAGE[0]} x {_IMAGE[1]} (the paper's training is not printed)"
)


@dataclass(frozen=True)
class Cell:
    """One printed energy or latency and ours. low, high: the paper's figures for this model."""

    row: Row
    quantity: str
    printed: float
    ours: float
    low: float
    high: float

    @property
    def ratio(self) -> float:
        """Ours over printed."""
        return self.ours / self.printed

    @property
    def deviation(self) -> float:
        """How far ours lies outside low..high, as a share of the nearer one; 0 inside."""
        return max(self.ours / self.high - 1.0, 1.0 - self.ours / self.low, 0.0)

    @property
    def agrees(self) -> bool:
        inside = self.low <= self.ours <= self.high
        return inside or abs(self.ratio - 1.0) <= CLOSE


def cost_cells(
    technologies: Technologies,
    chosen: Assumptions = PRESET,
    *,
    scope: Scope = "ffn",
    memories: Sequence[str] = ("sram", "rram"),
) -> list[Cell]:
    """Energy and latency cells in the order printed."""
    return [
        _cell(row, quantity, price_case(case_of(row, quantity, chosen), technologies, scope))
        for row in printed_rows()
        if row.memory in memories
        for quantity in COSTS
    ]


def compare(chosen: Assumptions = PRESET) -> list[dict[str, Any]]:
    """The JSON list of `paper`: cells in the order printed, energy and latency in both scopes.

    `ours` is the paper set; `ours_silicon` the constants calibrated on chips, on hardware found
    in the same way.
    """
    out = []
    for row in printed_rows():
        for quantity in COSTS:
            out += [_cost_entry(row, quantity, scope, chosen) for scope in SCOPES]
        out.append(_miou_entry(row))
    return out


def _cost_entry(row: Row, quantity: str, scope: Scope, chosen: Assumptions) -> dict[str, Any]:
    case = case_of(row, quantity, chosen)
    priced = price_case(case, parameter_set("paper"), scope)
    silicon = price_case(case, parameter_set("silicon"), scope)
    cell = _cell(row, quantity, priced)
    other = getattr(silicon, quantity)
    opened = [case.open, chosen.words]
    if priced.array_mb > case.max_array_mb:
        most = f"above {case.max_array_mb:g} MB"
        opened.append(f"{priced.array_mb:.1f} MB of arrays with padding, {most}")
    student: dict[str, float] = {}
    if row.approach == "kd":
        half = case_of(row, quantity, replace(chosen, student="hidden"))
        cost = price_case(half, parameter_set("paper"), scope)
        student["ours_half_hidden"] = getattr(cost, quantity)
    return {
        **_head(row, quantity, scope),
        "printed": cell.printed,
        "ours": cell.ours,
        "ratio": cell.ratio,
        "how": "simulated",
        "assumed": "; ".join(opened),
        "printed_range": [cell.low, cell.high],
        "agrees": cell.agrees if scope == "ffn" else None,
        "parameters": "paper",
        "ours_silicon": other,
        "ratio_silicon": other / cell.printed,
        **student,
        "network": _genes(case.architecture),
        "layers": list(case.space.depths),
        "hardware": priced.hardware.to_json(),
        "array_mb": priced.array_mb,
        "hardware_silicon": silicon.hardware.to_json(),
    }


def _miou_entry(row: Row) -> dict[str, Any]:
    network, note = miou_network(row)
    found = None if network is None else measured_miou(network, row.weight_bits)
    how = "predicted" if found is None else "measured"
    predictor = load_predictor("b0", "nyuv2")
    if found is None and network is not None and predictor is not None:
        workload = Workload(weight_bits=row.weight_bits)
        missing = predictor.basis.why_not(network.experts, workload)
        if missing is None:
            answer = predictor.predict(
                network.experts,
                network.hidden,
                image=workload.image,
                weight_bits=workload.weight_bits,
                activation_bits=workload.activation_bits,
            )
            found = float(answer.miou)
        else:
            note = f"{note}; {missing[1]}"
    printed = row.printed["miou_percent"]
    return {
        **_head(row, "miou_percent", "network"),
        "printed": printed,
        "ours": found,
        "ratio": None if found is None else found / printed,
        "how": how,
        "assumed": f"{note}; {_MIOU_NOTE}" if found is not None else note,
        "agrees": None,
        "network": None if network is None else _genes(network),
    }


def miou_network(row: Row) -> tuple[Architecture | None, str]:
    """The network whose mIoU stands beside that line, and what is to be said about it."""
    searched = printed_network(3, row.memory)
    if row.approach == "nas":
        return searched, "scenario 3"
    if row.approach == "kd":
        return None, "no student was distilled, and the paper does not print its size"
    if row.approach == "nas+kd":
        note = f"scenario 3 with {STUDENT_SHRINK:g} of each hidden size, not distilled"
        return shrunk(searched, STUDENT_SHRINK), note
    return SPACES["b0"].largest, f"unsearched: 5 experts of 4C, weights at {row.weight_bits} bits"


def measured_miou(network: Architecture, weight_bits: int) -> float | None:
    """mIoU of the shipped weights in the measured table: dense, 8-bit activations, all images at
    the workload's size; None where it was not measured."""
    genes = [str(g) for g in network.row()]
    names = [f"{gene}{block}" for gene in "eh" for block in range(1, 5)]
    run = {"activation_bits": "8", "top_k": "", "images": "", "height": str(_IMAGE[0])}
    with (FOLDER / "b0_nyuv2.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            exact = row["weight_bits"] == str(weight_bits) and not row.get("output_sigma")
            if (
                exact
                and all(row.get(n) == v for n, v in run.items())
                and [row[n] for n in names] == genes
            ):
                return float(row["miou"])
    return None


def _cell(row: Row, quantity: str, priced: CellCost) -> Cell:
    low, high = spread(row, quantity)
    return Cell(row, quantity, row.printed[quantity], getattr(priced, quantity), low, high)


def _head(row: Row, quantity: str, scope: str) -> dict[str, Any]:
    return {
        "table": row.table,
        "row": row.name,
        "memory": row.memory,
        "quantity": quantity,
        "scope": scope,
    }


def _genes(network: Architecture) -> dict[str, list[int]]:
    return {"experts": list(network.experts), "hidden": list(network.hidden)}
