"""Where further workers stop helping: a model of one generation, from figures measured here.

Run: python benchmarks/dispatch/workers.py [--images 16] [--json]
Measured, all in processor time, which other work on the machine hardly changes: the hardware search
of few architectures and of many at once, one subnet on some images, what no worker can take over
(operators, sorting, designs, the store), and what a task costs the search and the scheduler beside
its work (one Dask worker on this machine, over TCP). Bytes are those of pickled tasks and answers.
The table is computed from them: tasks are spread evenly, nothing waits for the network.

    T(N) = serial + hardware + accuracy
    hardware = rounds * (fixed + k * task) + rows * each * ceil(P / k)
    k = min(N, P, sqrt(P * each / 3 ms)) tasks
    accuracy = max(longest, mean * P / N) + P * task    0 with the predictor
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import psutil
from cluster import cluster, generated

from cmn_core.runs.store.store import Store
from cmn_core.runs.workers.accuracy import SupernetAccuracy
from cmn_core.search.codesign import codesign
from cmn_core.search.dispatch.batching import TASK_S
from cmn_core.search.dispatch.dask_cluster import checked, connected
from cmn_core.search.inner.problem import Found
from cmn_core.search.scenario import Scenario

TASKS = 300
GENERATIONS = 5
POPULATIONS = (50, 200, 1000)
WORKERS = (1, 2, 10, 100, 1000)
VAL_IMAGES = 160  # of NYUv2's val.npz, which a search with the supernet is meant for
SUBNETS = 5
WHOLE = (5, 5, 5, 5, 128, 256, 640, 1024)


@dataclass
class Figures:
    """Seconds of processor time, and bytes there and back."""

    hardware_fixed_s: float
    hardware_each_s: float
    serial_fixed_s: float
    serial_each_s: float
    subnet_mean_s: float
    subnet_longest_s: float
    task_search_s: float
    task_scheduler_s: float
    rounds: float  # of hardware tasks in a generation: its children, then its new front
    rows: float  # of all rounds, per architecture
    hardware_task_bytes: float
    hardware_each_bytes: float
    accuracy_task_bytes: int
    files_bytes: int

    @property
    def task_s(self) -> float:
        return self.task_search_s + self.task_scheduler_s

    def generation_s(self, population: int, workers: int, *, supernet: bool) -> float:
        """The formula at the head of the file."""
        worth = round(math.sqrt(population * self.hardware_each_s / TASK_S))
        parts = max(1, min(workers, population, worth))
        each = self.hardware_each_s * self.rows
        hardware = self.rounds * self.hardware_fixed_s + each * math.ceil(population / parts)
        accuracy = 0.0
        if supernet:
            shared = self.subnet_mean_s * population / workers
            accuracy = max(self.subnet_longest_s, shared) + population * self.task_s
        serial = self.serial_fixed_s + self.serial_each_s * population
        return serial + hardware + self.rounds * parts * self.task_s + accuracy


@dataclass
class Task:
    """A hardware search of some architectures."""

    rows: int
    spent_s: float
    sent_bytes: int
    answer_bytes: int


class Clocked(Executor):
    """Does the work at once, in this process, and knows how long it took and how large it was."""

    def __init__(self, parts: int) -> None:
        self._parts = parts
        self.tasks: list[Task] = []

    def width(self) -> int:
        return self._parts

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        job: Future[Any] = Future()
        begun = time.process_time()
        job.set_result(fn(*args, **kwargs))
        spent = time.process_time() - begun
        _, answer = job.result()
        sent = len(pickle.dumps((checked, "0" * 16, fn, args)))
        rows = answer.index if isinstance(answer, Found) else answer[0]
        self.tasks.append(Task(len(rows), spent, sent, len(pickle.dumps(job.result()))))
        return job


def generations(folder: Path, population: int, parts: int) -> tuple[list[Task], float]:
    """The hardware searches of some generations, cut into as many parts at most, and the seconds
    of all the rest per generation."""
    scenario = Scenario(
        goal="energy", memory="rram", population=population, generations=GENERATIONS
    )
    store = Store(folder / f"home-{population}-{parts}" / "runs.sqlite")
    clocked = Clocked(parts)
    with store.begin(scenario.to_json()) as claim:
        steps = codesign(scenario, executor=clocked)
        next(steps)  # loads files, fills caches
        clocked.tasks.clear()
        begun = time.process_time()
        for generation in steps:
            store.append(claim.run_id, generation, seconds=0.0)
        whole = time.process_time() - begun
        store.finish(claim.run_id, None)
    hardware = sum(task.spent_s for task in clocked.tasks)
    return clocked.tasks, (whole - hardware) / (GENERATIONS - 1)


def line(few: list[Task], many: list[Task], name: str) -> tuple[float, float]:
    """Slope by rows and value at none, through the means of tasks of few and of many rows."""
    x = [float(np.mean([task.rows for task in tasks])) for tasks in (few, many)]
    y = [float(np.mean([getattr(task, name) for task in tasks])) for tasks in (few, many)]
    slope = (y[1] - y[0]) / (x[1] - x[0])
    return slope, y[0] - slope * x[0]


def subnets(folder: Path, images: int) -> tuple[list[float], int, int]:
    """Seconds per image of a few subnets, the largest last; bytes of their tasks and files."""
    generated(folder / "images.npz", images)
    accuracy = SupernetAccuracy("b0", "nyuv2", folder / "images.npz", weight_bits=8)
    rng = np.random.default_rng(0)
    experts = rng.integers(1, 6, (SUBNETS, 4))
    hidden = rng.integers(16, np.array(WHOLE[4:]) + 1, (SUBNETS, 4))
    rows = [*np.concatenate([experts, hidden], axis=1).tolist(), list(WHOLE)]
    accuracy(np.array([[1] * 4]), np.array([[16] * 4]))  # to warm up
    spent = []
    for row in rows:
        begun = time.process_time()
        accuracy(np.array([row[:4]]), np.array([row[4:]]))
        spent.append((time.process_time() - begun) / images)
    portable = accuracy.portable
    task = len(pickle.dumps((checked, "0" * 16, portable, WHOLE)))
    answer = len(pickle.dumps((1.0, 1.0, 1.0)))
    return spent, task + answer, sum(file.path.stat().st_size for file in portable.files)


def beside_the_work(folder: Path) -> tuple[float, float]:
    """Seconds that a task costs the search and the scheduler."""
    cores = sorted(os.sched_getaffinity(0))
    with (
        cluster(folder, cores[-1:], 1) as (address, (scheduler, _)),
        connected(address) as shared,
    ):
        _nothing(shared)
        before, own = _spent(scheduler), time.process_time()
        _nothing(shared)
        own = time.process_time() - own
        return own / TASKS, (_spent(scheduler) - before) / TASKS


def _nothing(shared: Executor) -> None:
    for job in [shared.submit(abs, -1) for _ in range(TASKS)]:
        job.result()


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def measured(images: int) -> Figures:
    with tempfile.TemporaryDirectory(prefix="cmn-workers-") as name:
        folder = Path(name)
        small, large = POPULATIONS[:2]
        many, rest = generations(folder, small, 1)
        few, _ = generations(folder, small, small)
        _, rest_large = generations(folder, large, 1)
        seconds, accuracy_bytes, files = subnets(folder, images)
        task_search, task_scheduler = beside_the_work(folder)
    each_rest = (rest_large - rest) / (large - small)
    each, fixed = line(few, many, "spent_s")
    each_sent, sent = line(few, many, "sent_bytes")
    each_back, back = line(few, many, "answer_bytes")
    return Figures(
        hardware_fixed_s=max(0.0, fixed),
        hardware_each_s=each,
        serial_fixed_s=max(0.0, rest - each_rest * small),
        serial_each_s=each_rest,
        subnet_mean_s=VAL_IMAGES * float(np.mean(seconds[:-1])),
        subnet_longest_s=VAL_IMAGES * seconds[-1],
        task_search_s=task_search,
        task_scheduler_s=task_scheduler,
        rounds=len(many) / (GENERATIONS - 1),
        rows=sum(task.rows for task in many) / ((GENERATIONS - 1) * small),
        hardware_task_bytes=sent + back,
        hardware_each_bytes=each_sent + each_back,
        accuracy_task_bytes=accuracy_bytes,
        files_bytes=files,
    )


def table(figures: Figures, *, supernet: bool) -> str:
    """Seconds of a generation, and the share of all workers' time that is work."""
    lines = ["population" + "".join(f"{n:>12} workers" for n in WORKERS)]
    for population in POPULATIONS:
        alone = figures.generation_s(population, 1, supernet=supernet)
        cells = []
        for count in WORKERS:
            seconds = figures.generation_s(population, count, supernet=supernet)
            cells.append(f"{seconds:12.3f} s {100 * alone / seconds / count:3.0f} %")
        lines.append(f"{population:10} " + " ".join(cells))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Where workers stop helping; see the file's head.")
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    figures = measured(options.images)
    if options.json:
        print(json.dumps(asdict(figures)))
        return 0
    for name, value in asdict(figures).items():
        print(f"{name:26}{value * (1e3 if name.endswith('_s') else 1):14,.3f}", end="")
        print(" ms" if name.endswith("_s") else " bytes" if name.endswith("_bytes") else "")
    for supernet, title in ((False, "predictor"), (True, f"supernet, {VAL_IMAGES} images")):
        print(f"\none generation, accuracy {title}: seconds and efficiency (computed)")
        print(table(figures, supernet=supernet))
    return 0


if __name__ == "__main__":
    sys.exit(main())
