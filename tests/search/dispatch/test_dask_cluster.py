"""A real scheduler and real workers over TCP, some of them killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from cmn_core.datasets.info import dataset_info
from cmn_core.errors import FieldError, LostWorkersError
from cmn_core.runs.workers.accuracy import SupernetAccuracy
from cmn_core.search.codesign import codesign
from cmn_core.search.dispatch.parallel_accuracy import spread
from cmn_core.search.dispatch.shared_files import SharedFile
from cmn_core.search.scenario import Scenario
from cmn_core.supernet.network.checkpoint import weights_path
from tests.search.held import at, fallible, until

pytest.importorskip("distributed", reason="pip install -r requirements-cluster.txt")
from cmn_core.search.dispatch.dask_cluster import connected, scheduler_address

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[3]
SCENARIO = Scenario(
    goal="energy", memory="sram", population=6, generations=3, particles=10, iterations=10
)


class Machines:
    """A scheduler and its workers, each a process."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.workers, self.everyone = folder, [], []
        file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", file)
        until(file.exists)
        until(lambda: file.read_text().strip().endswith("}"))
        self.address = json.loads(file.read_text())["address"].replace("tcp://", "dask://")

    def add(self, *, checkout: Path = ROOT) -> subprocess.Popen:
        target = self.address.replace("dask://", "tcp://")
        words = ("--nthreads", "1", "--no-nanny", "--local-directory", self.folder / "scratch")
        worker = self._start("worker", target, *words, checkout=checkout)
        self.workers.append(worker)
        return worker

    def _start(self, what, *words, checkout: Path = ROOT) -> subprocess.Popen:
        log = (self.folder / f"{what}-{len(self.everyone)}.log").open("wb")
        address = ("--host", "127.0.0.1") if what == "scheduler" else ()
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", what, *map(str, words), *address, "--no-dashboard"],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        self.everyone.append(process)
        return process

    def registered(self, number: int) -> bool:
        return "Registered to" in (self.folder / f"worker-{number}.log").read_text()

    def close(self) -> None:
        for process in reversed(self.everyone):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """Two workers of one thread."""
    found = Machines(tmp_path_factory.mktemp("cluster"))
    try:
        for _ in range(2):
            found.add()
        until(lambda: all(found.registered(number) for number in (1, 2)))
        yield found
    finally:
        found.close()


def states(generations):
    return [g.state for g in generations]


def test_search_on_a_cluster_is_the_local_one_bit_for_bit(machines, formula):
    local = states(codesign(SCENARIO, accuracy=formula))
    assert states(codesign(SCENARIO, accuracy=formula, executor=machines.address)) == local


def test_executor_of_somebody_elses_client_does_as_well(machines, formula):
    from distributed import Client

    local = states(codesign(SCENARIO, accuracy=formula))
    address = machines.address.replace("dask://", "tcp://")
    with Client(address, set_as_default=False) as client:
        theirs = client.get_executor(pure=False)
        assert states(codesign(SCENARIO, accuracy=formula, executor=theirs)) == local
        assert theirs.submit(abs, -1).result() == 1, "it stays open"


def test_supernet_is_measured_where_its_files_have_never_been(machines, tmp_path):
    """The weights and images are gone before the first question: workers have the bytes."""
    rng = np.random.default_rng(5)
    data, weights = tmp_path / "images.npz", tmp_path / "own.safetensors"
    shutil.copy(weights_path("b0", "nyuv2"), weights)
    classes = len(dataset_info("nyuv2").classes)
    np.savez(
        data,
        images=rng.integers(0, 256, (2, 64, 96, 3), dtype=np.uint8),
        labels=rng.integers(0, classes, (2, 64, 96), dtype=np.uint8),
    )
    accuracy = SupernetAccuracy("b0", "nyuv2", data, weight_bits=8, weights=weights)
    experts, hidden = np.array([[1, 2, 1, 2], [2, 1, 1, 1]]), np.array([[16, 32, 64, 128]] * 2)
    with connected(machines.address) as cluster:
        source = spread(accuracy, cluster)
        data.unlink()
        weights.unlink()
        found = source(experts, hidden)
    assert found.miou.tolist() == accuracy(experts, hidden).miou.tolist()
    assert source.source == accuracy.source


