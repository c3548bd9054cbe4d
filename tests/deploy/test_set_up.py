"""Which torch a new environment draws, decided with a real server and without the network."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("set_up", ROOT / "deploy" / "set_up.py")
assert spec is not None
assert spec.loader is not None
set_up = importlib.util.module_from_spec(spec)
sys.modules["set_up"] = set_up  # its dataclass looks itself up
spec.loader.exec_module(set_up)

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="CUDA is Linux's matter")
NOBODY = "http://127.0.0.1:1/whl/cpu"


class Index(BaseHTTPRequestHandler):
    """An index that knows torch below /whl/cpu and nothing else."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/whl/cpu/torch/" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def index() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/whl"
    server.shutdown()
    server.server_close()


@linux
def test_the_cpu_build_is_taken_where_its_index_answers(index: str) -> None:
    found = set_up.chosen("cpu", index=f"{index}/cpu", configured=False)
    assert found.settings == {"PIP_EXTRA_INDEX_URL": f"{index}/cpu"}
    assert "the CPU build" in found.sentence


@linux
def test_else_the_plain_index_and_it_is_said_what_that_may_bring(index: str) -> None:
    for other in (f"{index}/cu130", NOBODY):  # has no torch; is not there
        found = set_up.chosen("cpu", index=other, configured=False)
        assert found.settings == {}
        assert "several GB" in found.sentence


@pytest.mark.parametrize(
    ("choice", "configured"), [("cpu", True), ("cuda", False), ("none", False)]
)
def test_nobody_is_asked_where_the_answer_is_known(
    index: str, choice: str, configured: bool
) -> None:
    found = set_up.chosen(choice, index=f"{index}/cpu", configured=configured)
    assert found.settings == {}
    assert found.sentence.startswith("torch: ")


def test_the_address_is_the_dockerfile_s_and_stands_nowhere_else() -> None:
    assert re.fullmatch(r"https://[\w./]+/cpu", set_up.cpu_index())
    assert set_up.cpu_index() not in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set_up.requirements().count("torch==2.13.0") == 1


def test_another_build_is_refused_in_one_line() -> None:
    command = [sys.executable, "deploy/set_up.py", "rocm"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "error: TORCH: found 'rocm'; allowed are cpu, cuda, none\n"
