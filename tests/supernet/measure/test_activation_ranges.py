import pytest
import torch

from cmn_core.architecture import Architecture
from cmn_core.supernet.measure.activation_ranges import METHODS, calibrate, post_training
from cmn_core.supernet.measure.miou import measure

SMALL = Architecture((2, 2, 2, 2), (16, 24, 32, 40))


@pytest.mark.parametrize("method", METHODS)
def test_ranges_hold_zero_and_cover_every_product(tiny_supernet, shapes, method):
    model = tiny_supernet.subnet(SMALL)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    ranges = calibrate(model, shapes.images[:4], shapes.info, 4, method=method)
    assert {"patch.0", "blocks.3.1.ffn.w2", "decoder.classify"} <= set(ranges)
    assert all(r.low <= 0.0 <= r.high and r.low < r.high for r in ranges.values())
    after = model.state_dict()
    assert all(torch.equal(after[k], v) for k, v in before.items())


def test_methods_clip_more_and_less(tiny_supernet, shapes):
    model = tiny_supernet.subnet(SMALL)
    width = {}
    for method in METHODS:
        found = calibrate(model, shapes.images[:4], shapes.info, 3, method=method)
        width[method] = sum(r.high - r.low for r in found.values())
    assert width["error"] < width["full"] and width["percentile"] < width["full"]


def test_fewer_bits_are_further_from_the_network(tiny_supernet, shapes):
    model = tiny_supernet.subnet(SMALL)
    before = measure(model, shapes)
    found = post_training(model, shapes, shapes.images[:4], [(16, 16), (8, 8), (2, 2)])
    assert [(q.weight_bits, q.activation_bits) for q in found] == [(16, 16), (8, 8), (2, 2)]
    assert all(q.before == before for q in found)
    assert found[0].after.miou == pytest.approx(before.miou, abs=0.1)
    loss = [abs(q.after.pixel_accuracy - before.pixel_accuracy) for q in found]
    assert loss[0] <= loss[1] + 0.1 and loss[1] < loss[2]
    assert measure(model, shapes) == before, "the network stays as it is"
