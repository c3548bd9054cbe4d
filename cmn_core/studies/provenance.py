"""With what a study was made: versions of code and weights, and the machine it ran on."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cmn_core.cim.chip import SIMULATOR
from cmn_core.cim.technologies.technology import FOLDER as TECHNOLOGIES
from cmn_core.predictor import FOLDER as PREDICTORS

WEIGHTS = PREDICTORS.parent / "weights"
CPUINFO = Path("/proc/cpuinfo")
DIGITS = 16


def versions(names: Iterable[str]) -> dict[str, Any]:
    """Of simulator, constants, search, chips, predictor and weights those that are named; digests
    of files, None where none ship."""
    known = {
        "simulator": lambda: SIMULATOR,
        "constants": _constants,
        "search": _search,
        "chips": lambda: digest(PREDICTORS.parent / "silicon" / "chips.csv"),
        "predictor": lambda: digest(PREDICTORS / "b0_nyuv2.json"),
        "weights": lambda: digest(WEIGHTS / "b0_nyuv2.safetensors"),
    }
    return {name: known[name]() for name in names}


def machine() -> dict[str, Any]:
    """Processor and software, without names of computers or persons."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": int(os.environ.get("OMP_NUM_THREADS") or 0) or None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": _installed("numpy"),
        "torch": _installed("torch"),
    }


def digest(path: Path) -> str | None:
    """First digits of the file's SHA-256."""
    if not path.is_file():
        return None
    stat = path.stat()
    return _digest(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=32)
def _digest(path: Path, changed: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:DIGITS]


def _search() -> int:
    from cmn_core.search.state import STATE_VERSION

    return STATE_VERSION


def _constants() -> str:
    """One digest of all technology files."""
    parts = [f"{path.name} {digest(path)}" for path in sorted(TECHNOLOGIES.glob("*.toml"))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:DIGITS]


def _processor() -> str:
    """Name of the processor; Linux tells it in a file of its own."""
    if CPUINFO.is_file():
        for line in CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
