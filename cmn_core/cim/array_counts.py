"""What blocks ask of arrays whatever these cost: counts for the geometry of a macro alone.

Energy, delay and area of an array enter a chip's cost as factors of such counts. A search that
looks at every macro of a grid counts once for each geometry, of which there are few, instead of
pricing every macro. The counts are those of `Point` and `Pricer`; sums built from them
equal `chip.price` but for rounding, and `price` has the last word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cmn_core.architecture import SearchSpace
from cmn_core.arrays import Floats, Ints
from cmn_core.cim.block.hardware_point import Parts, Point, Subtotal, Wires
from cmn_core.cim.block.pricer import Pricer
from cmn_core.cim.circuits.macro import Macro
from cmn_core.cim.costs import PJ_PER_UW_NS
from cmn_core.cim.mapping import Use, vector_ns
from cmn_core.cim.portion import Portion
from cmn_core.cim.technologies.technology import Technology
from cmn_core.cim.workload import Scope, lay_out, spread
from cmn_core.design import Workload

USES = ("weights", "reads", "rows", "sums", "on")


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts of A architectures on S geometries, for one copy: [4, A, S] or broadcast to it.

    With r copies, rounds(r) = ceil(tokens / r) and kv_rounds(r) = ceil(kv_tokens / r) a block with
    its share of other takes fixed_ns + read_ns x (steps x rounds + max(scores x rounds,
    keys x kv_rounds)). Where experts get some of the tokens alone, their steps are apart:
    expert_steps x ceil(expert_tokens / r), else both are None. Of portions wires says what the
    wires span besides, and products which share of a layer's products is here, else None.

    use: by USES, what Charge and on_uw are multiplied with, on_uw in units of read_ns;
    arrays, matrices, moved: (block, other), the first two grow with copies;
    fixed_ns, fixed_pj: what no array changes; reads_per_row: of the output error (Pricer.sigma);
    area_um2, standby_uw: beside arrays; tile_um2: per matrix; wire_pj: per element and sqrt(um2)
    """

    tokens: Floats
    kv_tokens: Floats
    steps: Floats
    scores: Floats
    keys: Floats
    use: dict[str, Floats]
    arrays: tuple[Floats, Floats]
    matrices: tuple[Floats, Floats]
    moved: tuple[Floats, Floats]
    fixed_ns: Floats
    fixed_pj: Floats
    reads_per_row: Floats
    area_um2: Floats
    standby_uw: Floats
    tile_um2: float
    wire_pj: float
    expert_tokens: Floats | None = None
    expert_steps: Floats | None = None
    wires: Wires | None = None
    products: Floats | None = None

    def some(self, rows: Ints) -> Tally:
        """The counts of some of the A architectures."""

        def part(value: Any) -> Any:
            if isinstance(value, np.ndarray):
                return value[:, rows] if value.ndim == 3 and value.shape[1] > 1 else value
            if isinstance(value, tuple):
                return tuple(map(part, value))
            if isinstance(value, dict):
                return {name: part(v) for name, v in value.items()}
            return replace(value, **_parts(value, part)) if isinstance(value, Wires) else value

        return replace(self, **_parts(self, part))


def _parts(whole: Any, part: Callable[[Any], Any]) -> dict[str, Any]:
    return {name: part(value) for name, value in vars(whole).items()}


def geometry(macro: Macro) -> Macro:
    """The macro with a read of one nanosecond and nothing else that costs."""
    zero = np.zeros_like(macro.rows)
    return Macro(
        rows=macro.rows,
        cols=macro.cols,
        group_rows=macro.group_rows,
        groups=macro.groups,
        lanes=macro.lanes,
        slices=macro.slices,
        read_ns=np.ones_like(macro.rows),
        on_uw=zero,
        draws=macro.draws,
        standby_uw=zero,
        mb=macro.mb,
        error=zero,
        energy={},
        area_um2={},
    )


