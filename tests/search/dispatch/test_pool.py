from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cmn_core.errors import FieldError, LostWorkersError
from cmn_core.search.codesign import codesign
from cmn_core.search.dispatch.pool import pool
from cmn_core.search.dispatch.retry import ATTEMPTS, width
from cmn_core.search.scenario import Scenario
from tests.search.held import at, fallible, until

PARENT = """
import os, time
from cmn_core.search.dispatch.pool import pool

if __name__ == "__main__":
    with pool(2) as executor:
        jobs = [executor.submit(time.sleep, 0.2) for _ in range(4)]
        [job.result() for job in jobs]
        print(*executor.pids, flush=True)
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


def test_what_a_killed_process_was_at_is_done_again(tmp_path):
    with pool(2) as executor:
        assert width(executor) == 2
        job = executor.submit(subprocess.call, fallible(tmp_path))
        until(lambda: at(tmp_path))
        os.kill(at(tmp_path)[0], signal.SIGKILL)
        until(lambda: len(at(tmp_path)) == 2)
        (tmp_path / "go").touch()
        assert job.result(60) == 0
    assert len(set(at(tmp_path))) == 2


def test_task_that_kills_every_process_is_given_up_in_a_sentence():
    with pool(2) as executor:
        job = executor.submit(os._exit, 1)
        with pytest.raises(LostWorkersError, match=rf"died {ATTEMPTS} times.*resumed"):
            job.result(120)
        assert executor.submit(abs, -1).result(60) == 1, "others are served"


def test_leaving_does_not_wait_for_what_nobody_wants(tmp_path):
    with pool(2) as executor:
        executor.submit(subprocess.call, fallible(tmp_path))
        until(lambda: at(tmp_path))
        begun = time.monotonic()
    assert time.monotonic() - begun < 20
    until(lambda: not running(at(tmp_path)[0]))


def test_refusal_of_a_worker_arrives_as_it_is():
    with pool(2) as executor:
        job = executor.submit(Scenario.from_json, {"memory": "dram"})
        with pytest.raises(FieldError, match="memory: found 'dram'; ") as caught:
            job.result(60)
    assert caught.value.field == "memory"


def test_any_executor_gives_the_same_and_stays_open(formula):
    scenario = Scenario(goal="energy", memory="sram", population=6, generations=2)
    plain = [g.state for g in codesign(scenario, accuracy=formula)]
    with ThreadPoolExecutor(3) as threads:
        assert width(threads) == 3
        shared = [g.state for g in codesign(scenario, accuracy=formula, executor=threads)]
        assert threads.submit(abs, -1).result() == 1
    assert shared == plain
