"""What the fronts of the shipped examples became: two versions side by side.

`python benchmarks/search/fronts.py --against COMMIT` prints a table for CHANGELOG: the best design
of each example then and now, and the least energy and latency of its front within so many points of
mIoU of the most accurate design. Both versions are read from git; nothing is searched.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "assets/examples").glob("*.json"))
GIVEN_UP = (1.0, 3.0)  # points of mIoU
UNITS = {"energy_uj": "uJ", "latency_us": "us"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", required=True, metavar="COMMIT")
    commit = parser.parse_args().against
    head = [f"{name} {UNITS[name]}, -{points:g}" for points in GIVEN_UP for name in UNITS]
    print("| example | experts, hidden then | now | mIoU then, now | " + " | ".join(head) + " |")
    print("|" + " --- |" * (4 + len(head)))
    for path in EXAMPLES:
        name = path.relative_to(ROOT).as_posix()
        shown = subprocess.run(
            ["git", "show", f"{commit}:{name}"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        )
        then, now = (json.loads(text)["run"] for text in (shown.stdout, path.read_text()))
        print("| " + " | ".join([path.stem.replace("_", " "), *row(then, now)]) + " |")


def row(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Cells of one example after its name."""
    best = [run["best"] for run in (then, now)]
    cells = [shape(one["architecture"]) for one in best]
    cells.append(", ".join(f"{one['metrics']['miou']:.1f}" for one in best))
    for points in GIVEN_UP:
        for name in UNITS:
            before, after = (least(run["front"], name, points) for run in (then, now))
            cells.append(f"{before:.4g} to {after:.4g} ({after / before:.2f})")
    return cells


def shape(architecture: dict[str, list[int]]) -> str:
    """Experts and hidden sizes of the four blocks."""
    pairs = zip(architecture["experts"], architecture["hidden"], strict=True)
    return " ".join(f"{experts}x{hidden}" for experts, hidden in pairs)


def least(front: list[dict[str, Any]], metric: str, points: float) -> float:
    """Least value of a metric among designs that give up so many points of mIoU at most."""
    figures = [one["metrics"] for one in front]
    floor = max(one["miou"] for one in figures) - points
    return float(min(one[metric] for one in figures if one["miou"] >= floor))


if __name__ == "__main__":
    main()
