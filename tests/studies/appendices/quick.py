"""Quick forms of studies: without images, within half a minute."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any

from cmn_core.studies.result import Result
from cmn_core.studies.runner import run
from cmn_core.studies.study import Asked

HALF_A_MINUTE = 30.0


def quick(name: str, folder: Path) -> Result:
    """Processor time is what other work on the machine does not change much."""
    begun = process_time()
    *_, last = run(name, Asked(quick=True), folder / f"{name}.json")
    assert process_time() - begun < HALF_A_MINUTE
    assert last.result is not None
    json.dumps(last.result.to_json(), allow_nan=False)
    return last.result


def rows(result: Result, **wanted: Any) -> list[dict[str, Any]]:
    return [r for r in result.rows if all(r.get(k) == v for k, v in wanted.items())]
