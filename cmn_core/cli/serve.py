"""run: the app, served from wherever it is installed."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from cmn_core.assets import APP
from cmn_core.cli.parsing import whole, within

LAST_PORT = 65535


def command(
    port: Annotated[str | None, typer.Option(metavar="N", help="[8501]")] = None,
    address: Annotated[
        str | None, typer.Option(metavar="HOST", help="0.0.0.0 answers other machines [localhost]")
    ] = None,
) -> None:
    """Serve the app in a browser; Ctrl-C ends it, searches at work go on."""
    options: list[str] = []
    if port is not None:
        number = within("port", whole("port", port), 1, LAST_PORT)
        options += ["--server.port", str(int(number))]
    if address is not None or "STREAMLIT_SERVER_ADDRESS" not in os.environ:
        options += ["--server.address", address or "localhost"]
    # -P: a folder pages/ or cmn_core/ where this was called is not taken for ours. The app's own
    # .streamlit/config.toml is found beside it, and what the caller's folder holds stands below it.
    words = ["-P", "-m", "streamlit", "run", str(APP / "app.py"), *options]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *words])
