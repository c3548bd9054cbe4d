"""The search against what a user would pick instead, on the same simulator and predictor.

Run: python benchmarks/search.py [--goals ...] [--memories rram sram hybrid] [--seeds 5]
         [--population 50] [--generations 30] [--rivals ...] [--modes evaluations time]
         [--no-paper] [--out FILE.json] [--quick]      (pip install -r requirements-bench.txt)

One evaluation is one answer of the accuracy source for one architecture, which is what costs
most when a network is measured; with it come
- this search: the hardware search of that architecture (several hundred designs priced), unless it
  lies below the floor of mIoU;
- "nested" rivals: the same hardware search, so that only the outer loops differ;
- joint rivals: one price, because their genome holds the hardware as well (all knobs and copies,
  and for hybrid the technology of each block).
Rivals: random search, pymoo's stock NSGA-II (integers as its documentation has it: SBX, PM,
rounding), Optuna's NSGA-II and TPE (three objectives, limits as constraints), defaults otherwise.

Modes: "evaluations" gives every rival population x generations of them, "time" gives it the
processor time that this search took for the same seed, goal and memory in the same process.
Hypervolume is that of a run's result: over mIoU, energy and latency of feasible designs with the
largest subnet on default hardware as reference. Median (lowest .. highest) over the seeds.

The paper's designs (Table B1) get the best hardware within the limits in force. Where one breaks a
limit (its mIoU below the floor, say), the search is also run with exactly what that design reaches
as its limit ("matched"), because only then do both do the same.

With --out, what the file already holds from the same settings is not run again.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from rivals.optimisers import RIVALS
from rivals.problem import Budget, Joint, Nested

from cmn_core.paper.tables import printed_network
from cmn_core.quantities import GOALS, LIMITS
from cmn_core.search.accuracy import predicted
from cmn_core.search.codesign import codesign
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.assessment import Assessor
from cmn_core.search.scoring.codesign_problem import CodesignProblem

OURS, NESTED = "this search", "nested "
MEMORIES, MODES = ("rram", "sram", "hybrid"), ("evaluations", "time")
NAMES = (*RIVALS, *(NESTED + name for name in RIVALS))
_OWN = {"latency": "max_latency_us", "energy": "max_energy_uj", "performance": "min_miou"}

Row = dict[str, Any]


def searched(scenario: Scenario) -> Row:
    """This search to its end."""
    begun = time.process_time()
    last = list(codesign(scenario, accuracy=predicted(scenario)))[-1]
    return {
        "evaluations": scenario.population * last.index,
        "seconds": time.process_time() - begun,
        "best": last.history.best_objective,
        "hypervolume": last.history.hypervolume,
        "architecture": None if last.best is None else last.best.to_json()["architecture"],
    }


def rivalled(name: str, scenario: Scenario, budget: dict[str, float]) -> Row:
    """One rival with that much to spend."""
    nested = name.startswith(NESTED)
    problem = Nested(scenario) if nested else Joint(scenario)
    allowed = Budget(**budget)  # type: ignore[arg-type]
    archive = RIVALS[name.removeprefix(NESTED)](problem, scenario.seed, allowed)
    return {
        "evaluations": archive.evaluations,
        "seconds": allowed.spent,
        "best": archive.best(),
        "hypervolume": archive.hypervolume(problem),
    }


def papers(scenario: Scenario) -> Row:
    """The paper's design on its best hardware, beside this search where both keep the limits."""
    accuracy = predicted(scenario)
    problem = CodesignProblem.of(scenario, accuracy)
    limits = problem.limits
    network = printed_network(GOALS[scenario.goal].number, scenario.memory)
    assessor = Assessor(problem)
    genes = np.array([network.row()])
    design = assessor.with_hardware(assessor.assess(genes)[0])
    miou, energy, latency = design.plain
    at = dict(zip(LIMITS, design.violation, strict=True))
    broken = {name: over for name, over in at.items() if over > 0.0}
    reached = {"min_miou": miou, "max_energy_uj": energy, "max_latency_us": latency}
    reached |= {"max_array_mb": (design.metrics or {}).get("array_mb", 0.0)}
    out: Row = {
        "experts": list(network.experts),
        "hidden": list(network.hidden),
        "miou": miou,
        "energy_uj": energy,
        "latency_us": latency,
        "array_mb": reached["max_array_mb"],
        "broken": broken,
        "limits": limits.to_json(),
    }
    if broken:
        own = {k: v for k, v in reached.items() if k in broken and k != _OWN[scenario.goal]}
        matched = searched(Scenario(**{**_fields(scenario), **own}))
        out["matched"] = {"limits": own, "best": matched["best"]}
    return out


def _fields(scenario: Scenario) -> dict[str, Any]:
    return {name: getattr(scenario, name) for name in scenario.__dataclass_fields__}


