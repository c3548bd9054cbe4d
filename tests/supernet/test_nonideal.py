import pytest
import torch

from cmn_core.supernet.evaluation import measure
from cmn_core.supernet.nonideal import NoisyArrays, in_arrays, matrices, quantise, quantised


def test_rounding_by_hand():
    weight = torch.tensor([[0.7, -0.3, 0.1], [2.0, 1.0, -2.0]])
    # 3 bits: levels -3..3; scales 0.7 / 3 and 2 / 3
    expected = torch.tensor([[0.7, -0.7 / 3, 0.0], [2.0, 4 / 3, -2.0]])
    assert torch.allclose(quantised(weight, 3, 1), expected)
    assert torch.allclose(quantised(weight, 1, 1)[0], torch.tensor([1.1, -1.1, 1.1]) / 3)


@pytest.mark.parametrize("bits", [2, 4, 8, 16])
def test_quantise_gives_at_most_that_many_levels_per_channel(supernet, bits):
    before = {n: w.detach().clone() for n, w in matrices(supernet)}
    quantise(supernet, bits)
    for name, weight in matrices(supernet):
        channel = weight[0, :, 0] if name.endswith(".w2") else weight.flatten(1)[0]
        if name.endswith(".w1"):
            channel = weight[0, 0]
        assert len(torch.unique(channel)) <= 2**bits
        limit = before[name].abs().max() / (2 ** (bits - 1) - 1) / 2
        assert (weight - before[name]).abs().max() <= limit * 1.001 + 1e-6


def test_noise_has_the_stated_size_and_spares_digital_units(supernet):
    before = {n: w.detach().clone() for n, w in matrices(supernet)}
    NoisyArrays(supernet, write_noise=0.05, read_noise=0.0, seed=0)
    name = "blocks.3.0.ffn.w1"
    after = dict(matrices(supernet))
    error = (after[name] - before[name]) / before[name].abs().max()
    assert error.std().item() == pytest.approx(0.05, rel=0.05)
    assert abs(error.mean().item()) < 0.005
    for digital in (n for n in before if not in_arrays(n)):
        assert torch.equal(after[digital], before[digital])


def test_read_noise_changes_between_reads_and_repeats_with_the_seed(supernet):
    name = "blocks.0.0.ffn.w1"

    def reads(seed: int) -> list[torch.Tensor]:
        copy = supernet.subnet(supernet.architecture)
        arrays = NoisyArrays(copy, write_noise=0.0, read_noise=0.1, seed=seed)
        out = []
        for _ in range(2):
            arrays.read()
            out.append(dict(matrices(copy))[name].detach().clone())
        return out

    first, second = reads(1)
    assert not torch.equal(first, second)
    assert torch.equal(first, reads(1)[0])
    assert not torch.equal(first, reads(2)[0])


def test_no_noise_changes_nothing(supernet, shapes):
    clean = measure(supernet, shapes).miou
    arrays = NoisyArrays(supernet, write_noise=0.0, read_noise=0.0, seed=0)
    assert measure(supernet, shapes, arrays=arrays).miou == clean


def test_read_noise_does_not_depend_on_the_batch(supernet, shapes):
    """Every image is read anew, so cutting the set into other batches changes nothing."""
    scores = []
    for batch in (4, 16):
        copy = supernet.subnet(supernet.architecture)
        arrays = NoisyArrays(copy, write_noise=0.0, read_noise=0.2, seed=3)
        scores.append(measure(copy, shapes, batch=batch, arrays=arrays).miou)
    assert scores[0] == scores[1] != measure(supernet, shapes).miou


def test_programming_and_reading_draw_apart(supernet):
    written, read = (supernet.subnet(supernet.architecture) for _ in range(2))
    NoisyArrays(written, write_noise=0.1, read_noise=0.0, seed=1)
    NoisyArrays(read, write_noise=0.0, read_noise=0.1, seed=1).read()
    name = "blocks.0.0.ffn.w1"
    assert not torch.equal(dict(matrices(written))[name], dict(matrices(read))[name])
