"""What a search loses when its process is killed, stopped or paused at random instants: nothing.

Run: python benchmarks/chaos.py [--kills 100] [--faults kill,term,... or all] [--json]
Searches run as people run them, half by `python -m cmn_core.runs.worker`, half by
`python -m cmn_core search`, which goes on with one to three processes after each fault. Faults hit
while the process starts or anywhere within a few generations. After each of them the store must be
whole and hold every generation that was there before, and the end must be that of the same search
in this process, bit for bit. Exit 1 when anything was lost. A further fault is one function.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cmn_core.errors import FieldError
from cmn_core.runs.launch import THREAD_LIMITS
from cmn_core.runs.outcome import outcome
from cmn_core.runs.record import RunRow
from cmn_core.runs.store import Store
from cmn_core.search.codesign import codesign
from cmn_core.search.generation import Generation
from cmn_core.search.scenario import Scenario

ROOT = Path(__file__).resolve().parents[1]
EFFORT = {"population": 6, "generations": 12, "particles": 6, "iterations": 5}
SCENARIOS = (
    Scenario(goal="energy", memory="sram", **EFFORT),  # type: ignore[arg-type]
    Scenario(goal="performance", memory="rram", seed=1, **EFFORT),  # type: ignore[arg-type]
)
PATIENCE_S = 600.0
EARLY = 0.15  # of the faults hit a process that may still be starting


@dataclass
class Life:
    """A process at work on a run from its start to its end or ours."""

    process: subprocess.Popen[bytes]
    by_worker: bool


@dataclass
class Tally:
    """What happened, and what was lost by it."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    by: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    lives: int = 0
    generations: int = 0
    redone_s: list[float] = field(default_factory=list)
    lost_generations: int = 0
    damaged_stores: int = 0
    different_results: int = 0
    seconds: float = 0.0

    @property
    def lost(self) -> int:
        return self.lost_generations + self.damaged_stores + self.different_results


Fault = Callable[[Life, Store, str, Random], bool]


def kill(life: Life, store: Store, run_id: str, rng: Random) -> bool:
    """kill -9: whether the process is gone, like the answer of every fault."""
    life.process.kill()
    return True


def term(life: Life, store: Store, run_id: str, rng: Random) -> bool:
    """What a system sends that shuts down."""
    life.process.terminate()
    return True


def interrupt(life: Life, store: Store, run_id: str, rng: Random) -> bool:
    """Ctrl-C; twice may be needed where it falls between two statements."""
    life.process.send_signal(signal.SIGINT)
    return True


def stop(life: Life, store: Store, run_id: str, rng: Random) -> bool:
    """Frozen for a while, as by a laptop's lid."""
    life.process.send_signal(signal.SIGSTOP)
    time.sleep(rng.uniform(0.05, 1.0))
    life.process.send_signal(signal.SIGCONT)
    return False


def pause(life: Life, store: Store, run_id: str, rng: Random) -> bool:
    """A person's wish: the process lays the run down and leaves."""
    store.pause(run_id)
    return store.get(run_id).state != "done"


def child(life: Life, store: Store, run_id: str, rng: Random) -> bool:
    """kill -9 for one of the processes that share the work; they are replaced."""
    found = children(life.process.pid)
    if found:
        os.kill(rng.choice(found), signal.SIGKILL)
    return False


def lock(life: Life, store: Store, run_id: str, rng: Random) -> bool:
    """Another program holds the store's file, for longer than anybody waits or not so long."""
    with closing(sqlite3.connect(store.path, isolation_level=None, timeout=30.0)) as db:
        db.execute("BEGIN IMMEDIATE")
        time.sleep(rng.uniform(0.05, 7.0))
        db.execute("ROLLBACK")
    return False


def writer(life: Life, store: Store, run_id: str, rng: Random) -> bool:
    """A server that queues searches is killed in the middle of that."""
    code = (
        "import sys; from cmn_core.runs.store import Store\n"
        "store = Store()\nrow = store.get(sys.argv[1]).scenario\nprint(flush=True)\n"
        "while True: store.delete(store.create(row))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, run_id],
        cwd=ROOT,
        env={**os.environ, "CMN_HOME": str(store.home)},
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout is not None
        server.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.5))
        server.kill()
    for row in store.list_runs():
        if row.run_id != run_id and row.state == "queued":
            with suppress(FieldError):  # a worker was quicker
                store.delete(row.run_id)
    return False


