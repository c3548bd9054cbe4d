"""What a search costs as it grows: time and memory against population and generations.

Run: python benchmarks/search/scaling.py [--quick] [--workers N] [--goal GOAL] [--out FILE]

Every search runs in a process of its own with the predictor as accuracy. Seconds count from the
first generation's start, after imports and the predictor's load; memory is the process's peak.
A search of G generations is timed at several generations on its way, so that the rows of one
population are one search. The fit is seconds = a + b x population x generations over all rows of a
technology. The default search (50 x 30, 30 particles x 50 iterations) follows over three seeds.
With --out each row is written as it is measured, and a second call leaves out what is there.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from cmn_core.search.accuracy import predicted
from cmn_core.search.codesign import codesign
from cmn_core.search.scenario import Scenario

MEMORIES = ("sram", "rram", "hybrid")
POPULATIONS = (25, 50, 100, 200)
GENERATIONS = (10, 25, 50, 100)
SEEDS = (0, 1, 2)
Row = dict[str, Any]


def measure(task: Row) -> list[Row]:
    """Rows of one search, at each of the generations that the task names."""
    scenario = Scenario(
        goal=task["goal"],
        memory=task["memory"],
        population=task["population"],
        generations=max(task["generations"]),
        seed=task["seed"],
    )
    accuracy = predicted(scenario)
    rows = []
    wall, cpu = time.perf_counter(), time.process_time()
    for generation in codesign(scenario, accuracy=accuracy, workers=task["workers"]):
        if generation.index == 1:
            first = time.process_time() - cpu
        if generation.index in task["generations"]:
            rows.append(
                {
                    **{k: task[k] for k in ("goal", "memory", "population", "seed", "workers")},
                    "generations": generation.index,
                    "wall_s": time.perf_counter() - wall,
                    "cpu_s": time.process_time() - cpu,
                    "first_s": first,
                    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
                    "best": generation.history.best_objective,
                }
            )
    return rows


def apart(task: Row) -> list[Row]:
    """`measure` in a fresh process."""
    command = [sys.executable, __file__, "--task", json.dumps(task)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rows: list[Row] = json.loads(done.stdout)
    return rows


def fit(rows: list[Row]) -> tuple[float, float, float]:
    """a, b and R2 of cpu_s = a + b x population x generations."""
    size = np.array([r["population"] * r["generations"] for r in rows], dtype=np.float64)
    seconds = np.array([r["cpu_s"] for r in rows])
    slope, start = np.polyfit(size, seconds, 1)
    rest = seconds - (start + slope * size)
    return float(start), float(slope), float(1.0 - rest.var() / seconds.var())


def show(rows: list[Row]) -> None:
    print("population  generations   wall s    CPU s  first s  peak MB")
    for r in rows:
        print(
            f"{r['population']:10d} {r['generations']:12d} {r['wall_s']:8.1f} {r['cpu_s']:8.1f}"
            f" {r['first_s']:8.2f} {r['peak_mb']:8.0f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--quick", action="store_true", help="two populations, 20 generations")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--goal", default="latency")
    parser.add_argument("--memories", nargs="+", default=list(MEMORIES), choices=MEMORIES)
    parser.add_argument("--out", type=Path, help="file of rows, one JSON object per line")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.task:
        print(json.dumps(measure(json.loads(asked.task))))
        return
    populations = (25, 50) if asked.quick else POPULATIONS
    generations = (10, 20) if asked.quick else GENERATIONS
    known: list[Row] = []
    if asked.out and asked.out.exists():
        known = [json.loads(line) for line in asked.out.read_text().splitlines()]

    def rows_of(memory: str, population: int, at: tuple[int, ...], seed: int) -> list[Row]:
        task = {
            "goal": asked.goal,
            "memory": memory,
            "population": population,
            "seed": seed,
            "workers": asked.workers,
        }
        same = [r for r in known if all(r[k] == v for k, v in task.items())]
        here = [r for r in same if r["generations"] in at]
        if len(here) == len(at):
            return here
        rows = apart({**task, "generations": list(at)})
        if asked.out:
            with asked.out.open("a") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)
        return rows

    for memory in asked.memories:
        rows = [r for p in populations for r in rows_of(memory, p, generations, 0)]
        print(f"\n{memory}, {asked.goal}, {asked.workers} worker(s), seed 0")
        show(rows)
        start, slope, r2 = fit(rows)
        print(f"CPU s = {start:.2f} + {1e3 * slope:.3f} ms x population x generations, R2 {r2:.4f}")
        default = [rows_of(memory, 50, (30,), seed)[0] for seed in SEEDS]
        cpu = [r["cpu_s"] for r in default]
        wall = [r["wall_s"] for r in default]
        print(
            f"default search, seeds {SEEDS[0]} to {SEEDS[-1]}: CPU {statistics.median(cpu):.2f} s"
            f" ({min(cpu):.2f} to {max(cpu):.2f}), wall {statistics.median(wall):.2f} s"
            f" ({min(wall):.2f} to {max(wall):.2f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
