"""What a hardware point costs whatever the experts: one macro, copies of arrays, one technology.

Arrays are [4, ...] here: the block axis first, then the axes of the designs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.block.digital_unit import digital_unit
from cmn_core.cim.circuits import components as part
from cmn_core.cim.circuits.conditions import gated_pj, heat, period_ns
from cmn_core.cim.circuits.macro import Macro
from cmn_core.cim.costs import PJ_PER_UW_NS
from cmn_core.cim.mapping import Use, fit_columns, fit_rows, use_product, vector_ns
from cmn_core.cim.technologies.technology import Technology
from cmn_core.cim.workload import OTHER, Layout
from cmn_core.design import Workload

Parts = Mapping[str, Floats]
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


def _sum(parts: Parts) -> Floats:
    first, *rest = parts.values()
    for value in rest:
        first = first + value
    return first