def test_delivery_is_made_once(machines, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("some bytes")
    file = SharedFile.of(path)
    with connected(machines.address) as cluster:
        cluster.deliver([file])
        path.unlink()
        first = {cluster.submit(file.here).result(60) for _ in range(4)}
    assert all(p.parent.name == "cmn" for p in first)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("http://localhost:8786", "found 'http://localhost:8786'"),
        ("dask://localhost", "found 'dask://localhost'"),
        ("dask://localhost:0", "found 'dask://localhost:0'"),
        ("dask://localhost:70000", "found 'dask://localhost:70000'"),
        ("", "found ''"),
    ],
)
def test_address_of_another_form_is_refused(address, found):
    with pytest.raises(FieldError, match="dask://HOST:PORT") as caught:
        scheduler_address(address)
    assert (caught.value.field, caught.value.found) == ("executor", found)


def test_addresses_as_dask_writes_them():
    assert scheduler_address("dask://a.b:8786") == "tcp://a.b:8786"
    assert scheduler_address("dask+tls://10.0.0.1:1/") == "tls://10.0.0.1:1"
    assert scheduler_address("dask://[::1]:8786") == "tcp://[::1]:8786"


def test_scheduler_that_is_not_there_is_a_sentence(formula):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(FieldError, match=r"no Dask scheduler answers at dask://127.0.0.1:\d+ \("):
        next(codesign(SCENARIO, accuracy=formula, executor=f"dask://127.0.0.1:{port}"))


def test_something_else_that_listens_is_no_scheduler(formula):
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        address = f"dask://127.0.0.1:{mute.getsockname()[1]}"
        begun = time.monotonic()
        with pytest.raises(FieldError, match="no Dask scheduler answers"):
            next(codesign(SCENARIO, accuracy=formula, executor=address))
        assert time.monotonic() - begun < 60


def test_workers_must_be_there_and_run_this_code(tmp_path, formula):
    other = Machines(tmp_path)
    try:
        with pytest.raises(FieldError, match="has no workers; at least one is needed"):
            next(codesign(SCENARIO, accuracy=formula, executor=other.address))
        checkout = tmp_path / "checkout"
        for part in ("cmn_core", "assets/technologies"):
            shutil.copytree(ROOT / part, checkout / part)
        with (checkout / "cmn_core" / "cim" / "chip.py").open("a") as code:
            code.write("# another version\n")
        other.add(checkout=checkout)
        until(lambda: other.registered(1))
        with pytest.raises(FieldError, match="has another version of it; the same checkout"):
            next(codesign(SCENARIO, accuracy=formula, executor=other.address))
    finally:
        other.close()


def test_worker_killed_in_a_generation_changes_nothing(machines, formula):
    """The first of the two; one is left for what follows."""
    local = states(codesign(SCENARIO, accuracy=formula))
    steps = codesign(SCENARIO, accuracy=formula, executor=machines.address)
    found = [next(steps)]
    worker = machines.workers[0]
    threading.Timer(0.02, worker.kill).start()
    found += steps
    assert states(found) == local
    assert worker.wait(60) == -signal.SIGKILL


def test_what_a_killed_worker_was_at_is_done_again_and_not_for_ever(machines, tmp_path):
    """The last two tests' worker dies with its task, a new one takes it over, then none is left."""
    with connected(machines.address, patience_s=2.0) as cluster:
        job = cluster.submit(subprocess.call, fallible(tmp_path))
        until(lambda: at(tmp_path))
        assert at(tmp_path) == [machines.workers[1].pid]
        replacement = machines.add()
        until(lambda: cluster.width() == 2)
        machines.workers[1].kill()
        until(lambda: len(at(tmp_path)) == 2)
        (tmp_path / "go").touch()
        assert job.result(60) == 0
        assert at(tmp_path)[1] == replacement.pid

        (tmp_path / "go").unlink()
        orphan = cluster.submit(subprocess.call, fallible(tmp_path))
        until(lambda: len(at(tmp_path)) == 3)
        replacement.kill()
        with pytest.raises(LostWorkersError, match=r"no worker for 2 s; the search can be resumed"):
            orphan.result(60)
        machines.scheduler.kill()
        lost = cluster.submit(abs, -1)
        with pytest.raises(LostWorkersError, match="the search can be resumed"):
            lost.result(60)
    (tmp_path / "go").touch()
