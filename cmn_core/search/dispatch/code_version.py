"""Which code a process runs: two with the same answer price and measure alike, bit for bit."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from cmn_core.assets import ASSETS, PACKAGE

ROOMS = ("cim", "datasets", "design", "predictor", "search", "supernet")
PACKAGES = ("numpy", "pymoo", "pyswarms")


@cache
def fingerprint() -> str:
    """Sixteen hex digits of the sources a search works with, the constants of the technologies,
    the packages that calculate, and the kind of machine. The kind of processor is not in it."""
    rooms = [path for room in ROOMS for path in (PACKAGE / room).rglob("*.py")]
    code = [*rooms, *PACKAGE.glob("*.py")]
    constants = [p for p in (ASSETS / "technologies").rglob("*") if p.is_file()]
    # Named alike in a checkout and in an installed package, so that the two may work together.
    named = {f"cmn_core/{path.relative_to(PACKAGE).as_posix()}": path for path in code}
    named |= {f"assets/{path.relative_to(ASSETS).as_posix()}": path for path in constants}
    state = hashlib.sha256()
    for name in sorted(named):
        state.update(name.encode() + b"\0" + named[name].read_bytes())
    for name in PACKAGES:
        state.update(f"{name} {installed(name)}\n".encode())
    state.update(f"{platform.system()} {platform.machine()}".encode())
    return state.hexdigest()[:16]


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
