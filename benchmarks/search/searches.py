"""Processor time of the default searches, side by side with another checkout of the project.

`python benchmarks/search/searches.py [--beside CHECKOUT] [--repeats 3] [--limits]`: the three goals
on the three memories, one after the other, each here and there in turn, in processes of their own;
the time is theirs after imports, the median of the repeats. --limits: each goal on `--memories`
without a limit on the die and with one limit after the other, and what that makes of the time.
--settings is the JSON of further settings, such as '{"max_area_mm2": 150, "generations": 8}'.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
GOALS = ("latency", "energy", "performance")
MEMORIES = ("sram", "rram", "hybrid")
FREE: dict[str, Any] = {"max_area_mm2": None}
# Limits that bind what the goal alone would choose, one at a time.
LIMITED: dict[str, list[dict[str, Any]]] = {
    "latency": [
        {"max_area_mm2": 200.0},
        {"max_area_mm2": 150.0},
        {"max_energy_uj": 400.0, **FREE},
        {"chip_miou": False, **FREE},
    ],
    "energy": [
        {"max_area_mm2": 200.0},
        {"max_area_mm2": 100.0},
        {"max_latency_us": 2000.0, **FREE},
        {"workload": {"images_per_second": 500.0}, **FREE},
        {"chip_miou": False, **FREE},
    ],
    "performance": [
        {"max_area_mm2": 200.0},
        {"max_area_mm2": 100.0},
        {"max_latency_us": 400.0, **FREE},
        {"max_energy_uj": 250.0, **FREE},
        {"chip_miou": False, **FREE},
    ],
}
# Imports are not the search's: they are done, then the clock is read.
_ONE = """
import json, sys, time
import cmn_core.search.inner.swarm
from cmn_core.search.codesign import codesign
from cmn_core.search.scenario import Scenario
scenario = Scenario.from_json(json.loads(sys.argv[1]))
begun = time.process_time()
first = None
for last in codesign(scenario):
    first = first or time.process_time() - begun
spent = time.process_time() - begun
best = last.history.best_objective
print(json.dumps([spent, first, last.index, best, last.history.hypervolume]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beside", type=Path, help="another checkout")
    parser.add_argument("--goals", default=",".join(GOALS))
    parser.add_argument("--memories", default=",".join(MEMORIES))
    parser.add_argument("--settings", type=json.loads, default={}, help="JSON of a scenario")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--limits", action="store_true", help="with and without each limit")
    options = parser.parse_args()
    places = [ROOT] if options.beside is None else [options.beside.resolve(), ROOT]
    say = sys.stdout.write
    say("memory goal: for each checkout seconds (first generation), generations, best\n")
    for memory in options.memories.split(","):
        for goal in options.goals.split(","):
            asked = {"scenario": goal, "memory": memory, "seed": 1, **options.settings}
            cases = [FREE, *LIMITED[goal]] if options.limits else [{}]
            free: list[float] = []
            for case in cases:
                rows = [
                    [timed(place, {**asked, **case}) for place in places]
                    for _ in range(options.repeats)
                ]
                runs = [middle(column) for column in zip(*rows, strict=True)]
                shown = "; ".join(
                    f"{seconds:.2f} s ({first:.2f}), {count}, {best}"
                    for seconds, first, count, best, _ in runs
                )
                seconds = [run[0] for run in runs]
                free = free or seconds
                ratio = f"; ratio {seconds[1] / seconds[0]:.2f}" if len(runs) > 1 else ""
                times = [f"{s / f:.2f}" for s, f in zip(seconds, free, strict=True)]
                what, beside = "", ""
                if options.limits:
                    what = f" {json.dumps(case)}"
                    beside = f"; of the time without a limit {', '.join(times)}"
                say(f"{memory} {goal}{what}: {shown}{ratio}{beside}\n")
                sys.stdout.flush()


def middle(runs: Sequence[list[Any]]) -> list[Any]:
    """The run of median time."""
    return sorted(runs, key=lambda run: float(run[0]))[(len(runs) - 1) // 2]


def timed(checkout: Path, asked: dict[str, Any]) -> list[Any]:
    """Processor seconds, those of the first generation, generations, best and hypervolume."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", _ONE, json.dumps(asked)],
            cwd=checkout,
            env={**os.environ, **threads, "PYTHONPATH": str(checkout), "CMN_HOME": folder},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found: list[Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
