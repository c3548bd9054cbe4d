"""Every macro of one technology on a grid: geometries, figures, and which can ever be the best.

Two macros of one geometry lay every network out alike, so one that is no better in any figure
(speed, energies, area, leakage, error) cannot be the better choice for any network and any limits.
What is left after that is all that an exact search has to look at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from cmn_core.architecture import MIN_HIDDEN
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.array_counts import USES, geometry
from cmn_core.cim.circuits.cell_error import disturbance
from cmn_core.cim.circuits.macro import Macro, build_macro
from cmn_core.cim.technologies.technology import Technology
from cmn_core.search.inner.grid import Grid

MAX_MACROS = 200_000  # more are not enumerated
_GEOMETRY = ("rows", "cols", "group_rows", "groups", "lanes", "slices", "mb")
_ROUNDING = 1.0 + 1e-9
_CLEARLY = 0.999  # of the time of a read: 1e-9 per uJ of energy decides between equals alone


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Macros of a technology, in the order of their number: [G] each.

    knobs: [G, K] levels; number: of every combination of levels, -1 where it cannot be built;
    shape: geometry; shapes: fields [S]; read_us, macro_mm2, standby_w, hold_uj: of one array;
    use_uj: [5, G] per count, as tally.USES; error, disturbed: variances (0 without analog cells);
    worthy: macros that may be the best somewhere.
    """

    technology: Technology
    sizes: tuple[int, ...]
    knobs: Ints
    number: Ints
    shape: Ints
    shapes: Macro
    read_us: Floats
    macro_mm2: Floats
    standby_w: Floats
    hold_uj: Floats
    use_uj: Floats
    error: Floats
    disturbed: Floats
    worthy: Ints

    @property
    def mb(self) -> Floats:
        """[S] capacity of one array."""
        return self.shapes.mb

    @cached_property
    def outline(self) -> Catalogue:
        """One macro per geometry of the worthy ones, as good in every figure as any of them."""
        order = self.worthy[np.argsort(self.shape[self.worthy], kind="stable")]
        shapes, first = np.unique(self.shape[order], return_index=True)

        def best(values: Floats) -> Floats:
            return np.asarray(np.minimum.reduceat(values[..., order], first, axis=-1))

        return replace(
            self,
            shape=shapes,
            read_us=best(self.read_us),
            macro_mm2=best(self.macro_mm2),
            standby_w=best(self.standby_w),
            hold_uj=best(self.hold_uj),
            use_uj=best(self.use_uj),
            error=best(self.error),
            disturbed=best(self.disturbed),
            worthy=np.arange(len(shapes)),
        )

    @cached_property
    def fastest(self) -> Catalogue:
        """The same with those macros alone that can be the best where nothing but time, area and
        error counts: none of their geometry is quicker and takes no more area and errs no more."""
        figures = ("read_us", "macro_mm2", "error", "disturbed")
        table = np.stack([getattr(self, name)[self.worthy] for name in figures], axis=1)
        kept = [
            self.worthy[rows[~_outrun(table[rows])]] for rows in _groups(self.shape[self.worthy])
        ]
        return replace(self, worthy=np.sort(np.concatenate(kept)))

    def numbers(self, knobs: Ints) -> Ints:
        """Numbers [...] of macros with knob levels [..., K]; -1 where one cannot be built."""
        flat = np.zeros(knobs.shape[:-1], dtype=np.int64)
        for k, size in enumerate(self.sizes):
            flat = flat * size + knobs[..., k]
        return self.number[flat]


def macro_count(grid: Grid, technology: Technology) -> int:
    """Combinations of knob levels of one technology, buildable or not."""
    return int(np.prod(grid.sizes[grid.knob_slice(technology)], dtype=np.float64))


