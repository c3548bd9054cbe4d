"""A home directory for each test, hand-made generations, and workers that get stopped."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cmn_core.architecture import Architecture
from cmn_core.design import Design
from cmn_core.models.assigning.steps import settings as stated
from cmn_core.models.assigning.task import HardwareTask
from cmn_core.models.file import parse_model
from cmn_core.runs.store.store import Store
from cmn_core.search.constraints import Limits
from cmn_core.search.generation import Excess, Generation, HistoryRow, Nearest, Points
from cmn_core.search.scenario import Scenario
from cmn_core.search.state import EvolutionState, Placed, SearchState


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """For `python -c` in processes of their own."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "home"
    monkeypatch.setenv("CMN_HOME", str(path))
    monkeypatch.setenv("CMN_WORKERS", "1")
    monkeypatch.setenv("CMN_WORKER_IDLE_S", "20")
    monkeypatch.setenv("CMN_WORKER_NICE", "0")  # a busy test machine would starve it
    return path


@pytest.fixture
def store(home: Path) -> Store:
    return Store()


@pytest.fixture
def settings() -> dict[str, Any]:
    """A search of a fraction of a second per generation, whose first one finds something: on any
    die."""
    return Scenario(
        goal="energy",
        memory="sram",
        population=6,
        generations=4,
        particles=6,
        iterations=5,
        max_area_mm2=None,
    ).to_json()


@pytest.fixture
def chip_order() -> dict[str, Any]:
    """A search for the chip of two small networks, as `Store.create` takes it."""
    layers = [{"kind": "product", "k": 64, "n": 64, "vectors": 400, "block": "body"}]
    networks = [{"schema": "cmn.model/1", "name": name, "layers": layers} for name in ("a", "b")]
    task = HardwareTask(memory="sram", max_area_mm2=20.0, weights=(3.0, 1.0))
    models = [parse_model(network) for network in networks]
    return {"scenario": stated(task, models), "networks": networks}


@pytest.fixture
def made() -> Callable[[int], Generation]:
    """Generations by hand, with an infinity to keep."""

    def make(index: int) -> Generation:
        return Generation(
            index=index,
            evaluations=100 * index,
            best=None,
            front=(),
            nearest=Nearest(
                design=Design(Architecture((1, 2, 3, 4), (16, 32, 64, 128))),
                violated="min_miou",
                all={"min_miou": Excess(1 / 3, 10.0, 29 / 3)},
            ),
            points=Points(miou=[0.1, 0.2], feasible=[True, False]),
            history=HistoryRow(
                generation=index,
                evaluations=100 * index,
                best_objective=None,
                hypervolume=0.0,
                feasible_share=0.5,
                seconds=0.25 * index,
            ),
            limits=Limits(min_miou=10.0, max_array_mb=10.0),
            state=SearchState(
                evolution=EvolutionState(
                    X=[[1] * 8],
                    F=[[1 / 3, float("inf"), 0.1]],
                    G=[[0.1]],
                    rank=[None],
                    crowding=[float("inf")],
                    seen=index.to_bytes(16),
                ),
                stalled=index,
                hypervolume=0.1,
                front=(),
                best=None,
                closest=Placed((1,) * 8, (0.1, 0.2, 1 / 3), None, 2**53),
            ),
        )

    return make


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait for a condition; fail with its name when it takes too long."""

    def wait(condition: Callable[[], object], what: str, seconds: float = 100.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
            time.sleep(0.005)

    return wait


@pytest.fixture
def workers(home: Path) -> Iterator[Callable[[], list[int]]]:
    """Process ids of this home's workers; whatever is left of them at the end is killed."""

    def alive() -> list[int]:
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            ours = any(w.startswith(os.fsencode(home)) for w in words)
            if b"cmn_core.runs.workers.worker" in words and ours and state != "Z":
                found.append(int(entry.name))
        return sorted(found)

    yield alive
    for pid in alive():
        os.kill(pid, signal.SIGKILL)
