"""Where the numbers of a searched design come from."""

from __future__ import annotations

from typing import Any

from cmn_core.cim.chip import SIMULATOR
from cmn_core.cim.parameters import own_technologies
from cmn_core.search.accuracy import Accuracy
from cmn_core.search.scenario import Scenario


def provenance(scenario: Scenario, accuracy: Accuracy) -> dict[str, Any]:
    """Where the numbers of a searched design come from."""
    own = own_technologies(scenario.technology)
    files = {"technology": {m: t.title for m, t in own.items()}} if own else {}
    return {
        "seed": scenario.seed,
        "scenario": scenario.goal,
        "memory": scenario.memory,
        "dataset": scenario.dataset,
        "parameters": scenario.parameters,
        **files,
        "simulator": SIMULATOR,
        "miou_source": accuracy.source,
    }
