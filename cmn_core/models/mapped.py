"""The matrices of a model on one memory, with what they use of its macro."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.arrays import Floats, Ints
from cmn_core.cim.circuits import components as part
from cmn_core.cim.circuits.cell_error import disturbance
from cmn_core.cim.circuits.macro import Macro
from cmn_core.cim.costs import PJ_PER_UW_NS
from cmn_core.cim.mapping import fit_columns, fit_rows, use_product, vector_ns
from cmn_core.cim.technologies.technology import Technology
from cmn_core.cim.workload import Product
from cmn_core.models.chip import Chip
from cmn_core.models.layers import Model
from cmn_core.models.operations import LayerWork, Matrix

Column = Callable[[Iterable[float]], Floats]


@dataclass(frozen=True, eq=False)
class Stored:
    """The matrices on one technology with what they use, [m, ...].

    owner [m]: index of the layer; times: how often its block occurs;
    copies: of its arrays; matrices: of one occurrence
    """

    macro: Macro
    technology: Technology
    matrices: list[Matrix]
    owner: Ints
    times: Floats
    copies: Floats
    count: Floats
    vectors: Floats
    moved: Floats
    arrays: Floats
    tiles_um2: Floats
    vector_ns: Floats
    on_pj: Floats
    part_pj: Mapping[str, Floats]
    variance: Floats

    @property
    def core_um2(self) -> Floats:
        return self.arrays * self.macro.total_um2 + self.tiles_um2


def store(
    model: Model,
    works: Sequence[LayerWork],
    chip: Chip,
    name: str,
    *,
    column: Column,
    times: Floats,
    detail: bool,
) -> Stored:
    """Matrices of all layers that lie on that technology.

    works: of each layer; column: numbers of each matrix before the axes of the hardware points;
    times: how often each layer's block occurs [L, ...]; detail: energy by part of the macro
    """
    lead = np.broadcast_shapes(*(np.shape(v) for n in chip.used for v in chip.macros[n].values()))
    pairs = [
        (i, m)
        for i, (layer, work) in enumerate(zip(model.layers, works, strict=True))
        if chip.memory_of(layer) == name
        for m in work.matrices
    ]
    matrices, owner = [m for _, m in pairs], np.array([i for i, _ in pairs], dtype=np.int64)
    technology = chip.used[name]
    # All knobs together, so that every figure of the macro has the axes of the hardware points.
    knobs = {
        n: np.broadcast_to(np.asarray(v, np.float64), lead) for n, v in chip.macros[name].items()
    }
    macro = replace(chip, macros={name: knobs}).macro(name, model)
    cells, wires = disturbance(technology, model.weight_bits, knobs)
    k, n = column(m.k for m in matrices), column(m.n for m in matrices)
    count = column(m.count for m in matrices)
    vectors = column(m.vectors for m in matrices)
    copies = column(chip.copies_of(model.layers[i]) for i in owner)
    rows, columns = fit_rows(macro, k), fit_columns(macro, n)
    use = use_product(macro, Product("model", k, n, count, vectors), rows, columns)
    tile_um2 = part.buffer_um2(technology, 8.0 * technology.value("tile_buffer_bytes"))
    charges = macro.energy if detail else {"arrays": macro.total_charge}
    return Stored(
        macro=macro,
        technology=technology,
        matrices=matrices,
        owner=owner,
        times=times[owner],
        count=count,
        vectors=vectors,
        moved=vectors * (k + n),
        arrays=use.arrays * copies,
        tiles_um2=count * (copies * tile_um2),
        copies=copies,
        vector_ns=vector_ns(macro, rows, columns),
        on_pj=PJ_PER_UW_NS * (use.on_ns * macro.on_uw) + np.zeros_like(use.arrays),
        part_pj={p: use.energy_pj(c) for p, c in charges.items()},
        variance=macro.error * (rows.reads / k) + (cells + wires),
    )
