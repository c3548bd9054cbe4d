import pytest
import torch

from cmn_core.supernet.measure.teacher_miou import ENLARGED, best_factor, measure_teacher
from cmn_core.supernet.network.teacher import Teacher, reset


@pytest.fixture(scope="module")
def disc() -> Teacher:
    """Calls every pixel a disc."""
    teacher = Teacher(3, width=16).eval()
    with torch.no_grad():
        teacher.classify.weight.zero_()
        teacher.classify.bias.copy_(torch.tensor([0.0, 0.0, 9.0]))
    return teacher


def test_one_answer_for_all_by_hand(disc, shapes):
    """Disc: hits over all labelled pixels; the two other classes: 0."""
    known = shapes.labels != 255
    share = (shapes.labels == 2).sum() / known.sum()
    found = measure_teacher(disc, shapes, factor=1.5, batch=5)
    assert found.miou == pytest.approx(100 * share / 3)
    assert found.pixel_accuracy == pytest.approx(100 * share)


def test_the_best_size_is_taken_and_the_first_of_equals(disc, shapes):
    assert best_factor(disc, shapes)[0] == ENLARGED[0]
    other = reset(Teacher(3, width=16), torch.Generator().manual_seed(0))
    factor, scores = best_factor(other, shapes)
    assert list(scores) == [str(f) for f in ENLARGED]
    assert scores[str(factor)] == max(scores.values())
    assert other.training  # as it was given
