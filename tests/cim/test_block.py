"""Whole blocks against a second, scalar writing of docs/simulator.md sections 5 to 7.

Only the figures of one array come from the code; circuits/test_macro.py checks those by hand.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.cim.chip import price
from cmn_core.cim.circuits.cell_error import disturbance
from cmn_core.cim.circuits.components import digital_mac_pj
from cmn_core.cim.circuits.macro import build_macro
from cmn_core.cim.costs import BlockCosts
from cmn_core.cim.technologies.technology import NAMES, load_technology
from cmn_core.cim.workload import lay_out
from cmn_core.design import Workload

KNOBS = {
    "rram": {
        "rows": 100,
        "cols": 90,
        "active_rows": 48,
        "adc_bits": 5,
        "columns_per_adc": 7,
        "cell_bits": 3,
        "dac_bits": 2,
        "vdd_v": 0.85,
    },
    "sram": {"rows": 96, "cols": 90, "rows_per_tree": 3, "input_bits_per_step": 2, "vdd_v": 0.7},
}
EXPERTS, HIDDEN, REPLICAS = (3, 1, 5, 2), (77, 130, 401, 999), (7, 3, 2, 1)
ACTIVE = (2, 1, 2, 2)  # top-2


class Arrays:
    """One macro's figures as plain numbers, and the price of one product on it."""

    def __init__(self, name: str, workload: Workload) -> None:
        self.tech = load_technology(name)
        m = build_macro(self.tech, workload, self.tech.check_macro(KNOBS[name]))
        self.m = m
        self.R, self.M = float(m.rows), float(m.cols)
        self.A, self.lanes, self.slices = float(m.group_rows), float(m.lanes), float(m.slices)
        self.charge = m.total_charge
        self.um2 = float(m.total_um2)

    def time(self, k: float, n: float) -> float:
        reads = math.ceil(min(k, self.R) / self.A)
        phases = math.ceil(min(n * self.slices, self.M) / self.lanes)
        return float(self.m.read_ns) * reads * phases

    def tiles(self, k: float, n: float) -> int:
        return math.ceil(k / self.R) * math.ceil(n * self.slices / self.M)

    def energy(self, k: float, n: float) -> float:
        rest = k % self.R
        reads = (k // self.R) * math.ceil(self.R / self.A) + math.ceil(rest / self.A)
        c = self.charge
        dynamic = k * n * float(c.weight) + reads * n * float(c.read)
        dynamic += k * math.ceil(n * self.slices / self.M) * float(c.row)
        dynamic += math.ceil(k / self.R) * n * float(c.sum)
        return dynamic + 1e-3 * self.tiles(k, n) * self.time(k, n) * float(self.m.on_uw)


def scalar_block(name: str, b: int, workload: Workload) -> dict[str, float]:
    """Energy, latency and area of encoder block b of B0, one product after the other."""
    space, on = SPACES["b0"], Arrays(name, workload)
    v = on.tech.value
    h, w = space.grids(*workload.image)[b]
    r, c, depth = space.kv_reduction[b], space.widths[b], space.depths[b]
    n, kv = h * w, (h // r) * (w // r)
    e, active, hidden, m = EXPERTS[b], ACTIVE[b], HIDDEN[b], REPLICAS[b]
    products = [(c, c, n), (c, c, kv), (c, c, kv), (c, c, n)]
    if r > 1:
        products.append((c * r * r, c, kv))
    resident = list(products) + [(c, hidden, 0), (hidden, c, 0)] * e
    products += [(c, hidden, n), (hidden, c, n)] * active
    dynamic = depth * sum(vectors * on.energy(k, out) for k, out, vectors in products)
    moved = depth * sum(vectors * (k + out) for k, out, vectors in products)
    arrays = m * depth * sum(on.tiles(k, out) for k, out, _ in resident)
    buffer = 2048 * 8 * v("sram_cell_area_um2") * v("buffer_area_factor")
    core = arrays * on.um2 + m * depth * len(resident) * buffer

    a_bits, w_bits = workload.activation_bits, workload.weight_bits
    mac, weighted = digital_mac_pj(on.tech, a_bits, a_bits), digital_mac_pj(on.tech, w_bits, a_bits)
    plain = 2 * n * kv * c + v("softmax_macs") * space.heads[b] * n * kv
    plain += v("norm_macs") * (2 * n * c + (kv * c if r > 1 else 0))
    plain += v("gelu_macs") * n * active * hidden
    by_weight = 9 * n * c + (n * c * (e + active) if e > 1 else 0)
    digital_ns = depth * (plain + by_weight) / (v("digital_lanes") * v("digital_clock_ghz"))

    once, kv_once = math.ceil(n / m), math.ceil(kv / m)
    keys = on.time(c, c) + (on.time(c * r * r, c) if r > 1 else 0.0)
    attention = max(once * on.time(c, c), kv_once * keys) + once * on.time(c, c)
    ffn = once * (on.time(c, hidden) + on.time(hidden, c))
    latency = depth * (attention + ffn) + digital_ns

    lane = a_bits * max(a_bits, w_bits) * (v("adder_area_um2") + v("gate_area_um2"))
    lane += 24 * (v("adder_area_um2") + v("register_area_um2"))
    lane += v("register_area_um2") * (a_bits + max(a_bits, w_bits))
    unit = v("digital_lanes") * lane
    standby = arrays * float(on.m.standby_uw)
    leak = 1e-3 * (standby * latency + v("leakage_uw_per_um2") * unit * digital_ns)
    bytes_per = a_bits / 8
    maps = depth * n * c * bytes_per * (3 * 6.5 + 2 * 5.9)
    wire = 0.054 + 0.04 * 0.5 * math.sqrt(core) * 1e-3
    energy = dynamic + depth * (plain * mac + by_weight * weighted) + leak + maps
    energy += moved * bytes_per * 0.46 + moved * a_bits * wire
    return {"energy_pj": energy, "latency_ns": latency, "area_um2": core + unit}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("b", range(4))
@pytest.mark.parametrize("bits", [(8, 8), (4, 6)])
def test_block_is_what_the_document_says(name: str, b: int, bits: tuple[int, int]) -> None:
    workload = Workload((427, 561), bits[0], bits[1], 2)
    costs = price(
        SPACES["b0"],
        workload,
        load_technology(name),
        experts=EXPERTS,
        hidden=HIDDEN,
        knobs=KNOBS[name],
        replicas=REPLICAS,
    )
    for quantity, value in scalar_block(name, b, workload).items():
        assert getattr(costs, quantity)[b] == pytest.approx(value, rel=1e-9), quantity


def scalar_other(name: str, workload: Workload) -> dict[str, float]:
    """Latency, arrays and area of "other", all four shares together."""
    space, on = SPACES["b0"], Arrays(name, workload)
    v = on.tech.value
    width, grids = space.decoder_width, space.grids(*workload.image)
    latency = digital = um2 = arrays = 0.0
    held = 0.0
    for b, (h, w) in enumerate(grids):
        n, c = h * w, space.widths[b]
        inputs = 3 if b == 0 else space.widths[b - 1]
        products = [(space.patch_kernel[b] ** 2 * inputs, c), (c, width)]
        if b == 0:
            products += [(4 * width, width), (width, 40)]
        latency += math.ceil(n / REPLICAS[b]) * sum(on.time(k, out) for k, out in products)
        digital += 2 * v("norm_macs") * n * c
        arrays += REPLICAS[b] * sum(on.tiles(k, out) for k, out in products)
        um2 += REPLICAS[b] * len(products) * 2048 * 8
        held += n * c + (n * width if b > 0 else 0)
    first = grids[0][0] * grids[0][1]
    digital += v("upsample_macs") * 3 * first * width
    latency += digital / (v("digital_lanes") * v("digital_clock_ghz"))
    held += 2 * max(h * w * c for (h, w), c in zip(grids, space.widths, strict=True))
    um2 += held * workload.activation_bits
    um2 *= v("sram_cell_area_um2") * v("buffer_area_factor")
    return {
        "other_latency_ns": latency,
        "other_area_um2": arrays * on.um2 + um2,
        "other_array_mb": arrays * float(on.m.mb),
    }


@pytest.mark.parametrize("name", NAMES)
def test_other_is_what_the_document_says(name: str) -> None:
    workload = Workload((427, 561))
    costs: Any = price(
        SPACES["b0"],
        workload,
        load_technology(name),
        experts=EXPERTS,
        hidden=HIDDEN,
        knobs=KNOBS[name],
        replicas=REPLICAS,
    )
    for quantity, value in scalar_other(name, workload).items():
        assert getattr(costs, quantity).sum() == pytest.approx(value, rel=1e-9), quantity


def test_sigma_by_hand() -> None:
    """100 rows, 48 a read: 32 rows take 1 read, 2048 take 20 x 3 + 1, 77 take 2."""
    workload = Workload()
    macro = build_macro(load_technology("rram"), workload, KNOBS["rram"])
    costs = price(
        SPACES["b0"],
        workload,
        load_technology("rram"),
        experts=EXPERTS,
        hidden=HIDDEN,
        knobs=KNOBS["rram"],
        replicas=REPLICAS,
    )
    mean = (5 * 1 / 32 + 2 / 77 + 61 / 2048) / 7
    cells, wires = disturbance(load_technology("rram"), 8, KNOBS["rram"])
    variance = float(macro.error) * mean + float(cells) + float(wires)
    assert costs.sigma_rel[0] == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert costs.sigma_rel[0] > 0.1


def plain(name: str = "rram", workload: Workload = Workload(), **other: Any) -> BlockCosts:
    given: dict[str, Any] = {"experts": [3, 5, 2, 4], "hidden": [64, 200, 300, 700]}
    given |= {"replicas": [1, 2, 4, 3], "knobs": load_technology(name).default}
    return price(SPACES["b0"], workload, load_technology(name), **{**given, **other})


@pytest.mark.parametrize("name", NAMES)
def test_ffn_scope_is_a_part_of_the_network(name: str) -> None:
    whole, ffn = plain(name), plain(name, scope="ffn")
    assert (ffn.energy_pj < whole.energy_pj).all()
    assert (ffn.latency_ns < whole.latency_ns).all()
    assert (ffn.array_mb < whole.array_mb).all()
    assert (ffn.other_energy_pj == 0.0).all()
    assert (ffn.other_macs == 0.0).all()
    layout = lay_out(SPACES["b0"], Workload())
    experts, hidden = np.array([3.0, 5.0, 2.0, 4.0]), np.array([64.0, 200.0, 300.0, 700.0])
    assert (ffn.macs == layout.elements * (2.0 * experts * hidden + 2.0 * experts)).all()


def test_busiest_expert_sets_the_pace_only_where_experts_idle() -> None:
    sparse = Workload(top_k=2)
    worst, fair = plain(workload=sparse), plain(workload=sparse, busiest=[0.5] * 4)
    # block 3 has two experts, so both of them work on every token
    assert (fair.latency_ns < worst.latency_ns).tolist() == [True, True, False, True]
    assert fair.latency_ns[2] == worst.latency_ns[2]
    detail = [plain(workload=sparse, busiest=b, detail=True) for b in (1.0, [0.5] * 4)]
    slow, quick = (d.parts["latency_ns"]["experts"] for d in detail)
    # block 1: 19,200 tokens on one copy; half of them take half of the time
    assert quick[0] == pytest.approx(0.5 * slow[0], rel=1e-12)
    dense = [plain(busiest=b) for b in (1.0, [0.5] * 4)]
    assert (dense[0].latency_ns == dense[1].latency_ns).all()
    for name in ("energy_pj", "area_um2", "macs"):  # the energy differs by leakage alone
        assert getattr(fair, name) == pytest.approx(getattr(worst, name), rel=2e-2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scope", ["network", "ffn"])
def test_interval_is_the_longest_single_resource(name: str, scope: Any) -> None:
    costs = plain(name, scope=scope, detail=True)
    times = costs.parts["latency_ns"]
    digital = times["digital"] + costs.parts["other_latency_ns"].get("digital", 0.0)
    assert (costs.interval_ns >= digital).all()
    assert (costs.interval_ns <= costs.latency_ns + costs.other_latency_ns).all()
    # one of the two expert matrices takes at least half of a layer's expert time
    depth = lay_out(SPACES["b0"], Workload()).depth
    assert (costs.interval_ns >= 0.5 * times["experts"] / depth).all()
