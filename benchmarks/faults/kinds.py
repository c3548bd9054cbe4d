"""What may befall a process at work on a run. A further fault is one function."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from cmn_core.errors import FieldError
from cmn_core.runs.store.store import Store

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Life:
    """A process at work on a run from its start to its end or ours."""

    process: subprocess.Popen[bytes]
    by_worker: bool


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
        "import sys; from cmn_core.runs.store.store import Store\n"
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
