"""CrossSim's parameters, judged by the rules of its own source (3.0 to 3.2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from cmn_core.cim.technologies.technology import load_technology
from cmn_core.errors import FieldError
from cmn_core.models.exchange.analog import AnalogMacro, analog_macro_of
from cmn_core.models.exchange.crosssim import write_crosssim
from cmn_core.models.layers import Model

Build = Callable[..., Model]
PRODUCT = {"kind": "product", "k": 300, "n": 40, "vectors": 5}
# Fields of the dataclasses, whose from_json refuses any other key.
FIELDS: dict[str, set[str]] = {
    "": {"core", "simulation", "xbar"},
    "core": {
        *("style", "rows_max", "cols_max", "weight_bits", "complex_matrix", "complex_input"),
        *("balanced", "bit_sliced", "offset", "mapping"),
    },
    "core.balanced": {"style", "interleaved_posneg", "subtract_current_in_xbar"},
    "core.bit_sliced": {"style", "num_slices"},
    "xbar": {"device", "array", "adc", "dac"},
    "xbar.device": {
        *("cell_bits", "Rmin", "Rmax", "time", "infinite_on_off_ratio", "clip_conductance"),
        *("read_noise", "programming_error", "drift_error"),
    },
    "xbar.device.read_noise": {"enable", "model", "magnitude"},
    "xbar.device.programming_error": {"enable", "model", "magnitude"},
    "xbar.adc": {"_match", "mvm", "vmm"},
    "xbar.adc.mvm": {
        *("model", "bits", "signed", "stochastic_rounding", "adc_per_ibit"),
        *("calibrated_range", "adc_range_option"),
    },
    "xbar.dac": {"_match", "mvm", "vmm"},
    "xbar.dac.mvm": {"model", "bits", "input_bitslicing", "signed", "slice_size"},
}
FIELDS["xbar.adc.vmm"], FIELDS["xbar.dac.vmm"] = FIELDS["xbar.adc.mvm"], FIELDS["xbar.dac.mvm"]


def macro(build: Build, *, weight_bits: int = 8, activation_bits: int = 8, **knobs: float) -> Any:
    rram = load_technology("rram")
    model = build(PRODUCT, weight_bits=weight_bits, activation_bits=activation_bits)
    return analog_macro_of(model, {"rram": rram}, {"rram": {**rram.default, **knobs}})


def written(given: AnalogMacro) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(write_crosssim(given)[0])
    return found


def unknown(part: dict[str, Any], path: str = "") -> list[str]:
    known = FIELDS[path]
    out = [f"{path}.{key}" for key in part if key not in known]
    for key, value in part.items():
        if isinstance(value, dict):
            out += unknown(value, f"{path}.{key}".lstrip("."))
    return out


@pytest.mark.parametrize("weight_bits", [1, 2, 3, 4, 6, 8, 9, 16])
@pytest.mark.parametrize("cell_bits", [1, 2, 3])
def test_slices_hold_our_bits_by_crosssims_rule(
    build: Build, weight_bits: int, cell_bits: int
) -> None:
    given = macro(build, weight_bits=weight_bits, cell_bits=cell_bits)
    core = written(given)["core"]
    if given.slices == 1:
        assert core["style"] == "BALANCED" and "bit_sliced" not in core
        return
    bits, slices = core["weight_bits"], core["bit_sliced"]["num_slices"]
    # BitslicedCore._wrapper_set_matrix of a balanced core.
    each = bits // slices if bits % slices == 0 else -(-(bits - 1) // slices)
    assert each == cell_bits
    assert each * slices >= bits - 1


@pytest.mark.parametrize("dac_bits", [1, 2, 4])
def test_only_fields_that_it_knows_and_combinations_that_it_takes(
    build: Build, dac_bits: int
) -> None:
    found = written(macro(build, dac_bits=dac_bits))
    assert unknown(found) == []
    adc, dac = found["xbar"]["adc"]["mvm"], found["xbar"]["dac"]["mvm"]
    assert not adc["adc_per_ibit"] or dac["input_bitslicing"]
    assert adc["adc_range_option"] != "GRANULAR" or adc["adc_per_ibit"]
    assert adc["adc_range_option"] != "GRANULAR" or dac["slice_size"] == 1
    assert dac["bits"] > 0 and dac["slice_size"] == dac_bits
    assert found["xbar"]["adc"]["vmm"] == adc and found["xbar"]["dac"]["vmm"] == dac


def test_device_and_array_by_hand(build: Build) -> None:
    found = written(macro(build, rows=256, cols=128, active_rows=64, adc_bits=6))
    device = found["xbar"]["device"]
    assert device["Rmin"] == 1e6 / 40 and device["Rmax"] == 1e6
    assert device["read_noise"] == {
        "enable": True,
        "model": "NormalIndependentDevice",
        "magnitude": 0.01,
    }
    # By hand: mean square of the four straight pieces between the five points.
    s = [0.00875, 0.0575, 0.05, 0.0375, 0.0275]
    mean = sum((a * a + a * b + b * b) / 3 for a, b in pairwise(s)) / 4
    assert device["programming_error"]["magnitude"] == pytest.approx(mean**0.5, rel=1e-4)
    assert found["core"]["rows_max"] == 64  # inputs of a core, whatever the matrix calls them
    assert found["core"]["cols_max"] == 128 // 7
    assert found["xbar"]["adc"]["mvm"]["bits"] == 6


def test_what_it_cannot_say_is_said(build: Build) -> None:
    said = write_crosssim(macro(build))[1]
    assert any("no energy" in text for text in said)
    assert any("Rp_col 1 ohm" in text for text in said)


def test_a_chip_without_resistive_cells_is_refused(build: Build) -> None:
    sram = load_technology("sram")
    with pytest.raises(FieldError, match="memory: weights on sram; weights on RRAM"):
        analog_macro_of(build(PRODUCT), {"sram": sram}, {"sram": sram.default})
