"""Energy, latency, area and error of encoder blocks on one technology, for any experts.

Arrays are [4, ...] here: the block axis first, then the axes of the designs.
"""

from __future__ import annotations

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.block.hardware_point import Point, Subtotal, Wires
from cmn_core.cim.mapping import Use, fit_columns, fit_rows, use_experts, vector_ns
from cmn_core.cim.portion import Portion


class Pricer:
    """Prices the encoder blocks of architectures at hardware points."""

    def __init__(
        self,
        point: Point,
        *,
        experts: Floats,
        hidden: Floats,
        busiest: Floats,
        top_k: Floats | None = None,
        portion: Portion | None = None,
    ) -> None:
        """busiest: share of the tokens that the busiest expert gets where not all of them work;
        top_k: experts of a token, None for all; portion: [4, ...] what of the blocks is here, None
        for all."""
        layout, macro = point.layout, point.macro
        self.point, self.layout, self.macro = point, layout, macro
        self.experts, self.hidden = experts, hidden
        self.active = experts if top_k is None else np.minimum(experts, top_k)
        self.hidden_fit = fit_rows(macro, hidden), fit_columns(macro, hidden)
        held = self.active if portion is None else portion.held
        self.vectors = layout.depth * layout.tokens * held
        self.count = layout.depth * (experts if portion is None else portion.resident)
        # Every expert gets every token where all of them work; else the busiest sets the pace.
        rounds, self.expert_tokens = point.rounds, layout.tokens
        if portion is not None:
            self.expert_tokens = np.ceil(layout.tokens * portion.pace)
            rounds = np.ceil(self.expert_tokens / point.replicas)
        elif top_k is not None and np.any(busiest < 1.0):
            share = np.where(self.active < experts, busiest, 1.0)
            self.expert_tokens = np.ceil(layout.tokens * share)
            rounds = np.ceil(self.expert_tokens / point.replicas)
        (rows, columns), (deep, wide) = point.width_fit, self.hidden_fit
        self.up_ns = rounds * vector_ns(macro, rows, wide)
        self.down_ns = rounds * vector_ns(macro, deep, columns)
        self.expert_busiest_ns = np.maximum(self.up_ns, self.down_ns)
        self.experts_ns = layout.depth * (self.up_ns + self.down_ns)

    def block(self, detail: bool) -> Subtotal:
        """The encoder blocks: all experts are resident, `active` of them work on each token."""
        layout, point = self.layout, self.point
        expert_pj, expert_ns = point.unit.experts(self.experts, self.active, self.hidden)
        return point.subtotal(
            point.attention_use.plus(self._use(self.count)),
            matrices=point.attention_matrices + 2.0 * self.count,
            moved=point.attention_moved + 2.0 * self.vectors * (layout.width + self.hidden),
            maps_pj=layout.elements * (3.0 * point.read_pj + 2.0 * point.write_pj),
            digital_pj=point.unit.block_pj + expert_pj,
            times={
                "attention": point.attention_ns,
                "experts": self.experts_ns,
                "digital": point.unit.block_ns + expert_ns,
                **point.wake,
            },
            busiest_ns=np.maximum(point.attention_busiest_ns, self.expert_busiest_ns),
            digital_um2=point.unit.area_um2,
            detail=detail,
            hold_pj=point.unit_hold_pj,
        )

    def portion(self, there: Portion, detail: bool) -> Subtotal:
        """What of the blocks is there. The digital unit serves all experts and stands with the
        rest of the block."""
        layout, point, rest = self.layout, self.point, there.rest
        expert_pj, expert_ns = point.unit.experts(self.experts, self.active, self.hidden)
        maps_pj = layout.elements * (3.0 * point.read_pj + 2.0 * point.write_pj)
        of_visit = 2.0 * layout.depth * layout.tokens * (layout.width + self.hidden)
        spanned = np.where(rest > 0.0, layout.depth * self.experts, self.count)
        return point.subtotal(
            point.attention_use.where(rest).plus(self._use(self.count)),
            matrices=rest * point.attention_matrices + 2.0 * self.count,
            moved=rest * point.attention_moved + of_visit * there.held,
            maps_pj=rest * maps_pj,
            digital_pj=rest * (point.unit.block_pj + expert_pj),
            times={
                "attention": rest * point.attention_ns,
                "experts": self.experts_ns,
                "digital": rest * (point.unit.block_ns + expert_ns),
                **{name: rest * ns for name, ns in point.wake.items()},
            },
            busiest_ns=np.maximum(rest * point.attention_busiest_ns, self.expert_busiest_ns),
            digital_um2=rest * point.unit.area_um2,
            detail=detail,
            hold_pj=rest * point.unit_hold_pj,
            wires=Wires(
                rest * point.attention_use.arrays + self._use(spanned).arrays,
                rest * point.attention_matrices + 2.0 * spanned,
                of_visit * there.passing,
            ),
        )

    def experts_alone(self, detail: bool) -> Subtotal:
        """The blocks without attention and depthwise convolution: router, gates, experts, GELU."""
        layout, point = self.layout, self.point
        expert_pj, expert_ns = point.unit.experts(self.experts, self.active, self.hidden)
        return point.subtotal(
            self._use(self.count),
            matrices=2.0 * self.count,
            moved=2.0 * self.vectors * (layout.width + self.hidden),
            maps_pj=layout.elements * (point.read_pj + point.write_pj),
            digital_pj=expert_pj,
            times={
                "experts": self.experts_ns,
                "digital": expert_ns,
                **point.wake,
            },
            busiest_ns=self.expert_busiest_ns,
            digital_um2=point.unit.area_um2,
            detail=detail,
            hold_pj=point.unit_hold_pj,
        )

    def sigma(self) -> Floats:
        """[4, ...] relative rms error: root of the mean error variance of the products of a layer.

        Query, key, value, projection and the experts' first matrix sum C rows, the second sums
        `hidden`, the reduction C r^2. A product of K rows in G reads has the variance error G / K;
        cells and wires disturb every product alike.
        """
        if not self.macro.draws:
            return np.zeros_like(self.layout.width)
        reads = self.point.attention_reads + self.hidden_fit[0].reads / self.hidden
        mean = reads / (6.0 + self.layout.reduced)
        out: Floats = np.sqrt(self.macro.error * mean + self.point.disturbed)
        return out

    def products(self, there: Portion) -> Floats:
        """[4, ...] share of a layer's products that is there; experts count as they work."""
        layout = self.layout
        own = there.rest * (4.0 + layout.reduced) + 2.0 * there.held / self.active
        return np.asarray(own / (6.0 + layout.reduced))

    def portion_sigma(self, there: Portion) -> Floats:
        """[4, ...] what the products that are there add to the blocks' error, as `sigma`: the
        squares of both portions add up."""
        if not self.macro.draws:
            return np.zeros_like(self.layout.width)
        mean = self.portion_reads(there) / (6.0 + self.layout.reduced)
        disturbed = self.products(there) * self.point.disturbed
        out: Floats = np.sqrt(self.macro.error * mean + disturbed)
        return out

    def portion_reads(self, there: Portion) -> Floats:
        """[4, ...] reads per row of the products of a layer that are there."""
        rows, _ = self.point.width_fit
        up = rows.reads / self.layout.width
        both = up + self.hidden_fit[0].reads / self.hidden
        rest = there.rest * (self.point.attention_reads - up)
        return np.asarray(rest + there.held / self.active * both)

    def _use(self, count: Floats) -> Use:
        """count: of resident experts in all layers."""
        return use_experts(
            self.macro,
            width=self.layout.width,
            hidden=self.hidden,
            vectors=self.vectors,
            count=count,
            width_fit=self.point.width_fit,
            hidden_fit=self.hidden_fit,
        )
