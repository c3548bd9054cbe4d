from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmn_core.architecture import SPACES, Architecture
from cmn_core.cim.chip import combine, price
from cmn_core.cim.circuits import components as part
from cmn_core.cim.circuits.macro import build_macro
from cmn_core.cim.technologies.node_scaling import in_use
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.design import MEMORIES, Workload
from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.cost import ModelCost
from cmn_core.models.encoder import describe
from cmn_core.models.file import parse_model
from cmn_core.models.layers import SCHEMA, Model
from cmn_core.models.operations import work_of
from cmn_core.models.presets import load_preset
from cmn_core.models.pricing import price_model

Build = Callable[..., Model]
TOTALS = ("energy_pj", "latency_ns", "balanced_ns", "area_um2", "arrays", "array_mb", "sigma_rel")
PRODUCT = {"kind": "product", "k": 300, "n": 20, "vectors": 7}
FFN = {"kind": "ffn", "width": 64, "hidden": 96, "tokens": 50, "experts": 4, "top_k": 2}


def default(memory: str) -> Chip:
    return with_macros(Chip(uniform(memory)))


def dynamic_pj(cost: ModelCost) -> float:
    return float(cost.energy_pj - cost.leakage_pj)


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


def test_attention_by_hand_lies_on_no_array(build: Build, chip: Chip) -> None:
    layer = {"kind": "attention", "tokens": 10, "kv_tokens": 12, "heads": 2, "width": 64}
    cost = price_model(build(layer), chip)
    # 2 x 120 x 64 MACs and 240 scores of 8 MAC equivalents, 8192 per cycle of 2 ns.
    assert float(cost.latency_ns) == pytest.approx((2 * 120 * 64 + 8 * 240) / 8192 * 2.0)
    assert float(cost.arrays) == 0.0
    masked = price_model(build({**layer, "causal": True}), chip)
    assert dynamic_pj(masked) == pytest.approx(dynamic_pj(cost) * (120 - 45) / 120)


CONVOLUTION = {
    "kind": "convolution",
    "channels": 12,
    "outputs": 20,
    "kernel": [5, 5],
    "map": [7, 9],
}


def convolution(**changes: Any) -> dict[str, Any]:
    return {**CONVOLUTION, **changes}


def test_a_convolution_is_a_product_of_its_patches(build: Build, chip: Chip) -> None:
    """5 x 5 x 12 = 300 rows, 63 positions; beside it the map is written and read once."""
    ours = price_model(build(convolution()), chip)
    maps = {"kind": "buffer", "elements": 0, "reads": 12 * 63, "writes": 12 * 63}
    product = {**PRODUCT, "vectors": 63}
    theirs = price_model(build(product, maps), chip)
    for name in TOTALS:
        assert float(getattr(ours, name)) == pytest.approx(float(getattr(theirs, name)), rel=1e-12)
    assert work_of(build(convolution(stride=[2, 3])).layers)[0].reads == 12 * 63 * 6
    assert work_of(build(convolution(kernel=[1, 1])).layers)[0].reads == 0


def test_groups_lie_side_by_side(build: Build, chip: Chip) -> None:
    """Four groups of 3 x 25 rows and 5 columns: as four experts of which each sees every vector."""
    grouped = build(convolution(groups=4))
    cost = price_model(grouped, chip)
    (work,) = work_of(grouped.layers)
    assert work.macs == 63 * 4 * 75 * 5
    assert work.parameters == 4 * 75 * 5
    alone = price_model(build({"kind": "product", "k": 75, "n": 5, "vectors": 63}), chip)
    assert float(cost.latency_ns) == pytest.approx(float(alone.latency_ns), rel=1e-12)
    assert float(cost.arrays) == 4 * float(alone.arrays)


def test_depthwise_is_digital_and_transposed_adds_what_overlaps(build: Build, chip: Chip) -> None:
    own = convolution(channels=12, outputs=12, groups=12, kernel=[3, 3])
    ours = price_model(build(own), chip)
    old = {"kind": "depthwise", "channels": 12, "positions": 63, "taps": 9}
    maps = {"kind": "buffer", "elements": 0, "reads": 12 * 63, "writes": 12 * 63}
    theirs = price_model(build(old, maps), chip)
    assert float(ours.arrays) == 0.0
    assert float(ours.energy_pj) == pytest.approx(float(theirs.energy_pj), rel=1e-12)
    (work,) = work_of(build(convolution(kernel=[2, 2], stride=[2, 2], transposed=True)).layers)
    # Each of 63 positions gives 4 taps x 20 outputs from 12 inputs.
    assert (work.matrices[0].k, work.matrices[0].n, work.matrices[0].rounds) == (12, 80, 63)
    assert (work.macs, work.ops) == (63 * 12 * 80, (("add", 63 * 80),))
    assert (work.reads, work.writes) == (63 * 80, 63 * 80)


def test_a_product_of_two_activations_lies_on_no_array(build: Build, chip: Chip) -> None:
    """Scores and values of attention without its softmax."""
    scores = {"kind": "dynamic_product", "m": 10, "k": 32, "n": 12, "batch": 2}
    values = {"kind": "dynamic_product", "m": 10, "k": 12, "n": 32, "batch": 2}
    softmax = {"kind": "elementwise", "op": "softmax", "elements": 240}
    attention = {"kind": "attention", "tokens": 10, "kv_tokens": 12, "heads": 2, "width": 64}
    ours, theirs = (price_model(build(*x), chip) for x in ((scores, values, softmax), (attention,)))
    for name in TOTALS:
        assert float(getattr(ours, name)) == pytest.approx(float(getattr(theirs, name)), rel=1e-12)


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


