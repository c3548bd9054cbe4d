"""CrossSim's parameters (JSON), in the form that versions 3.0 to 3.2 read with `from_json`.

What is not named keeps CrossSim's own value. Its `rows_max` limits the inputs of a core and its
`cols_max` the outputs, whatever the matrix calls them. Enumerations are written by name.
"""

from __future__ import annotations

import json
from typing import Any

from cmn_core.models.exchange.analog import AnalogMacro

OHM_PER_MEGOHM = 1e6


def write_crosssim(macro: AnalogMacro) -> tuple[str, list[str]]:
    """The parameters, and what they leave out or say differently."""
    sliced = macro.slices > 1
    one_bit = macro.dac_bits == 1
    balanced = {"style": "ONE_SIDED", "subtract_current_in_xbar": True}
    adc = {
        "model": "QuantizerADC",
        "bits": macro.adc_bits,
        "signed": True,
        "adc_per_ibit": True,
        "adc_range_option": "GRANULAR" if one_bit else "MAX",
    }
    dac = {
        "model": "SignMagnitudeDAC",
        "bits": macro.activation_bits,
        "signed": True,
        "input_bitslicing": True,
        "slice_size": macro.dac_bits,
    }
    core: dict[str, Any] = {
        "style": "BITSLICED" if sliced else "BALANCED",
        "rows_max": macro.active_rows,
        "cols_max": macro.outputs,
        "weight_bits": macro.weight_bits,
        "balanced": balanced,
    }
    if sliced:
        core["bit_sliced"] = {"style": "BALANCED", "num_slices": macro.slices}
    device: dict[str, Any] = {
        "cell_bits": macro.cell_bits,
        "Rmin": OHM_PER_MEGOHM / macro.largest_us,
        "infinite_on_off_ratio": macro.least_us == 0.0,
        "clip_conductance": True,
        "read_noise": _noise(macro.read_sigma),
        "programming_error": _noise(macro.mean_program_sigma),
    }
    if macro.least_us > 0.0:
        device["Rmax"] = OHM_PER_MEGOHM / macro.least_us
    document = {
        "core": core,
        "xbar": {
            "device": device,
            "adc": {"_match": True, "mvm": adc, "vmm": adc},
            "dac": {"_match": True, "mvm": dac, "vmm": dac},
        },
    }
    return json.dumps(document, indent=1) + "\n", _said(macro)


def _noise(sigma: float) -> dict[str, Any]:
    return {"enable": sigma > 0.0, "model": "NormalIndependentDevice", "magnitude": sigma}


def _said(macro: AnalogMacro) -> list[str]:
    low, high = min(macro.program_sigma), max(macro.program_sigma)
    said = [
        "no energy, latency or area: CrossSim has errors alone, and the network is to be given"
        " there",
        f"rows of a core are the {macro.active_rows} that are summed at once here"
        + (f", of {macro.rows} in an array" if macro.rows > macro.active_rows else ""),
        f"a written cell is off by {low:.1%} to {high:.1%} with its level here, by their root mean"
        f" square of {macro.mean_program_sigma:.1%} there",
        "inputs have a sign and a magnitude there and an offset here, which is one bit less to"
        " apply",
        f"the converter covers {macro.range_sigmas:g} standard deviations here,"
        + (
            " as many levels as sums have there"
            if macro.dac_bits == 1
            else " the largest sum there, so its steps are wider"
        ),
    ]
    if macro.ohm_per_row > 0.0:
        said.append(
            f"bit lines without resistance: set parasitics.enable and Rp_col"
            f" {macro.ohm_per_row:g} ohm; how word lines are told apart differs between versions"
        )
    return said
