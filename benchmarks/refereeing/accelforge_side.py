"""AccelForge's side, run by the Python that has it: cases as JSON in, prices as JSON out.

Its examples of macros (basic_analog and colonnade_jssc_2021, in the source package alone), with our
array, node, supply and converters. In the analog one a cycle is what the user says, so it is given
the time of our read; a converter's energy depends on it. Convolutions are handed over as matrix
products. Options: the folder of its examples.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from accelforge import LiteralString  # type: ignore[import-not-found]
from accelforge.mapper.FFM.mappings import Mappings  # type: ignore[import-not-found]

CELLS = {"rram": "rram_example.yaml", "sram_analog": "sram_example.yaml"}
UNIFORM = [1] * 7  # values of any size are as frequent: half of the bits are ones
DRAWN = "ADC"


def spec_of(get_spec: Any, folder: Path, array: dict[str, Any], asked: dict[str, Any]) -> Any:
    """Its example with our array."""
    digital = not array["adc_bits"]
    spec = get_spec(
        "colonnade_jssc_2021" if digital else "basic_analog", add_dummy_main_memory=True
    )
    own = spec.arch.variables
    if digital:
        own.n_regs_per_col = array["rows"] // own.n_rows_per_reg
    else:
        own.bits_per_cell = own.voltage_dac_resolution = own.temporal_dac_resolution = 1
        own.adc_resolution = array["adc_bits"]
        own.n_adc_per_bank = array["cols"] // array["columns_per_adc"]
        own.cycle_period = 1e-9 * array["read_ns"] / asked["bits"]
        own.read_pulse_width = own.cycle_period / array["columns_per_adc"]
        cell = str(folder / "memory_cells" / CELLS[array["memory"]])
        spec.variables.cell_config = LiteralString(cell)
    for node in spec.arch.nodes:
        if node.name in ("Column", "Row") and (node.name == "Column" or not digital):
            node.spatial[0].fanout = array["cols" if node.name == "Column" else "rows"]
    spec.variables.tech_node = 1e-9 * asked["node_nm"]
    spec.variables.voltage = asked["supply_v"]
    spec.variables.inputs_hist = UNIFORM
    spec.variables.weights_hist = UNIFORM
    return spec


def price(spec: Any, layer: dict[str, Any], bits: int) -> tuple[float, float, dict[str, float]]:
    """Energy (J) and time (s) of one matrix, and energy by component."""
    for rank, size in zip("MKN", (layer["vectors"], layer["k"], layer["n"]), strict=True):
        spec.workload.rank_sizes[rank] = size
    for einsum in spec.workload.einsums:
        for tensor in einsum.tensor_accesses:
            tensor.bits_per_value = bits
    found = spec.map_workload_to_arch(print_progress=False)
    parts = {name: float(pj) for name, pj in found.energy(per_component=True).items()}
    return float(found.energy()), float(found.latency()), parts


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    sys.path.insert(0, str(folder))
    from _load_spec import get_spec  # type: ignore[import-not-found]

    Mappings.render = lambda self, *_, **__: ""  # it draws every mapping with graphviz
    asked = json.load(sys.stdin)
    out: dict[str, Any] = {"tool": f"AccelForge {version('accelforge')}", "arrays": {}}
    for array in asked["arrays"]:
        rows = {}
        for work in asked["works"]:
            joule = second = macs = converters = 0.0
            for layer in work["layers"]:
                spec = spec_of(get_spec, folder, array, asked)
                energy, time, parts = price(spec, layer, asked["bits"])
                joule += layer["count"] * energy
                second += layer["count"] * time
                converters += layer["count"] * parts.get(DRAWN, 0.0)
                macs += layer["count"] * layer["k"] * layer["n"] * layer["vectors"]
            rows[work["name"]] = {
                "energy_fj_per_mac": 1e15 * joule / macs,
                "converters_fj_per_mac": 1e15 * converters / macs,
                "time_us": 1e6 * second if not array["adc_bits"] else None,
            }
        out["arrays"][array["name"]] = {"prices": rows, "area_um2": None}
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    os.chdir(os.environ.get("TMPDIR", "/tmp"))  # it leaves a picture where it runs
    main()
