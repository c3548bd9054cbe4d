"""What a server is set up with: health check, container, compose file, unit, proxies, licences."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from cmn_core.studies.background.own_studies import MAX_IMAGES_BYTES
from pages.parts.models.answers import MOST_ONNX_MB

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([\w.]+)$", re.M)


class Pretender(BaseHTTPRequestHandler):
    """A server that answers unknown paths with a page, as Streamlit does."""

    def do_GET(self) -> None:
        body = b"ok" if self.path == "/cmn/_stcore/health" else b"<html>a page</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Pretender)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def health(port: int, base: str) -> int:
    names = {"STREAMLIT_SERVER_PORT": str(port), "STREAMLIT_SERVER_BASE_URL_PATH": base}
    command = [sys.executable, "deploy/health.py"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **names}, capture_output=True)
    return done.returncode


def test_the_health_check_asks_the_real_route(port: int) -> None:
    assert health(port, "cmn") == health(port, "/cmn/") == 0
    assert health(port, "") == 1, "a page is not health"


def test_the_health_check_fails_when_nobody_answers() -> None:
    assert health(1, "") == 1


def test_the_image_runs_as_nobody_special_with_an_init_and_one_volume() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    words = [line.split(maxsplit=1) for line in lines if line and not line.startswith(("#", " "))]
    given: dict[str, str] = {word[0]: word[1] for word in words if len(word) == 2}
    assert given["FROM"] == "python:3.11-slim"
    assert given["USER"] == "cmn"
    assert given["VOLUME"] == "/data"
    assert given["ENTRYPOINT"].startswith('["tini"')
    assert "CMN_SHARED=1" in "\n".join(lines)
    assert given["ARG"] == 'REQUIREMENTS="--require-hashes -r requirements.lock"'


def test_the_compose_file_takes_rights_away() -> None:
    yaml = pytest.importorskip("yaml")
    app: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["app"]
    assert app["read_only"] is True
    assert app["cap_drop"] == ["ALL"]
    assert app["ports"] == ["127.0.0.1:8501:8501"]
    assert app["volumes"] == ["runs:/data"]


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx on this machine")
def test_the_nginx_example_is_read(tmp_path: Path) -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    without = re.sub(r"\n\s*ssl_certificate[^\n]*", "", text).replace(" ssl;", ";")
    for old, new in (("listen 80;", "listen 127.0.0.1:8181;"), ("443;", "8443;")):
        without = without.replace(old, new)
    (tmp_path / "cmn.conf").write_text(re.sub(r"\n\s*listen \[::\][^\n]*", "", without))
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}}"
        f" http {{ access_log off; include {tmp_path}/cmn.conf; }}"
    )
    command = ["nginx", "-t", "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_server_and_its_proxies_take_what_the_largest_field_takes() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    most = config["server"]["maxUploadSize"]
    assert most >= max(MOST_ONNX_MB, MAX_IMAGES_BYTES // 1_000_000)
    caddy = re.search(r"max_size (\d+)MB", (ROOT / "deploy" / "Caddyfile").read_text())
    nginx = re.search(r"client_max_body_size (\d+)m;", (ROOT / "deploy" / "nginx.conf").read_text())
    assert caddy and nginx
    assert min(int(caddy[1]) * 1e6, int(nginx[1]) * 2**20) > most * 2**20


def test_every_variable_of_the_docs_is_one_that_the_program_reads() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    named = set(re.findall(r"CMN_[A-Z_]+", text)) - {"CMN_BASE_PATH", "CMN_HOSTS"}
    places = [*(ROOT / "cmn_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in places)
    assert {name for name in named if f'"{name}"' not in sources} == set()


def pinned() -> dict[str, str]:
    """Name and version of all that requirements.txt and constraints.txt pin."""
    names = ("constraints.txt", "requirements.txt")
    return dict(PIN.findall("\n".join((ROOT / name).read_text() for name in names)))


def locked() -> dict[str, str]:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "//" not in text, "no address of a registry"
    entries = re.findall(
        r"^([\w.-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}\S*.*\n)+)", text, re.M
    )
    named = re.findall(r"^[\w.-]+(?===)", text, re.M)
    assert [name for name, _, _ in entries] == named, "each has hashes"
    return {name: version for name, version, _ in entries}


def test_the_lock_holds_the_pinned_versions_and_no_cuda() -> None:
    """Not for its completeness, which an installer that demands hashes checks by itself."""
    found = locked()
    assert found.pop("torch") == f"{pinned()['torch']}+cpu"
    assert {n: v for n, v in found.items() if pinned().get(n) != v} == {}, "run: make lock"
    direct = dict(PIN.findall((ROOT / "requirements.txt").read_text()))
    assert set(direct) <= {*found, "torch"}
    assert not [name for name in found if name.startswith(("nvidia", "cuda", "triton"))]


def test_the_list_of_licences_is_that_of_the_lock() -> None:
    text = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| ([\w.-]+) \| (\d[\w.]*) \|", text, re.M))
    assert listed == {**locked(), "torch": pinned()["torch"]}, "run: make licences"
