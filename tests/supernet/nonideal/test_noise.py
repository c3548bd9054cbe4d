import pytest
import torch

from cmn_core.nonideal import IDEAL, NonIdeal
from cmn_core.supernet.measure.miou import measure
from cmn_core.supernet.nonideal.noise import NoisyArrays, PassingNoise, block_of
from cmn_core.supernet.nonideal.quantise import in_arrays, matrices

NAME = "blocks.3.0.ffn.w1"


def weights(model):
    return {n: w.detach().clone() for n, w in matrices(model)}


def changed(supernet, **settings):
    """Weights of a copy of the supernet with those imperfections, by name."""
    copy = supernet.subnet(supernet.architecture)
    NoisyArrays(copy, NonIdeal(**settings), seed=0)
    return weights(copy)


def test_noise_has_the_stated_size_and_spares_digital_units(supernet):
    before, after = weights(supernet), changed(supernet, write_noise=0.05)
    error = (after[NAME] - before[NAME]) / before[NAME].abs().max()
    assert error.std().item() == pytest.approx(0.05, rel=0.05)
    assert abs(error.mean().item()) < 0.005
    for digital in (n for n in before if not in_arrays(n)):
        assert torch.equal(after[digital], before[digital])


def test_noise_goes_by_blocks(supernet):
    before = weights(supernet)
    after = changed(supernet, write_noise=0.05, per_block=(0.0, 1.0, 2.0, 0.0))
    for name in (n for n in before if in_arrays(n)):
        touched = block_of(name) in (1, 2)
        assert torch.equal(after[name], before[name]) != touched, name
    errors = {
        b: ((after[n] - before[n]) / before[n].abs().max()).std().item()
        for b, n in ((1, "blocks.1.0.ffn.w1"), (2, "blocks.2.0.ffn.w1"))
    }
    assert errors[2] / errors[1] == pytest.approx(2.0, rel=0.1)


def test_where_a_layer_lies():
    where = {"patch.2.weight": 2, "blocks.3.0.ffn.w1": 3, "decoder.lift.1.weight": 1}
    where |= {"decoder.fuse.weight": 0, "decoder.classify.weight": 0}
    assert {n: block_of(n) for n in where} == where


@pytest.mark.parametrize("name", ["blocks.3.0.ffn.w1", "blocks.3.0.ffn.w2"])
def test_columns_differ_at_the_same_power(supernet, name):
    before, after = weights(supernet), changed(supernet, write_noise=0.05, per_column=0.5)
    error = (after[name] - before[name]) / before[name].abs().max()
    assert error.square().mean().sqrt().item() == pytest.approx(0.05, rel=0.25)
    rows = 1 if name.endswith("2") else 2
    spread = error.std(rows).flatten().log().std().item()
    assert spread == pytest.approx(0.5, rel=0.25)
    even = changed(supernet, write_noise=0.05)[name] - before[name]
    assert even.std(rows).flatten().log().std().item() < 0.25


def test_stuck_cells(supernet):
    before = weights(supernet)[NAME]
    full = before.abs().max()
    low = changed(supernet, stuck_low=0.25)[NAME]
    assert ((low == before) | (low == 0.0)).all()
    # one of a weight's two cells is at zero anyway, so only the other counts
    assert (low == 0.0).float().mean().item() == pytest.approx(0.25, abs=0.02)
    high = changed(supernet, stuck_high=0.1)[NAME]
    assert (high != before).float().mean().item() == pytest.approx(1 - 0.9**2, abs=0.03)
    assert high.abs().max() <= full
    every = changed(supernet, stuck_high=1.0)[NAME]
    assert (every == 0.0).all(), "two full cells cancel"


def test_drift_is_a_power_law(supernet):
    before = weights(supernet)[NAME]
    after = changed(supernet, drift=0.05, drift_s=1e4)[NAME]
    assert torch.allclose(after, before * 1e4**-0.05, rtol=1e-5)
    uneven = changed(supernet, drift=0.05, drift_s=1e4, drift_spread=0.3)[NAME]
    exponent = -torch.log(uneven / before) / torch.log(torch.tensor(1e4))
    assert exponent.nanmean().item() == pytest.approx(0.05, rel=0.05)
    assert exponent.std().item() == pytest.approx(0.015, rel=0.1)
    assert torch.equal(changed(supernet, drift=0.05, drift_s=1.0)[NAME], before)


def test_read_noise_changes_between_reads_and_repeats_with_the_seed(supernet):
    def reads(seed: int) -> list[torch.Tensor]:
        copy = supernet.subnet(supernet.architecture)
        arrays = NoisyArrays(copy, NonIdeal(read_noise=0.1), seed=seed)
        out = []
        for _ in range(2):
            arrays.read()
            out.append(weights(copy)[NAME])
        return out

    first, second = reads(1)
    assert not torch.equal(first, second)
    assert torch.equal(first, reads(1)[0])
    assert not torch.equal(first, reads(2)[0])


def test_no_noise_changes_nothing(supernet, shapes):
    clean = measure(supernet, shapes).miou
    arrays = NoisyArrays(supernet, IDEAL, seed=0)
    assert measure(supernet, shapes, arrays=arrays).miou == clean


def test_read_noise_does_not_depend_on_the_batch(supernet, shapes):
    """Every image is read anew, so cutting the set into other batches changes nothing."""
    scores = []
    for batch in (4, 16):
        copy = supernet.subnet(supernet.architecture)
        arrays = NoisyArrays(copy, NonIdeal(read_noise=0.2), seed=3)
        scores.append(measure(copy, shapes, batch=batch, arrays=arrays).miou)
    assert scores[0] == scores[1] != measure(supernet, shapes).miou


def test_programming_and_reading_draw_apart(supernet):
    written, read = (supernet.subnet(supernet.architecture) for _ in range(2))
    NoisyArrays(written, NonIdeal(write_noise=0.1), seed=1)
    NoisyArrays(read, NonIdeal(read_noise=0.1), seed=1).read()
    assert not torch.equal(weights(written)[NAME], weights(read)[NAME])


def test_passing_noise_is_that_of_the_arrays_and_leaves_no_trace(supernet):
    copy = supernet.subnet(supernet.architecture)
    before, passing = weights(copy), PassingNoise(copy)
    rng = torch.Generator().manual_seed(0)
    passing.write(0.05, rng)
    first = weights(copy)
    error = (first[NAME] - before[NAME]) / before[NAME].abs().max()
    assert error.std().item() == pytest.approx(0.05, rel=0.05)
    for digital in (n for n in before if not in_arrays(n)):
        assert torch.equal(first[digital], before[digital])
    passing.write(0.05, rng)  # written over what was meant, not over the first error
    again = (weights(copy)[NAME] - before[NAME]) / before[NAME].abs().max()
    assert again.std().item() == pytest.approx(0.05, rel=0.05)
    assert not torch.equal(weights(copy)[NAME], first[NAME])
    for _ in range(2):
        passing.erase()
        assert all(torch.equal(w, before[n]) for n, w in weights(copy).items())
