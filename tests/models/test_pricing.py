from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cmn_core.architecture import SPACES, Architecture
from cmn_core.cim.chip import combine, price
from cmn_core.cim.circuits import components as part
from cmn_core.cim.circuits.macro import build_macro
from cmn_core.cim.technologies.node_scaling import in_use
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.design import MEMORIES, Workload
from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.encoder import describe
from cmn_core.models.file import parse_model
from cmn_core.models.presets import load_preset
from cmn_core.models.pricing import price_model
from tests.models.priced import FFN, PRODUCT, TOTALS, Build, default, dynamic_pj


@pytest.mark.parametrize("space", ["b0", "b1", "b2"])
@pytest.mark.parametrize("memory", MEMORIES)
def test_presets_of_our_own_space_cost_what_price_says(space: str, memory: str) -> None:
    """Two codes, one network: an oracle of both."""
    technology, chip = load_technology(memory), default(memory)
    ours = price_model(load_preset(f"vit-moe-{space}"), chip)
    network = SPACES[space].largest
    blocks = price(
        SPACES[space],
        Workload(),
        technology,
        experts=network.experts,
        hidden=network.hidden,
        knobs=technology.default,
        replicas=(1, 1, 1, 1),
    )
    theirs = combine({memory: blocks}, [memory == "rram"] * 4)
    assert float(ours.energy_pj) * 1e-6 == pytest.approx(float(theirs.energy_uj), rel=1e-9)
    assert float(ours.latency_ns) * 1e-3 == pytest.approx(float(theirs.latency_us), rel=1e-9)
    assert float(ours.area_um2) * 1e-6 == pytest.approx(float(theirs.area_mm2), rel=1e-9)
    assert float(ours.array_mb) == pytest.approx(float(theirs.array_mb), rel=1e-9)
    for b in range(4):
        sigma = ours.region_sigma[f"block {b + 1}"]
        assert float(sigma) == pytest.approx(float(theirs.sigma_rel[b]), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize(
    ("workload", "replicas"),
    [
        (Workload((96, 128), weight_bits=4, activation_bits=6, top_k=2), 3),
        (Workload((256, 256), weight_bits=1, activation_bits=1), 2),
        (Workload((480, 640), weight_bits=12, activation_bits=8, top_k=1), 1),
        (Workload((96, 128), images_per_second=2.0, temperature_c=60.0), 2),
        (Workload((96, 128), images_per_second=0.1, node_nm=65.0, activity=0.2), 1),
    ],
)
def test_any_network_of_the_space_costs_what_price_says(
    memory: str, workload: Workload, replicas: int
) -> None:
    technology, space = in_use(memory, workload), SPACES["b0"]
    network = Architecture((1, 2, 5, 3), (17, 200, 640, 333))
    model = parse_model(describe(space, network, workload, name="b0"))
    chip = with_macros(Chip(uniform(memory), replicas=replicas, conditions=workload))
    ours = price_model(model, chip)
    blocks = price(
        space,
        workload,
        technology,
        experts=network.experts,
        hidden=network.hidden,
        knobs=technology.default,
        replicas=(replicas,) * 4,
    )
    theirs = combine({memory: blocks}, [memory == "rram"] * 4)
    assert float(ours.energy_pj) * 1e-6 == pytest.approx(float(theirs.energy_uj), rel=1e-9)
    assert float(ours.latency_ns) * 1e-3 == pytest.approx(float(theirs.latency_us), rel=1e-9)
    assert float(ours.area_um2) * 1e-6 == pytest.approx(float(theirs.area_mm2), rel=1e-9)


def test_a_product_by_hand(build: Build) -> None:
    """300 x 20 on 128 x 128 SRAM arrays of 8-bit weights: 160 columns, so 3 x 2 arrays.

    Rows are read 32 at a time: 4 + 4 + 2 reads, of which a tile takes 4.
    """
    technology, chip = load_technology("sram"), default("sram")
    macro = build_macro(technology, Workload(), technology.default)
    cost = price_model(build(PRODUCT), chip, detail=True)
    assert float(cost.arrays) == 6.0
    assert float(cost.array_mb) == pytest.approx(6 * 128 * 128 / 8e6)
    assert float(cost.latency_ns) == pytest.approx(7 * 4 * float(macro.read_ns))
    charge = macro.total_charge
    # Per vector: 6000 weights, 20 outputs x 10 reads, 300 rows in 2 column tiles, 20 x 3 sums.
    arrays_pj = 7 * (6000 * charge.weight + 200 * charge.read + 600 * charge.row + 60 * charge.sum)
    core_um2 = 6 * float(macro.total_um2) + part.buffer_um2(technology, 8.0 * 2048)
    bits = 7 * 320 * 8
    wires_pj = bits * (0.054 + 0.04 * 0.5 * np.sqrt(core_um2) * 1e-3)
    buffers_pj = 7 * 320 * 0.46
    expected = float(arrays_pj) + wires_pj + buffers_pj
    assert dynamic_pj(cost) == pytest.approx(expected, rel=1e-12)
    leak_pj = 1e-3 * 6 * float(macro.standby_uw) * float(cost.latency_ns)
    assert float(cost.leakage_pj) == pytest.approx(leak_pj, rel=1e-12)
    unit_um2 = 8192 * part.digital_lane_um2(technology, 8, 8)
    assert float(cost.area_um2) == pytest.approx(core_um2 + unit_um2, rel=1e-12)


def test_latency_follows_the_busiest_expert(build: Build, chip: Chip) -> None:
    worst = price_model(build(FFN), chip)
    measured = price_model(build({**FFN, "histogram": [40, 30, 20, 10]}), chip)
    equal = price_model(build({**FFN, "histogram": [25, 25, 25, 25]}), chip)
    alone = worst.latency_ns - worst.digital_ns
    assert float(measured.latency_ns - measured.digital_ns) == pytest.approx(alone * 40 / 50)
    assert float(equal.latency_ns) == pytest.approx(float(worst.balanced_ns))
    assert float(measured.balanced_ns) == float(measured.latency_ns)
    assert dynamic_pj(measured) == dynamic_pj(worst)
    dense = price_model(build({**FFN, "top_k": None}), chip)
    assert float(dense.balanced_ns) == float(dense.latency_ns)
    assert dynamic_pj(dense) > 1.5 * dynamic_pj(worst)


def test_idle_experts_leak_in_sram_and_not_in_rram(build: Build) -> None:
    few, many = build(FFN), build({**FFN, "experts": 64})
    sram, rram = default("sram"), default("rram")
    assert float(price_model(many, sram).idle_pj) > 10 * float(price_model(few, sram).idle_pj) > 0
    assert float(price_model(many, rram).idle_pj) == 0.0
    dense = build({**FFN, "experts": 1, "top_k": None})
    assert float(price_model(dense, sram).idle_pj) == 0.0


def test_gated_and_shared_experts(build: Build, chip: Chip) -> None:
    plain, gated = build(FFN), build({**FFN, "gated": True})
    ratio = price_model(gated, chip).arrays / price_model(plain, chip).arrays
    assert 1.2 < float(ratio) < 1.8  # three matrices instead of two, padding aside
    # A shared expert works beside the routed ones: of the same size it costs no time in arrays.
    shared = price_model(build({**FFN, "shared": 2}), chip)
    routed = price_model(build(FFN), chip)
    in_arrays = routed.latency_ns - routed.digital_ns
    assert float(shared.latency_ns - shared.digital_ns) == pytest.approx(float(in_arrays))
    narrow = {**FFN, "hidden": 8}
    alone = price_model(build(narrow), chip)
    wide = price_model(build({**narrow, "shared": 1, "shared_hidden": 2048}), chip)
    assert float(wide.latency_ns - wide.digital_ns) > float(alone.latency_ns - alone.digital_ns)


def test_branches_run_side_by_side(build: Build, chip: Chip) -> None:
    long, short = {**PRODUCT, "vectors": 100}, {**PRODUCT, "vectors": 60}
    alone = float(price_model(build(long), chip).latency_ns)
    beside = build({**long, "branch": "a"}, {**short, "branch": "b"})
    assert float(price_model(beside, chip).latency_ns) == pytest.approx(alone)
    chain = build({**long, "branch": "a"}, {**short, "branch": "b"}, {**short, "branch": "b"}, long)
    assert float(price_model(chain, chip).latency_ns) == pytest.approx(alone * 2.2)


def test_count_and_repeat(build: Build, chip: Chip) -> None:
    once, cost = price_model(build(PRODUCT), chip), price_model
    thrice = cost(build({**PRODUCT, "count": 3}), chip)
    repeated = cost(build({**PRODUCT, "block": "b"}, repeat={"b": 3}), chip)
    for other in (thrice, repeated):
        assert float(other.latency_ns) == pytest.approx(3 * float(once.latency_ns))
        assert float(other.arrays) == 3 * float(once.arrays)
    assert dynamic_pj(repeated) == pytest.approx(3 * dynamic_pj(once))
    assert float(repeated.area_um2) == pytest.approx(3 * float(once.area_um2))
    assert dynamic_pj(thrice) > 3 * dynamic_pj(once)  # wires are longer in one region


def test_copies_divide_the_time(build: Build, chip: Chip) -> None:
    model = build({**PRODUCT, "vectors": 100})
    one, four = price_model(model, chip), price_model(model, replace(chip, replicas=4))
    assert float(four.latency_ns) == pytest.approx(float(one.latency_ns) / 4)
    assert float(four.arrays) == 4 * float(one.arrays)


def test_each_kind_may_have_a_technology_of_its_own(build: Build) -> None:
    model = build(PRODUCT, FFN)
    split = with_macros(Chip({"product": "sram", "ffn": "rram"}))
    mixed = price_model(model, split)
    sram, rram = price_model(model, default("sram")), price_model(model, default("rram"))
    assert list(mixed.layer_mb) == [sram.layer_mb[0], rram.layer_mb[1]]
    assert float(mixed.layer_ns[0]) == float(sram.layer_ns[0])
    assert float(mixed.layer_ns[1]) == float(rram.layer_ns[1])


@pytest.mark.parametrize("memory", MEMORIES)
def test_batch_equals_loop(memory: str) -> None:
    model, technology = load_preset("v-moe-b-16"), load_technology(memory)
    grid = technology.grid()
    pick = np.random.default_rng(0).integers(0, len(grid["rows"]), 24)
    points = {knob: column[pick] for knob, column in grid.items()}
    whole = price_model(model, Chip(uniform(memory), {memory: points}))
    for p in range(len(pick)):
        point = {knob: float(column[p]) for knob, column in points.items()}
        alone = price_model(model, Chip(uniform(memory), {memory: point}))
        for name in TOTALS:
            assert getattr(whole, name)[p] == getattr(alone, name), name


@pytest.mark.parametrize("change", [{"hidden": 192}, {"width": 128}, {"tokens": 60}, {"top_k": 3}])
def test_more_is_never_cheaper(build: Build, chip: Chip, change: dict[str, int]) -> None:
    before, after = (price_model(build({**FFN, **c}), chip) for c in ({}, change))
    assert float(after.energy_pj) > float(before.energy_pj)
    assert float(after.latency_ns) >= float(before.latency_ns)
