"""What others on the machine may do while a search is at work: servers, floods, clocks, disks."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from random import Random

from benchmarks.faults.kinds import ROOT, Fault, Life
from cmn_core.errors import FieldError
from cmn_core.runs.store.maintenance import cancel_all
from cmn_core.runs.store.steering import Which
from cmn_core.runs.store.store import Store

TEN_YEARS_S = 3652 * 86_400
CLOCK = f"""
import sys, time
now = time.time
time.time = lambda: now() + {TEN_YEARS_S}
from cmn_core.errors import FieldError
from cmn_core.runs.store.maintenance import Keeping, prune
from cmn_core.runs.store.store import Store
store = Store()
row = store.get(sys.argv[1]).scenario
store.delete(store.create(row))
try:
    gone = prune(store, Keeping(days=1))
except FieldError as refused:
    assert "clock" in str(refused), refused
else:
    raise SystemExit(f"{{len(gone)}} runs were deleted by a clock that jumped")
"""
FULL = """
import os, resource, signal, sys
from pathlib import Path
from cmn_core.runs.home import StoreError
from cmn_core.runs.store.maintenance import Keeping, prune
from cmn_core.runs.store.steering import Which
from cmn_core.runs.store.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store()
row = store.get(sys.argv[1]).scenario
made = [store.create(row, label="to be deleted") for _ in range(4)]
wal = store.path.with_name(store.path.name + "-wal")
room = int(sys.argv[2]) + (wal.stat().st_size if wal.exists() else 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
for run_id in made:
    try:
        store.delete(run_id)
    except StoreError as error:
        assert "\\n" not in str(error) and str(store.home) not in error.told, error
"""
SERVER = """
import sys, time
from pages.parts.frame.background import begin
end = begin()
print(flush=True)
time.sleep(float(sys.argv[1]))
end()
"""
FLOOD = """
import sys
from cmn_core.errors import FieldError
from cmn_core.runs.store.keys import Visitor, new_secret
from cmn_core.runs.store.store import Store
store = Store()
row = store.get(sys.argv[1]).scenario
print(flush=True)
while True:
    try:
        store.create(row, label="flood", visitor=Visitor(new_secret(), most=12, address="flood"))
    except FieldError:
        pass
"""


def clock(life: Life, store: Store, run_id: str, rng: Random) -> bool:
    """Retention under a clock that is ten years ahead: refused, whatever it did to the store."""
    _done(_python(CLOCK, store, run_id))
    return False


def full(life: Life, store: Store, run_id: str, rng: Random) -> bool:
    """No room left in the middle of a deletion: the process may not make its files any larger."""
    _done(_python(FULL, store, run_id, str(rng.randrange(0, 9_000))))
    _sweep(store, "to be deleted")
    return False


def servers(life: Life, store: Store, run_id: str, rng: Random) -> bool:
    """Two servers on one store, both tidying up and starting workers; one is killed."""
    both = [_python(SERVER, store, str(rng.uniform(0.2, 2.0))) for _ in range(2)]
    for server in both:
        assert server.stdout is not None
        server.stdout.readline()
    time.sleep(rng.uniform(0.0, 0.5))
    both[0].kill()
    both[0].wait()
    _done(both[1])
    return False


def flood(life: Life, store: Store, run_id: str, rng: Random) -> bool:
    """One address with a new cookie for every search, until it is killed; then the operator clears
    up in one command. Others must still have found room meanwhile."""
    with _python(FLOOD, store, run_id) as visitor:
        assert visitor.stdout is not None
        visitor.stdout.readline()
        try:
            time.sleep(rng.uniform(0.1, 2.0))
            store.create(store.get(run_id).scenario, label="somebody else")
        finally:  # it would be waited for, and never end
            visitor.kill()
    marks = {row.address for row in store.list_runs() if row.label == "flood"} - {None}
    for mark in marks:
        cancel_all(store, Which(address=mark))
    for label in ("flood", "somebody else"):
        _sweep(store, label)
    return False


def _sweep(store: Store, label: str) -> None:
    """Delete what a fault has queued; what a worker has taken up meanwhile goes when it ends."""
    deadline = time.monotonic() + 60.0
    while rows := [row for row in store.list_runs() if row.label == label]:
        for row in rows:
            with suppress(FieldError):  # it ends this moment, or is being worked on
                store.request(row.run_id, "cancel")
                store.delete(row.run_id)
        assert time.monotonic() < deadline, f"runs called '{label}' stay"
        time.sleep(0.05)


def _python(code: str, store: Store, *words: str) -> subprocess.Popen[bytes]:
    own = {"CMN_HOME": str(store.home), "CMN_WORKERS": "1", "CMN_WORKER_IDLE_S": "0"}
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=ROOT,
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
    )


def _done(process: subprocess.Popen[bytes]) -> None:
    """Its end, which must be a good one."""
    process.communicate(timeout=120)
    assert process.returncode == 0, f"a process of a fault ended with {process.returncode}"


NEIGHBOURS: dict[str, Fault] = {
    "clock": clock,
    "full": full,
    "servers": servers,
    "flood": flood,
}
