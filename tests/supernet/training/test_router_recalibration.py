import pytest
import torch

from cmn_core.architecture import Architecture
from cmn_core.nonideal import NonIdeal
from cmn_core.supernet.nonideal.apply import apply
from cmn_core.supernet.training.router_recalibration import recalibrate, won_back

SOME = Architecture((3, 1, 5, 2), (20, 30, 40, 50))


def parts(network) -> dict[str, torch.Tensor]:
    return {n: p.detach().clone() for n, p in network.named_parameters()}


def test_routers_alone_are_trained_and_come_closer(supernet, shapes):
    """Experts that are written wrongly: expert 1 answers noise, the routers learn to pass it by."""
    exact, noisy = supernet.subnet(SOME), supernet.subnet(SOME)
    with torch.no_grad():
        for network in (exact, noisy):
            network.decoder.classify.weight.mul_(30.0)  # classes that differ
        for layer in (noisy.blocks[0][0], noisy.blocks[2][0]):
            layer.ffn.w2[0].add_(3.0 * torch.randn(layer.ffn.w2[0].shape))
    before = parts(noisy)
    started, ended = recalibrate(noisy, exact, shapes.images, shapes.info)
    assert ended < 0.9 * started
    changed = {n for n, p in parts(noisy).items() if not torch.equal(p, before[n])}
    assert changed and all(".ffn.router" in name for name in changed)
    assert not any(name.startswith("blocks.1.") for name in changed)  # one expert: no router
    assert not any(p.requires_grad for p in noisy.parameters())


def test_a_network_without_routers_stays(supernet, shapes):
    plain = Architecture((1, 1, 1, 1), (20, 30, 40, 50))
    exact, noisy = supernet.subnet(plain), supernet.subnet(plain)
    apply(noisy, NonIdeal(write_noise=0.1), seed=0)
    before = parts(noisy)
    started, ended = recalibrate(noisy, exact, shapes.images, shapes.info)
    assert started == ended > 0.0
    assert all(torch.equal(p, before[n]) for n, p in parts(noisy).items())


def test_every_noise_of_every_network_is_told(supernet, shapes):
    rows = list(won_back(supernet, [SOME], shapes, shapes.images, sigmas=(0.0, 0.2), seeds=2))
    assert [(row.sigma, row.seed) for row in rows] == [(0.0, 0), (0.0, 1), (0.2, 0), (0.2, 1)]
    assert len({row.exact for row in rows}) == 1
    for row in rows[:2]:  # nothing was wrong, so nothing is to be learnt
        assert row.noisy == row.exact
        assert row.recalibrated == pytest.approx(row.exact, abs=0.5)