@lru_cache(maxsize=16)
def catalogue(
    grid: Grid, technology: Technology, max_sigma_rel: float | None, *, by_error: bool = False
) -> Catalogue:
    """The macros of a technology of the grid, for searches under that limit on output error.

    by_error: whether a smaller error is worth something where all keep the limit.
    """
    at = grid.knob_slice(technology)
    sizes = tuple(int(s) for s in grid.sizes[at])
    every = np.stack(np.unravel_index(np.arange(int(np.prod(sizes))), sizes), axis=1)
    values = {
        name: grid.arrays[at.start + k][every[:, k]] for k, name in enumerate(technology.knobs)
    }
    good = technology.buildable(values)
    number = np.where(good, np.cumsum(good) - 1, -1)
    knobs = {name: column[good] for name, column in values.items()}
    macro = build_macro(technology, grid.workload, knobs)
    cells, wires = disturbance(technology, grid.workload.weight_bits, knobs)
    count = int(good.sum())
    layout = np.stack([np.broadcast_to(getattr(macro, n), (count,)) for n in _GEOMETRY], axis=1)
    _, first, shape = np.unique(layout, axis=0, return_index=True, return_inverse=True)
    charge = macro.total_charge
    on_uj = 1e-9 * macro.on_uw * macro.read_ns  # uW ns = fJ
    charges = [1e-6 * np.asarray(getattr(charge, n)) for n in ("weight", "read", "row", "sum")]

    def full(value: Floats | float) -> Floats:
        return np.array(np.broadcast_to(value, (count,)), dtype=np.float64)

    figures = {
        "read_us": full(1e-3 * macro.read_ns),
        "macro_mm2": full(1e-6 * macro.total_um2),
        "standby_w": full(1e-6 * macro.standby_uw),
        "hold_uj": full(1e-6 * macro.hold_pj),
        "use_uj": np.stack([full(v) for v in (*charges, on_uj)]),
        "error": full(macro.error if macro.draws else 0.0),
        "disturbed": full(cells + wires if macro.draws else 0.0),
    }
    assert len(USES) == len(figures["use_uj"])
    shape = shape.reshape(-1).astype(np.int64)
    return Catalogue(
        technology,
        sizes,
        every[good],
        number,
        shape,
        _rows(geometry(macro), first, count),
        **figures,
        worthy=_worthy(shape, macro, figures, max_sigma_rel, by_error),
    )


def _rows(macro: Macro, rows: Ints, count: int) -> Macro:
    """The macro's arrays at some of its points."""
    changed = {
        name: np.broadcast_to(value, (count,))[rows]
        for name, value in vars(macro).items()
        if isinstance(value, np.ndarray)
    }
    return Macro(**{**vars(macro), **changed})


def _worthy(
    shape: Ints, macro: Macro, figures: dict[str, Floats], limit: float | None, by_error: bool
) -> Ints:
    """[W] macros that keep the limit for some network and that none of their geometry dominates."""
    error, disturbed = figures["error"], figures["disturbed"]
    kept = np.arange(len(shape))
    if limit is None:
        if not by_error:
            error = disturbed = np.zeros_like(error)
    else:
        allowed = limit * limit * _ROUNDING
        # A product of K rows takes K / group_rows reads and at most one more in every tile.
        least = 1.0 / macro.group_rows
        most = least + 1.0 / macro.rows + 1.0 / MIN_HIDDEN
        kept = np.flatnonzero(error * least + disturbed <= allowed)
        surely = error * most + disturbed <= allowed / _ROUNDING**2
        if not by_error:
            error, disturbed = np.where(surely, 0.0, error), np.where(surely, 0.0, disturbed)
    names = ("read_us", "macro_mm2", "standby_w", "hold_uj")
    table = np.stack([*(figures[n] for n in names), *figures["use_uj"], error, disturbed], axis=1)
    if len(kept) == 0:
        return np.arange(len(shape))  # none keeps the limit: all are wanted for the nearest
    out = [kept[rows[~dominated(table[kept[rows]])]] for rows in _groups(shape[kept])]
    return np.sort(np.concatenate(out))


def _groups(shape: Ints) -> list[Ints]:
    """Rows of [N] geometries, those of one geometry together."""
    order = np.argsort(shape, kind="stable")
    ends = np.flatnonzero(np.diff(shape[order], append=-1)) + 1
    return np.split(order, ends[:-1])


def _outrun(figures: Floats) -> Bools:
    """[N] whether another row of [N, F] is less in the first figure, by more than a tie-break
    between equals could hide, and as good in the others."""
    mine, other = figures[:, None], figures[None]
    less = other[..., 0] < mine[..., 0] * _CLEARLY
    return np.asarray((less & (other[..., 1:] <= mine[..., 1:]).all(axis=-1)).any(axis=1))


def dominated(figures: Floats) -> Bools:
    """[N] whether another row of [N, F] is as good in every figure (of equals: an earlier one)."""
    mine, other = figures[:, None], figures[None]
    as_good = (other <= mine).all(axis=-1)
    equal = (other == mine).all(axis=-1)
    earlier = np.tri(len(figures), k=-1, dtype=bool)
    return np.asarray((as_good & (~equal | earlier)).any(axis=1))
