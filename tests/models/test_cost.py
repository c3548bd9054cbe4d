"""Sums over random lists of layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmn_core.design import MEMORIES
from cmn_core.models.cost import ModelCost
from cmn_core.models.file import parse_model
from cmn_core.models.layers import SCHEMA
from cmn_core.models.pricing import price_model
from tests.models.priced import TOTALS, default, dynamic_pj

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
