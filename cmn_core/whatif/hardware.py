"""The best hardware for a design's architecture, found by the search's own inner loop."""

from __future__ import annotations

from dataclasses import replace

from cmn_core.design import Design, Hardware
from cmn_core.search.scoring.missing_hardware import complete_hardware
from cmn_core.whatif.edits import Technologies, with_hardware


def found_hardware(
    design: Design,
    *,
    objective: str,
    free_memory: bool = False,
    technologies: Technologies | None = None,
) -> Design:
    """The same architecture on the best macros and copies, within the limits of a search.

    objective: a key of quantities.OBJECTIVES; free_memory: the memory of each block is chosen too.
    """
    kept = None if free_memory or design.hardware is None else Hardware(design.hardware.memory)
    asked = replace(design, hardware=kept)
    best = complete_hardware(asked, objective=objective, technologies=technologies)
    return with_hardware(design, best)
