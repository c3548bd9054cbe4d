"""Which code a process runs: two with the same answer price and measure alike, bit for bit."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("cim", "datasets", "design", "predictor", "search", "supernet")
PACKAGES = ("numpy", "pymoo", "pyswarms")


@cache
def fingerprint() -> str:
    """Sixteen hex digits of the sources a search works with, the constants of the technologies,
    the packages that calculate, and the kind of machine. The kind of processor is not in it."""
    rooms = [p for room in ROOMS for p in (ROOT / "cmn_core" / room).rglob("*.py")]
    single = list((ROOT / "cmn_core").glob("*.py"))
    constants = [p for p in (ROOT / "assets" / "technologies").rglob("*") if p.is_file()]
    state = hashlib.sha256()
    for path in sorted([*rooms, *single, *constants]):
        state.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    for name in PACKAGES:
        state.update(f"{name} {installed(name)}\n".encode())
    state.update(f"{platform.system()} {platform.machine()}".encode())
    return state.hexdigest()[:16]


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
