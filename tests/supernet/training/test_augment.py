"""Random views: labels move with their pixels, seeds repeat, pasted classes are whole."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from cmn_core.supernet.training.augment import Augmentation

PLAIN = Augmentation(crop=(30, 40), colour=0.0, grey=0.0)
COLOURS = torch.tensor([[0.1, 0.5, 0.9], [0.8, 0.2, 0.4], [0.3, 0.9, 0.2]])


def generator(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def painted(labels: Tensor) -> Tensor:
    """[B, h, w] -> [B, 3, h, w]: each class in a colour of its own."""
    return COLOURS[labels.clamp(max=2)].permute(0, 3, 1, 2)


@pytest.fixture
def labels() -> Tensor:
    """Halves of classes 0 and 1, and in the even frames a square of class 2."""
    marks = torch.zeros(16, 40, 56, dtype=torch.long)
    marks[:, :, 28:] = 1
    marks[::2, 8:30, 8:34] = 2
    return marks


def mismatched(images: Tensor, marks: Tensor) -> float:
    """Share of the labelled pixels that do not bear the colour of their class: at edges, where
    colours of two classes mix, a few may."""
    seen = marks != 255
    wrong = (images - painted(marks)).abs().amax(1) > 0.02
    return float((wrong & seen).sum() / seen.sum())


def test_labels_move_with_their_pixels(labels):
    images, marks = PLAIN(painted(labels), labels, generator())
    assert images.shape == (16, 3, 30, 40) and marks.shape == (16, 30, 40)
    assert mismatched(images, marks) < 0.12
    assert {0, 1, 2} <= set(marks.unique().tolist()) <= {0, 1, 2, 255}
    # What lies outside of the frame is black and unlabelled.
    assert (marks == 255)[(images < 1e-6).all(1)].all()
    assert not torch.equal(images[0], images[2])  # each frame by its own numbers


def test_unlabelled_stays_unlabelled(labels):
    labels[:, :, :34] = 255
    _, marks = PLAIN(painted(labels), labels, generator())
    assert set(marks.unique().tolist()) == {1, 255}


def test_a_seed_repeats(labels):
    whole = Augmentation(crop=(30, 40), paste=0.5)
    first, again = (whole(painted(labels), labels, generator(5)) for _ in range(2))
    other = whole(painted(labels), labels, generator(6))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_recolouring_leaves_labels_alone(labels):
    strong = Augmentation(crop=(30, 40), colour=0.6)
    images, marks = strong(painted(labels), labels, generator())
    plain, same = PLAIN(painted(labels), labels, generator())
    assert torch.equal(marks, same) and not torch.equal(images, plain)
    assert images.min().item() >= 0.0 and images.max().item() <= 1.0


def test_pasted_classes_come_whole_with_their_labels(labels):
    before, marks = PLAIN(painted(labels), labels, generator())
    images, after = Augmentation(crop=(30, 40), colour=0.0, grey=0.0, paste=1.0)(
        painted(labels), labels, generator()
    )
    changed = (images != before).any(1) | (after != marks)
    assert 0.05 < changed.float().mean() < 0.8
    assert mismatched(images, after) < 0.12
    for i in range(len(labels)):
        # All that is new in a view comes from one other view, and whole classes of it.
        fits = []
        for j in range(len(labels)):
            same = (after[i] == marks[j]) & (images[i] == before[j]).all(0)
            taken = {c for c in (0, 1, 2) if bool(same[marks[j] == c].all())}
            pasted = sum((marks[j] == c for c in taken), torch.zeros_like(same))
            fits.append(bool((pasted.bool() | ~changed[i]).all()))
        assert any(fits), i


def test_nothing_unlabelled_is_pasted(labels):
    labels[1::2] = 255
    _, marks = PLAIN(painted(labels), labels, generator())
    _, after = Augmentation(crop=(30, 40), colour=0.0, grey=0.0, paste=1.0)(
        painted(labels), labels, generator()
    )
    assert bool(((after == 255) <= (marks == 255)).all())
