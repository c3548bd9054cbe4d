"""The chip search of given networks: against every macro of small grids, and for nine networks.

Run: python benchmarks/hardware.py [--cases 60] [--seed 0] [--nine] [--out FILE.json] [--quick]

Regret: how far the objective of the chip found lies above that of the oracle, which tries every
pair of macros with the exact best memory and copies of all blocks. Grids are small, RRAM and SRAM
each a few levels of the knobs that matter most; networks are drawn: two to five blocks between many
positions with few weights and few positions with many weights. Each case has an objective, memories
and a die between 1.1 and 4 times the smallest chip, or any.

--nine: nine networks on one chip with weights of importance, each alone included, in seconds of
processor time: the presets of ViT-MoE and M3ViT and convolutions drawn as above, 40 blocks.
"""

from __future__ import annotations

import argparse
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

from cmn_core.cim.technologies.parameters import own_technologies
from cmn_core.errors import FieldError
from cmn_core.models.assigning.enumeration import enumerate_chip
from cmn_core.models.assigning.options import AREA, tabulate
from cmn_core.models.assigning.problem import ChipLimits, ChipProblem
from cmn_core.models.assigning.search import first_turn, search_chip
from cmn_core.models.assigning.steps import searched_hardware
from cmn_core.models.assigning.task import HardwareTask
from cmn_core.models.chip import Chip, uniform
from cmn_core.models.file import parse_model
from cmn_core.models.hardware import OBJECTIVES
from cmn_core.models.layers import Model
from cmn_core.models.presets import load_preset

SAME = 1e-9
MEMORIES = (("rram",), ("sram",), ("rram", "sram"))
LEVELS = {
    "rram": {
        "rows": [64, 256],
        "active_rows": [16, 64],
        "adc_bits": [5, 7],
        "columns_per_adc": [2, 16],
        "vdd_v": [0.8, 1.0],
    },
    "sram": {
        "rows": [64, 256],
        "rows_per_tree": [1, 8],
        "input_bits_per_step": [1, 4],
        "vdd_v": [0.6, 0.8, 1.0],
    },
}


def technologies() -> dict[str, Any]:
    """Both memories with few levels of each knob."""
    documents = {}
    for memory, levels in LEVELS.items():
        known = HardwareTask(memory=memory).chip.used[memory]
        knobs = {}
        for name, knob in known.knob.items():
            kept = [v for v in levels.get(name, [knob.default]) if v in knob.levels]
            kept = kept or [knob.levels[0]]
            default = knob.default if knob.default in kept else kept[0]
            knobs[name] = {"levels": kept, "default": default}
        title = f"{memory} with few levels"
        documents[memory] = {"schema": "cmn.technology/1", "base": memory, "title": title}
        documents[memory]["knobs"] = knobs
    return dict(own_technologies(documents))


def network(rng: np.random.Generator, blocks: int, name: str = "drawn") -> Model:
    """Blocks between many positions with few weights and few positions with many weights."""
    layers = []
    for b in range(blocks):
        depth = rng.random()
        for _ in range(int(rng.integers(1, 4))):
            k = int(16 * 2 ** (6 * depth * rng.uniform(0.7, 1.0)))
            n = int(16 * 2 ** (6 * depth * rng.uniform(0.7, 1.0)))
            vectors = int(4 ** (7 - 5 * depth) * rng.uniform(0.5, 2.0)) + 1
            layers.append({"kind": "product", "block": f"b{b}", "k": k, "n": n, "vectors": vectors})
        layers.append(
            {"kind": "elementwise", "op": "norm", "block": f"b{b}", "elements": vectors * n}
        )
    return parse_model({"schema": "cmn.model/1", "name": name, "layers": layers})


