import numpy as np
import pytest

from cmn_core.supernet.measure.miou import confusion, measure, score


def test_miou_by_hand_on_four_by_four():
    labels = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 255, 255], [2, 2, 255, 255]], np.uint8)
    predicted = np.array([[0, 0, 1, 0], [0, 1, 1, 1], [2, 2, 0, 1], [2, 0, 3, 3]], np.int64)
    # class 0: hit 3, labelled 4, predicted 5 -> 3 / 6; class 1: 3 / (4 + 4 - 3); class 2: 3 / 4;
    # class 3 occurs in neither the labelled pixels nor their predictions, so it does not count
    result = score(confusion(predicted, labels, 4))
    assert result.miou == pytest.approx(100 * (3 / 6 + 3 / 5 + 3 / 4) / 3)
    assert result.pixel_accuracy == pytest.approx(100 * 9 / 12)
    assert np.isnan(result.per_class[3])


def test_a_class_that_is_only_predicted_counts_as_zero():
    labels = np.array([[0, 0]], np.uint8)
    result = score(confusion(np.array([[0, 1]], np.int64), labels, 3))
    assert result.miou == pytest.approx(100 * (1 / 2 + 0) / 2)


def test_measure_does_not_depend_on_batch_or_mode(supernet, shapes):
    small = measure(supernet, shapes, batch=5)
    supernet.train()
    assert measure(supernet, shapes, batch=24).miou == pytest.approx(small.miou, abs=1e-6)
    assert supernet.training
