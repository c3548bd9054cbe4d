"""How much a second worker helps a search with the supernet as accuracy source.

Run: python benchmarks/dispatch/cluster.py [--cores 0,1] [--images 24] [--population 24] [--json]
A Dask scheduler and workers of one thread, each a process, over TCP on this machine; images are
generated, the weights are those that ship. Each measurement begins when the workers have the files
and the network, and is one whole search. Worker i is bound to core i of --cores, so the efficiency
needs as many free cores as workers; scheduler and search, which have little to do, share them. All
numbers of workers must end alike, bit for bit. Also printed: what went over the wire, and
processor time, which says something on a busy machine too; and how much the cores hold each other
up: the same subnets measured by one plain process, and by one on every core at a time, without
search and without Dask. No efficiency can be higher than that. What follows for many workers:
benchmarks/dispatch/workers.py.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import psutil
from distributed import Client

from cmn_core.architecture import SPACES
from cmn_core.datasets.info import dataset_info
from cmn_core.runs.workers.accuracy import SupernetAccuracy
from cmn_core.runs.workers.launch import THREAD_LIMITS
from cmn_core.search.codesign import codesign
from cmn_core.search.dispatch.dask_cluster import Cluster, scheduler_address
from cmn_core.search.dispatch.parallel_accuracy import spread
from cmn_core.search.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
START_S = 300.0
SUBNETS = 12  # of the measurement without Dask


@dataclass
class Measured:
    """One search: seconds of the clock; processor seconds of the search itself and of workers."""

    workers: int
    clock_s: float
    search_cpu_s: float
    worker_cpu_s: float
    generations: int
    sent_bytes: int
    received_bytes: int


@contextmanager
def cluster(folder: Path, cores: Sequence[int], count: int) -> Any:
    """Address of a scheduler with that many workers, and its process with theirs."""
    file = folder / f"scheduler-{count}.json"
    everyone = [_dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file)]
    try:
        _until(lambda: file.exists() and file.read_text().strip().endswith("}"), "the scheduler")
        address = json.loads(file.read_text())["address"]
        for number in range(count):
            core = cores[number % len(cores)]
            words = ("--nthreads", 1, "--no-nanny", "--local-directory", folder / "scratch")
            everyone.append(_dask("worker", address, *words, core=core))
        with Client(address, set_as_default=False, timeout=START_S) as client:
            client.wait_for_workers(count, timeout=START_S)
        yield address.replace("tcp://", "dask://"), [psutil.Process(p.pid) for p in everyone]
    finally:
        for process in reversed(everyone):
            process.kill()
            process.wait()


def _dask(what: str, *words: object, core: int | None = None) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", what, *map(str, words), "--no-dashboard"],
        env={**os.environ, **THREAD_LIMITS, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if core is not None:
        os.sched_setaffinity(process.pid, {core})
    return process


def _until(condition: Any, what: str) -> None:
    end = time.monotonic() + START_S
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"waited {START_S:.0f} s for {what}")
        time.sleep(0.02)


def measured(
    address: str, workers: list[psutil.Process], scenario: Scenario, accuracy: SupernetAccuracy
) -> tuple[Measured, list[Any]]:
    """A whole search, after every worker has loaded what it needs; and its generations."""
    with Client(scheduler_address(address), set_as_default=False) as client:
        shared = Cluster(client, address)
        warm = spread(accuracy, shared)  # also brings the files
        smallest = np.array([[1] * 4]), np.array([[16] * 4])
        warm(*smallest)
        client.run(accuracy.portable, (1, 1, 1, 1, 16, 16, 16, 16))
        before, wire = _cpu(workers), _wire()
        clock, own = time.perf_counter(), time.process_time()
        generations = list(codesign(scenario, accuracy=accuracy, executor=shared))
        clock, own = time.perf_counter() - clock, time.process_time() - own
        after = _wire()
        shared.shutdown()
        return (
            Measured(
                len(workers),
                clock,
                own,
                _cpu(workers) - before,
                len(generations),
                after[0] - wire[0],
                after[1] - wire[1],
            ),
            [g.state for g in generations],
        )


def ceiling(images: Path, cores: Sequence[int]) -> float:
    """Rate of measuring subnets in a plain process on each core at a time, over that of one alone;
    the median of three turns."""
    turns = [_together(images, cores[:1]) / _together(images, cores) for _ in range(3)]
    return float(np.median(turns))


def _together(images: Path, cores: Sequence[int]) -> float:
    """Mean seconds of processes that measure the same subnets at the same time, one per core."""
    context = get_context("spawn")
    start, answers = context.Barrier(len(cores)), context.Queue()
    everyone = [
        context.Process(target=_plain, args=(images, core, start, answers)) for core in cores
    ]
    for process in everyone:
        process.start()
    seconds = [answers.get(timeout=START_S) for _ in everyone]
    for process in everyone:
        process.join()
    return float(np.mean(seconds))


def _plain(images: Path, core: int, start: Any, answers: Any) -> None:
    os.sched_setaffinity(0, {core})
    accuracy = SupernetAccuracy("b0", "nyuv2", images, weight_bits=8)
    rng, space = np.random.default_rng(0), SPACES["b0"]
    experts = rng.integers(1, 6, (SUBNETS, 4))
    hidden = rng.integers(16, np.array(space.max_hidden) + 1, (SUBNETS, 4))
    accuracy(np.array([[1] * 4]), np.array([[16] * 4]))  # to warm up
    start.wait()
    begun = time.perf_counter()
    accuracy(experts, hidden)
    answers.put(time.perf_counter() - begun)


def _cpu(processes: list[psutil.Process]) -> float:
    return sum(p.cpu_times().user + p.cpu_times().system for p in processes)


def _wire() -> tuple[int, int]:
    """Bytes that this process's TCP connections have sent and received, by Linux's tcp_info."""
    sent = received = 0
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if not os.readlink(entry).startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(entry.name))) as one:
                info = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 136)
            acked, taken = struct.unpack_from("QQ", info, 120)
            sent, received = sent + acked, received + taken
    return sent, received


def generated(path: Path, images: int) -> None:
    rng, info = np.random.default_rng(0), dataset_info("nyuv2")
    shape = (images, 120, 160)
    labels = rng.integers(0, len(info.classes), shape, dtype=np.uint8)
    np.savez(path, images=rng.integers(0, 256, (*shape, 3), dtype=np.uint8), labels=labels)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Workers over TCP; see the head of the file.")
    parser.add_argument("--cores", default="0,1", help="one per worker")
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--population", type=int, default=24)
    parser.add_argument("--generations", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    cores = [int(core) for core in options.cores.split(",")]
    with tempfile.TemporaryDirectory(prefix="cmn-cluster-") as name:
        folder = Path(name)
        generated(folder / "images.npz", options.images)
        scenario = Scenario(
            goal="energy",
            memory="sram",
            accuracy="supernet",
            data=str(folder / "images.npz"),
            min_miou=0.0,
            population=options.population,
            generations=options.generations,
        )
        accuracy = SupernetAccuracy("b0", "nyuv2", folder / "images.npz", weight_bits=8)
        found, ends = [], []
        for count in range(1, max(2, len(cores)) + 1):
            with cluster(folder, cores, count) as (address, (_, *workers)):
                figures, end = measured(address, workers, scenario, accuracy)
                found.append(figures)
                ends.append(end)
        same = all(end == ends[0] for end in ends)
        most = ceiling(folder / "images.npz", cores)
    one = found[0]
    efficiency = {f.workers: one.clock_s / (f.workers * f.clock_s) for f in found}
    if options.json:
        measurements = [asdict(f) for f in found]
        answer = {"measured": measurements, "efficiency": efficiency, "same": same}
        print(json.dumps({**answer, "ceiling": most}))
        return 0 if same else 1
    print(f"{options.images} images, population {options.population}, cores {options.cores}")
    print("workers   clock s   efficiency   search cpu s   workers cpu s   kB sent   kB received")
    for f in found:
        print(
            f"{f.workers:7}{f.clock_s:10.2f}{efficiency[f.workers]:13.3f}"
            f"{f.search_cpu_s:15.2f}{f.worker_cpu_s:16.2f}"
            f"{f.sent_bytes / 1e3:10.1f}{f.received_bytes / 1e3:14.1f}"
        )
    print(
        f"{len(cores)} plain processes at a time, without Dask: {most:.3f} of the rate of one each"
    )
    print(f"same result with any number of workers: {'yes' if same else 'NO'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
