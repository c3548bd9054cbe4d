"""Throw spoilt designs, models, tables, addresses and files at every door of the program.

    python benchmarks/fuzz.py --cases 10000 --seed 0

Each case must end in acceptance or in one clear sentence, without a pickle, a command or a file
that was not meant, in bounded time and memory. Exit 1 when any did not.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.fuzzing.doors import doors
from benchmarks.fuzzing.trial import Watch, trial


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz every door of the program.")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--door", help="only this one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["CMN_HOME"] = str(folder / "home")
        found = doors(folder)
        if options.door:
            found = [door for door in found if door.name == options.door]
        if not found:
            parser.error(f"there is no door {options.door}")
        return run(found, folder, options.cases, options.seed)


def run(found: list, folder: Path, cases: int, seed: int) -> int:  # type: ignore[type-arg]
    watch = Watch(folder / "outside")
    total = sum(door.share for door in found)
    findings = []
    print(f"{'door':24} {'cases':>6} {'accepted':>9} {'refused':>8} {'findings':>9}")
    for door in found:
        count = max(1, round(cases * door.share / total))
        kinds: Counter[str] = Counter()
        for number in range(count):
            outcome = trial(door, number, seed, watch)
            kinds[outcome.kind] += 1
            if outcome.kind == "finding":
                findings.append(outcome)
        shown = (kinds["accepted"], kinds["refused"], kinds["finding"])
        print(f"{door.name:24} {count:6} {shown[0]:9} {shown[1]:8} {shown[2]:9}", flush=True)
    for outcome in findings[:40]:
        print(f"! {outcome.door} {outcome.number}: {outcome.text}")
    print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
