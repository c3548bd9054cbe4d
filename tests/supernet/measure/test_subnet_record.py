from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from cmn_core.architecture import Architecture
from cmn_core.supernet.measure.miou import as_tensor, measure, normalise
from cmn_core.supernet.measure.subnet_record import census

SOME = Architecture((3, 1, 5, 2), (20, 30, 40, 50))


def test_score_is_that_of_measure_and_loss_that_of_one_batch(supernet, shapes):
    model = supernet.subnet(SOME)
    found = census(model, shapes, batch=7)
    alone = measure(model, shapes, batch=7)
    assert found.score.miou == alone.miou
    assert found.score.per_class == pytest.approx(alone.per_class, nan_ok=True)
    with torch.inference_mode():
        logits = model.eval()(normalise(as_tensor(shapes.images), shapes.info))
        full = F.interpolate(logits, shapes.images.shape[1:3], mode="bilinear")
        labels = torch.from_numpy(shapes.labels).long()
        labels = torch.where(labels < model.classes, labels, -100)
        assert found.loss == pytest.approx(float(F.cross_entropy(full, labels)), rel=1e-4)


def test_routing_counts_first_choices(supernet, shapes):
    model = supernet.subnet(SOME)
    found = census(model, shapes)
    assert [len(b) for b in found.routing] == [3, 1, 5, 2]
    for block in found.routing:
        assert sum(block) == pytest.approx(1.0)
    assert found.routing[1] == (1.0,)
    for shares, experts in zip(found.busiest, SOME.experts, strict=True):
        assert len(shares) == experts
        assert shares[-1] == 1.0  # with every expert chosen, each gets every token
        assert all(a <= b for a, b in pairwise(shares))
        # k choices over E experts: the busiest gets at least the mean
        assert all(s >= (k + 1) / experts - 1e-12 for k, s in enumerate(shares))
    assert not any(m._forward_pre_hooks for m in model.modules())


def test_a_router_that_knows_one_expert_sends_everything_there(supernet, shapes):
    model = supernet.subnet(SOME)
    with torch.no_grad():
        for layer in model.blocks[2]:
            layer.ffn.router.zero_()
            layer.ffn.router_bias.copy_(torch.tensor([0.0, 0.0, 9.0, 1.0, 0.0]))
    found = census(model, shapes)
    assert found.routing[2] == (0.0, 0.0, 1.0, 0.0, 0.0)
    assert found.busiest[2] == (1.0,) * 5
    assert np.isfinite(found.loss)


def test_loads_are_those_of_the_routing_it_ran_with(supernet, shapes):
    model = supernet.subnet(SOME)
    dense = census(model, shapes)
    assert dense.loads == tuple((1.0,) * e for e in SOME.experts)
    kept = (1, 1, 2, 1)
    found = census(model, shapes, top_k=kept)
    assert found.score.miou == measure(model, shapes, top_k=kept).miou
    for loads, first, k, e in zip(found.loads, found.routing, kept, SOME.experts, strict=True):
        assert sum(loads) == pytest.approx(min(k, e))
        assert loads == first or k > 1
