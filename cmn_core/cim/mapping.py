"""How weight matrices lie on arrays: tiles, reads and column phases, counted with exact ceilings.

All counts are whole numbers in float64, far below 2^53, so a quotient is whole exactly when the
division has no remainder, and its floor and ceiling are exact. Arrays are [4, ...]: the block axis
first, then the axes of the designs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.circuits.macro import Charge, Macro
from cmn_core.cim.workload import Product


@dataclass(frozen=True, eq=False)
class RowFit:
    """K rows on arrays: row tiles, reads of all tiles together, reads of the fullest tile."""

    tiles: Floats
    reads: Floats
    deepest: Floats


@dataclass(frozen=True, eq=False)
class ColumnFit:
    """N outputs on arrays: column tiles, phases of the fullest tile."""

    tiles: Floats
    phases: Floats


def fit_rows(macro: Macro, k: Floats) -> RowFit:
    """Row tiles of `rows`; each tile is read in groups of `group_rows`."""
    full = np.floor(k / macro.rows)
    rest = k - full * macro.rows
    tail = np.ceil(rest / macro.group_rows)
    return RowFit(
        tiles=full + (rest > 0.0),
        reads=full * macro.groups + tail,
        deepest=np.where(full > 0.0, macro.groups, tail),
    )


def fit_columns(macro: Macro, n: Floats) -> ColumnFit:
    """Column tiles of `cols`; a tile's columns are finished `lanes` at a time."""
    columns = n * macro.slices
    return ColumnFit(
        tiles=np.ceil(columns / macro.cols),
        phases=np.ceil(np.minimum(columns, macro.cols) / macro.lanes),
    )


def vector_ns(macro: Macro, rows: RowFit, columns: ColumnFit) -> Floats:
    """Time of one matrix-vector product: all tiles at once, their reads one after the other."""
    return macro.read_ns * rows.deepest * columns.phases


@dataclass(frozen=True, eq=False)
class Use:
    """What products use of their arrays over one image.

    weights, reads, rows, sums: in the units of macro.Charge; on_ns: array-nanoseconds of work (0.0
    where an array that works draws no static power); arrays: arrays of one copy
    """

    weights: Floats
    reads: Floats
    rows: Floats
    sums: Floats
    on_ns: Floats | float
    arrays: Floats

    def plus(self, other: Use) -> Use:
        """The sum; a use of block 1 alone ([1, ...]) is added to block 1."""
        if len(other.arrays) == len(self.arrays):
            return Use(
                self.weights + other.weights,
                self.reads + other.reads,
                self.rows + other.rows,
                self.sums + other.sums,
                self.on_ns + other.on_ns,
                self.arrays + other.arrays,
            )
        return Use(
            _to_first(self.weights, other.weights),
            _to_first(self.reads, other.reads),
            _to_first(self.rows, other.rows),
            _to_first(self.sums, other.sums),
            _on_first(self.on_ns, other.on_ns),
            _to_first(self.arrays, other.arrays),
        )

    def where(self, share: Floats) -> Use:
        """The use of blocks [4, ...] times 1.0 or 0.0."""
        return Use(*(share * value for value in vars(self).values()))

    def energy_pj(self, charge: Charge) -> Floats:
        stored = self.weights * charge.weight + self.reads * charge.read
        out: Floats = stored + (self.rows * charge.row + self.sums * charge.sum)
        return out


def use_product(macro: Macro, product: Product, rows: RowFit, columns: ColumnFit) -> Use:
    """What one fixed product uses of arrays on which it fits like that."""
    k, n, vectors = product.k, product.n, product.vectors
    outputs, tiles = vectors * n, rows.tiles * columns.tiles
    on_ns = vectors * (tiles * vector_ns(macro, rows, columns)) if macro.draws else 0.0
    return Use(
        weights=outputs * k,
        reads=outputs * rows.reads,
        rows=(vectors * k) * columns.tiles,
        sums=outputs * rows.tiles,
        on_ns=on_ns,
        arrays=product.count * tiles,
    )


def use_experts(
    macro: Macro,
    *,
    width: Floats,
    hidden: Floats,
    vectors: Floats,
    count: Floats,
    width_fit: tuple[RowFit, ColumnFit],
    hidden_fit: tuple[RowFit, ColumnFit],
) -> Use:
    """What the two matrices of every expert use. vectors: of active, count: of resident ones."""
    (rows_c, cols_c), (rows_h, cols_h) = width_fit, hidden_fit
    up, down = rows_c.tiles * cols_h.tiles, rows_h.tiles * cols_c.tiles
    on_ns: Floats | float = 0.0
    if macro.draws:
        busy = up * vector_ns(macro, rows_c, cols_h) + down * vector_ns(macro, rows_h, cols_c)
        on_ns = vectors * busy
    return Use(
        weights=2.0 * vectors * width * hidden,
        reads=vectors * (hidden * rows_c.reads + width * rows_h.reads),
        rows=vectors * (width * cols_h.tiles + hidden * cols_c.tiles),
        sums=vectors * (hidden * rows_c.tiles + width * rows_h.tiles),
        on_ns=on_ns,
        arrays=count * (up + down),
    )


def _on_first(blocks: Floats | float, first: Floats | float) -> Floats | float:
    if isinstance(blocks, float) or isinstance(first, float):
        return 0.0
    return _to_first(blocks, first)


def _to_first(blocks: Floats, first: Floats) -> Floats:
    out: Floats = np.array(np.broadcast_to(blocks, (4, *first.shape[1:])))
    out[:1] += first
    return out
