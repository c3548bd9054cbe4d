"""The hardware search of one architecture against the exact best, and against plain pyswarms.

Run: python benchmarks/search/inner.py [--architectures 200] [--loop 200]
         [--goals edp latency energy] [--memories rram sram] [--seed 0] [--out FILE.json] [--quick]

Regret: how far the score of the search (30 particles x 50 iterations and polish) lies above that
of the oracle, which takes every macro of the grid (45,900 on RRAM, 2,400 on SRAM), with the exact
best of all 12^4 numbers of copies for each. Macros follow each other by a bound that no copies
beat, so that it stops where nothing better can come. Where no chip meets the limits both must say
so. "exact" counts scores equal to 1e-12.

Plain loop: pyswarms' GlobalBestPSO, one run per architecture, as its documentation shows it: a
particle is a position among the levels of every knob and of the copies of each block, rounded
down; 30 particles, w 0.7, c1 = c2 = 1.5, and as many evaluations as this search spent on that
architecture (both its swarm, where a position counts twice because copies need a price of their
own, and its polish). The simulator and the score are the same functions, called for 30 particles
at once. "periodic" is its default for particles that leave the box, "nearest" its best one.

Times are processor time; this search works on 50 architectures at once, as a generation does.
What it works out once per scenario (macros to start from) is stated apart.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
# Before any import of pyswarms: without it every optimiser writes report.log where it runs.
os.environ["LOG_CFG"] = str(
    Path(sys.path[0], "cmn_core", "search", "inner", "pyswarms_logging.yaml")
)

import numpy as np

from cmn_core.architecture import BLOCKS, SPACES, Architecture
from cmn_core.arrays import Ints
from cmn_core.design import Workload
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.inner.neighbourhood import GridNeighbourhood
from cmn_core.search.inner.proof.enumeration import enumerate_best
from cmn_core.search.objective import Merit

SPACE, WORKLOAD, LIMITS = SPACES["b0"], Workload(), Limits()
GOALS, MEMORIES, BOUNDS = ("edp", "latency", "energy"), ("rram", "sram"), ("periodic", "nearest")
PARTICLES, GENERATION = 30, 50
SAME = 1e-12
PENALTY = 1e18  # above any energy, latency or product of them in uJ, us and mm2
PSO = {"w": 0.7, "c1": 1.5, "c2": 1.5}


def architectures(count: int, seed: int) -> Ints:
    """[count, 8] both ends of the space, then experts uniform and hidden sizes half and half
    uniform and uniform in the logarithm."""
    rng = np.random.default_rng(seed)
    low, high = SPACE.lower, SPACE.upper
    unit = rng.random((count, 2 * BLOCKS))
    genes = np.floor(low + unit * (high - low + 1)).astype(np.int64)
    small = np.floor(low * (high / low) ** unit).astype(np.int64)
    genes[::2, BLOCKS:] = small[::2, BLOCKS:]
    genes[:2] = np.stack([high, low])[:count]
    return genes


def searched(genes: Ints, memory: str, goal: str) -> Any:
    return best_hardware(
        SPACE,
        WORKLOAD,
        genes[:, :BLOCKS],
        genes[:, BLOCKS:],
        memory=memory,
        objective=goal,
        limits=LIMITS,
    )


def ours(genes: Ints, memory: str, goal: str) -> dict[str, Any]:
    """Scores, feasibility, evaluations [N] and seconds of the search, a generation at a time."""
    start = time.process_time()
    searched(genes[:1], memory, goal)
    once = time.process_time() - start
    start = time.process_time()
    parts = [searched(genes[at : at + GENERATION], memory, goal) for at in _starts(len(genes))]
    spent = time.process_time() - start
    return {
        "score": np.concatenate([p.score for p in parts]),
        "feasible": np.concatenate([p.feasible for p in parts]),
        "evaluations": np.concatenate([p.evaluations for p in parts]),
        "seconds": spent,
        "once": once,
    }


def _starts(count: int) -> range:
    return range(0, count, GENERATION)


def regrets(genes: Ints, found: dict[str, Any], memory: str, goal: str) -> dict[str, Any]:
    """How the scores compare with the oracle's."""
    gaps, disagree, worst = [], 0, None
    start = time.process_time()
    for row, gene in enumerate(genes):
        architecture = Architecture.from_row(gene)
        exact = enumerate_best(
            SPACE, WORKLOAD, architecture, memory=memory, objective=goal, limits=LIMITS
        )
        if exact is None or not found["feasible"][row]:
            disagree += (exact is None) == bool(found["feasible"][row])
            continue
        gaps.append(float(found["score"][row] / exact.score[0] - 1.0))
        if gaps[-1] == max(gaps) and gaps[-1] > SAME:
            worst = [int(g) for g in gene]
    return {
        "compared": len(gaps),
        "disagree": int(disagree),
        "exact_share": sum(g <= SAME for g in gaps) / max(len(gaps), 1),
        "worst": max(gaps, default=0.0),
        "median": statistics.median(gaps) if gaps else 0.0,
        "worst_architecture": worst,
        "oracle_seconds": (time.process_time() - start) / len(genes),
    }


