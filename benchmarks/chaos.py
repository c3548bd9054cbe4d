"""What a search loses when its process is killed, stopped or paused at random instants: nothing.

Run: python benchmarks/chaos.py [--kills 100] [--faults kill,term,... or all] [--json]
Searches run as people run them, half by `python -m cmn_core.runs.workers.worker`, half by
`python -m cmn_core search`, which goes on with one to three processes after each fault. Faults hit
while the process starts or anywhere within a few generations. After each of them the store must be
whole and hold every generation that was there before, and the end must be that of the same search
in this process, bit for bit. Exit 1 when anything was lost. A further fault is one function
of benchmarks/faults/kinds.py (to the process) or neighbours.py (around it).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.faults.series import ALL, Series


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Faults at random instants; see the file's head.")
    parser.add_argument("--kills", type=int, default=100, help="faults in all")
    parser.add_argument("--faults", default="kill", help=f"of {','.join(ALL)}, or all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    faults = list(ALL) if options.faults == "all" else options.faults.split(",")
    unknown = [name for name in faults if name not in ALL]
    if unknown:
        parser.error(f"there is no fault '{unknown[0]}'; there are {', '.join(ALL)}")
    with tempfile.TemporaryDirectory(prefix="cmn-chaos-") as folder:
        tally = Series(Path(folder) / "home", faults, options.seed).run(options.kills)
    print(json.dumps(tally.to_json()) if options.json else tally.report())
    return 1 if tally.lost else 0


if __name__ == "__main__":
    sys.exit(main())
