"""Write docs/licences.md: the licence of every package that requirements.txt brings along.

    python deploy/licences.py > docs/licences.md

Taken from what the installed packages say of themselves.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"([A-Za-z0-9_.-]+)==([\w.]+)")
LONGEST = 60
HEAD = """# Licences of what the app is built on

Every package that `requirements.txt` and `constraints.txt` pin for use, with the licence that it
states; development tools are left out. Made by `python deploy/licences.py`.

| package | version | licence |
| --- | --- | --- |
"""


def pinned() -> dict[str, str]:
    """Name and version of each package in use: those of the app, and what they need."""
    found = {}
    for name in ("requirements.txt", "constraints.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if match := PIN.fullmatch(line):
                found[match[1]] = match[2]
    return found


def needed(pins: dict[str, str]) -> set[str]:
    """Packages reached from requirements.txt; constraints.txt also names the development tools'."""
    first = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    todo = [m[1] for line in first.splitlines() if (m := PIN.fullmatch(line))]
    seen: set[str] = set()
    while todo:
        name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if name in seen or name not in pins:
            continue
        seen.add(name)
        for need in found(name).requires or ():
            if "extra ==" not in need:
                todo.append(re.split(r"[^A-Za-z0-9_.-]", need, maxsplit=1)[0])
    return seen


def found(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise SystemExit(
            f"{name} is not installed; run this in the app's own environment"
        ) from None


def licence(name: str) -> str:
    """What the package states: its expression, its classifiers, or its field."""
    facts = found(name).metadata
    if facts["License-Expression"]:
        return str(facts["License-Expression"])
    kinds = [c.split(" :: ")[-1] for c in facts.get_all("Classifier") or () if "License ::" in c]
    short = " ".join(str(facts["License"] or "").split())
    if len(short) > LONGEST:
        short = "a text of its own, in the package"
    return ", ".join(k for k in kinds if k != "OSI Approved") or short or "not stated"


def main() -> None:
    pins = pinned()
    rows = [f"| {name} | {pins[name]} | {licence(name)} |" for name in sorted(needed(pins))]
    sys.stdout.write(HEAD + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