def looped(
    genes: Ints, found: dict[str, Any], memory: str, goal: str, bounds: str
) -> dict[str, Any]:
    """GlobalBestPSO, architecture by architecture, with the evaluations that ours spent on it."""
    from pyswarms.single import GlobalBestPSO

    grid = make_grid(SPACE, WORKLOAD, memory)
    free = np.flatnonzero(grid.sizes > 1)
    top = np.nextafter(grid.sizes[free].astype(float), 0.0)
    costs = []
    start = time.process_time()
    for row, gene in enumerate(genes):
        one = gene[None]
        task = GridNeighbourhood(grid, one[:, :BLOCKS], one[:, BLOCKS:], goal, LIMITS)

        def price(position: Any, task: GridNeighbourhood = task) -> Any:
            index = np.zeros((1, len(position), len(grid.levels)), dtype=np.int64)
            index[0][:, free] = position.astype(np.int64)
            return _penalised(task.evaluate(np.zeros(1, dtype=np.int64), index)[0])

        iterations = max(1, round(int(found["evaluations"][row]) / PARTICLES))
        with _seeded(row):
            swarm = GlobalBestPSO(
                n_particles=PARTICLES,
                dimensions=len(free),
                options=PSO,
                bounds=(np.zeros(len(free)), top),
                bh_strategy=bounds,
            )
            costs.append(float(swarm.optimize(price, iters=iterations, verbose=False)[0]))
    spent = (time.process_time() - start) / len(genes)
    fits = found["feasible"][: len(genes)]
    ratio = (np.array(costs) / found["score"][: len(genes)])[fits]
    lost = np.array(costs)[fits] >= PENALTY
    return {
        "searches": int(fits.sum()),
        "none_found": int(lost.sum()),
        "seconds": spent,
        "loop_better": int((ratio < 1.0 - SAME).sum()),
        "equal": int((np.abs(ratio - 1.0) <= SAME).sum()),
        "ours_better": int((ratio > 1.0 + SAME).sum()),
        "median_loss": float(np.median(ratio) - 1.0),
        "worst_loss": float(ratio[~lost].max() - 1.0) if not lost.all() else None,
    }


def _penalised(merit: Merit) -> Any:
    """[...] one number, which is all that the optimiser knows."""
    missing = np.where(merit.buildable[..., None], merit.missing, 1e9).sum(axis=-1)
    return np.where(merit.feasible, merit.value, PENALTY * (1.0 + missing))


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """pyswarms knows numpy's global stream only; everybody else gets it back as it was."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


def run(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """All pairs of memory and goal; each is printed, and written to asked.out, when it is done."""
    genes = architectures(asked.architectures, asked.seed)
    rows: list[dict[str, Any]] = []
    for memory in asked.memories:
        for goal in asked.goals:
            found = ours(genes, memory, goal)
            row: dict[str, Any] = {
                "memory": memory,
                "goal": goal,
                "seed": asked.seed,
                "architectures": len(genes),
                "evaluations": float(np.median(found["evaluations"])),
                "seconds": found["seconds"] / len(genes),
                "once_seconds": found["once"],
                "loop": {},
            }
            if asked.loop:
                some = genes[: asked.loop]
                row["loop"] = {b: looped(some, found, memory, goal, b) for b in BOUNDS}
            row["regret"] = regrets(genes, found, memory, goal)
            rows.append(row)
            report(row)
            if asked.out:
                asked.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return rows


def report(row: dict[str, Any]) -> None:
    r = row["regret"]
    print(
        f"{row['memory']:5}{row['goal']:8} exact {r['exact_share']:7.2%} of {r['compared']},"
        f" median regret {r['median']:.2%}, worst {r['worst']:.3%},"
        f" none fits: {row['architectures'] - r['compared']} ({r['disagree']} disagree);"
        f" {1e3 * row['seconds']:.1f} ms and {row['evaluations']:,.0f} evaluations a search,"
        f" once {row['once_seconds']:.2f} s; oracle {1e3 * r['oracle_seconds']:,.0f} ms",
        flush=True,
    )
    for name, loop in row["loop"].items():
        worst = "none" if loop["worst_loss"] is None else f"{loop['worst_loss']:+.1%}"
        print(
            f"     pyswarms {name:9} {1e3 * loop['seconds']:6.1f} ms,"
            f" {loop['seconds'] / row['seconds']:.1f} x as long; better {loop['loop_better']},"
            f" equal {loop['equal']}, worse {loop['ours_better']} of {loop['searches']}:"
            f" median {loop['median_loss']:+.2%}, worst {worst},"
            f" no chip within the limits {loop['none_found']}",
            flush=True,
        )


def main(argv: list[str] | None = None) -> list[dict[str, Any]]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--architectures", type=int, default=200)
    parser.add_argument("--loop", type=int, default=200, help="of them, also by plain pyswarms")
    parser.add_argument("--goals", nargs="+", choices=GOALS, default=list(GOALS))
    parser.add_argument("--memories", nargs="+", choices=MEMORIES, default=list(MEMORIES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="the numbers as JSON")
    parser.add_argument("--quick", action="store_true", help="four architectures on SRAM")
    asked = parser.parse_args(argv)
    if asked.quick:
        asked.architectures = asked.loop = 4
        asked.memories, asked.goals = ["sram"], ["edp"]
    return run(asked)


if __name__ == "__main__":
    main()
