"""Rounded for the length of a step: what is seen, what learns, what is kept."""

from dataclasses import replace

import pytest
import torch

from cmn_core.architecture import Architecture
from cmn_core.errors import FieldError
from cmn_core.supernet.measure.activation_ranges import calibrate
from cmn_core.supernet.nonideal.quantise import Range, matrices
from cmn_core.supernet.training.distillation import DistillationRecipe, Distiller, score
from cmn_core.supernet.training.quantisation_aware import RoundedNetwork

SMALL = Architecture((1, 2, 2, 1), (16, 24, 32, 40))
LESSON = DistillationRecipe(
    epochs=6, batch=8, rate=3e-3, bf16=False, share=0.0, weight_bits=3, activation_bits=4
)


def levels(weight: torch.Tensor) -> int:
    """Most values that a row of a matrix takes."""
    return max(len(row.unique()) for row in weight.flatten(1))


@pytest.fixture
def rounded(tiny_supernet, shapes):
    student = tiny_supernet.subnet(SMALL)
    ranges = calibrate(student, shapes.images[:8], shapes.info, 4)
    return RoundedNetwork(student, (3, 4), ranges)


def test_weights_are_rounded_for_a_step_and_come_back(rounded):
    before = {n: w.detach().clone() for n, w in matrices(rounded.model)}
    rounded.round()
    named = dict(matrices(rounded.model))
    assert all(levels(named[f"patch.{b}.weight"].detach()) <= 7 for b in range(4))
    rounded.round()  # from what was meant, not from what is rounded
    rounded.erase()
    for name, weight in matrices(rounded.model):
        assert torch.equal(weight, before[name])


def test_what_is_seen_is_what_quantise_makes(rounded, shapes):
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    fixed, _ = rounded.rounded(rounded.model)
    rounded.round()
    rounded.seen.eval()
    with torch.no_grad():
        assert torch.equal(rounded.seen(images), fixed(images))


def test_gradients_reach_the_weights_that_are_meant(rounded):
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    rounded.round()
    rounded.seen.train()
    rounded.seen(images).square().sum().backward()
    rounded.erase()
    for name, weight in matrices(rounded.model):
        if ".router" not in name:
            assert weight.grad is not None and weight.grad.abs().sum() > 0.0, name


def test_a_rounded_activation_passes_its_gradient_within_its_range():
    x = torch.tensor([-2.0, -0.4, 0.6, 5.0], requires_grad=True)
    found = Range(-1.0, 2.0)
    assert torch.equal(found.straight(x, 2), found.round(x.detach(), 2))
    found.straight(x, 2).sum().backward()
    assert x.grad.tolist() == [0.0, 1.0, 1.0, 0.0]


def test_a_trained_network_learns_to_be_rounded(tiny_supernet, shapes, tmp_path):
    """After training, a few rounded steps are worth more than as many in floating point."""
    few = replace(LESSON, epochs=8, weight_bits=2, activation_bits=3)
    plain = replace(few, weight_bits=None, activation_bits=None)
    first = Distiller(plain, tiny_supernet.subnet(SMALL), None, shapes, tmp_path / "first")
    list(first.epochs())
    found = []
    for name, lesson in (("rounded", few), ("plain", plain)):
        start = first.average.subnet(SMALL)
        made = Distiller(lesson, start, None, shapes, tmp_path / name)
        list(made.epochs())
        found.append(score(made.average, shapes, shapes, few))
    assert found[0] > found[1] + 1.0


def test_interrupted_equals_uninterrupted(tiny_supernet, shapes, tmp_path):
    def begun(name):
        return Distiller(LESSON, tiny_supernet.subnet(SMALL), None, shapes, tmp_path / name)

    whole = begun("a")
    losses = [lap.loss for lap in whole.epochs()]
    parts = begun("b").epochs()
    first = [next(parts).loss for _ in range(5)]
    again = begun("b")
    assert first + [lap.loss for lap in again.epochs(shapes)] == losses
    assert again.score(shapes) == whole.score(shapes)
    for a, b in zip(whole.average.parameters(), again.average.parameters(), strict=True):
        assert torch.equal(a, b)


def test_bits_of_weights_alone_are_refused(tiny_supernet, shapes, tmp_path):
    lesson = replace(LESSON, activation_bits=None)
    with pytest.raises(FieldError, match="both are expected"):
        Distiller(lesson, tiny_supernet.subnet(SMALL), None, shapes, tmp_path)
