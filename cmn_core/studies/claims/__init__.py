"""What the paper claims in its appendices C to G, and what our stored studies say to it.

Every figure in these texts comes out of a stored result; the words beside it say what it means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cmn_core.studies.claims import chips, networks
from cmn_core.studies.claims.verdict import ClaimVerdict
from cmn_core.studies.result import Result

__all__ = ["ClaimVerdict", "judged"]

OPEN = "A full form is made by the command below, on real images."
_JUDGES: dict[str, Callable[[Result], list[ClaimVerdict]]] = {
    "hybrid": chips.hybrid,
    "silicon": chips.silicon,
    "discrepancy": chips.discrepancy,
    "noise": networks.noise,
    "scaling": networks.scaling,
    "compression": networks.compression,
}


def judged(result: Result) -> list[ClaimVerdict]:
    """The claims of a stored study; all open where only its quick form is stored."""
    found = _JUDGES[result.name](result)
    if not result.quick:
        return found
    ours = "only the quick form is stored, on generated scenes and with few steps"
    return [replace(v, ours=ours, gap="open", holds="open", explained=OPEN) for v in found]
