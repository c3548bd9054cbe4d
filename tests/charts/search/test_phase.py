"""The map of memories over images per second and die."""

from __future__ import annotations

import json
from typing import Any

from cmn_core.charts.base.palette import DARK, LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.phase import (
    OPACITIES,
    STEPS,
    phase_cells,
    phase_map,
    strips,
    words_colour,
)
from tests.charts.base.test_palette import blend, contrast
from tests.charts.drawn import values

RATES, DIES = [0.01, 1.0], [50.0, 100.0]


def point(rate: float, die: float, memory: tuple[str, ...] | None = None, **known: Any) -> Any:
    figures = ("energy_uj", "all_rram_uj", "all_sram_uj", "probability_best")
    return {
        "images_per_second": rate,
        "max_area_mm2": die,
        "memory": None if memory is None else list(memory),
        **{name: known.get(name) for name in figures},
    }


MIXED = point(
    0.01,
    100.0,
    ("sram", "rram", "rram", "rram"),
    energy_uj=90.0,
    all_rram_uj=120.0,
    all_sram_uj=200.0,
    probability_best=0.4,
)
UNIFORM = point(1.0, 100.0, ("sram",) * 4, energy_uj=80.0, all_sram_uj=80.0, probability_best=1.0)
EMPTY = point(0.01, 50.0)


def test_cells_say_what_is_saved_and_how_sure_it_is() -> None:
    empty, mixed, uniform = phase_cells([EMPTY, MIXED, UNIFORM], RATES, DIES)
    assert empty["letters"] == "nothing fits"
    assert (mixed["letters"], mixed["saved"], mixed["chance"]) == ("SRRR", "−25%", "40%")
    assert (uniform["letters"], uniform["saved"], uniform["rram"]) == ("SSSS", "", "–")
    assert (mixed["level"], uniform["level"]) == (0, 3)
    assert int(mixed["x"]) == 0 and int(uniform["x"]) == 1
    assert int(empty["y"]) == 0 and int(mixed["y"]) == 1


def test_a_cell_is_cut_into_its_blocks() -> None:
    points = [EMPTY, MIXED, UNIFORM]
    cells = phase_cells(points, RATES, DIES)
    first, rest, whole = strips(points, cells, LIGHT)
    assert (first["colour"], rest["colour"], whole["colour"]) == (
        LIGHT.sram,
        LIGHT.rram,
        LIGHT.sram,
    )
    wide = cells[1]["x2"] - cells[1]["x"]
    assert abs((first["x2"] - first["x"]) / wide - 0.25) < 1e-9
    assert first["x2"] == rest["x"] and abs(rest["x2"] - cells[1]["x2"]) < 1e-9
    assert (whole["x"], whole["x2"]) == (cells[2]["x"], cells[2]["x2"])


def test_a_map_may_have_as_many_points_as_are_known() -> None:
    for points in ([], [EMPTY], [EMPTY, MIXED, UNIFORM]):
        for colours in (LIGHT, DARK):
            chart = phase_map(points, rates=RATES, dies=DIES, colours=colours)
            chart.to_dict()  # valid Vega-Lite
            drawn = values(spec(chart, colours))
            assert len(drawn[-1]) == len(points)
    # Words stand in the page's colour where a cell is dark, and in ink where it is pale.
    assert [row["ink"] for row in drawn[2]] == [DARK.ink, DARK.page]


def test_the_axis_does_not_make_205_into_200() -> None:
    dies = [40.0, 52.52, 205.3, 800.0]
    chart = phase_map([], rates=[0.003511, 12.33, 1000.0], dies=dies, colours=LIGHT)
    text = json.dumps(spec(chart, LIGHT))
    assert '[\\"40\\", \\"53\\", \\"205\\", \\"800\\"]' in text
    assert '[\\"0.0035\\", \\"12\\", \\"1,000\\"]' in text


def test_words_stand_out_from_every_cell() -> None:
    for colours in (LIGHT, DARK):
        shades = OPACITIES[colours.name]
        assert len(shades) == len(STEPS) + 1 and sorted(shades) == list(shades)
        for level, opacity in enumerate(shades):
            for memory in ("rram", "sram"):
                cell = blend(colours.memory(memory), colours.page, opacity)
                assert contrast(words_colour(level, colours), cell) >= 4.5
