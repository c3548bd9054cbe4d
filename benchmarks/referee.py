"""Other simulators beside ours: the same arrays and layers, each with its own model.

    python benchmarks/referee.py --zigzag PYTHON --accelforge PYTHON --examples FOLDER \
        --aihwkit PYTHON [--out assets/referee/others.json]

PYTHON: that of an environment of its own for each tool, as requirements-bench.txt describes;
FOLDER: examples/arches/compute_in_memory of AccelForge's source package, which its wheel lacks.
--ours FILE.json works out our side of a stored file again and asks no tool: after a change of ours
too small for what the tools were told of our cells.
Energies are of the arrays alone, per multiply-accumulate; times are those of one array that does
all of the work, every tile after the other. A tool that is not given is not asked.
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.refereeing import cases, ours
from benchmarks.refereeing.reasons import CONDITIONS, NOT_RUN, REASONS
from cmn_core.cim.chip import SIMULATOR

SIDES = Path(__file__).resolve().parent / "refereeing"
TIMEOUT_S = 900.0
SCHEMA = "cmn.referee/1"


def asked() -> dict[str, Any]:
    """What every tool is told."""
    cells = ours.cells()
    return {
        "bits": cases.BITS,
        "node_nm": cases.NODE_NM,
        "supply_v": cases.SUPPLY_V,
        "cells": cells,
        "arrays": [{**cases.to_json(a), "read_ns": ours.read_ns(a)} for a in cases.ARRAYS],
        "works": [cases.to_json(w) for w in ours.all_works()],
        "products": [{**cases.to_json(p), "steps": ours.steps(p)} for p in cases.PRODUCTS],
    }


def answer_of(python: str, side: str, *options: str) -> dict[str, Any]:
    """What a tool's own Python answers. OSError where it does not end well."""
    done = subprocess.run(
        [python, str(SIDES / side), *options],
        input=json.dumps(asked()),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise OSError(f"{side} did not end well: {done.stderr.strip().splitlines()[-1:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def laid_beside(tools: list[dict[str, Any]]) -> dict[str, Any]:
    """The file: one row per array, work and tool, and one per product."""
    mine = ours.everything()
    prices, errors, areas = [], [], []
    for tool in tools:
        for array, found in tool.get("arrays", {}).items():
            if found["area_um2"] is not None:
                own = {"ours_um2": mine["area_um2"][array], "theirs_um2": found["area_um2"]}
                areas.append({"tool": tool["tool"], "array": array, **own})
            for work, theirs in found["prices"].items():
                row = {"tool": tool["tool"], "array": array, "work": work}
                prices.append({**row, "ours": mine["prices"][array][work], "theirs": theirs})
        for product, percent in tool.get("error_percent", {}).items():
            own = {"ours_percent": mine["error_percent"][product], "theirs_percent": percent}
            errors.append({"tool": tool["tool"], "product": product, **own})
    return {
        "schema": SCHEMA,
        "command": "python benchmarks/referee.py",
        "simulator": SIMULATOR,
        "made": datetime.date.today().isoformat(),
        "conditions": CONDITIONS,
        "tools": [tool["tool"] for tool in tools],
        "not_run": NOT_RUN,
        "prices": prices,
        "areas": areas,
        "errors": errors,
        "reasons": REASONS,
    }


def ours_again(found: dict[str, Any]) -> dict[str, Any]:
    """The stored file with our side as the simulator says it now."""
    mine = ours.everything()
    for row in found["prices"]:
        row["ours"] = mine["prices"][row["array"]][row["work"]]
    for row in found["areas"]:
        row["ours_um2"] = mine["area_um2"][row["array"]]
    for row in found["errors"]:
        row["ours_percent"] = mine["error_percent"][row["product"]]
    return {**found, "simulator": SIMULATOR}


def rounded(value: Any) -> Any:
    """Numbers to six figures."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return {k: rounded(v) for k, v in value.items()} if isinstance(value, dict) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zigzag", metavar="PYTHON")
    parser.add_argument("--accelforge", metavar="PYTHON")
    parser.add_argument("--examples", metavar="FOLDER")
    parser.add_argument("--aihwkit", metavar="PYTHON")
    parser.add_argument("--ours", type=Path, metavar="FILE.json")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    if given.ours:
        again = rounded(ours_again(json.loads(given.ours.read_text(encoding="utf-8"))))
        given.ours.write_text(json.dumps(again, indent=1) + "\n", encoding="utf-8")
        return
    if given.accelforge and not given.examples:
        parser.error("--accelforge needs --examples")
    tools = []
    if given.zigzag:
        tools.append(answer_of(given.zigzag, "zigzag_side.py"))
    if given.accelforge:
        tools.append(answer_of(given.accelforge, "accelforge_side.py", given.examples))
    if given.aihwkit:
        tools.append(answer_of(given.aihwkit, "aihwkit_side.py"))
    if not tools:
        print("no tool is given, so only our own figures are shown")
        print(json.dumps(rounded(ours.everything()), indent=1))
        return
    found = rounded(laid_beside(tools))
    for row in found["prices"]:
        mine, theirs = row["ours"]["energy_fj_per_mac"], row["theirs"]["energy_fj_per_mac"]
        print(f"{row['tool']:20}{row['array']:36}{row['work']:40}", end="")
        print(f"{mine:9.1f}{theirs:9.1f}{mine / theirs:7.2f}")
    if given.out is not None:
        given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
