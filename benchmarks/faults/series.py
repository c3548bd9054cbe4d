"""Searches, one after the other, with a misfortune at every turn."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.faults.kinds import FAULTS, ROOT, Life
from benchmarks.faults.neighbours import NEIGHBOURS
from benchmarks.faults.tally import FaultTally
from cmn_core.runs.store.record import RunRow, outcome
from cmn_core.runs.store.store import Store
from cmn_core.runs.workers.launch import THREAD_LIMITS
from cmn_core.search.codesign import codesign
from cmn_core.search.generation import Generation
from cmn_core.search.scenario import Scenario

EFFORT = {"population": 6, "generations": 12, "particles": 6, "iterations": 5}
SCENARIOS = (
    Scenario(goal="energy", memory="sram", **EFFORT),  # type: ignore[arg-type]
    Scenario(goal="performance", memory="rram", seed=1, **EFFORT),  # type: ignore[arg-type]
)
ALL = {**FAULTS, **NEIGHBOURS}
PATIENCE_S = 600.0
MOST_EACH = 7  # faults of one search, however slow the machine makes it
EARLY = 0.15  # of the faults hit a process that may still be starting


class Series:
    """Runs and their misfortunes in a home of their own."""

    def __init__(self, home: Path, faults: Sequence[str], seed: int) -> None:
        self.home, self.faults, self.rng = home, list(faults), Random(seed)
        self.store = Store(home / "runs.sqlite")
        self.tally = FaultTally(seed)
        self.pace_s = 0.1  # of a generation, as seen so far
        self.expected = [uninterrupted(s) for s in SCENARIOS]
        self.done: set[str] = set()  # searches that have ended, which nothing may take away

    def run(self, count: int) -> FaultTally:
        """Searches, one after the other, until that many faults have hit them."""
        begun = time.monotonic()
        while self.tally.faults.total() < count:
            self._search(self.tally.runs, min(count, self.tally.faults.total() + MOST_EACH))
            self.tally.runs += 1
        self.tally.seconds = time.monotonic() - begun
        return self.tally

    def _search(self, number: int, most: int) -> None:
        which, by_worker = number // 2 % len(SCENARIOS), number % 2 == 0
        scenario = SCENARIOS[which]
        run_id = self.store.create(scenario.to_json())
        reached, deadline = -1, 0.0
        while (row := self.store.get(run_id)).state != "done":
            if row.generation > reached:
                reached, deadline = row.generation, time.monotonic() + PATIENCE_S
            if time.monotonic() > deadline:
                sys.exit(f"run {run_id} has come no further in {PATIENCE_S:.0f} s: {row}")
            if row.state != "queued":
                self.store.resume(run_id)
            life = self._start(run_id, by_worker)
            try:
                self._misfortune(life, run_id, most)
            finally:
                life.process.kill()
                life.process.wait()
        self.done.add(run_id)
        self.tally.generations += row.generation
        found = comparable(self.store.result(run_id))
        self.tally.different_results += found != self.expected[which]

    def _start(self, run_id: str, by_worker: bool) -> Life:
        """A process for the run; the command line's takes another number of its own."""
        words = ["cmn_core.runs.workers.worker"]
        if not by_worker:
            words = ["cmn_core", "search", "--resume", run_id]
            words += ["--workers", str(self.rng.choice((1, 2, 3)))]
        own = {"CMN_WORKERS": "1", "CMN_WORKER_IDLE_S": "0", "CMN_WORKER_NICE": "0"}
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env={**os.environ, **THREAD_LIMITS, **own, "CMN_HOME": str(self.home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=hears_interrupts,
        )
        self.tally.lives += 1
        return Life(process, by_worker)

    def _misfortune(self, life: Life, run_id: str, most: int) -> None:
        """Faults until one of them, or the run's end, ends the process."""
        while self.tally.faults.total() < most and self._wait(life, run_id):
            name = self.rng.choice(self.faults)
            before = self.store.get(run_id)
            if life.process.poll() is not None:
                break
            struck = time.time()
            ended = ALL[name](life, self.store, run_id, self.rng)
            self.tally.faults[name] += 1
            self.tally.by["worker" if life.by_worker else "search"] += 1
            if ended:
                self._gone(life)
                if before.generation:
                    self.tally.redone_s.append(max(0.0, struck - before.updated))
            self._check(before)
            if ended:
                return
        self._gone(life)

    def _wait(self, life: Life, run_id: str) -> bool:
        """Until the instant of the next fault; False when the process ended by itself before."""
        if self.rng.random() < EARLY:
            until = time.monotonic() + self.rng.uniform(0.0, 2.0)
        else:
            reached, begun = self.store.get(run_id).generation, time.monotonic()
            while self.store.get(run_id).generation == reached:
                if life.process.poll() is not None:
                    return False
                time.sleep(0.005)
            self.pace_s = min(self.pace_s, time.monotonic() - begun) if reached else self.pace_s
            until = time.monotonic() + self.rng.uniform(0.0, 4.0 * self.pace_s)
        while time.monotonic() < until:
            if life.process.poll() is not None:
                return False
            time.sleep(0.001)
        return life.process.poll() is None

    def _gone(self, life: Life) -> None:
        """Wait for the end of a process that was asked to leave or has nothing left to do."""
        try:
            life.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            sys.exit(f"process {life.process.pid} has not left in {PATIENCE_S:.0f} s")

    def _check(self, before: RunRow) -> None:
        """Nothing that was stored may be gone."""
        with closing(sqlite3.connect(self.store.path, timeout=30.0)) as db:
            (answer,) = db.execute("PRAGMA integrity_check").fetchone()
        self.tally.damaged_stores += answer != "ok"
        rows = [row.generation for row in self.store.history(before.run_id)]
        whole = rows == list(range(1, len(rows) + 1))
        kept = self.store.checkpoint(before.run_id)
        reached = kept.index if whole and kept is not None else 0
        self.tally.lost_generations += max(0, before.generation - reached)
        self.tally.lost_runs += len(self.done - {row.run_id for row in self.store.list_runs()})


def uninterrupted(scenario: Scenario) -> dict[str, Any]:
    """The result of the search in this process, in one go."""
    generations: list[Generation] = list(codesign(scenario))
    nobody = RunRow(
        run_id="", state="done", scenario=scenario.to_json(), generation=0, generations=0,
        created=0.0, updated=0.0, seconds=0.0, wish="run", batch=None, label=None, error=None,
    )  # fmt: skip
    return comparable(outcome(nobody, [g.history for g in generations], generations[-1]))


def comparable(result: dict[str, Any] | None) -> dict[str, Any]:
    """A result without its id and times, as it would be written to a file."""
    if result is None:
        return {}
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in result["history"]]
    kept = {k: v for k, v in result.items() if k not in ("run_id", "seconds", "swarm_share")}
    same: dict[str, Any] = json.loads(json.dumps({**kept, "history": rows}))
    return same


def hears_interrupts() -> None:
    """What a shell starts in the background is deaf to Ctrl-C, and so would be its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
