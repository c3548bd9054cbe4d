import numpy as np
import pytest
import torch

from cmn_core.architecture import Architecture
from cmn_core.errors import FieldError
from cmn_core.supernet.measure.miou import measure
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.training.rank_fidelity import (
    Trial,
    TrialTraining,
    agreement,
    banded,
    candidates,
    keep_plan,
    read_trials,
    trained,
)


def trial(i: int, band: int, seed: int, inherited: float, alone: float) -> Trial:
    genes = (1, 1, 1, 1, 16 + i, 16, 16, 16)
    return Trial(band, genes, seed, 100.0 + i, 50.0 - i, inherited, alone, 1.0)


def test_agreement_by_hand():
    """Four designs, two per band; alone 10, 12, 14, 13 (means of two seeds), inherited 1 to 4."""
    found = agreement(
        [
            trial(i, band, seed, inherited, alone + (0.5 if seed else -0.5))
            for seed in (0, 1)
            for i, band, inherited, alone in (
                (0, 0, 1.0, 10.0),
                (1, 0, 2.0, 12.0),
                (2, 1, 3.0, 14.0),
                (3, 1, 4.0, 13.0),
            )
        ]
    )
    assert found["tau"] == pytest.approx((5 - 1) / 6)
    assert found["tau_by_parameters"] == pytest.approx((5 - 1) / 6)
    assert found["tau_by_macs"] == pytest.approx(-(5 - 1) / 6)
    assert found["between_seeds"] == pytest.approx(1.0)
    assert found["within_bands"] == pytest.approx((1.0 - 1.0) / 2)
    assert found["seed_sd"] == pytest.approx(np.sqrt(0.5))
    assert found["regret"] == {"1": pytest.approx(1.0), "3": pytest.approx(0.0)}
    low, high = found["interval"]
    assert -1.0 <= low <= found["tau"] <= high <= 1.0


def test_a_design_without_all_seeds_does_not_count():
    whole = [trial(i, 0, s, float(i), float(i)) for s in (0, 1) for i in range(3)]
    assert agreement([*whole, trial(9, 0, 0, 0.0, 99.0)])["designs"] == 3


def test_bands_are_thirds_of_the_range_of_cost():
    cost = np.array([0.0, 1.0, 2.0, 4.0, 5.0, 7.0, 8.0, 9.0])
    chosen = banded(cost, 6)
    assert chosen == [(0, 0), (0, 2), (1, 3), (1, 4), (2, 5), (2, 7)]


def test_candidates_lie_in_the_space(tiny):
    found = candidates(tiny, 50, 0)
    assert found == candidates(tiny, 50, 0) != candidates(tiny, 50, 1)
    for design in found:
        tiny.check(design)


def test_trials_are_trained_once_and_go_on(tmp_path, shapes, tiny):
    work = TrialTraining(tiny, shapes, shapes, tmp_path / "states", epochs=1, batch=12)
    shape = tuple(tiny.smallest.row())
    asked = [Trial(0, shape, seed, 1.0, 1.0, 5.0, 0.0, 0.0) for seed in (0, 1)]
    table = tmp_path / "trials.csv"
    first = list(trained(asked[:1], table, work=work))
    with table.open("a") as file:
        file.write("0,1 1 1")  # cut off by an interruption
    both = list(trained(asked, table, work=work))
    assert both[0] == first[0] and {t.seed for t in both} == {0, 1}
    assert sorted(read_trials(table), key=lambda t: t.seed) == both
    again = next(trained(asked[:1], tmp_path / "other.csv", work=work))
    assert again.alone == first[0].alone


def test_with_a_trunk_only_experts_and_routers_begin_anew(tmp_path, shapes, tiny, supernet):
    """At a rate of nothing a trial scores what it starts with."""
    work = TrialTraining(
        tiny, shapes, shapes, tmp_path, epochs=1, batch=12, rate=1e-12, trunk=supernet
    )
    start = Segmenter(tiny, 3, tiny.largest).reset(torch.Generator().manual_seed(1))
    before = start.state_dict()
    fresh = {k: v.clone() for k, v in before.items() if ".ffn." in k}
    start.load_trunk(supernet)
    for name, value in start.state_dict().items():
        expected = fresh[name] if name in fresh else supernet.state_dict()[name]
        assert torch.equal(value, expected), name
    found = work(Trial(0, tuple(tiny.largest.row()), 1, 1.0, 1.0, 5.0, 0.0, 0.0))
    assert found.alone == pytest.approx(measure(start.eval(), shapes).miou, abs=0.05)


def test_with_an_encoder_only_the_decoder_begins_anew(tmp_path, shapes, tiny, supernet):
    work = TrialTraining(
        tiny, shapes, shapes, tmp_path, epochs=1, batch=12, rate=1e-12, encoder=supernet
    )
    small = Architecture((1, 2, 1, 2), (16, 24, 16, 16))
    start = Segmenter(tiny, 3, small).reset(torch.Generator().manual_seed(1))
    fresh = {k: v.clone() for k, v in start.state_dict().items() if k.startswith("decoder.")}
    start.load_encoder(supernet.subnet(small))
    for name, value in start.state_dict().items():
        expected = fresh[name] if name in fresh else supernet.subnet(small).state_dict()[name]
        assert torch.equal(value, expected), name
    found = work(Trial(0, tuple(small.row()), 1, 1.0, 1.0, 5.0, 0.0, 0.0))
    assert found.alone == pytest.approx(measure(start.eval(), shapes).miou, abs=0.05)


def test_a_folder_holds_trials_of_one_kind(tmp_path):
    keep_plan(tmp_path / "a", {"epochs": 10, "trunk": True})
    keep_plan(tmp_path / "a", {"epochs": 10, "trunk": True})
    with pytest.raises(FieldError, match="trials of other settings"):
        keep_plan(tmp_path / "a", {"epochs": 10, "trunk": False})
