from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from cmn_core.models.assigning import options
from cmn_core.models.assigning.options import (
    AREA,
    TIME,
    best_assignment,
    tabulate,
    value_of,
)
from cmn_core.models.assigning.problem import ChipLimits, ChipProblem
from cmn_core.models.chip import Chip, with_macros
from cmn_core.models.hardware import OBJECTIVES
from cmn_core.models.layers import Model
from cmn_core.models.pricing import price_model

Build = Callable[..., Model]
BOTH = ("rram", "sram")
BOTH = ("rram", "sram")
HYBRID = {"product": "rram", "ffn": "sram"}


@pytest.fixture
def chip() -> Chip:
    return with_macros(Chip(HYBRID))


@pytest.fixture
def model(build: Build) -> Model:
    """Three blocks that want different things: many positions, many weights, experts."""
    layers: list[dict[str, Any]] = [
        {"kind": "product", "k": 27, "n": 32, "vectors": 4000, "block": "first"},
        {"kind": "elementwise", "op": "norm", "elements": 4000, "block": "first"},
        {"kind": "product", "k": 512, "n": 512, "vectors": 60, "block": "second", "branch": "a"},
        {"kind": "product", "k": 512, "n": 64, "vectors": 60, "block": "second", "branch": "b"},
        {"kind": "buffer", "elements": 20_000, "block": "second"},
        {"kind": "ffn", "width": 64, "hidden": 128, "tokens": 30, "experts": 4, "block": "third"},
    ]
    return build(*layers, repeat={"third": 2})


def priced(model: Model, chip: Chip, picks: tuple[Any, ...]) -> Any:
    return price_model(model, replace(chip, blocks=dict(zip(model.blocks, picks, strict=True))))


def test_sums_of_blocks_are_the_chip(model: Model, chip: Chip) -> None:
    table = tabulate(ChipProblem(model, BOTH, "energy", ChipLimits()), chip)
    rng = np.random.default_rng(0)
    for _ in range(20):
        picks = rng.integers(0, len(table.choices), 3)
        cost = priced(model, chip, tuple(table.choices[o] for o in picks))
        sums = table.fixed + table.sums[range(3), picks].sum(axis=0)
        assert sums[TIME] == pytest.approx(float(cost.latency_ns), rel=1e-12)
        assert sums[AREA] == pytest.approx(float(cost.area_um2), rel=1e-12)
        assert value_of(sums, "energy") == pytest.approx(float(cost.energy_pj), rel=1e-12)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("tight", [1.0, 1.3, 3.0, np.inf])
def test_the_best_assignment_is_that_of_trying_all(
    model: Model, chip: Chip, objective: str, tight: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six choices of three blocks, each of 216 chips priced by itself."""
    monkeypatch.setattr(options, "COPIES", (1, 2, 8))
    free = tabulate(ChipProblem(model, BOTH, "energy", ChipLimits()), chip)
    smallest = float((free.fixed + free.sums.min(axis=1).sum(axis=0))[AREA]) * 1e-6
    limits = ChipLimits(area_mm2=tight * smallest * (1 + 1e-12))
    chosen, proven = best_assignment(free, objective, limits)
    assert chosen is not None and proven
    values = [np.inf]
    for picks in product(free.choices, repeat=3):
        cost = priced(model, chip, picks)
        if float(cost.area_um2) * 1e-6 <= limits.area_mm2:
            found = OBJECTIVES[objective](cost.energy_pj, cost.latency_ns, cost.area_um2)
            values.append(float(found))
    cost = priced(model, chip, tuple(chosen[b] for b in model.blocks))
    found = OBJECTIVES[objective](cost.energy_pj, cost.latency_ns, cost.area_um2)
    assert float(found) == pytest.approx(min(values), rel=1e-12)


def test_limits_that_nothing_keeps_give_nothing(model: Model, chip: Chip) -> None:
    limits = ChipLimits(area_mm2=1e-3)
    table = tabulate(ChipProblem(model, BOTH, "energy", limits), chip)
    assert best_assignment(table, "energy", limits) == (None, True)
    strict = tabulate(ChipProblem(model, ("rram",), "energy", ChipLimits(sigma_rel=1e-9)), chip)
    assert not strict.allowed.any()
    assert best_assignment(strict, "energy", ChipLimits()) == (None, True)
