"""Technology files of one's own: what they change, and what is refused with which reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cmn_core.architecture import SPACES
from cmn_core.cim.chip import combine, price
from cmn_core.cim.technologies.parameters import (
    own_technologies,
    own_technology,
    parameter_set,
    read_technology,
    technologies,
)
from cmn_core.cim.technologies.technology import Technology, load_technology
from cmn_core.design import Workload
from cmn_core.errors import FieldError

GOOD: dict[str, Any] = {
    "schema": "cmn.technology/1",
    "base": "rram",
    "title": "Test RRAM",
    "constants": {"read_v": {"value": 0.4, "unit": "V", "source": "hand-made for this test"}},
    "knobs": {"adc_bits": {"levels": [5, 6], "default": 6}},
}


def cells_pj(technology: Technology) -> float:
    costs = price(
        SPACES["b0"],
        Workload(),
        technology,
        experts=[2] * 4,
        hidden=[64] * 4,
        knobs=technology.default,
        replicas=[1] * 4,
        detail=True,
    )
    return float(costs.parts["energy_pj"]["cells"][0])


def test_own_constants_and_levels_replace_the_built_in_ones() -> None:
    own, base = own_technology(GOOD), load_technology("rram")
    assert own.value("read_v") == 0.4
    assert own.levels["adc_bits"] == (5.0, 6.0)
    assert own.levels["rows"] == base.levels["rows"]
    assert own.title == "Test RRAM"
    # twice the read voltage: twice the current that the cells draw from the supply
    same_adc = own_technology({**GOOD, "knobs": {}})
    assert cells_pj(same_adc) == pytest.approx(2.0 * cells_pj(base), rel=1e-12)
    assert base.value("read_v") == 0.2


def test_same_content_is_the_same_technology_whatever_the_order_of_keys() -> None:
    turned = dict(reversed(list(GOOD.items())))
    assert own_technology(turned) is own_technology(GOOD)
    assert own_technologies({"rram": GOOD})["rram"] is own_technology(GOOD)


def test_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'schema = "cmn.technology/1"\nbase = "sram"\ntitle = "Quick"\n'
        '[constants]\ngate_delay_ns = { value = 0.01, unit = "ns", source = "a guess of ours" }\n'
    )
    document = read_technology(file)
    own = own_technologies({"sram": document})
    assert own["sram"].value("gate_delay_ns") == 0.01
    costs = {
        "sram": price(
            SPACES["b0"],
            Workload(),
            own["sram"],
            experts=[1] * 4,
            hidden=[16] * 4,
            knobs=own["sram"].default,
            replicas=[1] * 4,
        )
    }
    assert combine(costs, [False] * 4).latency_us > 0.0


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"schema": "cmn.technology/2"}, "technology.schema", "cmn.technology/1"),
        ({"base": "dram"}, "technology.base", "rram"),
        ({"base": 3}, "technology.base", "found 3"),
        ({"title": " "}, "technology.title", "missing"),
        ({"constant": {}}, "technology.constant", "did you mean 'constants'"),
        ({"constants": 3}, "technology.constants", "a table"),
        ({"constants": {"read_w": {}}}, "technology.constants.read_w", "read_v"),
        ({"constants": {"read_v": 0.3}}, "technology.constants.read_v", "value ="),
        (
            {"constants": {"read_v": {"value": 300, "unit": "mV", "source": "x"}}},
            "technology.constants.read_v.unit",
            "'V' is expected",
        ),
        (
            {"constants": {"read_v": {"value": float("nan"), "unit": "V", "source": "x"}}},
            "technology.constants.read_v.value",
            "finite",
        ),
        (
            {"constants": {"read_v": {"value": True, "unit": "V", "source": "x"}}},
            "technology.constants.read_v.value",
            "a number",
        ),
        (
            {"constants": {"read_v": {"value": -1.0, "unit": "V", "source": "x"}}},
            "technology.constants.read_v.value",
            "positive",
        ),
        (
            {"constants": {"read_v": {"value": 0.3, "unit": "V"}}},
            "technology.constants.read_v.source",
            "where the figure comes from",
        ),
        ({"knobs": {"adc_bit": {}}}, "technology.knobs.adc_bit", "adc_bits"),
        ({"knobs": {"adc_bits": {"levels": [6, 5]}}}, "technology.knobs.adc_bits.levels", "asc"),
        ({"knobs": {"adc_bits": {"levels": []}}}, "technology.knobs.adc_bits.levels", "1 to 64"),
        ({"knobs": {"adc_bits": {"levels": [5.5]}}}, "technology.knobs.adc_bits.levels", "whole"),
        ({"knobs": {"adc_bits": {"max": 99}}}, "technology.knobs.adc_bits.max", "2 to 10"),
        (
            {"knobs": {"adc_bits": {"levels": [5], "default": 6}}},
            "technology.knobs.adc_bits.default",
            "one of the levels",
        ),
        ({"knobs": {"rows": {"levels": [32]}}}, "technology.knobs.active_rows", "`rows`"),
    ],
)
def test_wrong_documents_are_refused(change: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(FieldError) as caught:
        own_technology({**GOOD, **change})
    assert caught.value.field == field
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_files_and_memories_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FieldError, match="TOML file is expected"):
        read_technology(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe = [")
    with pytest.raises(FieldError, match=r"bad\.toml is no TOML"):
        read_technology(tmp_path / "bad.toml")
    (tmp_path / "big.toml").write_text("# " + "x" * 300_000)
    with pytest.raises(FieldError, match="at most 200,000"):
        read_technology(tmp_path / "big.toml")
    with pytest.raises(FieldError, match="the file is for rram"):
        own_technologies({"sram": GOOD})
    with pytest.raises(FieldError, match="did you mean 'sram'"):
        own_technologies({"sramm": GOOD})


def test_a_constant_out_of_all_reach_is_refused() -> None:
    for value in (1e300, 1e-300, 3000.0):
        constants = {"read_v": {"value": value, "unit": "V", "source": "x"}}
        with pytest.raises(FieldError, match=r"built in is 0\.2; 2e-05 to 2000 is allowed \(V\)"):
            own_technology({**GOOD, "constants": constants})


def constant(base: str, name: str, value: float) -> dict[str, Any]:
    unit = load_technology(base).constants[name].unit
    entry = {name: {"value": value, "unit": unit, "source": "hand-made"}}
    return {"schema": "cmn.technology/1", "base": base, "title": "T", "constants": entry}


@pytest.mark.parametrize(
    ("base", "name", "value", "words"),
    [
        ("sram", "control_share", 2.0, "0 to 1 is allowed"),
        ("sram", "control_share", 1.0, "a share below 1"),
        ("sram", "threshold_v", 1.2, "threshold_v below nominal_vdd_v"),
        ("sram", "threshold_v", 0.6, "the lowest supply is 0.6 V"),
        ("rram", "nominal_vdd_v", 0.3, "threshold_v below nominal_vdd_v"),
        ("rram", "read_v", 150.0, "0 to 6 is allowed (V)"),
        ("rram", "read_v", 1.8, "read_v below set_v"),
        ("rram", "conductance_min_us", 1000.0, "conductance_min_us below conductance_max_us"),
        ("rram", "feature_nm", 1.0, "2 to 350 is allowed (nm)"),
        ("sram", "adder_activity", 1.5, "0 to 1 is allowed"),
        # What is divided by, takes no time, or leaves every float behind at another node.
        ("sram", "gate_area_um2", 0.0, "a positive number is expected"),
        ("sram", "gate_delay_ns", 0.0, "a positive number is expected"),
        ("rram", "sensing_factor", 0.0, "a positive number is expected"),
        ("rram", "arrays_written_at_once", 0.0, "a positive number is expected"),
        ("sram", "array_delay_factor", 0.0, "a positive number is expected"),
        ("rram", "crest", 0.0, "1 to 20 is allowed"),
        ("rram", "capacitance_exponent", 12129.0, "0 to 4 is allowed"),
        ("sram", "logic_delay_exponent", 8.0, "0 to 4 is allowed"),
    ],
)
def test_numbers_that_no_circuit_has_are_refused(
    base: str, name: str, value: float, words: str
) -> None:
    with pytest.raises(FieldError) as caught:
        own_technology(constant(base, name, value))
    assert words in str(caught.value)
    assert name in caught.value.field and "\n" not in str(caught.value)


def test_a_feature_size_moves_every_constant_with_it() -> None:
    small, base = own_technology(constant("rram", "feature_nm", 7)), load_technology("rram")
    for name in ("adc_ns_per_bit", "gate_area_um2", "nominal_vdd_v", "feature_nm"):
        assert small.value(name) < base.value(name)
    assert own_technology(constant("rram", "feature_nm", 28)).constants == dict(base.constants)


def test_sets_and_files_are_never_mixed() -> None:
    assert technologies("silicon", {"rram": GOOD})["rram"].title == "Test RRAM"
    assert technologies("silicon", None)["sram"] is load_technology("sram")
    with pytest.raises(FieldError, match="parameters: found 'paper' beside a technology file"):
        technologies("paper", {"rram": GOOD})


def test_parameter_sets_are_named() -> None:
    assert parameter_set("silicon")["rram"] is load_technology("rram")
    with pytest.raises(FieldError, match="allowed are silicon, paper"):
        parameter_set("gold")


def test_analog_sram_stands_for_sram() -> None:
    own = own_technologies({"sram": read_technology("sram_analog")})["sram"]
    assert (own.name, own.kind) == ("sram", "analog")
    knobs = {**own.default, "adc_bits": 5.0}
    costs = {
        "sram": price(
            SPACES["b0"],
            Workload(),
            own,
            experts=[2] * 4,
            hidden=[64] * 4,
            knobs=knobs,
            replicas=[1] * 4,
            detail=True,
        )
    }
    assert (costs["sram"].standby_uw > 0.0).all()  # its cells leak, as digital SRAM's do
    assert (costs["sram"].sigma_rel > 0.0).all()  # and its ADCs lose something
    assert "adc" in costs["sram"].parts["energy_pj"]
    assert combine(costs, [False] * 4).energy_uj > 0.0
