"""Starting workers: detached processes, never more than there are slots, one kept warm.

A slot is a lock file in the home directory. The launcher takes it and hands the open descriptor
to the worker it starts, so two launchers can never start two workers for one slot.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from cmn_core.assets import ROOT
from cmn_core.runs.home import StoreError, home_dir, locks_dir, logs_dir, prepare, store_path
from cmn_core.runs.lock import FileLock, is_held
from cmn_core.runs.store.keys import TEACHER_KEY
from cmn_core.runs.store.store import Store

MAX_LOG_BYTES = 1_000_000
LEAST_MB = 150  # of a worker, with what numpy and scipy take before they do anything
_LIBRARIES = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
THREAD_LIMITS = {f"{library}_NUM_THREADS": "1" for library in _LIBRARIES}


def slot_count() -> int:
    """All cores but one, which is the server's; at least one. CMN_WORKERS sets another number."""
    named = os.environ.get("CMN_WORKERS", "")
    if named.isdigit() and int(named) > 0:
        return int(named)
    usable = getattr(os, "sched_getaffinity", None)  # Linux: the cores of this container only
    cores = len(usable(0)) if usable else os.cpu_count() or 1
    return max(1, cores - 1)


def slot_paths(home: Path) -> list[Path]:
    return [locks_dir(home) / f"worker-{i}.lock" for i in range(slot_count())]


def top_up(home: Path | None = None) -> int:
    """Start workers for the queue and one warm spare, as far as slots are free; how many.

    Call it when the app starts and after queueing. Raises StoreError when the home directory or
    its store cannot be used.
    """
    home = prepare(home_dir() if home is None else Path(home).absolute())
    store = Store(store_path(home))
    busy = sum(row.state == "running" for row in store.list_runs())
    wanted = busy + store.queued() + 1
    try:
        return _fill(home, wanted)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise StoreError.at(
            home, f"worker: it cannot be started ({reason}); check that {{place}} is writable"
        ) from error


def _fill(home: Path, wanted: int) -> int:
    """Start workers in free slots until as many as wanted are alive; how many were started."""
    slots = slot_paths(home)
    alive = sum(is_held(path) for path in slots)
    started = 0
    for path in slots:
        if alive + started >= wanted:
            break
        slot = FileLock.take(path, patience_s=0.0)
        if slot is not None:
            with slot:
                _start(home, slot)
            started += 1
    return started


def own_environment() -> dict[str, str]:
    """What a process that computes for the app gets: one thread, and no secret that it has no use
    for."""
    named = {name: value for name, value in os.environ.items() if name != TEACHER_KEY}
    return {**named, **THREAD_LIMITS}


def memory_limit() -> int | None:
    """Bytes that a worker may have, by CMN_WORKER_MB; None: no limit. StoreError for one that no
    worker lives with: its libraries then ask for memory again and again, without an end."""
    named = os.environ.get("CMN_WORKER_MB", "").strip()
    if named in ("", "0"):
        return None
    if not (named.isascii() and named.isdigit()) or int(named) < LEAST_MB:
        allowed = f"a whole number of at least {LEAST_MB} is expected, or 0 for no limit"
        raise StoreError(f"worker: CMN_WORKER_MB is '{named[:40]}'; {allowed}")
    return int(named) * 1_000_000


def _bound(pid: int, most: int | None) -> None:
    """Give a process no more memory than that: a search that asks for more fails with a sentence,
    and the machine stays usable."""
    limit = getattr(resource, "prlimit", None)  # Linux
    if most is not None and limit is not None:
        with contextlib.suppress(OSError, ValueError):  # it has ended, or may not have as much
            limit(pid, resource.RLIMIT_DATA, (most,) * 2)


def _start(home: Path, slot: FileLock) -> None:
    """A worker for that slot."""
    detached(
        home,
        "cmn_core.runs.workers.worker",
        *("--slot", str(slot.path), "--slot-fd", str(slot.descriptor)),
        log=slot.path.stem,
        pass_fds=(slot.descriptor,),
    )


def detached(home: Path, module: str, *words: str, log: str, pass_fds: Sequence[int] = ()) -> None:
    """Start `python -m module` in a session of its own: it outlives this process and its terminal.

    log: name of its file among the logs; pass_fds: open descriptors that it inherits. Raises
    OSError where it cannot be started, StoreError where it may have too little memory.
    """
    most = memory_limit()
    file = logs_dir(home) / f"{log}.log"
    full = file.exists() and file.stat().st_size > MAX_LOG_BYTES
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {
        **own_environment(),
        "CMN_HOME": str(home),
        "PYTHONPATH": os.pathsep.join(p for p in paths if p),
    }
    with file.open("wb" if full else "ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    _bound(process.pid, most)
    # Somebody has to take note of its end, or it stays in the process table as a zombie.
    threading.Thread(target=process.wait, name=f"reap {process.pid}", daemon=True).start()
