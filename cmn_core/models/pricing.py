"""What a model costs when every weight is resident: energy, latency, area and arrays, by layer.

The same macros, mapping, buffers, wires and digital unit as cim.block, for any list of layers;
tests hold the two against each other. Arrays are [layer or matrix, ...]: then the axes of the
hardware points, if there are several. Sums run in the order of the layers, so that a batch gives
the same bits as a loop. Equations: docs/models.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.circuits import components as part
from cmn_core.cim.circuits.conditions import gated_pj, heat, period_ns
from cmn_core.cim.costs import PJ_PER_UW_NS
from cmn_core.models.chip import Chip
from cmn_core.models.cost import ModelCost, longest, off_chip, summed, total
from cmn_core.models.layers import Model
from cmn_core.models.mapped import Stored, store
from cmn_core.models.operations import OP_MACS, Matrix, work_of

MM_PER_UM = 1e-3


def price_model(
    model: Model, chip: Chip, *, detail: bool = False, blocks: bool = False
) -> ModelCost:
    """Costs of the model with all weights resident; the macros are taken to be buildable.

    detail: with parts of energy and area; blocks, detail: with the time of each block
    """
    lead = np.broadcast_shapes(
        *(np.shape(value) for name in chip.used for value in chip.macros[name].values())
    )
    pricer = _Pricer(model, chip, lead, detail, blocks or detail)
    return pricer.cost(
        [
            store(
                model,
                pricer.works,
                chip,
                name,
                column=pricer.column,
                times=pricer.times,
                detail=detail,
            )
            for name in chip.used
        ]
    )


class _Pricer:
    """Adds up what matrices, digital units, buffers and wires take."""

    def __init__(
        self, model: Model, chip: Chip, lead: tuple[int, ...], detail: bool, blocks: bool
    ) -> None:
        self.model, self.works, self.chip = model, work_of(model.layers), chip
        self.technology, self.lead = chip.logic, lead
        self.detail, self.blocks = detail, blocks
        self.times = self.column(model.times(layer) for layer in model.layers)

    def column(self, values: Iterable[float]) -> Floats:
        """One number per layer or matrix, to stand before the axes of the hardware points."""
        return np.array(list(values), dtype=np.float64).reshape(-1, *(1,) * len(self.lead))

    def cost(self, stored: list[Stored]) -> ModelCost:
        """Everything; see ModelCost."""
        digital_ns, digital_pj = self._digital()
        worst = self._array_ns(stored, lambda m: m.rounds)
        balanced = self._array_ns(stored, lambda m: m.balanced)
        fetched_ns = self._fetched_ns()
        alone_ns = total(digital_ns) + total(fetched_ns)
        wake_ns = self._zeros()
        if period_ns(self.chip.conditions) is not None:  # all wake together, before the first layer
            wake_ns[0] = max(t.value("wake_ns") for t in self.chip.used.values())
        alone_ns = alone_ns + wake_ns[0]
        latency_ns = self._path_ns(worst) + alone_ns
        arrays, mb, standby_uw = self._zeros(), self._zeros(), self._zeros()
        working_pj, idle_pj = self._zeros(), np.zeros(self.lead)
        for s in stored:
            held = s.times * s.arrays
            self._add(arrays, s, held)
            self._add(mb, s, held * s.macro.mb)
            self._add(standby_uw, s, held * s.macro.standby_uw)
            self._add(working_pj, s, s.times * s.on_pj)
            idle_pj = idle_pj + self._idle_pj(s, held * s.macro.standby_uw, latency_ns)
        unit_um2, unit_uw = self._units()
        arrays_uw = total(standby_uw)
        standby_uw = standby_uw + self._held_bits() * self._cell_uw
        leak = PJ_PER_UW_NS * (standby_uw * latency_ns + unit_uw * digital_ns) + working_pj
        energy = {**self._energy_parts(stored, digital_pj), "leakage": leak}
        waiting = self._zeros()
        if period_ns(self.chip.conditions) is not None:
            energy["waiting"] = waiting = self._waiting(stored, unit_uw)
        area = self._area_parts(stored)
        layer_energy, layer_um2 = summed(energy), summed(area)
        sigma = self._sigma(stored)
        zero = np.zeros(self.lead)
        return ModelCost(
            energy_pj=total(layer_energy),
            latency_ns=latency_ns,
            balanced_ns=self._path_ns(balanced) + alone_ns,
            area_um2=total(layer_um2) + sum(unit_um2.values()),
            arrays=total(arrays),
            array_mb=total(mb),
            standby_uw=total(standby_uw),
            arrays_uw=arrays_uw,
            sigma_rel=zero + longest(sigma),
            leakage_pj=total(leak),
            idle_pj=idle_pj,
            layer_energy_pj=layer_energy,
            layer_ns=worst + digital_ns + fetched_ns + wake_ns,
            layer_outside_ns=digital_ns + fetched_ns,
            digital_ns=total(digital_ns),
            dram_ns=total(fetched_ns),
            layer_um2=layer_um2,
            layer_arrays=arrays,
            layer_mb=mb,
            unit_um2={b: zero + u for b, u in unit_um2.items()},
            region_sigma=sigma,
            parts={"energy_pj": energy, "area_um2": area} if self.detail else {},
            layer_standby_uw=standby_uw,
            layer_waiting_pj=waiting,
            block_ns=self._block_ns(worst, digital_ns + fetched_ns) if self.blocks else {},
        )

    def _zeros(self) -> Floats:
        return np.zeros((len(self.model.layers), *self.lead))

    def _add(self, rows: Floats, s: Stored, values: Floats) -> None:
        """Add what matrices take to their layers, one after the other."""
        np.add.at(rows, s.owner, values)

    def _digital(self) -> tuple[Floats, Floats]:
        """[L, ...] time and energy of the layers on the digital unit."""
        value = self.technology.value
        a_bits, w_bits = self.model.activation_bits, self.model.weight_bits
        plain = self.column(
            work.dynamic_macs + sum(n * self._op_macs(op) for op, n in work.ops)
            for work in self.works
        )
        stored = self.column(work.weight_macs for work in self.works)
        mac_ns = 1.0 / (value("digital_lanes") * value("digital_clock_ghz"))
        energy = plain * part.digital_mac_pj(self.technology, a_bits, a_bits)
        energy = energy + stored * part.digital_mac_pj(self.technology, w_bits, a_bits)
        zero = self._zeros()
        return zero + self.times * ((plain + stored) * mac_ns), zero + self.times * energy

    def _fetched_ns(self) -> Floats:
        """[L, ...] time to read tables in DRAM; 1e9 bytes per second are one per ns."""
        fetched = self.column(w.fetched for w in self.works) * (self.model.weight_bits / 8.0)
        return self._zeros() + self.times * (fetched / off_chip("dram_gb_per_s"))

    def _op_macs(self, op: str) -> float:
        return self.technology.value(OP_MACS[op]) if op in OP_MACS else 1.0

    def _units(self) -> tuple[dict[str, float], float]:
        """Area of the digital units of each block; leakage of one while it works."""
        value, model = self.technology.value, self.model
        bits = max(model.activation_bits, model.weight_bits)
        lane_um2 = part.digital_lane_um2(self.technology, model.activation_bits, bits)
        unit_um2 = value("digital_lanes") * lane_um2
        areas = {b: unit_um2 * model.repeat.get(b, 1) for b in model.blocks}
        return areas, self._heat * unit_um2 * value("leakage_uw_per_um2")

    def _waiting(self, stored: list[Stored], unit_uw: float) -> Floats:
        """[L, ...] what goes while the chip waits for the next inference and wakes.

        Arrays as their macro says; buffers and digital units are gated, a unit's share is spread
        over the layers of its block.
        """
        conditions, out = self.chip.conditions, self._zeros()
        for s in stored:
            self._add(out, s, s.times * s.arrays * s.macro.hold_pj)
        blocks = [layer.block for layer in self.model.layers]
        units_uw = self.column(
            unit_uw * self.model.repeat.get(b, 1) / blocks.count(b) for b in blocks
        )
        gated_uw = self._held_bits() * self._cell_uw + units_uw
        return out + gated_pj(self.technology, conditions, gated_uw)

    def _array_ns(self, stored: list[Stored], rounds: Callable[[Matrix], int]) -> Floats:
        """[L, ...] time of each layer in the arrays: its longest path, `count` times over."""
        paths: dict[int, Floats] = {}
        for s in stored:
            dealt = np.ceil(self.column(rounds(m) for m in s.matrices) / s.copies)
            own = dealt * s.vector_ns
            path = np.array([m.path for m in s.matrices], dtype=np.int64)
            for p in range(2):
                np.add.at(paths.setdefault(p, self._zeros()), s.owner[path == p], own[path == p])
        count = self.column(layer.count for layer in self.model.layers)
        out: Floats = np.maximum(paths[0], paths[1]) * (count * self.times)
        return out

    def _block_ns(self, arrays_ns: Floats, alone_ns: Floats) -> dict[str, Floats]:
        """Time of each block, as if no branch went on in another one."""
        out = {}
        for block in self.model.blocks:
            rows = [i for i, layer in enumerate(self.model.layers) if layer.block == block]
            out[block] = self._path_ns(arrays_ns, rows) + total(alone_ns[rows])
        return out

    def _path_ns(self, layer_ns: Floats, some: Sequence[int] | None = None) -> Floats:
        """Time in arrays of all layers, or of some: branches that stand together take the longest
        one's."""
        spent, together = np.zeros(self.lead), dict[str, Floats]()
        for i in range(len(layer_ns)) if some is None else some:
            layer, own_ns = self.model.layers[i], layer_ns[i]
            if layer.branch is None:
                spent, together = spent + longest(together) + own_ns, {}
            else:
                before = together.get(layer.branch)
                together[layer.branch] = own_ns if before is None else before + own_ns
        return spent + longest(together)

    def _idle_pj(self, s: Stored, standby_uw: Floats, latency_ns: Floats) -> Floats:
        """Leakage of routed experts, all together, while they have nothing to do."""
        routed = self.column(float(m.routed) for m in s.matrices)
        busy_ns = s.vectors / (s.count * s.copies) * s.vector_ns
        idle = PJ_PER_UW_NS * routed * standby_uw * np.maximum(latency_ns - busy_ns, 0.0)
        return total(idle) if len(idle) else np.zeros(self.lead)

    def _area_parts(self, stored: list[Stored]) -> dict[str, Floats]:
        """[L, ...] area by part; with detail the parts of the macro, else its arrays as one."""
        parts: dict[str, Floats] = {}
        buffers = self._zeros() + part.buffer_um2(self.technology, 1.0) * self._held_bits()
        for s in stored:
            shown = s.macro.area_um2 if self.detail else {"arrays": s.macro.total_um2}
            for name, each in shown.items():
                rows = parts.setdefault(name, self._zeros())
                self._add(rows, s, s.times * s.arrays * each)
            self._add(buffers, s, s.times * s.tiles_um2 + np.zeros_like(s.arrays))
        return {**parts, "buffers": buffers}

    def _energy_parts(self, stored: list[Stored], digital_pj: Floats) -> dict[str, Floats]:
        """[L, ...] dynamic energy by part."""
        parts: dict[str, Floats] = {}
        value, bits = self.technology.value, self.model.activation_bits
        maps = self.column(w.reads for w in self.works) * value("map_read_pj_per_byte")
        maps = maps + self.column(w.writes for w in self.works) * value("map_write_pj_per_byte")
        buffers = self._zeros() + self.times * (maps * (bits / 8.0))
        fetched = self.column(w.fetched for w in self.works) * self.model.weight_bits
        dram = self._zeros() + self.times * (fetched * off_chip("dram_pj_per_bit"))
        wires = self._zeros()
        core = self._region_um2(stored)
        for s in stored:
            value = s.technology.value
            moved = s.times * s.moved + np.zeros_like(s.arrays)
            wire_pj = value("wire_pj_per_bit_mm") * value("wire_share") * MM_PER_UM
            per_bit = value("bus_pj_per_bit") + wire_pj * np.sqrt(core[s.owner])
            self._add(wires, s, moved * bits * per_bit)
            self._add(buffers, s, moved * (value("tile_buffer_pj_per_byte") * bits / 8.0))
            for name, each in s.part_pj.items():
                self._add(parts.setdefault(name, self._zeros()), s, s.times * each)
        out = {**parts, "buffers": buffers, "interconnect": wires, "digital": digital_pj}
        return {**out, "dram": dram} if fetched.any() else out

    def _region_um2(self, stored: list[Stored]) -> Floats:
        """[L, ...] area of the arrays and tile buffers of each layer's region."""
        places = {p: r for r, p in enumerate(dict.fromkeys(e.place for e in self.model.layers))}
        region = np.array([places[e.place] for e in self.model.layers])
        region_um2 = np.zeros((len(places), *self.lead))
        for s in stored:
            np.add.at(region_um2, region[s.owner], s.core_um2)
        return region_um2[region]

    def _held_bits(self) -> Floats:
        held = self.column(w.held for w in self.works)
        return self.times * held * self.model.activation_bits

    @property
    def _cell_uw(self) -> float:
        return 1e-6 * self._heat * self.technology.value("sram_cell_leakage_pw")

    @property
    def _heat(self) -> float:
        return heat(self.technology, self.chip.conditions)

    def _sigma(self, stored: list[Stored]) -> dict[str, Floats]:
        """Output error of each region: root of the mean error variance of its products."""
        variance: dict[str, Floats] = {}
        weight: dict[str, float] = {}
        for s in stored:
            for i, m, own in zip(s.owner, s.matrices, s.variance, strict=True):
                place = self.model.layers[i].place
                variance[place] = variance.get(place, np.zeros(self.lead)) + m.products * own
                weight[place] = weight.get(place, 0.0) + m.products
        return {p: np.sqrt(v / weight[p]) for p, v in variance.items()}
