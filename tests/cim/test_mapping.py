"""Tiles, reads and phases against a count made cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.cim.circuits.macro import build_macro
from cmn_core.cim.mapping import fit_columns, fit_rows, use_product
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.cim.workload import Product
from cmn_core.design import Workload


def macro(name: str, weight_bits: int = 8, **knobs: float):
    technology = load_technology(name)
    point = technology.check_macro({**technology.default, **knobs})
    return build_macro(technology, Workload(weight_bits=weight_bits), point)


@given(
    k=st.integers(1, 3000),
    n=st.integers(1, 3000),
    rows=st.integers(8, 300),
    cols=st.integers(8, 300),
    active=st.integers(1, 300),
    shared=st.integers(1, 128),
    cell=st.integers(1, 3),
    weight_bits=st.integers(1, 16),
)
def test_fit_is_what_laying_out_cell_by_cell_gives(
    k: int, n: int, rows: int, cols: int, active: int, shared: int, cell: int, weight_bits: int
) -> None:
    active, shared = min(active, rows), min(shared, cols)
    m = macro(
        "rram",
        weight_bits,
        rows=rows,
        cols=cols,
        active_rows=active,
        columns_per_adc=shared,
        cell_bits=cell,
    )
    row_tiles = [list(range(k))[i : i + rows] for i in range(0, k, rows)]
    reads = [len(range(0, len(tile), active)) for tile in row_tiles]
    slices = len(range(0, max(1, weight_bits - 1), cell))
    used = n * slices
    column_tiles = [min(cols, used - i) for i in range(0, used, cols)]
    adcs = len(range(0, cols, shared))
    fit = fit_rows(m, np.array([float(k)]))
    assert fit.tiles[0] == len(row_tiles)
    assert fit.reads[0] == sum(reads)
    assert fit.deepest[0] == max(reads)
    columns = fit_columns(m, np.array([float(n)]))
    assert columns.tiles[0] == len(column_tiles)
    assert columns.phases[0] == max(len(range(0, tile, adcs)) for tile in column_tiles)


def test_digital_rows_take_turns() -> None:
    """128 rows, 4 per tree input: 32 inputs; 100 rows need 4 turns, 20 need 1."""
    m = macro("sram", rows=128, rows_per_tree=4)
    fit = fit_rows(m, np.array([100.0, 20.0, 150.0]))
    assert fit.deepest.tolist() == [4, 1, 4]
    assert fit.reads.tolist() == [4, 1, 4 + 1]
    assert fit.tiles.tolist() == [1, 1, 2]
    assert fit_columns(m, np.array([1000.0])).phases.tolist() == [1]


def test_use_of_one_product_by_hand() -> None:
    """K = 300, N = 20 on 128 x 128 pairs, 64 rows per read, 2-bit cells: 4 columns per weight.

    Row tiles 3 (128, 128, 44), reads 2 + 2 + 1 = 5; columns 80, one tile; 16 ADCs, 5 phases.
    """
    m = macro("rram", rows=128, cols=128, active_rows=64, cell_bits=2, columns_per_adc=8)
    one = np.ones(1)
    product = Product("p", 300.0 * one, 20.0 * one, 2.0 * one, 2.0 * 7.0 * one)
    use = use_product(m, product, fit_rows(m, product.k), fit_columns(m, product.n))
    assert float(use.weights[0]) == 14 * 300 * 20
    assert float(use.reads[0]) == 14 * 20 * 5
    assert float(use.rows[0]) == 14 * 300 * 1
    assert float(use.sums[0]) == 14 * 20 * 3
    assert float(use.arrays[0]) == 2 * 3
    assert np.asarray(use.on_ns)[0] == pytest.approx(14 * 3 * float(m.read_ns) * 2 * 5)
