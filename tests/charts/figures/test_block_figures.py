"""Figures B1, B2 and C1 hold ours, the paper's, and say which is which."""

import json

import pytest

from cmn_core.charts.figures.block_figures import block_figure, hybrid_figure
from cmn_core.charts.studies.printed import printed_blocks
from cmn_core.errors import FieldError
from cmn_core.quantities import GOALS
from tests.charts.drawn import first_rows


def test_figure_b1_has_a_panel_for_each_scenario_and_quantity(design):
    ours = {goal: design(memory="sram") for goal in GOALS}
    figure = block_figure(ours, memory="sram", source="Source: a test.")
    grid = figure.picture["vconcat"][1]["concat"]
    assert len(grid) == 6
    for panel, (quantity, goal) in zip(
        grid, [(q, g) for q in ("experts", "hidden") for g in GOALS], strict=True
    ):
        rows = first_rows(panel)
        printed = [row["value"] for row in rows if row["source"] == "paper"]
        mine = [row["value"] for row in rows if row["source"] == "ours"]
        assert printed == printed_blocks(goal, "sram")[quantity]
        assert mine == list(getattr(ours[goal].architecture, quantity))
    assert figure.name == "figure_b1_sram" and "Figure B1" in figure.title
    text = json.dumps(figure.picture)
    assert "ours, SRAM" in text and "the paper's Table B1" in text and "Source: a test." in text


def test_a_scenario_without_a_design_says_so(design):
    figure = block_figure({"energy": design()}, memory="rram", source="s")
    assert json.dumps(figure.picture).count("no design") == 4
    assert figure.name == "figure_b2_rram"
    with pytest.raises(FieldError, match="at least one design"):
        block_figure({}, memory="rram", source="s")


def test_a_larger_network_stands_alone(design):
    from dataclasses import replace

    figure = block_figure({"energy": replace(design(), space="b1")}, memory="rram", source="s")
    assert '"source": "paper"' not in json.dumps(figure.picture)


def test_figure_c1_has_tiles_and_totals(design):
    designs = {
        ("energy", "hybrid"): design(memory=("rram", "sram", "sram", "sram"), energy_uj=700.0),
        ("energy", "rram"): design(memory="rram", energy_uj=900.0),
    }
    figure = hybrid_figure(designs, source="s")
    tiles, totals = figure.picture["vconcat"][1:3]
    letters = [row["letter"] for row in first_rows(tiles)]
    assert letters == ["R", "S", "S", "S"]
    energies = [row["value"] for row in first_rows(totals["hconcat"][0])]
    assert sorted(energies) == [700.0, 900.0]
    with pytest.raises(FieldError, match="hybrid"):
        hybrid_figure({("energy", "rram"): design()}, source="s")
