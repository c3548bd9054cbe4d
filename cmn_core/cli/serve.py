"""run: the app, served from wherever it is installed."""

from __future__ import annotations

import os
import sys
from typing import Annotated

from cmn_core.assets import APP
from cmn_core.cli.options import text, whole_number

LAST_PORT = 65535


def command(
    port: Annotated[int | None, whole_number(1, LAST_PORT, "[8501]")] = None,
    address: Annotated[
        str | None, text("0.0.0.0 answers other machines [localhost]", "HOST")
    ] = None,
) -> None:
    """Serve the app in a browser; Ctrl-C ends it, searches at work go on."""
    options: list[str] = []
    if port is not None:
        options += ["--server.port", str(port)]
    if address is not None or "STREAMLIT_SERVER_ADDRESS" not in os.environ:
        options += ["--server.address", address or "localhost"]
    # -P: a folder pages/ or cmn_core/ where this was called is not taken for ours. The app's own
    # .streamlit/config.toml is found beside it, and what the caller's folder holds stands below it.
    words = ["-P", "-m", "streamlit", "run", str(APP / "app.py"), *options]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *words])
