"""A composed figure holds its title, legend, panels and source."""

import json

import altair as alt
import pytest

from cmn_core.charts.base.template import data
from cmn_core.charts.figures.composed import WIDTH_PX, Key, compose, panel_width, titled
from cmn_core.charts.figures.lettering import text_px


def panel(rows=({"x": 1, "y": 2},)):
    return alt.Chart(data(list(rows))).mark_point().encode(x="x:Q", y="y:Q")


def texts(picture):
    """Every text among the data of a picture."""
    found = []

    def walk(node):
        if isinstance(node, dict):
            found.extend(str(row["text"]) for row in node.get("values", []) if "text" in row)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(picture)
    return found


def test_title_legend_and_source_are_in_the_picture():
    legend = [Key("ours", "#111111", "#111111"), Key("the paper", "#222222", "transparent")]
    figure = compose(
        "name", title="A title", panels=[[panel(), panel()]], legend=legend, source="Source: here."
    )
    assert figure.picture["title"]["text"] == "A title"
    assert {"ours", "the paper", "Source: here."} <= set(texts(figure.picture))
    assert json.loads(json.dumps(figure.picture, allow_nan=False)) == figure.picture


def test_paper_is_white_whatever_the_page_is():
    config = compose("n", title="t", panels=[[panel()]], source="s").picture["config"]
    assert config["background"] == "#FFFFFF"
    assert config["axis"]["labelColor"] == "#5F5E5A"


def test_rows_of_equally_many_panels_stand_in_a_grid():
    grid = compose("n", title="t", panels=[[panel(), panel()]] * 2, source="s").picture
    assert grid["vconcat"][0]["columns"] == 2 and len(grid["vconcat"][0]["concat"]) == 4
    loose = compose("n", title="t", panels=[[panel(), panel()], [panel()]], source="s").picture
    assert [len(row["hconcat"]) for row in loose["vconcat"][:2]] == [2, 1]


def test_a_long_source_takes_several_lines_and_loses_no_word():
    source = "Source: " + " ".join(f"word{n}" for n in range(60))
    lines = texts(compose("n", title="t", panels=[[panel()]], source=source).picture)
    assert len(lines) > 2 and " ".join(lines) == source


def test_a_legend_goes_on_in_the_next_line():
    legend = [Key("a long entry of the legend", "#111111", "#111111")] * 8
    picture = compose("n", title="t", panels=[[panel()]], legend=legend, source="s").picture
    heights = {row["y"] for row in picture["vconcat"][0]["layer"][0]["data"]["values"]}
    assert len(heights) == 2  # four entries of 169 px fill a line


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_panels_with_their_axes_fill_the_width(columns):
    taken = columns * (panel_width(columns) + 58.0) + (columns - 1) * 24.0
    assert taken == pytest.approx(WIDTH_PX)


def test_a_panel_may_have_a_heading():
    assert titled(panel(), "Energy", width=10).to_dict()["title"]["text"] == "Energy"


def test_no_line_of_words_is_wider_than_the_figure():
    wide = "MMMM 0.123456 WWWW %%% UPPER " * 12
    legend = [Key(wide[:40], "#111111"), Key(wide[:60], "#111111"), Key(wide[:40], "#111111")]
    picture = compose("n", title=wide[:150], panels=[[panel()]], legend=legend, source=wide).picture
    heads, found = picture["title"]["text"], texts(picture)
    assert len(heads) > 1 and all(text_px(line, 15.0, bold=True) <= WIDTH_PX for line in heads)
    source = [line for line in found if line not in {key.text for key in legend}]
    assert all(text_px(line, 11.0) <= WIDTH_PX for line in source)
    assert " ".join(source) == wide.strip()
    keys = [layer for layer in picture["vconcat"][0]["layer"] if layer["mark"]["type"] == "text"]
    rows = [row for layer in keys for row in layer["data"]["values"]]
    for one in rows:
        for other in rows:
            if one["y"] == other["y"] and one["at"] < other["at"]:
                assert one["at"] + text_px(one["text"], 12.0) < other["x"]
