"""A technology from one measured chip, on the page: the form, what comes of it, refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cmn_core.cim.technologies.parameters import own_technology
from cmn_core.errors import FieldError
from cmn_core.silicon.chips import parse_chips
from cmn_core.silicon.own_chip.technology import from_chip
from pages.parts.design.technology_files import KEPT
from pages.parts.models.own_chip import from_row
from tests.pages.looks import words

ROW = {"chip_id": "mine", "device": "RRAM", "node_nm": 40.0, "rows": 256.0, "cols": 256.0}
CSV = "chip_id,device,node_nm,rows,cols,tops_per_W\nmine,RRAM,40,256,256,20\n"


def test_the_form_is_a_row_of_the_command() -> None:
    made = from_row({**ROW, "tops_per_W": 20.0, "adc_bits": None}, 0.1)
    assert made.document == from_chip(parse_chips(CSV), noise=0.1).document
    speed = from_row({**ROW, "throughput_TOPS": 0.01, "tops_per_W": None}, 0.1)
    assert [f.name for f in speed.figures] == ["throughput_GOPS"]
    assert speed.figures[0].given == pytest.approx(10.0)


def test_a_name_with_commas_stays_one_cell() -> None:
    assert from_row({**ROW, "chip_id": 'a, "b"', "tops_per_W": 20.0}, 0.1).chip_id == 'a, "b"'
    with pytest.raises(FieldError, match="no measured figure"):
        from_row(ROW, 0.1)


def test_figures_become_a_technology_that_prices(searches: Any, page: Any) -> None:
    at = page("models", model="vit-moe-b0")
    at.number_input(key="own_chip_tops_per_W").set_value(20.0)
    at.number_input(key="own_chip_node_nm").set_value(40.0)
    at.button(key="own_chip_make").click().run()
    assert not at.exception
    [table] = [d.value for d in at.dataframe if "Technology, 90 %" in d.value]
    assert table["Yours"].tolist() == ["20.0"] or float(table["Yours"][0]) == 20.0
    assert float(table["Technology"][0]) == pytest.approx(20.0, rel=0.1)
    at.button(key="own_chip_use").click().run()
    assert not at.exception
    own = own_technology(json.loads(at.session_state[KEPT]["rram"]))
    assert own.node_nm == 40.0 and own.measured
    assert "mine, 40 nm stands for RRAM." in words(at)


def test_an_empty_form_is_refused_in_a_sentence(searches: Any, page: Any) -> None:
    at = page("models", model="vit-moe-b0")
    at.button(key="own_chip_make").click().run()
    assert not at.exception
    assert "No technology comes of it." in at.error[0].value
    assert "no measured figure" in at.error[0].value
