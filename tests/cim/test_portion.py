"""Blocks in two portions: what each holds, and that together they are the block again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.cim.chip import price
from cmn_core.cim.costs import FIELDS, BlockCosts
from cmn_core.cim.portion import Portion, merged, portions, settled
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.design import Workload

LOADS = np.array(
    [[0.6, 0.3, 0.1, 0.0], [0.9, 0.6, 0.3, 0.2], [0.7, 0.3, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
)
BUSIEST = np.array([0.7, 0.95, 0.8, 1.0])
EXPERTS, TOP_K = [3, 4, 2, 1], [1, 2, 1, 1]
HERE = np.array(
    [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0]],
    dtype=bool,
)


def priced(name: str, portion: Portion | None, **other: Any) -> BlockCosts:
    technology = load_technology(name)
    given: dict[str, Any] = {
        "experts": EXPERTS,
        "hidden": [50, 100, 300, 700],
        "knobs": technology.default,
        "replicas": [4, 2, 1, 1],
        "busiest": BUSIEST,
        "top_k": TOP_K,
    }
    workload = Workload(images_per_second=5.0)
    return price(SPACES["b0"], workload, technology, portion=portion, **{**given, **other})


def test_what_each_memory_holds() -> None:
    here, there = portions(LOADS, HERE, [True, True, True, True], BUSIEST)
    assert here.resident.tolist() == [1, 2, 1, 1]
    assert there.resident.tolist() == [2, 2, 1, 0]
    assert here.held == pytest.approx([0.6, 1.5, 0.3, 1.0])
    assert there.held == pytest.approx([0.4, 0.5, 0.7, 0.0])
    assert here.pace == pytest.approx([0.7, 0.95, 0.8 * 3 / 7, 1.0])
    assert there.pace == pytest.approx([0.35, 0.95 / 3, 0.8, 0.0])
    assert here.passing == pytest.approx(there.held)
    assert there.passing.tolist() == [0.0] * 4
    assert (here.rest.tolist(), there.rest.tolist()) == ([1.0] * 4, [0.0] * 4)


@pytest.mark.parametrize("name", ["rram", "sram"])
def test_a_portion_that_holds_everything_is_the_block(name: str) -> None:
    every = LOADS > 0.0
    here, there = portions(LOADS, every, [True] * 4, BUSIEST)
    whole, rest = priced(name, None), priced(name, there)
    again = merged(*settled(priced(name, here), rest))
    for field in FIELDS:
        assert getattr(again, field) == pytest.approx(getattr(whole, field), rel=1e-12), field
        assert not np.any(getattr(rest, field)), field


@pytest.mark.parametrize("name", ["rram", "sram"])
@pytest.mark.parametrize("with_rest", [True, False])
def test_two_portions_on_one_memory_are_the_block_but_for_their_wires(
    name: str, with_rest: bool
) -> None:
    first, second = portions(LOADS, HERE, [with_rest] * 4, BUSIEST)
    whole = priced(name, None)
    both = merged(*settled(priced(name, first), priced(name, second)))
    for field in FIELDS:
        if field not in ("energy_pj", "other_energy_pj"):
            assert getattr(both, field) == pytest.approx(getattr(whole, field), rel=1e-9), field
    assert both.other_energy_pj == pytest.approx(whole.other_energy_pj, rel=1e-12)
    extra = both.energy_pj - whole.energy_pj
    assert (extra >= -1e-9 * whole.energy_pj).all()
    assert (extra[:3] > 0.0).all()
    assert (extra < 0.1 * whole.energy_pj).all()


def test_a_batch_of_portions_equals_each_alone() -> None:
    masks = np.stack([HERE, LOADS > 0.0, (LOADS > 0.0) & ~HERE])
    with_rest = np.ones((3, 4), dtype=bool)
    first, second = portions(np.broadcast_to(LOADS, masks.shape), masks, with_rest, BUSIEST)
    both = merged(*settled(priced("sram", first), priced("rram", second)))
    for row, mask in enumerate(masks):
        one, other = portions(LOADS, mask, [True] * 4, BUSIEST)
        alone = merged(*settled(priced("sram", one), priced("rram", other)))
        for field in FIELDS:
            mine = np.broadcast_to(getattr(both, field), (3, 4))[row]
            assert mine == pytest.approx(getattr(alone, field), rel=1e-12), field
