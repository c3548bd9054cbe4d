from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from cmn_core.search.workers import pool

PARENT = """
import os, time
from cmn_core.search.workers import pool

if __name__ == "__main__":
    with pool(2) as executor:
        jobs = [executor.submit(time.sleep, 0.2) for _ in range(4)]
        [job.result() for job in jobs]
        print(*executor._processes, flush=True)
        {then}
"""


def running(pid):
    """Whether the process is there and not just waiting to be collected."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("then", ["time.sleep(60)", "executor.submit(time.sleep, 60).result()"])
def test_no_process_outlives_a_killed_parent(tmp_path, then):
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(then=then))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(running(pid) for pid in pids)
        parent.send_signal(signal.SIGKILL)
        parent.wait(10)
        end = time.monotonic() + 10.0
        while any(running(pid) for pid in pids) and time.monotonic() < end:
            time.sleep(0.05)
        left = [pid for pid in pids if running(pid)]
        for pid in left:
            os.kill(pid, signal.SIGKILL)
    assert left == []


def test_one_worker_needs_no_process():
    with pool(1) as executor:
        assert executor is None
