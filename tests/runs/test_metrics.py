"""Figures for monitoring, asked for over a real socket; and what is written down."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

import pytest

from cmn_core.runs.log import JsonLines
from cmn_core.runs.metrics import metrics, port, serve
from cmn_core.runs.store.store import Store

LINE = re.compile(r'[a-z_]+(\{[a-z]+="[a-z]+"\})? -?[0-9.e+]+')


def figures(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines)
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_the_figures_of_a_store(store: Store, settings: dict[str, Any]) -> None:
    ids = [store.create(settings, label="a name") for _ in range(2)]
    with store.begin(settings):
        text = metrics(store.home)
    found = figures(text)
    assert found['cmn_runs{state="queued"}'] == 2
    assert found['cmn_runs{state="running"}'] == 1
    assert found["cmn_worker_slots"] == 1
    assert found["cmn_workers"] == 0
    assert found["cmn_store_up"] == 1
    assert found["cmn_store_bytes"] > 0
    assert not any(name in text for name in (*ids, "a name")), "nobody's run can be found by it"


def test_a_broken_store_is_down(store: Store) -> None:
    store.home.mkdir()
    store.path.write_bytes(b"no database" * 1000)
    assert figures(metrics(store.home))["cmn_store_up"] == 0


def test_served_on_this_machine_and_nothing_else_is(
    store: Store, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert port() is None, "not open unless asked for"
    monkeypatch.setenv("CMN_METRICS_PORT", "99999")
    assert port() is None
    store.create(settings)
    server = serve(store.home, 0)
    try:
        host, number = server.server_address[:2]
        assert host == "127.0.0.1"
        base = f"http://127.0.0.1:{number}"
        with urllib.request.urlopen(f"{base}/metrics", timeout=5) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            assert figures(answer.read().decode())["cmn_store_up"] == 1
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{base}/../etc/passwd", timeout=5)
    finally:
        server.shutdown()
        server.server_close()


def test_json_lines_name_the_run() -> None:
    run_id = "A" * 22
    record = logging.LogRecord(
        "cmn_core.runs.workers.worker",
        logging.INFO,
        "x",
        1,
        "run %s: %s",
        (run_id, 'done "so"\n'),
        None,
    )
    found = json.loads(JsonLines().format(record))
    assert found["run_id"] == run_id
    assert found["message"] == f'run {run_id}: done "so"\n'
    assert found["time"].endswith("+00:00")
    try:
        raise ValueError("why")
    except ValueError:
        record.exc_info = sys.exc_info()
    text = JsonLines().format(record)
    assert "\n" not in text
    assert "ValueError: why" in json.loads(text)["traceback"]


@pytest.mark.parametrize("kind", ["json", ""])
def test_lines_go_to_standard_error_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMN_LOG", kind)
    code = (
        "import logging; from cmn_core.runs.log import configure; configure(); configure();"
        " logging.getLogger('cmn_core.app').info('hello')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert json.loads(line)["message"] == "hello" if kind else line.endswith(" hello")