class Records:
    """Rows by what they belong to, kept in a file."""

    def __init__(self, path: Path | None, settings: dict[str, Any]) -> None:
        self._path, self._settings = path, settings
        self.rows: dict[str, Row] = {}
        if path is not None and path.exists():
            stored = json.loads(path.read_text(encoding="utf-8"))
            if stored["settings"] == settings:
                self.rows = stored["rows"]

    def get(self, key: str, make: Any) -> Row:
        if key not in self.rows:
            self.rows[key] = make()
            if self._path is not None:
                text = json.dumps({"settings": self._settings, "rows": self.rows}, indent=1)
                self._path.write_text(text + "\n", encoding="utf-8")
        return self.rows[key]


def compare(asked: argparse.Namespace, records: Records, goal: str, memory: str) -> None:
    """All contenders for one goal and memory, printed when the last of them is done."""
    own = GOALS[goal].quantity.title
    print(f"\n{goal} on {memory}: best {own}, hypervolume, evaluations, seconds")
    table: dict[tuple[str, str], list[Row]] = {}
    for seed in range(asked.seeds):
        scenario = Scenario(
            goal=goal,
            memory=memory,
            seed=seed,
            population=asked.population,
            generations=asked.generations,
        )
        key = f"{goal}/{memory}/{seed}"
        own = records.get(f"{key}/{OURS}", lambda s=scenario: searched(s))
        table.setdefault((OURS, "both"), []).append(own)
        budgets = {
            "evaluations": {"evaluations": asked.population * asked.generations},
            "time": {"seconds": own["seconds"]},
        }
        for mode in asked.modes:
            for name in asked.rivals:
                row = records.get(
                    f"{key}/{mode}/{name}",
                    lambda n=name, s=scenario, b=budgets[mode]: rivalled(n, s, b),
                )
                table.setdefault((name, mode), []).append(row)
    for (name, mode), rows in table.items():
        print(f"  {name:22}{mode:12}{_line(rows)}", flush=True)
    if memory in ("rram", "sram") and asked.paper:
        scenario = Scenario(
            goal=goal, memory=memory, population=asked.population, generations=asked.generations
        )
        show_paper(goal, records.get(f"{goal}/{memory}/paper", lambda: papers(scenario)))


def _line(rows: list[Row]) -> str:
    bests = [r["best"] for r in rows if r["best"] is not None]
    best = _spread(bests, "{:.2f}") if bests else "none feasible"
    if len(bests) < len(rows):
        best += f" [{len(rows) - len(bests)} found none]"
    volume = _spread([r["hypervolume"] for r in rows], "{:.4f}")
    evaluations = statistics.median(r["evaluations"] for r in rows)
    seconds = statistics.median(r["seconds"] for r in rows)
    return f"{best:36}{volume:30}{evaluations:9,.0f}{seconds:8.1f}"


def _spread(values: list[float], form: str) -> str:
    middle, low, high = (form.format(f(values)) for f in (statistics.median, min, max))
    return f"{middle} ({low} .. {high})"


def show_paper(goal: str, row: Row) -> None:
    print(
        f"  Table B1 {row['experts']} {row['hidden']}: mIoU {row['miou']:.2f} %,"
        f" {row['energy_uj']:.2f} uJ, {row['latency_us']:.2f} us, {row['array_mb']:.2f} MB;"
        + ("" if row["broken"] else " keeps all limits")
    )
    for name, share in row["broken"].items():
        print(f"    breaks {name} {row['limits'][name]:.6g} by {share:.2%} of it")
    if row["broken"]:
        best = row["matched"]["best"]
        reached = "nothing" if best is None else f"{best:.2f} {GOALS[goal].quantity.unit}"
        print(f"    this search with {row['matched']['limits']} instead: {reached}")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--goals", nargs="+", choices=GOALS, default=list(GOALS))
    parser.add_argument("--memories", nargs="+", choices=MEMORIES, default=list(MEMORIES))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--population", type=int, default=50)
    parser.add_argument("--generations", type=int, default=30)
    parser.add_argument("--rivals", nargs="*", choices=NAMES, default=list(NAMES))
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--no-paper", dest="paper", action="store_false")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--quick", action="store_true", help="a minute: small, one seed, SRAM")
    asked = parser.parse_args(argv)
    if asked.quick:
        asked.goals, asked.memories, asked.seeds = ["energy"], ["sram"], 1
        asked.population, asked.generations = 8, 3
    if importlib.util.find_spec("optuna") is None:
        print("Optuna is not installed (pip install -r requirements-bench.txt): without it")
        asked.rivals = [name for name in asked.rivals if "Optuna" not in name]
    settings = {"population": asked.population, "generations": asked.generations}
    records = Records(asked.out, settings)
    print(f"population {asked.population} x {asked.generations} generations, {asked.seeds} seeds")
    for memory in asked.memories:
        for goal in asked.goals:
            compare(asked, records, goal, memory)


if __name__ == "__main__":
    main()