def regret(rng: np.random.Generator, library: dict[str, Any]) -> dict[str, Any]:
    """One case: how much worse the search is than the oracle, None where neither finds a chip."""
    model = network(rng, int(rng.integers(2, 6)))
    memories = MEMORIES[rng.integers(0, 3)]
    objective = list(OBJECTIVES)[rng.integers(0, 4)]
    chip = Chip(uniform(memories[0]), technologies=library)
    limits = ChipLimits(sigma_rel=0.2)
    if rng.random() < 0.75:
        free = ChipProblem(model, memories, objective, limits)
        defaults = {name: library[name].default for name in memories}
        table = tabulate(free, first_turn(free, chip, defaults).chip)
        smallest = (table.fixed + table.sums.min(axis=1).sum(axis=0))[AREA] * 1e-6
        limits = ChipLimits(sigma_rel=0.2, area_mm2=smallest * rng.uniform(1.1, 4.0))
    problem = ChipProblem(model, memories, objective, limits)
    begun = time.process_time()
    best = enumerate_chip(problem, chip)
    oracle_s = time.process_time() - begun
    row = {"memory": "+".join(memories), "objective": objective, "oracle_s": oracle_s}
    begun = time.process_time()
    try:
        found = search_chip(problem, chip)
    except FieldError:
        return {**row, "regret": None, "missed": best is not None}
    row["search_s"] = time.process_time() - begun
    assert best is not None, "the oracle finds what the search finds"
    return {**row, "regret": found.value / best.value - 1.0, "missed": False}


def regrets(cases: int, seed: int) -> dict[str, Any]:
    """Figures over the cases, and the cases."""
    library = technologies()
    rows = [regret(np.random.default_rng((seed, i)), library) for i in range(cases)]
    out: dict[str, Any] = {"cases": cases, "missed": sum(row["missed"] for row in rows)}
    for name in ("all", *("+".join(m) for m in MEMORIES), *OBJECTIVES):
        mine = [
            row["regret"]
            for row in rows
            if row["regret"] is not None and name in ("all", row["memory"], row["objective"])
        ]
        if mine:
            out[name] = {
                "compared": len(mine),
                "exact_share": sum(r <= SAME for r in mine) / len(mine),
                "median": statistics.median(mine),
                "p95": float(np.quantile(mine, 0.95)),
                "worst": max(mine),
            }
    return {**out, "rows": rows}


def nine(quick: bool) -> dict[str, Any]:
    """Seconds of processor time of nine networks on one chip."""
    rng = np.random.default_rng(9)
    names = ("vit-moe-b0", "vit-moe-b0", "vit-moe-b1", "vit-moe-b2", "m3vit-s")
    models = [load_preset(name) for name in names[: 1 if quick else None]]
    drawn = 1 if quick else 4
    models += [network(rng, 5, f"convolutions {i + 1}") for i in range(drawn)]
    weights = tuple(float(w) for w in rng.integers(1, 10, len(models)))
    memory = "sram" if quick else "hybrid"  # no die that is made holds them all
    task = HardwareTask(memory=memory, max_area_mm2=None, weights=weights)
    begun = time.process_time()
    answer = searched_hardware(task, models)
    return {
        "networks": len(models),
        "blocks": len(answer["groups"]),
        "seconds": time.process_time() - begun,
        "feasible": answer["feasible"],
        "proven": answer["proven"],
        "sharing": answer["sharing"],
        "steps": [[row["what"], row["seconds"]] for row in answer["history"]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--nine", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--quick", action="store_true", help="four cases and two networks")
    options = parser.parse_args()
    found: dict[str, Any] = {}
    if not options.nine or options.quick:
        found["regret"] = regrets(4 if options.quick else options.cases, options.seed)
        for name, row in found["regret"].items():
            if isinstance(row, dict):
                print(
                    f"{name:>10}: exact {row['exact_share']:.0%} of {row['compared']},"
                    f" median {row['median']:.2%}, p95 {row['p95']:.2%}, worst {row['worst']:.2%}"
                )
        print(f"chips missed that there are: {found['regret']['missed']}")
    if options.nine or options.quick:
        row = found["nine"] = nine(options.quick)
        print(
            f"{row['networks']} networks, {row['blocks']} blocks: {row['seconds']:.1f} s of"
            f" processor time, feasible {row['feasible']}, proven {row['proven']}"
        )
    if options.out is not None:
        options.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
