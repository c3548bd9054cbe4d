"""The app served for real, and a Chromium that looks at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
PATIENCE_MS = 60_000


class Server:
    """`streamlit run app.py` on a free port; its workers leave soon after it is done."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        options = ["--server.address", "127.0.0.1", "--server.port", str(self.port)]
        environment = {**os.environ, "CMN_HOME": str(self.home), "CMN_WORKER_IDLE_S": "20"}
        self.process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 40
        while not self._healthy():
            assert self.process.poll() is None, "the server ended at once"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        self.process.wait(timeout=20)

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture
def idle_server(tmp_path: Path) -> Iterator[Server]:
    """A server with an empty store of its own, not yet started."""
    server = Server(tmp_path / "home")
    yield server
    server.stop()
    shutil.rmtree(server.home, ignore_errors=True)  # its worker leaves when its slot is gone


@pytest.fixture
def cold_server(idle_server: Server) -> Server:
    """A server that nobody has visited."""
    idle_server.start()
    return idle_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the journeys that do not mind each other's runs."""
    served = Server(tmp_path_factory.mktemp("served") / "home")
    served.start()
    yield served
    served.stop()
    shutil.rmtree(served.home, ignore_errors=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page in a browser context of its own: width in pixels, light or dark."""
    contexts = []

    def open_page(width: int = 1280, scheme: str = "light") -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
