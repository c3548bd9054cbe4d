"""Our side: the same arrays and layers by the simulator, each number as the page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.refereeing.cases import (
    ACTIVITY,
    ARRAYS,
    BITS,
    PRODUCTS,
    SUPPLY_V,
    AnalogProduct,
    Array,
    Gemm,
    Work,
    works,
)
from cmn_core.architecture import SPACES
from cmn_core.cim.circuits.adc_error import compute_error, digits
from cmn_core.cim.circuits.cell_error import disturbance
from cmn_core.cim.circuits.macro import build_macro
from cmn_core.cim.mapping import fit_columns, fit_rows, use_product, vector_ns
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.cim.workload import Product as Matrix
from cmn_core.cim.workload import lay_out
from cmn_core.design import Workload

AT = Workload(weight_bits=BITS, activation_bits=BITS, activity=ACTIVITY)
BLOCK = 2


def block_layers() -> list[Gemm]:
    """Matrices of all layers of block 3 of the largest B0 at 240 x 320, every expert at work."""
    space, layout = SPACES["b0"], lay_out(SPACES["b0"], AT)
    c, h = int(layout.width[BLOCK]), space.max_hidden[BLOCK]
    n, kv = int(layout.tokens[BLOCK]), int(layout.kv_tokens[BLOCK])
    depth, experts = int(layout.depth[BLOCK]), 5
    reduced = c * space.kv_reduction[BLOCK] ** 2
    return [
        Gemm("query and projection", c, c, n, 2 * depth),
        Gemm("reduction", reduced, c, kv, depth),
        Gemm("key and value", c, c, kv, 2 * depth),
        Gemm("experts, first matrix", c, h, n, experts * depth),
        Gemm("experts, second matrix", h, c, n, experts * depth),
    ]


def all_works() -> tuple[Work, ...]:
    return works(block_layers())


def knobs_of(array: Array) -> dict[str, float]:
    """The array as knobs of our technology."""
    shape = {"rows": array.rows, "cols": array.cols, "vdd_v": SUPPLY_V}
    if not array.adc_bits:
        return {**shape, "rows_per_tree": 1, "input_bits_per_step": 1}
    converter = {"adc_bits": array.adc_bits, "columns_per_adc": array.columns_per_adc}
    return {**shape, **converter, "active_rows": array.rows, "cell_bits": 1, "dac_bits": 1}


def price(array: Array, work: Work) -> dict[str, float]:
    """Energy of the arrays per MAC (fJ), time on one array (us): every tile after the other."""
    macro = build_macro(load_technology(array.memory), AT, knobs_of(array))
    energy_pj = time_ns = 0.0
    for layer in work.layers:
        k, n, count, vectors = map(
            np.float64, (layer.k, layer.n, layer.count, layer.count * layer.vectors)
        )
        rows, columns = fit_rows(macro, k), fit_columns(macro, n)
        use = use_product(macro, Matrix(layer.name, k, n, count, vectors), rows, columns)
        energy_pj += float(use.energy_pj(macro.total_charge)) + 1e-3 * float(use.on_ns) * float(
            macro.on_uw
        )
        time_ns += float(use.arrays) * layer.vectors * float(vector_ns(macro, rows, columns))
    return {"energy_fj_per_mac": 1e3 * energy_pj / work.macs, "time_us": 1e-3 * time_ns}


def area_um2(array: Array) -> float:
    """Of one array with its periphery."""
    return float(build_macro(load_technology(array.memory), AT, knobs_of(array)).total_um2)


def read_ns(array: Array) -> float:
    """One read of all columns, over all input steps."""
    macro = build_macro(load_technology(array.memory), AT, knobs_of(array))
    return float(macro.read_ns * np.ceil(macro.cols / macro.lanes))


def error_percent(product: AnalogProduct) -> float:
    """sigma_rel of the product on RRAM with 1-bit cells, in percent."""
    technology = load_technology("rram")
    knobs = {
        "rows": np.float64(product.active_rows),
        "active_rows": np.float64(product.active_rows),
        "adc_bits": np.float64(product.adc_bits),
        "cell_bits": np.float64(1),
        "dac_bits": np.float64(1),
    }
    picked = {name: np.asarray(knobs[name]) for name in list(knobs)[1:]}
    row = compute_error(technology, weight_bits=BITS, activation_bits=BITS, **picked)
    reads = -(-product.k // product.active_rows)
    variance = float(row) * reads / product.k
    if product.cells:
        variance += float(disturbance(technology, BITS, knobs)[0])
    return 100.0 * variance**0.5


def cells() -> dict[str, float]:
    """Largest and least conductance (uS), and what a read is off by (of the largest)."""
    value = load_technology("rram").value
    largest, least = value("conductance_max_us"), value("conductance_min_us")
    return {"largest_us": largest, "least_us": least, "read_sigma": value("read_sigma")}


def steps(product: AnalogProduct) -> list[float]:
    """Unit products between two codes of the converter, for each bit of a weight."""
    technology = load_technology("rram")
    table = digits(BITS, 1, technology.value("crest"))
    top = float(product.active_rows)
    spread = (top / 2.0) ** 0.5  # mean square of a 1-bit input
    reach = [min(technology.value("range_sigmas") * spread * r, top) for r in table.rms[1]]
    return [max(1.0, float(np.ceil(r / 2.0 ** (product.adc_bits - 1)))) for r in reach]


def everything() -> dict[str, Any]:
    """All that the file says of ours: {array: {work: prices}}, areas and errors."""
    asked: Sequence[Work] = all_works()
    return {
        "prices": {a.name: {w.name: price(a, w) for w in asked} for a in ARRAYS},
        "area_um2": {a.name: area_um2(a) for a in ARRAYS},
        "error_percent": {p.name: error_percent(p) for p in PRODUCTS},
    }
