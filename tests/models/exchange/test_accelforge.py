"""AccelForge's workload: its own rule of iteration, counted out, gives the model's products."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import yaml

from cmn_core.errors import FieldError
from cmn_core.models.exchange.accelforge import write_accelforge
from cmn_core.models.layers import Model
from cmn_core.models.operations import work_of

Build = Callable[..., Model]
LAYERS: list[dict[str, Any]] = [
    {"kind": "product", "name": "query: a", "k": 5, "n": 3, "vectors": 4, "count": 2},
    {
        "kind": "convolution",
        "name": "stem",
        "channels": 2,
        "outputs": 3,
        "kernel": [3, 2],
        "map": [3, 4],
        "stride": [2, 1],
    },
    {"kind": "convolution", "channels": 6, "outputs": 4, "kernel": [3], "map": [5], "groups": 2},
    {"kind": "dynamic_product", "m": 3, "k": 4, "n": 2, "batch": 3},
    {"kind": "elementwise", "op": "norm", "elements": 100},
]


def einsums(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(text)["workload"]["einsums"]
    return found


def points(einsum: dict[str, Any]) -> int:
    """Points of the iteration space as AccelForge builds it: 0 <= expression < size of the rank,
    for every rank of every tensor (get_iteration_space_shape_isl_string)."""
    bounds = [
        (expression, einsum["rank_sizes"][rank])
        for access in einsum["tensor_accesses"]
        for rank, expression in access["projection"].items()
    ]
    names = sorted({n for expression, _ in bounds for n in re.findall(r"[a-z]\w*", expression)})
    direct = {e: size for e, size in bounds if e in names}
    assert set(direct) == set(names), "a variable without a bound of its own"
    inside = 0
    for values in product(*(range(direct[name]) for name in names)):
        at = dict(zip(names, values, strict=True))
        inside += all(0 <= eval(e, {}, at) < size for e, size in bounds)
    return inside


def test_every_multiplication_is_a_point(build: Build) -> None:
    for layer in LAYERS[:4]:
        model = build(layer)
        (work,) = work_of(model.layers)
        assert sum(map(points, einsums(write_accelforge(model)[0]))) == work.macs


def test_tensors_bits_and_names(build: Build) -> None:
    text, left_out = write_accelforge(build(*LAYERS, weight_bits=4, activation_bits=6))
    made = einsums(text)
    assert [e["name"] for e in made] == [
        "L0_query_a_1",
        "L1_query_a_2",
        "L2_stem",
        "L3_convolution_3",
        "L4_dynamic_product_4",
    ]
    for number, einsum in enumerate(made):
        read, weight, written = einsum["tensor_accesses"]
        dynamic = number == 4
        assert (read["name"], weight["name"], written["name"]) == tuple(
            f"{t}{number}" for t in "IWO"
        )
        assert (read["bits_per_value"], weight["bits_per_value"]) == (6, 6 if dynamic else 4)
        assert written["output"] is True and "output" not in read
        assert einsum["renames"] == {
            "input": read["name"],
            "weight": weight["name"],
            "output": written["name"],
        }
        for access in einsum["tensor_accesses"]:
            assert all(rank.isidentifier() for rank in access["projection"])
    assert "1 layer of kind elementwise: it multiplies no matrices" in left_out
    assert "1 layer of kind dynamic_product: written, with one operand as weight" in left_out


def test_no_rank_is_shared_by_two_layers(build: Build) -> None:
    made = einsums(write_accelforge(build(*LAYERS))[0])
    ranks = [rank for einsum in made for rank in einsum["rank_sizes"]]
    assert len(ranks) == len(set(ranks))


def test_a_model_that_multiplies_nothing_is_refused(build: Build) -> None:
    with pytest.raises(FieldError, match="no layer that multiplies"):
        write_accelforge(build(LAYERS[-1]))
