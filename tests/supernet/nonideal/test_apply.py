import pytest

from cmn_core.nonideal import IDEAL, NonIdeal
from cmn_core.supernet.measure.miou import measure
from cmn_core.supernet.nonideal.apply import apply


def scored(supernet, shapes, seed=0, batch=16, **settings):
    copy = supernet.subnet(supernet.architecture)
    arrays = apply(copy, NonIdeal(**settings), seed=seed)
    return measure(copy, shapes, arrays=arrays, batch=batch)


def test_ideal_is_bit_for_bit_the_network(tiny_supernet, shapes):
    copy = tiny_supernet.subnet(tiny_supernet.architecture)
    arrays = apply(copy, IDEAL)
    assert measure(copy, shapes, arrays=arrays) == measure(tiny_supernet, shapes)


@pytest.mark.parametrize(
    "settings",
    [
        {"output_sigma": 0.3},
        {"write_noise": 0.2, "per_column": 0.5},
        {"activation_bits": 2},
        {"weight_bits": 2},
        {"stuck_low": 0.2, "stuck_high": 0.05},
        {"drift": 0.2, "drift_spread": 0.5},
    ],
)
def test_each_kind_changes_the_answer_and_repeats_with_the_seed(tiny_supernet, shapes, settings):
    first = scored(tiny_supernet, shapes, **settings)
    assert first == scored(tiny_supernet, shapes, **settings)
    assert first != measure(tiny_supernet, shapes)
    if NonIdeal(**settings).random:
        assert first != scored(tiny_supernet, shapes, seed=1, **settings)


def test_neither_output_errors_nor_ranges_depend_on_the_batch(tiny_supernet, shapes):
    for settings in ({"output_sigma": 0.3}, {"activation_bits": 3}):
        scores = [scored(tiny_supernet, shapes, batch=b, **settings) for b in (4, 16)]
        assert scores[0] == scores[1]