def test_tables_stay_in_dram(build: Build, chip: Chip) -> None:
    table = {"kind": "lookup", "rows": 1000, "width": 64, "lookups": 5}
    cost = price_model(build(table), chip)
    assert float(cost.energy_pj) == pytest.approx(5 * 64 * 8 * 11.0)
    assert float(cost.latency_ns) == pytest.approx(5 * 64 / 25.6)


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


KINDS: list[st.SearchStrategy[dict[str, Any]]] = [
    st.fixed_dictionaries(
        {
            "kind": st.just("product"),
            "k": st.integers(1, 5000),
            "n": st.integers(1, 5000),
            "vectors": st.integers(1, 3000),
            "count": st.integers(1, 9),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("attention"),
            "tokens": st.integers(1, 900),
            "kv_tokens": st.integers(900, 2000),
            "heads": st.just(4),
            "width": st.integers(1, 90).map(lambda w: 4 * w),
            "causal": st.booleans(),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("ffn"),
            "width": st.integers(1, 900),
            "hidden": st.integers(1, 4000),
            "tokens": st.integers(1, 900),
            "experts": st.integers(3, 70),
            "top_k": st.integers(1, 3) | st.none(),
            "gated": st.booleans(),
            "shared": st.integers(0, 2),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("elementwise"),
            "op": st.sampled_from(["softmax", "norm", "activation", "add", "resample"]),
            "elements": st.integers(1, 10**9),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("depthwise"),
            "channels": st.integers(1, 900),
            "positions": st.integers(1, 9000),
            "taps": st.just(9),
        }
    ),
    st.fixed_dictionaries(
        {"kind": st.just("buffer"), "elements": st.integers(1, 10**7), "reads": st.just(5)}
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("lookup"),
            "rows": st.integers(1, 10**5),
            "width": st.integers(1, 5000),
            "lookups": st.integers(1, 900),
        }
    ),
]
LAYERS = st.lists(st.one_of(KINDS), min_size=1, max_size=5)


@settings(max_examples=80, deadline=None)
@given(first=LAYERS, second=LAYERS, memory=st.sampled_from(MEMORIES))
def test_costs_are_finite_positive_and_add_up(
    first: list[dict[str, Any]], second: list[dict[str, Any]], memory: str
) -> None:
    """Dynamic energy, latency and area of two lists on blocks of their own are sums; leakage is
    more than the sum, because both leak while either works."""

    def cost(layers: list[dict[str, Any]]) -> ModelCost:
        model = parse_model({"schema": SCHEMA, "name": "random", "layers": layers})
        return price_model(model, default(memory))

    one = [{**layer, "block": "one"} for layer in first]
    two = [{**layer, "block": "two"} for layer in second]
    a, b, both = cost(one), cost(two), cost([*one, *two])
    for found in (a, b, both):
        for name in TOTALS:
            assert np.isfinite(getattr(found, name)).all()
        assert float(found.energy_pj) > 0 and float(found.area_um2) > 0
        assert float(found.balanced_ns) <= float(found.latency_ns) * (1 + 1e-12)
        assert float(found.layer_energy_pj.sum()) == pytest.approx(float(found.energy_pj))
    assert dynamic_pj(both) == pytest.approx(dynamic_pj(a) + dynamic_pj(b))
    assert float(both.latency_ns) == pytest.approx(float(a.latency_ns + b.latency_ns))
    assert float(both.area_um2) == pytest.approx(float(a.area_um2 + b.area_um2))
    assert float(both.leakage_pj) >= float(a.leakage_pj + b.leakage_pj) * (1 - 1e-12)


@settings(max_examples=40, deadline=None)
@given(layers=LAYERS, memory=st.sampled_from(MEMORIES))
def test_twice_the_work_is_twice_the_dynamic_energy(
    layers: list[dict[str, Any]], memory: str
) -> None:
    """Twice the tokens (queries, for attention) through the same weights."""
    doubled = []
    for layer in layers:
        layer.pop("causal", None)
        amounts = ("vectors", "tokens", "elements", "positions", "reads", "lookups")
        doubled.append({k: 2 * v if k in amounts else v for k, v in layer.items()})
    chip = default(memory)
    once, twice = (
        price_model(parse_model({"schema": SCHEMA, "name": "random", "layers": part}), chip)
        for part in (layers, doubled)
    )
    assert dynamic_pj(twice) == pytest.approx(2 * dynamic_pj(once), rel=1e-9)


@pytest.mark.parametrize("change", [{"hidden": 192}, {"width": 128}, {"tokens": 60}, {"top_k": 3}])
def test_more_is_never_cheaper(build: Build, chip: Chip, change: dict[str, int]) -> None:
    before, after = (price_model(build({**FFN, **c}), chip) for c in ({}, change))
    assert float(after.energy_pj) > float(before.energy_pj)
    assert float(after.latency_ns) >= float(before.latency_ns)
