"""`python -m cmn_core.silicon`: refit the factors, print them and the held-out errors.

With `--write` the factors and spreads go into technologies/*.toml and the cross-validation into
silicon/validation.json, both of assets/ or of the folder that is named after it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cmn_core.silicon.report import report, write

if __name__ == "__main__":
    sys.stdout.write(report() + "\n")
    if sys.argv[1:2] == ["--write"]:
        write(*map(Path, sys.argv[2:3]))
