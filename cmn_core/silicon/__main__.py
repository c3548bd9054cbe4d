"""`python -m cmn_core.silicon`: refit the factors, print them and the held-out errors.

With `--write` the factors and spreads go into assets/technologies/*.toml and the cross-validation
into assets/silicon/validation.json.
"""

from __future__ import annotations

import sys

from cmn_core.silicon.report import report, write

if __name__ == "__main__":
    sys.stdout.write(report() + "\n")
    if "--write" in sys.argv[1:]:
        write()
