"""Figures for a monitoring system, in Prometheus' text format, on a port of their own.

Nothing is served unless CMN_METRICS_PORT names a port, and then to this machine only, unless
CMN_METRICS_ADDRESS names another address. No run id and no name of anybody is among the figures.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cmn_core.runs.home import StoreError, store_path
from cmn_core.runs.lock import is_held
from cmn_core.runs.store.maintenance import size
from cmn_core.runs.store.record import STATES
from cmn_core.runs.store.store import Store
from cmn_core.runs.workers.launch import slot_paths

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics(home: Path) -> str:
    """The figures of a home directory as they are now; a store that cannot be read counts as down,
    whatever the reason, and the rest of the figures are left out."""
    slots = slot_paths(home)
    out = [
        *_gauge("cmn_worker_slots", "Workers that may run at a time.", len(slots)),
        *_gauge("cmn_workers", "Workers alive.", sum(map(is_held, slots))),
    ]
    store = Store(store_path(home))
    try:
        found = size(store)
        waiting = [store.get(run_id).updated for run_id in store.waiting()]
    except (StoreError, OSError, ValueError):
        return "\n".join([*_gauge("cmn_store_up", "Whether the store can be read.", 0), *out, ""])
    since = max((time.time() - at for at in waiting), default=0.0)
    out += [
        *_gauge("cmn_store_up", "Whether the store can be read.", 1),
        *_gauge("cmn_store_bytes", "Size of the store's files.", round(found.file_mb * 1e6)),
        *_gauge("cmn_disk_free_bytes", "Room on the disk.", round(found.free_mb * 1e6)),
        *_gauge("cmn_queue_oldest_seconds", "Longest wait in the queue.", round(max(0, since), 1)),
        "# HELP cmn_runs Runs in the store by state.",
        "# TYPE cmn_runs gauge",
        *(f'cmn_runs{{state="{state}"}} {found.runs.get(state, 0)}' for state in STATES),
    ]
    return "\n".join([*out, ""])


def port() -> int | None:
    """The port asked for, if any."""
    named = os.environ.get("CMN_METRICS_PORT", "")
    return int(named) if named.isdigit() and 0 < int(named) < 65_536 else None


def serve(home: Path, at: int, *, address: str = "127.0.0.1") -> ThreadingHTTPServer:
    """Answer GET /metrics in a thread of this process. OSError when the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == "/metrics"
            body = metrics(home).encode() if known else b"there is /metrics only\n"
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """A scrape every few seconds is nothing to write down."""

    server = ThreadingHTTPServer((address, at), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server


def _gauge(name: str, text: str, value: float) -> Iterator[str]:
    yield from (f"# HELP {name} {text}", f"# TYPE {name} gauge", f"{name} {value}")
