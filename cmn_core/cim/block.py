"""Energy, latency and area of the encoder blocks and of their shares of "other", one technology.

Arrays are [4, ...] here: the block axis first, then the axes of the designs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.circuits import components as part
from cmn_core.cim.circuits.conditions import gated_pj, heat, period_ns
from cmn_core.cim.circuits.macro import Macro
from cmn_core.cim.costs import PJ_PER_UW_NS
from cmn_core.cim.digital_unit import digital_unit
from cmn_core.cim.mapping import Use, fit_columns, fit_rows, use_experts, use_product, vector_ns
from cmn_core.cim.portion import Portion
from cmn_core.cim.technologies.technology import Technology
from cmn_core.cim.workload import OTHER, Layout
from cmn_core.design import Workload

Parts = Mapping[str, Floats]
Scope = Literal["network", "ffn"]
MM_PER_UM = 1e-3


@dataclass(frozen=True, eq=False)
class Subtotal:
    """Costs of the blocks, or of their shares of other, [4, ...]. parts: only with detail.

    interval_ns: longest that one matrix's arrays are busy; digital_ns: the digital unit.
    """

    energy_pj: Floats
    latency_ns: Floats
    area_um2: Floats
    arrays: Floats
    standby_uw: Floats
    interval_ns: Floats
    digital_ns: Floats
    parts: Mapping[str, Parts]


@dataclass(frozen=True, eq=False)
class Wires:
    """Where the wires of a portion span more than its own arrays: arrays and matrices of one copy
    that they span, and elements that only pass on their way to or from others, [4, ...]."""

    arrays: Floats
    matrices: Floats
    passing: Floats


class Point:
    """What a hardware point costs whatever the experts: one macro, `replicas` copies of the arrays.

    Computed once for all architectures that are priced on it.
    """

    def __init__(
        self,
        technology: Technology,
        workload: Workload,
        layout: Layout,
        macro: Macro,
        *,
        replicas: Floats,
        disturbed: Floats,
    ) -> None:
        """disturbed: error variance of cells and wires, the same for every product."""
        self.layout, self.macro, self.replicas = layout, macro, replicas
        self.disturbed = disturbed
        self.unit = digital_unit(technology, workload, layout)
        self.charge, self.macro_um2 = macro.total_charge, macro.total_um2
        self.rounds = np.ceil(layout.tokens / replicas)
        self.width_fit = fit_rows(macro, layout.width), fit_columns(macro, layout.width)
        self.reduction_rows = fit_rows(macro, layout.reduction.k)
        value, bits = technology.value, workload.activation_bits
        self.tile_um2 = part.buffer_um2(technology, 8.0 * value("tile_buffer_bytes"))
        self.read_pj = value("map_read_pj_per_byte") * bits / 8.0
        self.write_pj = value("map_write_pj_per_byte") * bits / 8.0
        self.tile_pj = value("tile_buffer_pj_per_byte") * bits / 8.0
        self.bus_pj = value("bus_pj_per_bit") * bits
        self.wire_pj_um = value("wire_pj_per_bit_mm") * bits * value("wire_share") * MM_PER_UM
        shared_bits = layout.buffered * bits
        self.shared_um2 = layout.first * part.buffer_um2(technology, shared_bits)
        warm = heat(technology, workload)
        shared_uw = layout.first * (1e-6 * warm * value("sram_cell_leakage_pw") * shared_bits)
        self.shared_uw, self.waits = shared_uw, period_ns(workload) is not None
        # Maps are gone by the next image: their buffers are gated, and so is the digital unit.
        self.shared_hold_pj = gated_pj(technology, workload, shared_uw)
        self.wake: Parts = {}
        if self.waits:  # all wake together, before the first block's work
            self.wake = {"waking": layout.first * value("wake_ns")}
        self.unit_hold_pj = gated_pj(technology, workload, self.unit.leakage_uw)
        self._attention()

    def _attention(self) -> None:
        """Query beside reduction, then keys beside values; scores; projection."""
        layout, macro = self.layout, self.macro
        rows, columns = self.width_fit
        use = use_product(macro, layout.attention, rows, columns)
        self.attention_use = use.plus(
            use_product(macro, layout.reduction, self.reduction_rows, columns)
        )
        product_ns = vector_ns(macro, rows, columns)
        reduce_ns = layout.reduced * vector_ns(macro, self.reduction_rows, columns)
        kv_rounds = np.ceil(layout.kv_tokens / self.replicas)
        first = np.maximum(self.rounds * product_ns, kv_rounds * (product_ns + reduce_ns))
        self.attention_ns = layout.depth * (first + self.rounds * product_ns)
        self.attention_busiest_ns = np.maximum(self.rounds * product_ns, kv_rounds * reduce_ns)
        self.attention_matrices = layout.total("count", "attention", "reduction")
        self.attention_moved = layout.total("moved", "attention", "reduction")
        reads = 5.0 * rows.reads / layout.width
        reduced = self.reduction_rows.reads / layout.reduction.k
        self.attention_reads = reads + layout.reduced * reduced

    def other(self, detail: bool) -> Subtotal:
        """The blocks' shares of other: patch embedding, decoder and, in block 1, shared buffers."""
        layout, macro = self.layout, self.macro
        rows, columns = self.width_fit
        patch = fit_rows(macro, layout.patch.k)
        wide = fit_columns(macro, layout.linear.n)
        fuse = fit_rows(macro, layout.fuse.k), fit_columns(macro, layout.fuse.n)
        classify = fit_rows(macro, layout.classify.k), fit_columns(macro, layout.classify.n)
        use = use_product(macro, layout.patch, patch, columns)
        use = use.plus(use_product(macro, layout.linear, rows, wide))
        last = use_product(macro, layout.fuse, *fuse)
        use = use.plus(last.plus(use_product(macro, layout.classify, *classify)))
        fuse_ns, classify_ns = vector_ns(macro, *fuse), vector_ns(macro, *classify)
        linear_ns, patch_ns = vector_ns(macro, rows, wide), vector_ns(macro, patch, columns)
        longest_ns = np.maximum(linear_ns, patch_ns)
        last_ns = layout.first * np.maximum(fuse_ns, classify_ns)
        return self.subtotal(
            use,
            matrices=layout.total("count", *OTHER),
            moved=layout.total("moved", *OTHER),
            maps_pj=layout.other_reads * self.read_pj + layout.other_writes * self.write_pj,
            digital_pj=self.unit.other_pj,
            times={
                "patch_embedding": self.rounds * patch_ns,
                "decoder": self.rounds * (linear_ns + layout.first * (fuse_ns + classify_ns)),
                "digital": self.unit.other_ns,
            },
            busiest_ns=self.rounds * np.maximum(longest_ns, last_ns),
            digital_um2=0.0,
            detail=detail,
            shared_um2=self.shared_um2,
            shared_uw=self.shared_uw,
            hold_pj=self.shared_hold_pj,
        )

    def nothing(self, detail: bool) -> Subtotal:
        """No share of other at all."""
        zero = np.zeros_like(self.layout.width)
        parts = {n: {"none": zero} for n in ("energy_pj", "latency_ns", "area_um2")}
        return Subtotal(zero, zero, zero, zero, zero, zero, zero, parts if detail else {})

    def subtotal(
        self,
        use: Use,
        *,
        matrices: Floats,
        moved: Floats,
        maps_pj: Floats,
        digital_pj: Floats,
        times: Parts,
        busiest_ns: Floats,
        digital_um2: Floats | float,
        detail: bool,
        shared_um2: Floats | float = 0.0,
        shared_uw: Floats | float = 0.0,
        hold_pj: Floats | float = 0.0,
        wires: Wires | None = None,
    ) -> Subtotal:
        arrays = use.arrays * self.replicas
        tiles_um2 = matrices * self.replicas * self.tile_um2
        core_um2 = arrays * self.macro_um2 + tiles_um2
        area_um2 = core_um2 + (digital_um2 + shared_um2)
        latency_ns = _sum(times)
        standby_uw = arrays * self.macro.standby_uw + shared_uw
        # The digital unit and RRAM's periphery are switched off when idle; SRAM cells cannot be.
        leak_pj = standby_uw * latency_ns + self.unit.leakage_uw * times["digital"]
        leak_pj = PJ_PER_UW_NS * (leak_pj + use.on_ns * self.macro.on_uw)
        buffers_pj = moved * self.tile_pj + maps_pj
        carried, reach_um2 = moved, core_um2
        if wires is not None:
            carried = moved + wires.passing
            reach_um2 = wires.arrays * self.replicas * self.macro_um2
            reach_um2 = reach_um2 + wires.matrices * self.replicas * self.tile_um2
        wire_pj = carried * (self.bus_pj + self.wire_pj_um * np.sqrt(reach_um2))
        energy_pj = use.energy_pj(self.charge) + (buffers_pj + digital_pj) + (wire_pj + leak_pj)
        if self.waits:
            wait_pj = arrays * self.macro.hold_pj + hold_pj
            energy_pj = energy_pj + wait_pj
        parts: dict[str, Parts] = {}
        if detail:
            macro_pj = {n: use.energy_pj(c) for n, c in self.macro.energy.items()}
            parts["energy_pj"] = {
                **macro_pj,
                "leakage": leak_pj,
                "buffers": buffers_pj,
                "interconnect": wire_pj,
                "digital": digital_pj,
            }
            if self.waits:
                parts["energy_pj"] = {**parts["energy_pj"], "waiting": wait_pj}
            parts["latency_ns"] = times
            parts["area_um2"] = {
                **{n: arrays * a for n, a in self.macro.area_um2.items()},
                "buffers": tiles_um2 + shared_um2,
                "digital": np.zeros_like(tiles_um2) + digital_um2,
            }
        return Subtotal(
            energy_pj,
            latency_ns,
            area_um2,
            arrays,
            standby_uw,
            busiest_ns,
            times["digital"],
            parts,
        )


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


def _sum(parts: Parts) -> Floats:
    first, *rest = parts.values()
    for value in rest:
        first = first + value
    return first
