from __future__ import annotations

import pytest

from cmn_core.classroom.facts import facts
from cmn_core.classroom.tasks import NAMES, task


@pytest.mark.parametrize("name", NAMES)
def test_a_task_is_solved_and_explained(name: str) -> None:
    found = task(name)
    assert 0 <= found.right < len(found.options)
    assert found.because and found.found
    origins = ("sim.", "pred.", "meas.")
    assert all(label.endswith(origins) for label, _, _ in found.found)


def test_fewer_adc_bits_are_cheap_and_blind() -> None:
    found = task("adc")
    energy, _, error, miou = ([float(v.replace(",", "")) for v in row[1:]] for row in found.found)
    assert energy[1] < energy[0] and error[1] > error[0] and miou[1] < miou[0]
    assert found.right == 1


def test_area_follows_weights() -> None:
    found = task("expert")
    area = [float(v) for v in found.found[0][1:]]
    assert found.right == (1 if area[1] > area[0] else 0)
    assert area[1] > 5 * area[0]  # 2 x 256 x 513 weights and 2 x 32 x 65, in whole arrays


def test_facts_are_texts() -> None:
    assert all(isinstance(v, str) and v for v in facts().values())
