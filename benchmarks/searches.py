"""Processor time of the default searches, side by side with another checkout of the project.

`python benchmarks/searches.py [--beside CHECKOUT] [--paper] [WORDS ...]`: the three goals on the
three memories, one after the other, each here and there in turn, in processes of their own; the
time is theirs after imports. WORDS are further options of `search`, such as --max-area-mm2 150.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
GOALS = ("latency", "energy", "performance")
MEMORIES = ("sram", "rram", "hybrid")
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
    options = parser.parse_args()
    places = [ROOT] if options.beside is None else [options.beside.resolve(), ROOT]
    sys.stdout.write(
        "memory goal: for each checkout seconds (first generation), generations, best\n"
    )
    for memory in options.memories.split(","):
        for goal in options.goals.split(","):
            asked = {"scenario": goal, "memory": memory, "seed": 1, **options.settings}
            runs = [[timed(place, asked) for place in places] for _ in range(options.repeats)]
            least = [min(column) for column in zip(*runs, strict=True)]
            shown = "; ".join(
                f"{seconds:.2f} s ({first:.2f}), {count}, {best}"
                for seconds, first, count, best, _ in least
            )
            ratio = f"; ratio {least[1][0] / least[0][0]:.2f}" if len(least) > 1 else ""
            sys.stdout.write(f"{memory} {goal}: {shown}{ratio}\n")
            sys.stdout.flush()


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
