"""What can be built and what is refused, and with which reason."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.cim.technologies.technology import FOLDER, NAMES, RULES, load_technology
from cmn_core.errors import FieldError


@pytest.mark.parametrize("name", NAMES)
def test_default_is_buildable_and_on_the_grid(name: str) -> None:
    technology = load_technology(name)
    assert technology.check_macro(technology.default) == technology.default
    for knob, levels in technology.levels.items():
        assert list(levels) == sorted(set(levels))
        assert technology.default[knob] in levels


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda f: f.name)
def test_every_constant_has_unit_and_source(file: object) -> None:
    with open(str(file), "rb") as stream:
        whole = tomllib.load(stream)
    # paper.toml holds both technologies, each with the constants that it replaces
    owners = [whole] if "constants" in whole else [whole[name] for name in NAMES]
    tables = [owner["constants"] for owner in owners]
    for name, entry in (item for table in tables for item in table.items()):
        assert set(entry) == {"value", "unit", "source"}, name
        assert entry["unit"] and len(entry["source"]) > 8, name
        assert np.isfinite(entry["value"]), name


@pytest.mark.parametrize(
    ("name", "change", "field", "words"),
    [
        ("rram", {"columns_per_adc": 0}, "columns_per_adc", "1 to 128"),
        ("rram", {"columns_per_adc": 0.5}, "columns_per_adc", "whole number"),
        ("rram", {"columns_per_adc": 100, "cols": 64}, "columns_per_adc", "at most `cols`"),
        ("rram", {"cell_bits": 4}, "cell_bits", "1 to 3"),
        ("rram", {"active_rows": 256}, "active_rows", "at most `rows`"),
        ("rram", {"rows": 0}, "rows", "8 to 1024"),
        ("rram", {"rows": 100.5}, "rows", "whole number"),
        ("rram", {"adc_bits": float("nan")}, "adc_bits", "found nan"),
        ("rram", {"vdd_v": float("inf")}, "vdd_v", "found inf"),
        ("rram", {"rows": 10**400}, "rows", "found 1000"),
        ("sram", {"vdd_v": -(10**400)}, "vdd_v", "0.6 to 1"),
        ("rram", {"rows": True}, "rows", "found True"),
        ("rram", {"rows": "128"}, "rows", "found 128"),
        ("rram", {"row": 128}, "row", "did you mean 'rows'"),
        ("sram", {"rows_per_tree": 3}, "rows_per_tree", "multiple"),
        ("sram", {"adc_bits": 5}, "adc_bits", "unknown key"),
        ("sram", {"vdd_v": 0.3}, "vdd_v", "0.6 to 1"),
    ],
)
def test_unbuildable_macro_is_refused_with_the_reason(
    name: str, change: dict[str, float], field: str, words: str
) -> None:
    technology = load_technology(name)
    with pytest.raises(FieldError) as caught:
        technology.check_macro({**technology.default, **change}, f"hardware.macros.{name}")
    assert caught.value.field == f"hardware.macros.{name}.{field}"
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_knob_and_unknown_technology_are_refused() -> None:
    sram = load_technology("sram")
    partial = {k: v for k, v in sram.default.items() if k != "vdd_v"}
    with pytest.raises(FieldError, match=r"m\.vdd_v: missing"):
        sram.check_macro(partial, "m")
    with pytest.raises(FieldError, match="found 'dram'"):
        load_technology("dram")


@given(data=st.data(), name=st.sampled_from(NAMES))
def test_array_of_points_is_judged_as_each_of_them(data: st.DataObject, name: str) -> None:
    technology = load_technology(name)
    odd = st.one_of(st.integers(-1, 1030), st.floats(allow_nan=True), st.floats(0.5, 1.1))
    point = {
        k: data.draw(st.one_of(st.sampled_from(knob.levels), odd))
        for k, knob in technology.knob.items()
    }
    try:
        technology.check_macro(point)
        alone = True
    except FieldError:
        alone = False
    assert bool(technology.buildable({k: np.array([v]) for k, v in point.items()})[0]) is alone


@pytest.mark.parametrize("name", NAMES)
def test_grid_holds_exactly_the_buildable_levels(name: str) -> None:
    technology = load_technology(name)
    grid = technology.grid()
    assert technology.buildable(grid).all()
    total = np.prod([len(levels) for levels in technology.levels.values()])
    size = len(grid["rows"])
    assert 1000 < size <= total
    points = set(zip(*(column.tolist() for column in grid.values()), strict=True))
    assert len(points) == size
    assert set(RULES) == {"analog", "digital"}
