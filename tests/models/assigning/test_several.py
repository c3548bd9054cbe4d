from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cmn_core.design import Workload
from cmn_core.errors import FieldError
from cmn_core.models.assigning.options import ChipLimits
from cmn_core.models.assigning.several import joined, searched_hardware
from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.layers import Model
from cmn_core.models.pricing import price_model

Build = Callable[..., Model]
LIMITS = ChipLimits(area_mm2=60.0, sigma_rel=0.08)


@pytest.fixture
def networks(build: Build) -> list[Model]:
    wide = {"kind": "product", "k": 512, "n": 512, "vectors": 60, "block": "body"}
    long = {"kind": "product", "k": 27, "n": 32, "vectors": 4000, "block": "body"}
    return [build(wide), build(long, repeat={"body": 2})]


def test_joined_networks_are_the_sum_of_both(networks: list[Model]) -> None:
    """Blocks of their own, and each leaks while the other works."""
    chip = with_macros(Chip(uniform("sram")))
    one, other = (price_model(m, chip) for m in networks)
    both = price_model(joined(networks), chip)
    for name in ("latency_ns", "area_um2", "array_mb", "standby_uw"):
        assert float(getattr(both, name)) == pytest.approx(
            float(getattr(one, name) + getattr(other, name)), rel=1e-12
        )
    waited = 1e-3 * float(one.standby_uw * other.latency_ns + other.standby_uw * one.latency_ns)
    own = float(one.energy_pj + other.energy_pj)
    assert float(both.energy_pj) == pytest.approx(own + waited, rel=1e-12)


def test_one_chip_for_two_and_what_each_costs_there(networks: list[Model]) -> None:
    answer = searched_hardware(networks, Chip(uniform("rram")), ("rram", "sram"), "energy", LIMITS)
    assert answer["feasible"] and answer["proven"]
    assert answer["best"]["area_mm2"] <= 60.0
    assert set(answer["best"]["hardware"]["blocks"]) == {"1: body", "2: body"}
    for name in ("energy_uj", "latency_us"):
        shared = sum(row[name] for row in answer["networks"])
        assert shared == pytest.approx(answer["best"][name], rel=1e-9)
    alone = sum(row["alone"]["energy_uj"] for row in answer["networks"])
    assert alone <= answer["best"]["energy_uj"] * (1 + 1e-9)
    costs = [row["energy_uj"] for row in answer["larger_die"]]
    assert costs == sorted(costs, reverse=True)
    assert all(row["proven"] is True for row in answer["larger_die"])


def test_another_precision_on_the_shared_chip_is_told(networks: list[Model], build: Build) -> None:
    coarse = build({"kind": "product", "k": 64, "n": 64, "vectors": 9}, weight_bits=4)
    assert joined(networks).note is None
    both = joined([networks[0], coarse])
    assert (both.weight_bits, both.activation_bits) == (8, 8)
    assert both.note == "all priced at the highest precision of theirs, 8 and 8 bits"
    told = networks[0].model_copy(update={"note": "floats are priced at 8 bits"})
    assert joined([told, networks[0]]).note == "1: floats are priced at 8 bits"
    assert (joined([told, coarse]).note or "").endswith("8 bits; 1: floats are priced at 8 bits")
    assert len(joined([told.model_copy(update={"note": "x" * 400}), coarse]).note or "") == 400


def test_long_names_that_begin_alike_stay_two_blocks(networks: list[Model], build: Build) -> None:
    names = [f"{'x' * 58}{end}" for end in ("a", "b")]
    layers = [{"kind": "product", "k": 8, "n": 8, "vectors": 1, "block": name} for name in names]
    both = joined([build(*layers, repeat={names[1]: 3}), networks[0]])
    assert len(both.blocks) == 3 and list(both.repeat.values()) == [3]
    assert [both.times(layer) for layer in both.layers] == [1, 3, 1]


def test_a_memory_that_is_not_known_at_the_node_is_refused(networks: list[Model]) -> None:
    """That is no limit which could be widened."""
    chip = Chip(uniform("rram"), conditions=Workload(node_nm=7.0))
    with pytest.raises(FieldError, match=r"^workload\.node_nm: found 7 beside RRAM"):
        searched_hardware(networks[:1], chip, ("rram", "sram"), "energy", LIMITS)


def test_what_cannot_be_built_says_what_can(networks: list[Model]) -> None:
    narrow = replace(LIMITS, area_mm2=0.1)
    answer = searched_hardware(networks[:1], Chip(uniform("sram")), ("sram",), "latency", narrow)
    assert (answer["feasible"], answer["best"], answer["networks"]) == (False, None, [])
    assert "the smallest has" in answer["why_not"]
