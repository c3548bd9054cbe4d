from __future__ import annotations

from collections.abc import Callable

import pytest

from cmn_core.models.assigning.joined import block_worth, joined
from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.layers import Model
from cmn_core.models.pricing import price_model

Build = Callable[..., Model]


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


def test_weights_say_how_often_a_block_works(networks: list[Model]) -> None:
    """In a turn of two inferences, three quarters and one quarter of them."""
    assert block_worth(networks, (3.0, 1.0)) == {"1: body": 1.5, "2: body": 0.5}
    assert block_worth(networks, (2.0, 2.0)) == {} == block_worth(networks, ())
    assert set(block_worth(networks, (3.0, 1.0))) == set(joined(networks).blocks)


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
