"""Whole designs: invariants that hold at any hardware point."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmn_core.architecture import SPACES
from cmn_core.cim.chip import combine, price
from cmn_core.cim.costs import FIELDS, BlockCosts
from cmn_core.cim.technologies.technology import NAMES, load_technology
from cmn_core.design import Workload

B0 = SPACES["b0"]
POSITIVE = [f for f in FIELDS if "standby" not in f and f != "sigma_rel"]


def random_batch(name: str, a: int, p: int, seed: int) -> dict[str, Any]:
    """Experts and hidden [a, 1, 4], knobs [a, p] on the grid, replicas [a, p, 4]."""
    rng = np.random.default_rng(seed)
    grid = load_technology(name).grid()
    index = rng.integers(0, len(grid["rows"]), (a, p))
    top = np.array(B0.max_hidden)
    return {
        "experts": rng.integers(1, 6, (a, 1, 4)),
        "hidden": rng.integers(16, top + 1, (a, 1, 4)),
        "knobs": {n: column[index] for n, column in grid.items()},
        "replicas": rng.integers(1, 9, (a, p, 4)),
    }


def at(batch: dict[str, Any], i: int, j: int) -> dict[str, Any]:
    return {
        "experts": batch["experts"][i, 0],
        "hidden": batch["hidden"][i, 0],
        "knobs": {n: v[i, j] for n, v in batch["knobs"].items()},
        "replicas": batch["replicas"][i, j],
    }


def priced(name: str, workload: Workload = Workload(), **arrays: Any) -> BlockCosts:
    return price(B0, workload, load_technology(name), **arrays)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(3, 5), (140, 37)])
def test_batch_equals_loop_bit_for_bit(name: str, shape: tuple[int, int]) -> None:
    """Also beyond the chunk size, and with a detailed breakdown in the loop."""
    batch = random_batch(name, *shape, seed=5)
    whole = priced(name, **batch)
    rng = np.random.default_rng(6)
    memory = np.full(4, name == "rram")
    chip = combine({name: whole}, memory)
    for _ in range(12):
        i, j = int(rng.integers(shape[0])), int(rng.integers(shape[1]))
        single = priced(name, **at(batch, i, j), detail=True)
        for field in FIELDS:
            assert np.array_equal(getattr(whole, field)[i, j], getattr(single, field)), field
        alone = combine({name: single}, memory)
        for field in ("energy_uj", "latency_us", "area_mm2", "array_mb", "tops_per_mm2"):
            assert getattr(chip, field)[i, j] == getattr(alone, field), field


@pytest.mark.parametrize("name", NAMES)
def test_hardware_shared_by_architectures_gives_the_same_bits(name: str) -> None:
    """knobs [1, P] against every architecture [A, 1, 4]: the fixed part is computed once."""
    batch = random_batch(name, 4, 6, seed=8)
    knobs = {n: v[:1] for n, v in batch["knobs"].items()}
    once = priced(name, **{**batch, "knobs": knobs})
    spelled = {n: np.repeat(v, 4, axis=0) for n, v in knobs.items()}
    each = priced(name, **{**batch, "knobs": spelled})
    for field in FIELDS:
        assert np.array_equal(getattr(once, field), getattr(each, field)), field


def test_hybrid_of_four_equal_blocks_is_the_uniform_chip() -> None:
    arrays = {"experts": [2, 3, 4, 5], "hidden": [40, 80, 160, 320], "replicas": [4, 2, 1, 1]}
    costs = {n: priced(n, knobs=load_technology(n).default, **arrays) for n in NAMES}
    for name in NAMES:
        uniform = combine({name: costs[name]}, np.full(4, name == "rram"))
        hybrid = combine(costs, np.full(4, name == "rram"))
        for field in ("energy_uj", "latency_us", "area_mm2", "array_mb", "tops_per_mm2"):
            assert getattr(uniform, field) == getattr(hybrid, field), field
        assert np.array_equal(uniform.sigma_rel, hybrid.sigma_rel)


def test_hybrid_is_a_choice_per_block() -> None:
    arrays = {"experts": [2, 3, 4, 5], "hidden": [40, 80, 160, 320], "replicas": [1, 1, 1, 1]}
    costs = {n: priced(n, knobs=load_technology(n).default, **arrays) for n in NAMES}
    masks = np.array(np.meshgrid(*[[False, True]] * 4, indexing="ij")).reshape(4, -1).T
    chip = combine(costs, masks)
    assert chip.area_mm2.shape == (16,)
    for mask, area, latency in zip(masks, chip.area_mm2, chip.latency_us, strict=True):
        names = ["rram" if m else "sram" for m in mask]
        um2 = sum(costs[n].area_um2[b] + costs[n].other_area_um2[b] for b, n in enumerate(names))
        ns = sum(costs[n].latency_ns[b] + costs[n].other_latency_ns[b] for b, n in enumerate(names))
        assert area == pytest.approx(um2 * 1e-6, rel=1e-12)
        assert latency == pytest.approx(ns * 1e-3, rel=1e-12)


def test_sram_leaks_over_the_whole_image() -> None:
    """Two SRAM blocks beside slow RRAM blocks leak longer than on their own."""
    arrays = {"experts": [2] * 4, "hidden": [64] * 4, "replicas": [1] * 4}
    costs = {n: priced(n, knobs=load_technology(n).default, **arrays) for n in NAMES}
    mixed = combine(costs, [True, True, False, False])
    s, r = costs["sram"], costs["rram"]
    own = sum(c.energy_pj[b] + c.other_energy_pj[b] for c, b in ((r, 0), (r, 1), (s, 2), (s, 3)))
    total_ns = float(mixed.latency_us) * 1e3
    idle = sum(
        s.standby_uw[b] * (total_ns - s.latency_ns[b])
        + s.other_standby_uw[b] * (total_ns - s.other_latency_ns[b])
        for b in (2, 3)
    )
    idle += r.other_standby_uw[0] * (total_ns - r.other_latency_ns[0])  # the shared buffers
    assert float(mixed.energy_uj) * 1e6 == pytest.approx(own + 1e-3 * idle, rel=1e-12)
    assert idle > 0 and r.standby_uw.max() == 0.0


knob_points = {
    name: st.fixed_dictionaries(
        {
            k: st.integers(int(knob.low), int(knob.high)).map(float)
            if knob.integer
            else st.floats(knob.low, knob.high)
            for k, knob in load_technology(name).knob.items()
        }
    )
    for name in NAMES
}
architectures = st.tuples(
    st.lists(st.integers(1, 5), min_size=4, max_size=4),
    st.tuples(*(st.integers(16, top) for top in B0.max_hidden)),
)
workloads = st.builds(
    Workload,
    image=st.tuples(st.integers(32, 900), st.integers(32, 900)),
    weight_bits=st.integers(1, 16),
    activation_bits=st.integers(1, 16),
    top_k=st.sampled_from([None, 1, 2, 5]),
)


def make_buildable(name: str, knobs: dict[str, float]) -> dict[str, float]:
    """The nearest buildable point of a random one: cross rules are met by clipping."""
    if name == "rram":
        knobs["active_rows"] = min(knobs["active_rows"], knobs["rows"])
        knobs["columns_per_adc"] = min(knobs["columns_per_adc"], knobs["cols"])
    else:
        knobs["rows"] = max(1, knobs["rows"] // knobs["rows_per_tree"]) * knobs["rows_per_tree"]
        knobs["rows"] = max(knobs["rows"], 8 * knobs["rows_per_tree"])
    return load_technology(name).check_macro(knobs)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=250)
@given(data=st.data())
def test_every_buildable_point_has_finite_positive_costs(name: str, data: st.DataObject) -> None:
    knobs = make_buildable(name, data.draw(knob_points[name]))
    experts, hidden = data.draw(architectures)
    workload = data.draw(workloads)
    replicas = data.draw(st.lists(st.integers(1, 64), min_size=4, max_size=4))
    costs = priced(name, workload, experts=experts, hidden=hidden, knobs=knobs, replicas=replicas)
    for field in POSITIVE:
        value = getattr(costs, field)
        assert np.isfinite(value).all() and (value > 0).all(), field
    assert np.isfinite(costs.sigma_rel).all() and (costs.sigma_rel >= 0).all()
    chip = combine({name: costs}, np.full(4, name == "rram"))
    assert np.isfinite(chip.energy_uj) and np.isfinite(chip.tops_per_mm2)


@pytest.mark.parametrize("name", NAMES)
def test_ten_thousand_random_points_are_finite(name: str) -> None:
    rng = np.random.default_rng(11)
    technology = load_technology(name)
    drawn = {
        k: rng.integers(int(knob.low), int(knob.high) + 1, 40_000).astype(float)
        if knob.integer
        else rng.uniform(knob.low, knob.high, 40_000)
        for k, knob in technology.knob.items()
    }
    if name == "sram":
        drawn["rows"] = np.maximum(8, drawn["rows"] // drawn["rows_per_tree"]) * 1.0
        drawn["rows"] = np.minimum(drawn["rows"] * drawn["rows_per_tree"], 1024)
    good = technology.buildable(drawn)
    knobs = {k: v[good][:10_000] for k, v in drawn.items()}
    count = len(knobs["rows"])
    assert count == 10_000
    costs = priced(
        name,
        experts=rng.integers(1, 6, (count, 4)),
        hidden=rng.integers(16, np.array(B0.max_hidden) + 1, (count, 4)),
        knobs=knobs,
        replicas=rng.integers(1, 65, (count, 4)),
    )
    for field in POSITIVE:
        value = getattr(costs, field)
        assert np.isfinite(value).all() and (value > 0).all(), field


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60)
@given(data=st.data())
def test_more_network_is_never_cheaper(name: str, data: st.DataObject) -> None:
    """Wider experts, more experts, more bits: never less energy, time or area.

    Weights start at 2 bits: 1-bit weights have no zero and so draw more cell current than ternary.
    Capacity counts weights at their precision, so more bits may leave fewer of them unused.
    """
    knobs = make_buildable(name, data.draw(knob_points[name]))
    experts, hidden = data.draw(architectures)
    replicas = data.draw(st.lists(st.integers(1, 8), min_size=4, max_size=4))
    base = Workload(
        weight_bits=data.draw(st.integers(2, 15)), activation_bits=data.draw(st.integers(1, 15))
    )
    b = data.draw(st.integers(0, 3))
    wider, more = list(hidden), list(experts)
    wider[b] = data.draw(st.integers(hidden[b], B0.max_hidden[b]))
    more[b] = data.draw(st.integers(experts[b], 5))
    finer = Workload(base.image, base.weight_bits, base.activation_bits + 1)
    heavier = Workload(base.image, base.weight_bits + 1, base.activation_bits)
    small = priced(name, base, experts=experts, hidden=hidden, knobs=knobs, replicas=replicas)
    for workload, e, h in (
        (base, experts, wider),
        (base, more, hidden),
        (finer, experts, hidden),
        (heavier, experts, hidden),
    ):
        large = priced(name, workload, experts=e, hidden=h, knobs=knobs, replicas=replicas)
        fields = ["energy_pj", "latency_ns", "area_um2"]
        for field in fields if workload is heavier else [*fields, "array_mb"]:
            before, after = getattr(small, field), getattr(large, field)
            assert (after >= before * (1 - 1e-12)).all(), field


@pytest.mark.parametrize("name", NAMES)
def test_twice_the_tokens_twice_the_dynamic_ffn_energy(name: str) -> None:
    """Expert FFN energy = block with experts less block with none of them, leakage aside."""
    technology = load_technology(name)
    replicas, hidden = [1, 1, 1, 1], [100, 200, 300, 500]

    def ffn(image: tuple[int, int]) -> np.ndarray:
        energies = []
        for experts in ([3, 3, 3, 3], [1, 1, 1, 1]):
            parts = priced(
                name,
                Workload(image),
                experts=experts,
                hidden=hidden,
                knobs=technology.default,
                replicas=replicas,
                detail=True,
            ).parts["energy_pj"]
            energies.append(
                sum(v for k, v in parts.items() if k not in ("leakage", "interconnect"))
            )
        return np.asarray(energies[0] - energies[1])

    assert ffn((480, 1280)) == pytest.approx(2 * ffn((480, 640)), rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_replicas_buy_time_with_area(name: str) -> None:
    arrays = {"experts": [2] * 4, "hidden": [64] * 4, "knobs": load_technology(name).default}
    one = priced(name, **arrays, replicas=[1] * 4, detail=True)
    four = priced(name, **arrays, replicas=[4] * 4, detail=True)
    assert four.array_mb == pytest.approx(4 * one.array_mb)
    quarter = four.parts["latency_ns"]["experts"]
    assert quarter == pytest.approx(one.parts["latency_ns"]["experts"] / 4)
    assert np.array_equal(four.parts["latency_ns"]["digital"], one.parts["latency_ns"]["digital"])
    assert (four.area_um2 > one.area_um2).all()


def test_top_k_saves_energy_but_bounds_no_time() -> None:
    """k of E experts are charged; without a histogram the busiest may get every token."""
    arrays = {"experts": [5] * 4, "hidden": [64] * 4, "replicas": [1] * 4}
    for name in NAMES:
        knobs = load_technology(name).default
        dense = priced(name, **arrays, knobs=knobs, detail=True)
        top2 = priced(name, Workload(top_k=2), **arrays, knobs=knobs, detail=True)
        assert (top2.energy_pj < dense.energy_pj).all()
        assert np.array_equal(
            top2.parts["latency_ns"]["experts"], dense.parts["latency_ns"]["experts"]
        )
        assert np.array_equal(top2.area_um2, dense.area_um2)
        top5 = priced(name, Workload(top_k=5), **arrays, knobs=knobs)
        assert np.array_equal(top5.energy_pj, dense.energy_pj)
