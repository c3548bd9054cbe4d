"""Tables G1 and G2: quantisation, distillation and search beside each other, on real images.

mIoU is measured with our weights on the test images; energy and latency are simulated at the scope
that the tables imply (the expert FFNs) and for the whole network, with the constants fitted to the
paper and with those calibrated on chips (docs/paper.md). What the paper does not print is chosen
here and named in each row: the distilled student has all experts and half of each hidden size; the
searched and distilled one has the paper's scenario 3 with 0.8 of each hidden size.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from cmn_core.architecture import SPACES, Architecture
from cmn_core.cim.evaluation import evaluate
from cmn_core.cim.technologies.parameters import SETS, parameter_set
from cmn_core.design import MEMORIES
from cmn_core.paper.assumptions import PRESET, STUDENT_SHRINK, case_of, shrunk
from cmn_core.paper.comparison import SCOPES
from cmn_core.paper.hardware import price_case
from cmn_core.paper.tables import COSTS, printed_network, printed_rows
from cmn_core.paper.tables import Row as Printed
from cmn_core.quantities import GOALS
from cmn_core.search.scenario import Scenario
from cmn_core.studies.appendices.compressed_networks import School
from cmn_core.studies.appendices.searches import genes, searched
from cmn_core.studies.result import Row
from cmn_core.studies.study import Settings, Step, Study

EFFORT = ("population", "generations", "particles", "iterations")
CHOSEN = replace(PRESET, student="hidden")
STUDENT = "all experts, half of each hidden size: our choice, the paper prints no student"
SMALLER = f"scenario 3 with {STUDENT_SHRINK:g} of each hidden size: our choice"


class Compression(Study):
    name = "compression"
    figure = "Tables G1 and G2"
    question = "Quantise, distil or search: what does each cost and keep?"
    full: ClassVar[Settings] = {
        "bits": [8, 4, 2],
        "images": 0,
        "calibration": 32,
        "epochs": 30,
        "batch": 16,
        "share": 0.5,
        "temperature": 2.0,
        "scopes": list(SCOPES),
        "constants": list(SETS),
        "goals": list(GOALS),
        "memories": list(MEMORIES),
        "population": 30,
        "generations": 20,
        "particles": 20,
        "iterations": 30,
    }
    small: ClassVar[Settings] = {
        "bits": [8, 2],
        "images": 4,
        "calibration": 2,
        "epochs": 1,
        "batch": 4,
        "scopes": ["ffn"],
        "constants": ["paper"],
        "goals": ["performance"],
        "memories": ["rram"],
        "population": 4,
        "generations": 2,
        "particles": 4,
        "iterations": 3,
    }
    stands_on = ("simulator", "constants", "search", "predictor", "weights")
    loose = ("train_seconds",)
    # A pixel between two classes may fall otherwise on another processor, and training adds up.
    slack = 0.1
    needs_data = "a folder with train.npz and test.npz"

    def __init__(self, data: Path | None = None) -> None:
        super().__init__(data)
        self._schools: dict[str, School] = {}

    def steps(self, settings: Settings) -> list[Step]:
        bits = [{"part": "ptq", "bits": b} for b in settings["bits"]]
        networks = [{"part": "nas", "memory": m} for m in settings["memories"]]
        students = [{"part": part} for part in ("kd", "nas+kd")]
        own = [
            {"part": "own", "goal": goal, "memory": memory}
            for goal in settings["goals"]
            for memory in settings["memories"]
        ]
        return [{"part": "tables"}, {"part": "exact"}, *bits, *networks, *students, *own]

    def take(self, settings: Settings, step: Step) -> list[Row]:
        if step["part"] == "tables":
            return _cells(settings)
        school = self._school(settings)
        if step["part"] == "exact":
            return [{**step, **_shape(SPACES["b0"].largest), **school.exact(SPACES["b0"].largest)}]
        if step["part"] == "ptq":
            largest = SPACES["b0"].largest
            return [{**step, **_shape(largest), **school.rounded(largest, step["bits"])}]
        if step["part"] == "nas":
            network = printed_network(3, step["memory"])
            return [{**step, **_shape(network), **school.rounded(network, 8)}]
        if step["part"] == "own":
            return [self._own(settings, step, school)]
        network, note = SPACES["b0"].largest, STUDENT
        if step["part"] == "kd":
            network = shrunk(network, 0.5)
        else:
            network, note = shrunk(printed_network(3, "sram"), STUDENT_SHRINK), SMALLER
        if settings["epochs"] == 0:
            return [{**step, **_shape(network), "miou": None, "note": f"{note}; not distilled"}]
        if isinstance(settings["data"], dict):
            text = json.dumps([settings, step], sort_keys=True)
            folder = Path("local/studies") / hashlib.sha256(text.encode()).hexdigest()[:16]
            found = school.taught(network, folder)
        else:
            with TemporaryDirectory() as name:
                found = school.taught(network, Path(name))
        return [{**step, **_shape(network), **found, "note": note}]

    def summary(self, settings: Settings, rows: Sequence[Row]) -> dict[str, Any]:
        """The lines of both tables: printed, and ours with measured mIoU and simulated costs."""
        measured = {_name(r): r["miou"] for r in rows if r["part"] != "tables"}
        lines = []
        for cell in rows:
            if cell["part"] != "tables":
                continue
            key = {
                "ptq": f"ptq {cell['bits']}",
                "none": "ptq 8",
                "nas": f"nas {cell['memory']}",
                "kd": "kd",
                "nas+kd": "nas+kd",
            }[cell["approach"]]
            lines.append({**cell, "miou": measured.get(key)})
        return {
            "exact": measured.get("exact"),
            **{k: v for k, v in measured.items() if k != "exact"},
            "lines": lines,
        }

    def _school(self, settings: Settings) -> School:
        key = json.dumps(settings, sort_keys=True)
        if key not in self._schools:
            real = isinstance(settings["data"], dict)
            self._schools[key] = School(settings, self.data if real else None)
        return self._schools[key]

    def _own(self, settings: Settings, step: Step, school: School) -> Row:
        """What our search finds, with costs at both scopes from the calibrated constants."""
        effort = {n: settings[n] for n in EFFORT}
        wanted = Scenario.of_paper(
            goal=step["goal"], memory=step["memory"], seed=settings["seed"], **effort
        )
        found = searched(wanted)
        design = found.design
        costs = {
            f"{name}_{scope}": evaluate(design, scope=scope).metrics[name]
            for scope in SCOPES
            for name in COSTS
        }
        return {
            **step,
            **genes(design.architecture),
            **costs,
            "area_mm2": found.metrics["area_mm2"],
            **school.rounded(design.architecture, 8),
        }


def _cells(settings: Settings) -> list[Row]:
    """Each printed line with our energy and latency: scope and constants in the column's name."""
    rows = []
    for line in printed_rows():
        costs = {
            f"{name}_{scope}{'' if used == 'paper' else '_silicon'}": _cost(line, name, scope, used)
            for scope in settings["scopes"]
            for name in COSTS
            for used in settings["constants"]
        }
        rows.append(
            {
                "part": "tables",
                "table": line.table,
                "approach": line.approach,
                "bits": line.weight_bits,
                "memory": line.memory,
                **{f"{name}_printed": value for name, value in line.printed.items()},
                **costs,
                "open": case_of(line, "energy_uj", CHOSEN).open,
            }
        )
    return rows


def _cost(line: Printed, quantity: str, scope: Any, used: str) -> float:
    priced = price_case(case_of(line, quantity, CHOSEN), parameter_set(used), scope)
    return float(getattr(priced, quantity))


def _shape(network: Architecture) -> dict[str, list[int]]:
    return {"experts": list(network.experts), "hidden": list(network.hidden)}


def _name(row: Row) -> str:
    """ "ptq 4", "nas rram", "own energy sram"."""
    names = ("part", "bits", "goal", "memory")
    return " ".join(str(row[n]) for n in names if n in row)
