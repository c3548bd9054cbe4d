"""Designs per second of the cost model on one core: price() and combine() together.

Run: python benchmarks/simulator.py [--repeat N]
Two forms: every design with hardware of its own (a swarm), and hardware points shared by all
architectures (an enumeration), where what no architecture changes is computed once per point.
Processor time is taken, so that other work on the machine disturbs less.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from cmn_core.architecture import SPACES
from cmn_core.cim.chip import combine, price
from cmn_core.cim.technology import NAMES, Technology, load_technology
from cmn_core.design import Workload

SPACE = SPACES["b0"]
# Architectures, hardware points of each, and whether the points are shared.
SHAPES = ((1, 1, False), (30, 50, False), (50, 30, False), (250, 400, False), (250, 400, True))


def batch(technology: Technology, a: int, p: int, shared: bool) -> dict[str, Any]:
    """Random designs on the search grid."""
    rng = np.random.default_rng(0)
    grid = technology.grid()
    index = rng.integers(0, len(grid["rows"]), (1 if shared else a, p))
    return {
        "experts": rng.integers(1, 6, (a, 1, 4)),
        "hidden": rng.integers(16, np.array(SPACE.max_hidden) + 1, (a, 1, 4)),
        "knobs": {name: column[index] for name, column in grid.items()},
        "replicas": rng.integers(1, 9, (1 if shared else a, p, 4)),
    }


def seconds(technology: Technology, arrays: dict[str, Any], repeat: int) -> float:
    """Best processor time of one call of price() and combine()."""
    memory = np.full(4, technology.name == "rram")
    best = float("inf")
    for _ in range(repeat):
        start = time.process_time()
        combine({technology.name: price(SPACE, Workload(), technology, **arrays)}, memory)
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=9)
    repeat = parser.parse_args().repeat
    print(f"{'memory':8}{'architectures':>14}{'points':>8}{'hardware':>10}{'us/design':>12}")
    for name in NAMES:
        technology = load_technology(name)
        for a, p, shared in SHAPES:
            spent = seconds(technology, batch(technology, a, p, shared), repeat)
            each = 1e6 * spent / (a * p)
            kind = "shared" if shared else "own"
            print(f"{name:8}{a:14}{p:8}{kind:>10}{each:12.3f}{1e6 / each:16,.0f} designs/s")


if __name__ == "__main__":
    main()
