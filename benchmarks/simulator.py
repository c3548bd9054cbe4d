"""How many designs a second the cost model prices on one core, and ZigZag beside it.

Run: python benchmarks/simulator.py [--repeat N] [--profile] [--quick]

Forms, for B0 with all four blocks and other, totals included:
- general: every design has hardware of its own (a swarm); price() and combine()
- detail: the same with the breakdown by part and 90 % intervals
- search: many architectures on few hardware points, so that whatever depends on neither experts
  nor hidden size is computed once per hardware point

Processor time, median (lowest to highest) over the repeats, so that other work on the machine
disturbs less. "copy" is the share of that time which a plain copy of the inputs and results takes:
near 100 % the memory would be the limit. ZigZag is timed in the same run where it is installed
(requirements-bench.txt); it searches a mapping for each layer, this simulator has a fixed one.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from cmn_core.architecture import SPACES
from cmn_core.cim.chip import combine, price
from cmn_core.cim.technologies.technology import NAMES, Technology, load_technology
from cmn_core.cim.uncertainty import compose
from cmn_core.cim.workload import lay_out
from cmn_core.design import Workload

SPACE = SPACES["b0"]
MEMORIES = tuple(name for name in NAMES if name in ("rram", "sram"))
BATCHES = (1, 1_000, 100_000)
POINTS = 4  # hardware points of the search form
SHORT_S = 0.02  # a repeat takes at least this long: small batches are priced several times


def batch(technology: Technology, size: int, form: str) -> dict[str, Any]:
    """Random designs on the search grid: [A, P] with P = 1 unless hardware is shared."""
    rng = np.random.default_rng(0)
    grid = technology.grid()
    points = min(POINTS, size) if form == "search" else 1
    a, rows = max(size // points, 1), 1 if form == "search" else size
    index = rng.integers(0, len(grid["rows"]), (rows, points))
    return {
        "experts": rng.integers(1, 6, (a, 1, 4)).astype(np.float64),
        "hidden": rng.integers(16, np.array(SPACE.max_hidden) + 1, (a, 1, 4)).astype(np.float64),
        "knobs": {name: column[index] for name, column in grid.items()},
        "replicas": rng.integers(1, 9, (rows, points, 4)).astype(np.float64),
    }


def priced(technology: Technology, arrays: dict[str, Any], form: str) -> Any:
    """One call as the search or `evaluate` makes it."""
    memory = np.full(4, technology.name == "rram")
    detail = form == "detail"
    costs = {technology.name: price(SPACE, Workload(), technology, **arrays, detail=detail)}
    chip = combine(costs, memory)
    if detail:
        composed = compose(costs, memory, chip, {technology.name: technology})
        return costs, chip, {name: c.interval for name, c in composed.items()}
    return costs, chip


def times(call: Callable[[], Any], repeat: int) -> list[float]:
    """Processor seconds of one call, `repeat` times over, after one to warm up."""
    call()
    start = time.process_time()
    call()
    inner = max(1, int(SHORT_S / max(time.process_time() - start, 1e-6)))
    out = []
    for _ in range(repeat):
        start = time.process_time()
        for _ in range(inner):
            call()
        out.append((time.process_time() - start) / inner)
    return sorted(out)


def nbytes(value: Any) -> int:
    """Bytes of all arrays in inputs or results, each counted once."""
    found: dict[int, int] = {}

    def visit(item: Any) -> None:
        if isinstance(item, np.ndarray):
            whole = item if item.base is None else item.base
            found[id(whole)] = min(item.nbytes, getattr(whole, "nbytes", item.nbytes))
        elif isinstance(item, dict):
            for part in item.values():
                visit(part)
        elif isinstance(item, list | tuple):
            for part in item:
                visit(part)
        elif hasattr(item, "__dataclass_fields__"):
            visit(vars(item))

    visit(value)
    return sum(found.values())


def copy_seconds(count: int, repeat: int) -> float:
    """Median time to copy so many bytes."""
    source = np.ones(max(count // 16, 1))  # half of them are read, half are written
    target = np.empty_like(source)
    return statistics.median(times(lambda: np.copyto(target, source), repeat))


def simulator(repeat: int, batches: tuple[int, ...]) -> None:
    columns = f"{'memory':8}{'form':10}{'batch':>9}{'designs/s':>14}{'lowest':>14}{'highest':>14}"
    print(columns + f"{'us each':>10}{'copy':>8}")
    for name in MEMORIES:
        technology = load_technology(name)
        for form in ("general", "detail", "search"):
            for size in batches:
                arrays = batch(technology, size, form)

                def call(arrays: Any = arrays, form: str = form, t: Any = technology) -> Any:
                    return priced(t, arrays, form)

                spent = times(call, repeat)
                middle = statistics.median(spent)
                moved = nbytes(arrays) + nbytes(call())
                share = copy_seconds(moved, repeat) / middle
                line = f"{name:8}{form:10}{size:9,}{size / middle:14,.0f}{size / spent[-1]:14,.0f}"
                print(f"{line}{size / spent[0]:14,.0f}{1e6 * middle / size:10.2f}{share:8.1%}")


def layers() -> list[tuple[int, int, int]]:
    """(vectors, k, n) of one expert FFN in each block of the largest B0, 480 x 640."""
    layout = lay_out(SPACE, Workload())
    tokens, widths = layout.tokens.astype(int).tolist(), SPACE.widths
    sizes = list(zip(tokens, widths, SPACE.max_hidden, strict=True))
    return [(v, k, n) for v, c, h in sizes for k, n in ((c, h), (h, c))]


def ours(repeat: int) -> float:
    """Seconds for that list with everything that `model` prints, on SRAM."""
    from cmn_core.models.chip import Chip, uniform, with_macros
    from cmn_core.models.file import parse_model
    from cmn_core.models.layers import SCHEMA
    from cmn_core.models.pricing import price_model

    rows = [{"kind": "product", "vectors": v, "k": k, "n": n} for v, k, n in layers()]
    model = parse_model({"schema": SCHEMA, "name": "expert FFNs", "layers": rows})
    chip = with_macros(Chip(uniform("sram")))
    return statistics.median(times(lambda: price_model(model, chip, detail=True), repeat))


def zigzag(repeat: int) -> str | dict[str, float]:
    """Seconds that ZigZag takes for the same list on its digital IMC example; why not, if not."""
    try:
        import zigzag as package
        from zigzag.api import get_hardware_performance_zigzag
    except ImportError as error:
        return f"not timed: {error} (pip install -r requirements-bench.txt)"
    logging.disable(logging.WARNING)
    folder = Path(package.__file__).parent / "inputs"
    workload = [
        {
            "id": i,
            "operator_type": "Gemm",
            "equation": "O[b][k]+=I[b][c]*W[c][k]",
            "loop_dims": ["B", "C", "K"],
            "loop_sizes": [v, k, n],
            "operand_precision": {"O": 16, "O_final": 8, "W": 8, "I": 8},
            "operand_source": {"I": max(i - 1, 0), "W": i},  # a chain: it refuses loose layers
        }
        for i, (v, k, n) in enumerate(layers())
    ]
    out = {}
    with tempfile.TemporaryDirectory() as scratch:
        for effort, limit in (("default effort", 6), ("lpf_limit 4", 4)):
            spent = []
            for _ in range(1 if limit > 4 else repeat):
                start = time.process_time()
                get_hardware_performance_zigzag(
                    workload,
                    str(folder / "hardware" / "dimc.yaml"),
                    str(folder / "mapping" / "default_imc.yaml"),
                    in_memory_compute=True,
                    opt="energy",
                    dump_folder=scratch,
                    pickle_filename=str(Path(scratch) / "all.pickle"),
                    lpf_limit=limit,
                    loma_show_progress_bar=False,
                )
                spent.append(time.process_time() - start)
            out[effort] = statistics.median(spent)
    return out


def profile() -> None:
    """Where the general form spends its time."""
    import cProfile
    import pstats

    for name in MEMORIES:
        technology = load_technology(name)
        arrays = batch(technology, BATCHES[-1], "general")
        priced(technology, arrays, "general")
        seen = cProfile.Profile(time.process_time)  # time of others does not count
        seen.runcall(priced, technology, arrays, "general")
        print(f"== {name}, {BATCHES[-1]:,} designs, general form")
        pstats.Stats(seen).sort_stats("tottime").print_stats(14)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="small batches, two repeats")
    parser.add_argument("--profile", action="store_true", help="the most costly functions instead")
    asked = parser.parse_args()
    if asked.profile:
        profile()
        return
    repeat = 2 if asked.quick else max(1, asked.repeat)
    print(f"processor time, median of {repeat}; numpy {np.__version__}")
    simulator(repeat, BATCHES[:2] if asked.quick else BATCHES)
    mine = ours(repeat)
    print(f"\n{len(layers())} matrices of expert FFNs, B0 at 480 x 640, digital SRAM, one point")
    print(f"{'this simulator, with breakdown':34}{1e3 * mine:12.3f} ms")
    theirs = zigzag(min(repeat, 3))
    if isinstance(theirs, str):
        print(f"{'ZigZag':34}{theirs}")
        return
    for effort, spent in theirs.items():
        title = f"ZigZag, {effort}"
        print(f"{title:34}{1e3 * spent:12,.0f} ms{spent / mine:10,.0f} x as long")


if __name__ == "__main__":
    main()
