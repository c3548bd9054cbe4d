"""`benchmarks/chaos.py` in small: real processes, faults at random instants, nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHAOS = Path(__file__).resolve().parents[3] / "benchmarks" / "chaos.py"


def chaos(*words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(CHAOS), *words, "--json"], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    out: dict[str, Any] = json.loads(done.stdout)
    return out


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_at_twenty_random_instants_the_search_ends_as_if_nothing_had_happened() -> None:
    found = chaos("--kills", "20", "--seed", "5")
    assert found["faults"] == {"kill": 20}
    assert set(found["by"]) == {"worker", "search"}, "both were hit"
    assert found["lost"] == 0
    assert found["runs"] >= 3


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_so_it_does_when_stopped_paused_shut_down_or_robbed_of_a_process() -> None:
    found = chaos("--kills", "12", "--faults", "term,int,stop,pause,child", "--seed", "2")
    assert sum(found["faults"].values()) == 12
    assert len(found["faults"]) >= 4
    assert found["lost"] == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_so_it_does_beside_floods_full_disks_jumped_clocks_and_two_servers() -> None:
    found = chaos("--kills", "8", "--faults", "clock,full,servers,flood", "--seed", "3")
    assert sum(found["faults"].values()) == 8
    assert len(found["faults"]) >= 3
    assert found["lost"] == 0


def test_a_fault_that_does_not_exist_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, str(CHAOS), "--faults", "locusts"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "there is no fault 'locusts'; there are kill, term" in done.stderr
