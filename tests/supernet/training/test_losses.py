import math

import pytest
import torch

from cmn_core.supernet.training.losses import (
    against_labels,
    class_weights,
    divergence,
    imbalance,
    missing_overlap,
)


def test_class_weights_by_hand():
    # shares 0.9 and 0.1 at power 1: 1/0.9 and 1/0.1, scaled so that the pixel mean is 1
    assert torch.allclose(class_weights((0.9, 0.1), 1.0), torch.tensor([0.5556, 5.0]), atol=1e-3)
    assert torch.allclose(class_weights((0.9, 0.1), 0.0), torch.ones(2))


def test_divergence_by_hand():
    student = torch.zeros(1, 2, 1, 3)  # half, half
    teacher = torch.zeros(1, 2, 1, 3)
    teacher[0, 0, 0, 0] = math.log(3.0)  # three quarters, one quarter
    teacher[0, 0, 0, 2] = 50.0  # not labelled
    labelled = torch.tensor([[[True, True, False]]])
    one = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert divergence(student, teacher, labelled, 1.0).item() == pytest.approx(one / 2)
    warm = torch.zeros(1, 2, 1, 3)
    warm[0, 0, 0, 0] = 2.0 * math.log(3.0)  # the same at a temperature of 2, weighed by its square
    assert divergence(student, warm, labelled, 2.0).item() == pytest.approx(4.0 * one / 2)
    assert divergence(teacher, teacher, labelled, 1.0).item() == pytest.approx(0.0, abs=1e-7)
    assert divergence(student, teacher, labelled & False, 1.0).item() == 0.0


def test_labels_are_compared_at_their_own_resolution():
    """One class everywhere, logits 1 above the other: -log(e / (e + 1)), unlabelled left out."""
    logits = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 2, 2)
    labels = torch.zeros(1, 8, 8, dtype=torch.long)
    labels[0, :4] = 255
    found = against_labels(logits, labels, torch.ones(2), 255)
    assert found.item() == pytest.approx(math.log(1.0 + math.exp(-1.0)))


def test_imbalance_by_hand():
    """Two experts. Alike: 2 x (1/4 + 1/4) - 1 = 0; all tokens on one with a softmax of 3/4:
    2 x 3/4 - 1 = 1/2; the mean of both layers: 1/4. Only the softmax has a gradient, and it says to
    favour the expert that has no tokens."""
    even, one = torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0])
    likely = torch.tensor([0.75, 0.25], requires_grad=True)
    assert imbalance([even], [even]).item() == 0.0
    found = imbalance([one, even], [likely, even])
    assert found.item() == 0.25
    found.backward()
    assert likely.grad is not None and likely.grad.tolist() == [1.0, 0.0]


def test_missing_overlap_by_hand():
    """Four pixels, one of them unlabelled. The first class has two, with probabilities of 3/4 and
    1/4: (3/4 + 1/4) / (5/4 + 2 - 1); the second has one: (3/4) / (7/4 + 1 - 3/4); the third class
    is nowhere and does not count."""
    likely = math.log(3.0)
    logits = torch.full((1, 3, 1, 4), -50.0)
    logits[0, 0, 0] = torch.tensor([likely, 0.0, 0.0, 9.0])
    logits[0, 1, 0] = torch.tensor([0.0, likely, likely, 0.0])
    labels = torch.tensor([[[0, 0, 1, 255]]])
    first, second = 1.0 / (1.25 + 2 - 1.0), 0.75 / (1.75 + 1 - 0.75)
    found = missing_overlap(logits, labels, 255)
    assert found.item() == pytest.approx(1.0 - (first + second) / 2)
    plain = against_labels(logits, labels, torch.ones(3), 255)
    both = against_labels(logits, labels, torch.ones(3), 255, overlap=2.0)
    assert both.item() == pytest.approx(plain.item() + 2.0 * found.item())
    assert missing_overlap(logits, labels * 0 + 255, 255).item() == 1.0  # nothing to overlap with
