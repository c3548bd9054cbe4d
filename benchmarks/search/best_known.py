"""The best that is known of each default search, from much longer ones: assets/best_known.json.

Run: python benchmarks/search/best_known.py [--out FILE.json] [--goals ...] [--memories ...]
         [--datasets ...] [--seeds 5] [--population 100] [--generations 60]
         [--records FILE.json] [--minutes MINUTES] [--quick]

Each search never ends early. With --records what the file holds already is not run again, and
--minutes ends a run in time, so that the whole can be made in pieces; the asset is written by the
piece that finds everything done. A search's result then says how far it ends from these.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.rivals.records import OutOfTime, Records
from cmn_core.design import HYBRID, MEMORY_CHOICES
from cmn_core.quantities import GOALS
from cmn_core.search.codesign import codesign
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.best_known import FILE, SCHEMA, asked_of
from cmn_core.studies.provenance import machine, versions

DATASETS = ("nyuv2", "camvid")
SEEDS = 5

Row = dict[str, Any]


def searched(scenario: Scenario) -> Row:
    """The search to its end: its best value and by what it was found."""
    last = list(codesign(scenario))[-1]
    assert last.best is not None, f"nothing keeps the limits of {scenario.to_json()}"
    design = last.best.to_json()
    return {
        "value": last.history.best_objective,
        "evaluations": last.history.evaluations,
        "limits": last.limits.to_json(),
        "simulator": design["provenance"]["simulator"],
        "miou_source": design["provenance"]["miou_source"],
        "design": {n: design[n] for n in ("schema", "space", "architecture", "hardware")},
    }


def scenario_of(
    asked: argparse.Namespace, goal: str, memory: str, data: str, seed: int
) -> Scenario:
    effort = {"population": asked.population, "generations": asked.generations}
    return Scenario(goal=goal, memory=memory, dataset=data, seed=seed, patience=None, **effort)


def entry(
    asked: argparse.Namespace, goal: str, memory: str, data: str, rows: dict[str, list[Row]]
) -> Row:
    """The best of the seeds, of equals the first. rows: by memory. A chip of one memory may be the
    answer of a hybrid search, and one that a hybrid search found of that memory alone: where the
    limits are the same it counts in both."""
    own = rows[memory]
    known = [(row, seed, memory) for seed, row in enumerate(own)]
    known += [
        (row, seed, name)
        for name, found in rows.items()
        for seed, row in enumerate(found)
        if name != memory
        and memory in (HYBRID, row["design"]["hardware"]["memory"])
        and row["limits"] == own[0]["limits"]
    ]
    sign = -1.0 if GOALS[goal].quantity.more_is_better else 1.0
    best, seed, where = min(known, key=lambda one: sign * one[0]["value"])
    there = "both memories" if where == HYBRID else f"{where.upper()} alone"
    alone = "" if where == memory else f" on {there}"
    many = "a search" if asked.seeds == 1 else f"the best of {asked.seeds} searches"
    return {
        "goal": goal,
        "memory": memory,
        "dataset": data,
        "scenario": asked_of(scenario_of(asked, goal, memory, data, seed).to_json()),
        **best,
        "seed": seed,
        "values": [row["value"] for row in own],
        "found_by": f"{many}{alone} of population {asked.population} and {asked.generations}"
        " generations",
        "made": f"{datetime.now(tz=UTC):%Y-%m-%d}",
    }


def command(asked: argparse.Namespace) -> str:
    """What one types to make this file again."""
    words = ["python", "benchmarks/search/best_known.py"]
    for name in ("goals", "memories", "datasets"):
        words += [f"--{name}", *getattr(asked, name)]
    for name in ("seeds", "population", "generations"):
        words += [f"--{name}", str(getattr(asked, name))]
    return " ".join(words)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--goals", nargs="+", choices=GOALS, default=list(GOALS))
    parser.add_argument("--memories", nargs="+", choices=MEMORY_CHOICES, default=MEMORY_CHOICES)
    parser.add_argument("--datasets", nargs="+", choices=DATASETS, default=DATASETS)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--population", type=int, default=100)
    parser.add_argument("--generations", type=int, default=60)
    parser.add_argument("--records", type=Path)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--quick", action="store_true", help="seconds: small, one scenario")
    asked = parser.parse_args(argv)
    if asked.quick:
        asked.goals, asked.memories, asked.datasets, asked.seeds = (
            ["energy"],
            ["sram"],
            DATASETS[:1],
            2,
        )
        asked.population, asked.generations = 8, 3
    places = [(d, m, g) for d in asked.datasets for m in asked.memories for g in asked.goals]
    records = Records(
        asked.records,
        {"population": asked.population, "generations": asked.generations},
        asked.minutes,
    )
    try:
        for seed in range(asked.seeds):
            for data, memory, goal in places:
                key = f"{goal}/{memory}/{data}/{seed}"
                stated = scenario_of(asked, goal, memory, data, seed)
                row = records.get(key, lambda s=stated: searched(s))
                print(
                    f"{key}: {row['value']:.6g} after {row['evaluations']} evaluations", flush=True
                )
    except OutOfTime:
        print(f"{asked.minutes:g} minutes are over; nothing was written but the records")
        return
    found = []
    for data, memory, goal in places:
        rows = {
            name: [records.rows[f"{goal}/{name}/{data}/{seed}"] for seed in range(asked.seeds)]
            for name in asked.memories
        }
        found.append(entry(asked, goal, memory, data, rows))
    out = {
        "schema": SCHEMA,
        "command": command(asked),
        "versions": versions(("simulator", "constants", "search", "predictor")),
        "machine": machine(),
        "entries": found,
    }
    asked.out.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
