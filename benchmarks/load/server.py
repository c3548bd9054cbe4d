"""The app as a program of its own, with a store of its own, and what it takes of the machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 90.0


class Server:
    """`streamlit run app.py` on a free port, started when this is made."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        options = ["--server.address", "127.0.0.1", "--server.port", str(self.port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", *options],
            cwd=ROOT,
            env={**os.environ, "CMN_HOME": str(home), "CMN_WORKER_IDLE_S": "5"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stream(self) -> str:
        return f"ws://127.0.0.1:{self.port}/_stcore/stream"

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.health()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def health(self) -> float:
        """Seconds that the health route takes to answer."""
        begun = time.monotonic()
        with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=20) as answer:
            answer.read()
        return time.monotonic() - begun

    def cpu_s(self) -> float:
        """Processor time of the app's process so far; Linux."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Resident memory of the app's process now; Linux."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return float(next(x for x in lines if x.startswith("VmRSS")).split()[1]) * 1024 / 1e6

    def stop(self) -> None:
        """End it; its workers leave because their store is gone."""
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def busy_cores() -> tuple[float, float]:
    """Seconds that all usable cores have been at work and idle so far; Linux."""
    cores = {f"cpu{n}" for n in os.sched_getaffinity(0)}
    at_work = idle = 0.0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *rest = line.split()
        if name in cores:
            ticks = [int(v) for v in rest[:8]]
            idle += ticks[3] + ticks[4]
            at_work += sum(ticks) - ticks[3] - ticks[4]
    tick = os.sysconf("SC_CLK_TCK")
    return at_work / tick, idle / tick
