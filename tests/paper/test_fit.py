from __future__ import annotations

import tomllib

import pytest

from cmn_core.cim.technologies.parameters import parameter_set
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.paper.assumptions import PRESET
from cmn_core.paper.comparison import Cell
from cmn_core.paper.fit import (
    FREE,
    MEMORIES,
    TRIED,
    best_factor,
    fit_constants,
    geometries,
    technology_of,
    toml,
)
from cmn_core.paper.tables import COSTS, printed_rows


@pytest.mark.parametrize("memory", MEMORIES)
def test_the_shipped_set_is_what_the_fit_finds(memory: str) -> None:
    shipped = parameter_set("paper")[memory]
    best = fit_constants(memory, shipped.default, PRESET)
    for quantity in COSTS:
        name = FREE[memory, quantity][0]
        assert shipped.value(name) == pytest.approx(best.values[name], rel=0.01)
        assert best.worst[quantity] < 0.15


@pytest.mark.parametrize("memory", MEMORIES)
def test_the_file_repeats_the_set(memory: str) -> None:
    shipped = parameter_set("paper")[memory]
    best = fit_constants(memory, shipped.default, PRESET)
    tables = tomllib.loads(toml([best]))
    assert set(tables) == {memory}
    again = technology_of(memory, best.knobs, best.values)
    for name, entry in tables[memory]["constants"].items():
        assert entry["value"] == again.value(name)
        assert entry["unit"] == load_technology(memory).constants[name].unit
    assert {n: k["default"] for n, k in tables[memory]["knobs"].items()} == again.default


@pytest.mark.parametrize("memory", MEMORIES)
def test_every_geometry_tried_can_be_built(memory: str) -> None:
    points = list(geometries(memory))
    assert len(points) >= 10
    for knobs in points:
        load_technology(memory).check_macro(knobs)
    assert {k: parameter_set("paper")[memory].default[k] for k in TRIED[memory]} in [
        {k: p[k] for k in TRIED[memory]} for p in points
    ]


def test_best_factor_by_hand() -> None:
    """Two cells, 100 and 100 printed, at 50 and 150 per unit of the constant: 2 x / 200 apart.

    Deviations 1 - 0.5 f and 1.5 f - 1 are equal at f = 1, and 0.5 each.
    """
    row = printed_rows()[0]

    def cell(ours: float) -> Cell:
        return Cell(row, "energy_uj", 100.0, ours, 100.0, 100.0)

    factor, deviation = best_factor([(cell(50.0), cell(100.0)), (cell(150.0), cell(300.0))])
    assert factor == pytest.approx(1.0, rel=2e-3)
    assert deviation == pytest.approx(0.5, rel=2e-3)
