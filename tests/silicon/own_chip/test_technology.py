"""A technology from one measured chip: it has the chip's figures, and knows them better."""

from __future__ import annotations

import math
import tomllib

import numpy as np
import pytest

from cmn_core.cim.technologies.draws import array_groups
from cmn_core.cim.technologies.parameters import own_technology
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.cim.technologies.template import as_toml
from cmn_core.errors import FieldError
from cmn_core.silicon.chips import PublishedChip, parse_chips
from cmn_core.silicon.own_chip.technology import chosen, from_chip
from cmn_core.silicon.predict import predict
from cmn_core.silicon.report import published
from tests.silicon.own_chip.test_posterior import chip

NOISE = 0.1


def usable() -> list[PublishedChip]:
    """Published rows whose figures may be learnt from and that trees or converters read."""
    return [
        row
        for row in published()
        if row.why_not is None
        and row.number["node_nm"] is not None
        and "adder" not in row.text["cell_type"].lower()
        and not row.raw.get("left_out")
        and any(row.measured(c) for c in ("tops_per_W", "area_mm2"))
    ]


def test_every_published_chip_comes_back_within_its_noise() -> None:
    rows = usable()
    assert len(rows) > 100
    for row in rows:
        made = from_chip([row], noise=NOISE)
        own = own_technology(tomllib.loads(as_toml(made.document)))
        answer = predict(row, own)
        for given, ours in (
            (row.measured("tops_per_W"), answer.tops_per_w),
            (row.measured("area_mm2"), answer.area_mm2),
        ):
            if given is not None and ours is not None:
                assert abs(math.log(ours / given)) < math.log1p(NOISE), (row.chip_id, row.line)


def test_a_clock_comes_back_where_the_row_no_longer_says_it() -> None:
    own = own_technology(from_chip(chip(clock_MHz="37", tops_per_W="4")).document)
    silent = predict(chip(clock_MHz="")[0], own)
    stated = predict(chip(clock_MHz="37")[0], own)
    assert silent.throughput_gops == pytest.approx(stated.throughput_gops or 0.0, rel=NOISE)


@pytest.mark.parametrize("device", ["RRAM", "SRAM-analog", "SRAM-digital"])
def test_intervals_shrink_for_what_was_measured(device: str) -> None:
    given = {"device": device, "tops_per_W": "12", "area_mm2": "0.2", "node_nm": "22"}
    made = from_chip(chip(**given))
    own, base = own_technology(made.document), load_technology(made.document["base"])
    for quantity in ("energy", "delay", "area"):
        groups = array_groups(own.name, own, quantity)[1]
        before = array_groups(base.name, base, quantity)[1]
        ratio = {
            n: np.std(v) / np.std(before[n.replace(own.name, base.name, 1)])
            for n, v in groups.items()
        }
        assert max(ratio.values()) < 0.95, (quantity, ratio)
    for figure in made.figures:
        low, high = figure.class_interval
        assert figure.interval[1] / figure.interval[0] < 0.7 * high / low
        assert figure.interval[0] < figure.given < figure.interval[1]


def test_the_chips_own_macro_is_the_default_one() -> None:
    made = from_chip(chip(rows="256", adc_bits="6", tops_per_W="5", vdd_V="0.75", node_nm="40"))
    own = own_technology(made.document)
    assert own.node_nm == 40.0
    assert own.default["rows"] == 256 and own.default["adc_bits"] == 6
    assert own.default["vdd_v"] == 0.75 and 0.75 in own.levels["vdd_v"]
    own.check_macro(own.default)


def test_an_odd_supply_of_an_old_node_can_be_stated() -> None:
    own = own_technology(from_chip(chip(node_nm="130", vdd_V="1.5", tops_per_W="1")).document)
    assert own.default["vdd_v"] == 1.5


def test_same_rows_same_file() -> None:
    rows = chip(tops_per_W="7", area_mm2="0.3")
    assert as_toml(from_chip(rows).document) == as_toml(from_chip(rows).document)


def test_what_is_not_given_is_said() -> None:
    made = from_chip(chip(tops_per_W="7"))
    assert made.notes == ("area: nothing was given, so it stays that of the class",)
    assert not any(name.endswith("area_factor") for name in made.document["constants"])
    counted = from_chip(chip(tops_per_W="7", throughput_GOPS="1e5"))
    assert "come to" in counted.notes[0] and "not to 1e+05" in counted.notes[0]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({}, "no measured figure"),
        ({"tops_per_W": "-3"}, "tops_per_W"),
        ({"tops_per_W": "0"}, "a number above zero is allowed"),
        ({"tops_per_W": "lots"}, "a number is expected"),
        ({"tops_per_W": "5e6"}, "within 1000 times of it is allowed"),
        ({"area_mm2": "900000"}, "within 1000 times of it is allowed"),
        ({"tops_per_W": "5", "node_nm": ""}, "the node of the chip is needed"),
        ({"tops_per_W": "5", "node_nm": "7"}, "RRAM is known from 12 nm on"),
        ({"tops_per_W": "5", "device": "MRAM"}, "allowed are RRAM, SRAM-analog, SRAM-digital"),
        ({"tops_per_W": "5", "device": "SRAM-digital", "cell_type": "12T adder"}, "cell_type"),
    ],
)
def test_rubbish_is_refused_in_a_sentence(cells: dict[str, str], words: str) -> None:
    with pytest.raises(FieldError) as caught:
        from_chip(chip(**({"clock_MHz": ""} | cells)))
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_noise_and_rows_have_bounds() -> None:
    rows = chip(tops_per_W="5")
    for noise in (0.0, 5.0, math.nan):
        with pytest.raises(FieldError, match=r"0.1 to 100 % is allowed"):
            from_chip(rows, noise=noise)
    with pytest.raises(FieldError, match="up to 10 are allowed"):
        from_chip(rows * 11)
    with pytest.raises(FieldError, match="several in the rows"):
        from_chip(rows + chip(tops_per_W="5", node_nm="40"))


def test_one_chip_of_a_file_is_chosen_by_name() -> None:
    several = parse_chips("chip_id,device,node_nm\na,RRAM,28\nb,RRAM,28\na,RRAM,28\n")
    assert [c.line for c in chosen(several, "a")] == [1, 3]
    with pytest.raises(FieldError, match="rows of 2 chips"):
        chosen(several)
    with pytest.raises(FieldError, match="a chip_id of the file is expected"):
        chosen(several, "c")
    with pytest.raises(FieldError, match="no rows"):
        chosen([])
