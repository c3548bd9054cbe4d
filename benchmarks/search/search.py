"""The search against what a user would pick instead, on the same simulator and predictor.

Run: python benchmarks/search/search.py [--goals ...] [--memories rram sram hybrid] [--seeds 5]
         [--population 50] [--generations 30] [--rivals ...] [--modes evaluations time]
         [--no-paper] [--long TIMES] [--minutes MINUTES] [--out FILE.json] [--quick]
(pip install -r requirements-bench.txt)

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

--long certifies: one search of each scenario with that many times the population and the
generations, which never ends early. How far each default search ends from the best that anybody
here found is then said for every seed.

With --out, what the file already holds from the same settings is not run again. --minutes ends a
run in time: what matters most comes first (this search, long searches, pymoo, random, Optuna), seed
by seed over all scenarios, and the tables say of how many seeds they are.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from benchmarks.rivals.optimisers import RIVALS
from benchmarks.rivals.problem import Budget, Joint, Nested
from benchmarks.rivals.records import OutOfTime, Records
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
LONG, LONG_SEED, MOST_EFFORT = "long", 1000, 1000
NEAR = 0.005  # of the best known
_OWN = {"latency": "max_latency_us", "energy": "max_energy_uj", "performance": "min_miou"}

Row = dict[str, Any]


def lengthened(scenario: Scenario, times: int) -> Scenario:
    """The same search with so many times the effort outside, by a seed of its own."""
    more = {n: times * getattr(scenario, n) for n in ("population", "generations")}
    more = {name: min(value, MOST_EFFORT) for name, value in more.items()}
    return replace(scenario, **more, seed=LONG_SEED, patience=None)


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


def scenario_of(asked: argparse.Namespace, goal: str, memory: str, seed: int) -> Scenario:
    """A default scenario with the effort that was asked for."""
    effort = {"population": asked.population, "generations": asked.generations}
    return Scenario(goal=goal, memory=memory, seed=seed, **effort)


def gather(asked: argparse.Namespace, records: Records) -> None:
    """Run what is not known yet, what matters most first. OutOfTime ends it early."""
    places = [(memory, goal) for memory in asked.memories for goal in asked.goals]

    def everywhere(work: Callable[[str, Scenario], object]) -> None:
        for seed in range(asked.seeds):
            for memory, goal in places:
                scenario = scenario_of(asked, goal, memory, seed)
                work(f"{goal}/{memory}/{seed}", scenario)

    everywhere(lambda key, s: records.get(f"{key}/{OURS}", lambda: searched(s)))
    if asked.long > 1:
        for memory, goal in places:
            longer = lengthened(scenario_of(asked, goal, memory, 0), asked.long)
            records.get(f"{goal}/{memory}/{LONG}", lambda s=longer: searched(s))
    for name in sorted(asked.rivals, key=_cost):
        for mode in asked.modes:
            everywhere(partial(_rival, records, asked, name, mode))
    for memory, goal in places:
        if memory != "hybrid" and asked.paper:
            scenario = scenario_of(asked, goal, memory, 0)
            records.get(f"{goal}/{memory}/paper", lambda s=scenario: papers(s))


def _rival(
    records: Records, asked: argparse.Namespace, name: str, mode: str, key: str, scenario: Scenario
) -> None:
    budget = {"evaluations": asked.population * asked.generations}
    if mode == "time":
        budget = {"seconds": records.rows[f"{key}/{OURS}"]["seconds"]}
    records.get(f"{key}/{mode}/{name}", lambda: rivalled(name, scenario, budget))


def _cost(name: str) -> tuple[bool, bool, bool, str]:
    """The strongest rivals first, the slow ones last."""
    return "Optuna" in name, "pymoo" not in name, name.startswith(NESTED), name


def show(asked: argparse.Namespace, records: Records, goal: str, memory: str) -> None:
    """All contenders for one goal and memory, as far as they are known."""
    print(f"\n{goal} on {memory}: best {GOALS[goal].quantity.title}, hypervolume, evaluations, s")
    keys = [f"{goal}/{memory}/{seed}" for seed in range(asked.seeds)]
    wanted = [(OURS, "both", f"/{OURS}")]
    wanted += [(n, mode, f"/{mode}/{n}") for mode in asked.modes for n in asked.rivals]
    for name, mode, end in wanted:
        rows = [records.rows[key + end] for key in keys if key + end in records.rows]
        if rows:
            seeds = "" if len(rows) == asked.seeds else f"  ({len(rows)} seeds)"
            print(f"  {name:22}{mode:12}{_line(rows)}{seeds}", flush=True)
    ours = [records.rows[k + f"/{OURS}"] for k in keys if k + f"/{OURS}" in records.rows]
    if words := distance(goal, f"{goal}/{memory}/", ours, records.rows):
        print(f"  {words}")
    if (paper := records.rows.get(f"{goal}/{memory}/paper")) is not None:
        show_paper(goal, paper)


def distance(goal: str, place: str, ours: list[Row], rows: Mapping[str, Row]) -> str:
    """How far the default searches end from the best that anybody found; empty where none did."""
    everybody = [r["best"] for key, r in rows.items() if key.startswith(place) and "best" in r]
    known = [best for best in everybody if best is not None]
    bests = [r["best"] for r in ours if r["best"] is not None]
    if not known or not bests:
        return ""
    top = max(known) if GOALS[goal].quantity.more_is_better else min(known)
    gaps = [abs(best - top) / top for best in bests]
    near = sum(gap <= NEAR for gap in gaps)
    long = "" if place + LONG in rows else ", no long search among them"
    return (
        f"best known {top:.4f}{long}; this search ends {statistics.median(gaps):.2%} from it"
        f" (at most {max(gaps):.2%}), within {NEAR:.1%} in {near} of {len(ours)} seeds"
    )


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
    parser.add_argument("--long", type=int, default=1, metavar="TIMES")
    parser.add_argument("--minutes", type=float)
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
    records = Records(asked.out, settings, asked.minutes)
    print(f"population {asked.population} x {asked.generations} generations, {asked.seeds} seeds")
    try:
        gather(asked, records)
    except OutOfTime:
        print(f"{asked.minutes:g} minutes are over: these are what was done until then")
    for memory in asked.memories:
        for goal in asked.goals:
            show(asked, records, goal, memory)


if __name__ == "__main__":
    main()