FAULTS: dict[str, Fault] = {
    "kill": kill,
    "term": term,
    "int": interrupt,
    "stop": stop,
    "pause": pause,
    "child": child,
    "lock": lock,
    "writer": writer,
}


def hears_interrupts() -> None:
    """What a shell starts in the background is deaf to Ctrl-C, and so would be its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def children(pid: int) -> list[int]:
    """Processes of a local pool (the one that minds their semaphores is left alone)."""
    out = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            spawned = b"spawn_main" in (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == pid and spawned:
            out.append(int(entry.name))
    return out


class Chaos:
    """Runs and their misfortunes in a home of their own."""

    def __init__(self, home: Path, faults: Sequence[str], seed: int) -> None:
        self.home, self.faults, self.rng = home, list(faults), Random(seed)
        self.store = Store(home / "runs.sqlite")
        self.tally = Tally(seed)
        self.pace_s = 0.1  # of a generation, as seen so far
        self.expected = [uninterrupted(s) for s in SCENARIOS]

    def run(self, count: int) -> Tally:
        """Searches, one after the other, until that many faults have hit them."""
        begun = time.monotonic()
        while self.tally.faults.total() < count:
            self._search(self.tally.runs, count)
            self.tally.runs += 1
        self.tally.seconds = time.monotonic() - begun
        return self.tally

    def _search(self, number: int, count: int) -> None:
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
                self._misfortune(life, run_id, count)
            finally:
                life.process.kill()
                life.process.wait()
        self.tally.generations += row.generation
        found = comparable(self.store.result(run_id))
        self.tally.different_results += found != self.expected[which]

    def _start(self, run_id: str, by_worker: bool) -> Life:
        """A process for the run; the command line's takes another number of its own."""
        words = ["cmn_core.runs.worker"]
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

    def _misfortune(self, life: Life, run_id: str, count: int) -> None:
        """Faults until one of them, or the run's end, ends the process."""
        while self.tally.faults.total() < count and self._wait(life, run_id):
            name = self.rng.choice(self.faults)
            before = self.store.get(run_id)
            if life.process.poll() is not None:
                break
            struck = time.time()
            ended = FAULTS[name](life, self.store, run_id, self.rng)
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
        rows = [row["generation"] for row in self.store.history(before.run_id)]
        whole = rows == list(range(1, len(rows) + 1))
        kept = self.store.checkpoint(before.run_id)
        reached = kept.index if whole and kept is not None else 0
        self.tally.lost_generations += max(0, before.generation - reached)


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
    kept = {k: v for k, v in result.items() if k not in ("run_id", "seconds")}
    same: dict[str, Any] = json.loads(json.dumps({**kept, "history": rows}))
    return same


def report(tally: Tally) -> str:
    names = ", ".join(f"{count} {name}" for name, count in tally.faults.most_common())
    hit = ", ".join(f"{count} {who}" for who, count in tally.by.most_common())
    redone = tally.redone_s or [0.0]
    lines = [
        f"{tally.faults.total()} faults ({names}; {hit}), seed {tally.seed},"
        f" in {tally.seconds:.0f} s",
        f"{tally.runs} runs, {tally.generations} generations, {tally.lives} processes",
        f"work since the last stored generation: median {median(redone):.3f} s,"
        f" most {max(redone):.3f} s",
        f"stored generations lost: {tally.lost_generations}",
        f"stores damaged: {tally.damaged_stores}",
        f"results that differ from the uninterrupted run: {tally.different_results}",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Faults at random instants; see the file's head.")
    parser.add_argument("--kills", type=int, default=100, help="faults in all")
    parser.add_argument("--faults", default="kill", help=f"of {','.join(FAULTS)}, or all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    faults = list(FAULTS) if options.faults == "all" else options.faults.split(",")
    unknown = [name for name in faults if name not in FAULTS]
    if unknown:
        parser.error(f"there is no fault '{unknown[0]}'; there are {', '.join(FAULTS)}")
    with tempfile.TemporaryDirectory(prefix="cmn-chaos-") as folder:
        tally = Chaos(Path(folder) / "home", faults, options.seed).run(options.kills)
    if options.json:
        # Not asdict: it takes a Counter apart.
        print(
            json.dumps(
                {f.name: getattr(tally, f.name) for f in fields(tally)} | {"lost": tally.lost}
            )
        )
    else:
        print(report(tally))
    return 1 if tally.lost else 0


if __name__ == "__main__":
    sys.exit(main())