def tally(
    space: SearchSpace,
    workload: Workload,
    technology: Technology,
    *,
    experts: ArrayLike,
    hidden: ArrayLike,
    shapes: Macro,
    scope: Scope = "network",
    top_k: ArrayLike | None = None,
    busiest: ArrayLike | None = None,
    portion: Portion | None = None,
) -> Tally:
    """Counts of architectures experts, hidden [A, 4] on geometries `shapes` (fields [S]).

    top_k, busiest: [A, 4] as in chip.price; None for the workload's and where one expert gets
    every token; portion: [A, 4] what of the blocks is here, whose rest lies here in all or in none;
    busiest is given with it. FieldError for an image that is too small for the network.
    """
    layout = spread(lay_out(space, workload), 2)
    point = _Recorder(
        technology,
        workload,
        layout,
        shapes,
        replicas=np.ones((4, 1, 1)),
        disturbed=np.zeros(()),
    )
    here = None if portion is None else _spread(portion)
    if here is not None and busiest is None:
        busiest = np.ones(4)  # portions state the pace of their experts themselves
    whole = scope == "network" and (here is None or bool(here.rest.all()))
    used = workload.experts_of_token if top_k is None else top_k
    given = {"experts": experts, "hidden": hidden, "top_k": used, "busiest": busiest}
    genes = {
        name: np.atleast_2d(np.asarray(v, dtype=np.float64)).T[:, :, None]
        for name, v in given.items()
        if v is not None
    }
    pricer = Pricer(point, **{"busiest": np.ones(()), **genes}, portion=here)
    if here is not None:
        pricer.portion(here, detail=False)
    elif whole:
        pricer.block(detail=False)
    else:
        pricer.experts_alone(detail=False)
    own = point.bill
    rest = _Bill.none(layout.width)
    zero = np.zeros_like(layout.width)
    first, keys, scores = zero, zero, zero
    if whole:
        point.other(detail=False)
        rest = point.bill
        rows, columns = point.width_fit
        product = vector_ns(shapes, rows, columns)
        reduce = layout.reduced * vector_ns(shapes, point.reduction_rows, columns)
        first = layout.depth * product
        scores, keys = first, layout.depth * (product + reduce)
    apart = ["attention", "digital", "waking", *(["experts"] if busiest is not None else [])]
    per_round = [
        time / layout.tokens
        for bill in (own, rest)
        for name, time in bill.times.items()
        if name not in apart
    ]
    of_experts: dict[str, Floats] = {}
    if busiest is not None:
        of_experts["expert_tokens"] = pricer.expert_tokens
        tokens = np.maximum(pricer.expert_tokens, 1.0)  # none where no expert is here
        of_experts["expert_steps"] = own.times["experts"] / tokens
    steps = first
    for amount in per_round:
        steps = steps + amount
    moved = own.moved + rest.moved
    digital_ns = own.times["digital"] + rest.times["digital"]
    fixed_pj = moved * (point.tile_pj + point.bus_pj) + (own.maps_pj + rest.maps_pj)
    fixed_pj = fixed_pj + (own.digital_pj + rest.digital_pj)
    fixed_pj = fixed_pj + PJ_PER_UW_NS * point.unit.leakage_uw * digital_ns
    fixed_pj = fixed_pj + (own.hold_pj + rest.hold_pj)
    reads = point.attention_reads + pricer.hidden_fit[0].reads / genes["hidden"]
    if here is not None:
        reads = pricer.portion_reads(here)
        assert own.wires is not None
        fixed_pj = fixed_pj + own.wires.passing * point.bus_pj
    return Tally(
        tokens=layout.tokens,
        kv_tokens=layout.kv_tokens,
        steps=steps,
        scores=scores,
        keys=keys,
        use={
            "weights": own.use.weights + rest.use.weights,
            "reads": own.use.reads + rest.use.reads,
            "rows": own.use.rows + rest.use.rows,
            "sums": own.use.sums + rest.use.sums,
            "on": np.asarray(own.use.on_ns + rest.use.on_ns),
        },
        arrays=(own.use.arrays, rest.use.arrays),
        matrices=(own.matrices, rest.matrices),
        moved=(own.moved, rest.moved),
        fixed_ns=digital_ns + own.times.get("waking", zero),
        fixed_pj=fixed_pj,
        reads_per_row=reads / (6.0 + layout.reduced),
        area_um2=zero + (own.digital_um2 + rest.shared_um2),
        standby_uw=zero + rest.shared_uw,
        tile_um2=point.tile_um2,
        wire_pj=point.wire_pj_um,
        wires=own.wires,
        products=None if here is None else pricer.products(here),
        **of_experts,
    )


def _spread(portion: Portion) -> Portion:
    """[A, 4] -> [4, A, 1]; whether the rest is here [4, 1, 1], as it is the same for all."""
    spread = {name: np.atleast_2d(value).T[:, :, None] for name, value in vars(portion).items()}
    return Portion(**{**spread, "rest": spread["rest"][:, :1]})


@dataclass(frozen=True, eq=False)
class _Bill:
    """What `Point.subtotal` was asked to price."""

    use: Use
    matrices: Floats
    moved: Floats
    maps_pj: Floats
    digital_pj: Floats
    times: Parts
    digital_um2: Floats | float
    shared_um2: Floats | float
    shared_uw: Floats | float
    hold_pj: Floats | float
    wires: Wires | None

    @classmethod
    def none(cls, like: Floats) -> _Bill:
        zero = np.zeros_like(like)
        use = Use(zero, zero, zero, zero, zero, zero)
        return cls(use, zero, zero, zero, zero, {"digital": zero}, 0.0, 0.0, 0.0, 0.0, None)


class _Recorder(Point):
    """A hardware point that keeps what it was last asked to price."""

    bill: _Bill

    def subtotal(self, use: Use, **asked: Any) -> Subtotal:
        names = [n for n in _Bill.__dataclass_fields__ if n != "use"]
        absent = {"shared_um2": 0.0, "shared_uw": 0.0, "hold_pj": 0.0, "wires": None}
        self.bill = _Bill(use, **{n: {**absent, **asked}[n] for n in names})
        return super().subtotal(use, **asked)
