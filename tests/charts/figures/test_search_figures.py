"""Fronts, convergence and comparisons of searches as figures."""

import json
from dataclasses import replace

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT
from cmn_core.charts.figures.search_figures import (
    MOST,
    SearchRecord,
    comparison_figure,
    convergence_figure,
    envelope,
    front_figure,
    numbered,
)
from cmn_core.errors import FieldError
from tests.charts.drawn import first_rows


def history(*best):
    return [
        {
            "generation": n,
            "evaluations": 10 * n,
            "best_objective": value,
            "hypervolume": 0.1 * n,
            "feasible_share": 1.0,
            "seconds": 1.0 * n,
        }
        for n, value in enumerate(best, start=1)
    ]


@pytest.fixture
def search(design):
    front = [
        design(energy_uj=800.0, miou=18.0),
        design(energy_uj=900.0, miou=17.0, latency_us=100.0),
        design(energy_uj=1000.0, miou=19.0),
    ]
    return SearchRecord(
        name="Energy on RRAM, seed 0",
        goal="energy",
        memory="rram",
        history=history(900.0, 800.0),
        designs=front,
        best=front[0],
        limits={"min_miou": 17.5},
        generations=5,
    )


def test_of_a_front_in_three_figures_only_what_nothing_beats_in_two_is_joined(search):
    found = envelope(search.designs, "energy_uj")
    assert [(row["energy_uj"], row["miou"]) for row in found] == [(800.0, 18.0), (1000.0, 19.0)]
    fast = envelope(search.designs, "latency_us")
    assert [(row["latency_us"], row["miou"]) for row in fast] == [(100.0, 17.0), (4000.0, 19.0)]


def test_the_front_as_a_figure_names_its_marks_and_takes_no_clicks(search):
    figure = front_figure(search, source="s")
    text = json.dumps(figure.picture)
    assert "breaks a limit" in text and "at least 17.5 %" in text
    assert "params" not in figure.picture and '"select"' not in text
    with pytest.raises(FieldError, match="front: no design"):
        front_figure(replace(search, designs=()), source="s")


def test_convergence_as_a_figure_needs_a_best_design(search):
    figure = convergence_figure(search, source="s")
    panels = figure.picture["vconcat"][1]["hconcat"]
    values = [row["best_objective"] for row in first_rows(panels[0])]
    assert values == [900.0, 800.0] and len(panels) == 2
    with pytest.raises(FieldError, match="best: no design"):
        convergence_figure(replace(search, best=None), source="s")


def test_six_searches_have_six_numbers_and_six_colours(search):
    figure = comparison_figure([search] * MOST, source="s")
    legend = figure.picture["vconcat"][0]["layer"][1]["data"]["values"]
    assert [row["letter"] for row in legend] == list("123456")
    assert len({row["stroke"] for row in legend}) == MOST
    with pytest.raises(FieldError, match="found 7; 1 to 6 are compared"):
        comparison_figure([search] * 7, source="s")


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_no_search_has_the_colour_of_a_memory(colours):
    taken = {colours.rram, colours.sram, colours.hybrid}
    assert taken.isdisjoint(colour for _, colour in numbered(colours))


def test_searches_of_two_goals_have_no_common_axis_of_convergence(search):
    one = comparison_figure([search, search], source="s").picture["vconcat"]
    two = comparison_figure([search, replace(search, goal="latency")], source="s").picture
    assert len(one) == len(two["vconcat"]) + 1
