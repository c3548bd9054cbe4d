"""ZigZag's side, run by the Python that has zigzag-dse: cases as JSON in, prices as JSON out.

Its shipped in-memory cores (inputs/hardware/aimc.yaml, dimc.yaml), with our array and no weights
to load: DRAM and writing cost nothing there, as they do not in arrays that keep their weights. Its
clock and cycles are of one array; stalls of its memories are left out, as ours has none.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
import zigzag
from zigzag.api import get_hardware_performance_zigzag

INPUTS = Path(zigzag.__file__).parent / "inputs"
GEMM = "O[b][k]+=I[b][c]*W[c][k]"
CONV = "O[b][k][oy][ox]+=W[k][c][fy][fx]*I[b][c][iy][ix]"
EFFORT = 4  # least it takes; arrays and cycles do not depend on the order of its loops


def hardware(array: dict[str, Any], bits: int, folder: Path) -> Path:
    """Its own core of that kind with our array: a column there is a weight of all its bits."""
    digital = not array["adc_bits"]
    core = yaml.safe_load(
        (INPUTS / "hardware" / ("dimc.yaml" if digital else "aimc.yaml")).read_text()
    )
    core["operational_array"] |= {
        "sizes": [array["cols"] // bits, array["rows"]],
        "input_precision": [bits, bits],
        "bit_serial_precision": 1,
    }
    if not digital:
        core["operational_array"]["adc_resolution"] = array["adc_bits"]
    core["memories"]["dram"] |= {"r_cost": 0, "w_cost": 0}
    core["memories"]["cells"] |= {"w_cost": 0}
    path = folder / "hardware.yaml"
    path.write_text(yaml.safe_dump(core, sort_keys=False))
    return path


def workload(layer: dict[str, Any], bits: int) -> list[dict[str, Any]]:
    """One entry, as ZigZag 3.9 reads it."""
    fy, fx = layer["kernel"]
    entry: dict[str, Any] = {
        "id": 0,
        "operator_type": "Gemm",
        "equation": GEMM,
        "loop_dims": ["B", "C", "K"],
        "loop_sizes": [layer["vectors"], layer["k"], layer["n"]],
    }
    if fy * fx > 1:
        oy, ox = layer["map"]
        entry |= {
            "operator_type": "Conv",
            "equation": CONV,
            "dimension_relations": ["ix=1*ox+1*fx", "iy=1*oy+1*fy"],
            "loop_dims": ["B", "K", "C", "OY", "OX", "FY", "FX"],
            "loop_sizes": [1, layer["n"], layer["k"] // (fy * fx), oy, ox, fy, fx],
        }
    precision = {"O": 2 * bits, "O_final": bits, "W": bits, "I": bits}
    return [{**entry, "operand_precision": precision, "operand_source": {"I": 0, "W": 0}}]


def price(core: Path, layer: dict[str, Any], bits: int, folder: Path) -> Any:
    """Its cost model's answer for one matrix."""
    answer = get_hardware_performance_zigzag(
        workload(layer, bits),
        str(core),
        str(INPUTS / "mapping" / "default_imc.yaml"),
        in_memory_compute=True,
        opt="energy",
        dump_folder=str(folder),
        pickle_filename=str(folder / "all.pickle"),
        lpf_limit=EFFORT,
        loma_show_progress_bar=False,
    )
    return answer[-1][0][1][0][0]


def main() -> None:
    logging.disable(logging.WARNING)
    asked = json.load(sys.stdin)
    out: dict[str, Any] = {"tool": f"ZigZag {version('zigzag-dse')}", "arrays": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for array in asked["arrays"]:
            if array["memory"] == "rram":
                continue  # it has no resistive cells
            core, rows = hardware(array, asked["bits"], folder), {}
            for work in asked["works"]:
                array_pj = buffers_pj = time_ns = macs = 0.0
                for layer in work["layers"]:
                    found, count = price(core, layer, asked["bits"], folder), layer["count"]
                    array_pj += count * found.mac_energy
                    buffers_pj += count * found.mem_energy
                    time_ns += count * found.ideal_temporal_cycle * found.tclk
                    macs += count * found.layer.total_mac_count
                    area_um2 = 1e6 * found.imc_area
                rows[work["name"]] = {
                    "energy_fj_per_mac": 1e3 * array_pj / macs,
                    "buffers_fj_per_mac": 1e3 * buffers_pj / macs,
                    "time_us": 1e-3 * time_ns,
                }
            out["arrays"][array["name"]] = {"prices": rows, "area_um2": area_um2}
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
