"""phase: which memory each block should have over the rate of images and the die."""

from __future__ import annotations

from typing import Annotated

from cmn_core.cli.options import (
    DesignFile,
    Json,
    Parameters,
    Technology,
    text,
    whole_number,
    word,
)
from cmn_core.cli.output import put, put_json, table
from cmn_core.cli.parsing import span
from cmn_core.quantities import OBJECTIVES, RATES

AREAS_MM2 = (1e-3, 1e6)
SPAN = "LOW:HIGH"
_SHOWN = (
    "images_per_second",
    "max_area_mm2",
    "blocks",
    "energy_uj",
    "all_rram_uj",
    "all_sram_uj",
    "probability_best",
)


def command(
    design: DesignFile,
    images_per_second: Annotated[str | None, text("rates of the map [0.001:1000]", SPAN)] = None,
    max_area_mm2: Annotated[str | None, text("dies of the map [40:800]", SPAN)] = None,
    objective: Annotated[str, word(OBJECTIVES, "of the chips", "|".join(OBJECTIVES))] = "energy",
    points: Annotated[int, whole_number(2, 64, "rates, and dies")] = 12,
    parameters: Parameters = "silicon",
    technology: Technology = None,
    json: Json = False,
) -> None:
    """Which memory each block of the design's network should have, when."""
    rates = _span("images_per_second", images_per_second, RATES)
    areas = _span("max_area_mm2", max_area_mm2, AREAS_MM2)
    from cmn_core import api

    found = api.phase(
        design,
        images_per_second=rates,
        max_area_mm2=areas,
        objective=objective,
        points=points,
        parameters=parameters,
        technology=technology or (),
    )
    if json:
        put_json(found)
        return
    rows = [{**p, "blocks": "".join(m[0] for m in p["memory"] or ())} for p in found]
    put(table(rows, _SHOWN))


def _span(field: str, given: str | None, most: tuple[float, float]) -> tuple[float, float] | None:
    return None if given is None else span(field, given, most)
