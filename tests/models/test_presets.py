from __future__ import annotations

import json

import pytest

from cmn_core.architecture import SPACES
from cmn_core.cim.workload import macs, weights
from cmn_core.errors import FieldError
from cmn_core.models.encoder import describe
from cmn_core.models.operations import count_weights, work_of
from cmn_core.models.presets import FOLDER, load_preset, preset_names


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_names_its_source_and_phase(name: str) -> None:
    model = load_preset(name)
    assert model.source and model.phase


@pytest.mark.parametrize("name", preset_names())
def test_totals_are_the_published_ones(name: str) -> None:
    model = load_preset(name)
    if model.published is None:
        assert not name.startswith(("mixtral", "deepseek"))
        return
    total, active = count_weights(model)
    assert total == pytest.approx(model.published.parameters, rel=0.01)
    assert active == pytest.approx(model.published.active_parameters, rel=0.02)


@pytest.mark.parametrize("space", ["b0", "b1", "b2"])
def test_our_own_presets_are_the_largest_subnets(space: str) -> None:
    network = SPACES[space].largest
    stored = json.loads((FOLDER / f"vit-moe-{space}.json").read_text(encoding="utf-8"))
    head = {key: stored[key] for key in ("name", "source", "phase", "note")}
    assert stored == describe(SPACES[space], network, **head)
    model = load_preset(f"vit-moe-{space}")
    count = float(weights(SPACES[space], network.experts, network.hidden))
    assert count_weights(model)[0] == count
    found = sum(w.macs for w in work_of(model.layers))
    assert found == float(macs(SPACES[space], network.experts, network.hidden))


def test_m3vit_by_hand() -> None:
    """Six dense and six expert layers of width 384, as in its repository."""
    width, attention = 384, 4 * 384 * 384
    dense = attention + 2 * width * 4 * width
    expert = attention + 16 * width + 16 * 2 * width * 2 * width
    convolutions = 9 * width * 256 + 3 * 9 * 256 * 256 + 256 * 40
    expected = 768 * width + 6 * (dense + expert) + convolutions
    assert count_weights(load_preset("m3vit-s"))[0] == expected


def test_vmoe_is_a_vit_b_with_experts_in_every_second_layer() -> None:
    """ViT-B/16 has 85.8 M weights without its head; six layers have 31 further FFNs each."""
    plain = 768 * 768 + 12 * (4 * 768 * 768 + 2 * 768 * 3072)
    expected = plain + 6 * (31 * 2 * 768 * 3072 + 32 * 768) + 768 * 1000
    assert count_weights(load_preset("v-moe-b-16"))[0] == expected
    assert plain == pytest.approx(85.8e6, rel=0.01)


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(FieldError, match="did you mean 'mixtral-8x7b-decode'"):
        load_preset("mixtral-8x7b-decoded")
