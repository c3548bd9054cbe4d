from __future__ import annotations

import json
from typing import Any

import pytest

from cmn_core.errors import FieldError
from cmn_core.models.assigning.steps import settings
from cmn_core.models.assigning.task import HardwareTask
from cmn_core.models.layers import Model


def test_a_task_comes_back_from_its_json(networks: list[Model]) -> None:
    task = HardwareTask.from_json(
        {
            "scenario": "edap",
            "memory": "sram",
            "max_area_mm2": None,
            "weights": [3.0, 1.0],
            "conditions": {"node_nm": 22.0, "images_per_second": 30.0},
        }
    )
    text = json.dumps(settings(task, networks), allow_nan=False)
    assert HardwareTask.from_json(json.loads(text)) == task
    assert task.limits.latency_us == 1e6 / 30.0
    assert json.loads(text)["models"] == ["test", "test"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"memory": "dram"}, "memory: found 'dram'"),
        ({"scenario": "miou"}, "objective: found 'miou'"),
        ({"max_area_mm2": 0.0}, "max_area_mm2: found 0"),
        ({"max_latency_us": float("nan")}, "max_latency_us: found"),
        ({"weights": [1.0, 0.0]}, "weight: found 0"),
        ({"weights": [1.0, -2.0]}, "weight: found -2"),
        ({"max_area": 3.0}, "max_area: "),
        ({"conditions": {"image": [3, 3]}}, "conditions.image: "),
    ],
)
def test_what_cannot_be_searched_for_is_one_sentence(given: dict[str, Any], said: str) -> None:
    with pytest.raises(FieldError) as refusal:
        HardwareTask.from_json(given)
    assert str(refusal.value).startswith(said)


def test_weights_are_one_for_each_network(networks: list[Model]) -> None:
    with pytest.raises(FieldError, match=r"^weight: found 3 for 2 networks"):
        HardwareTask(weights=(1.0, 2.0, 3.0)).problem(networks)
    with pytest.raises(FieldError, match=r"^model: found 0"):
        HardwareTask().problem([])
