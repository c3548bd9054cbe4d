from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from cmn_core.errors import FieldError
from cmn_core.models.assigning.steps import ChipStep, most_steps, searched_hardware, steps
from cmn_core.models.assigning.task import HardwareTask
from cmn_core.models.layers import Model

TASK = HardwareTask(max_area_mm2=60.0)


def without_times(answer: Any) -> dict[str, Any]:
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in answer["history"]]
    return {**answer, "history": rows, "seconds": None}


def test_a_search_that_was_cut_off_after_any_step_ends_as_any_other(networks: list[Model]) -> None:
    """Each step comes back from the text that a store keeps."""
    through = list(steps(TASK, networks))
    assert len(through) <= most_steps(TASK, 2)
    assert [step.index for step in through] == list(range(1, len(through) + 1))
    for cut in through[:-1]:
        text = json.dumps(cut.to_json(), allow_nan=False)
        rest = list(steps(TASK, networks, ChipStep.from_json(json.loads(text))))
        assert [step.index for step in rest] == [step.index for step in through[cut.index :]]
        assert without_times(rest[-1].answer) == without_times(through[-1].answer)
    assert list(steps(TASK, networks, through[-1])) == []


def test_one_chip_for_two_and_what_each_costs_there(networks: list[Model]) -> None:
    answer = searched_hardware(TASK, networks)
    assert answer["feasible"] and answer["proven"]
    assert answer["best"]["area_mm2"] <= 60.0
    assert set(answer["best"]["hardware"]["blocks"]) == {"1: body", "2: body"}
    for name in ("energy_uj", "latency_us"):
        shared = sum(row[name] for row in answer["networks"])
        assert shared == pytest.approx(answer["best"][name], rel=1e-9)
        assert answer["sharing"][name]["shared"] == pytest.approx(shared / 2, rel=1e-12)
    alone = sum(row["alone"]["energy_uj"] for row in answer["networks"])
    assert alone <= answer["best"]["energy_uj"] * (1 + 1e-9)
    assert answer["sharing"]["energy_uj"]["alone"] == pytest.approx(alone / 2, rel=1e-12)
    costs = [row["energy_uj"] for row in answer["larger_die"]]
    assert costs == sorted(costs, reverse=True)
    assert all(row["proven"] is True for row in answer["larger_die"])
    reached = [row["energy_uj"] for row in answer["history"] if row["energy_uj"] is not None]
    assert reached == sorted(reached, reverse=True)


def test_groups_add_up_and_say_where_their_time_goes(networks: list[Model]) -> None:
    answer = searched_hardware(TASK, networks)
    for name in ("energy_uj", "latency_us", "area_mm2"):
        whole = sum(row[name] for row in answer["groups"])
        assert whole == pytest.approx(answer["best"][name], rel=1e-9)
    for row in answer["groups"]:
        spent = row["arrays_us"] + row["outside_us"]
        assert spent == pytest.approx(row["latency_us"], rel=1e-12)
        assert 0.0 < row["largest_share"] <= 1.0


def test_a_memory_that_is_not_known_at_the_node_is_refused() -> None:
    """That is no limit which could be widened."""
    with pytest.raises(FieldError, match=r"^workload\.node_nm: found 7 beside RRAM"):
        HardwareTask.from_json({"conditions": {"node_nm": 7.0}})


def test_what_cannot_be_built_says_what_can(networks: list[Model]) -> None:
    narrow = replace(TASK, memory="sram", objective="latency", max_area_mm2=0.1)
    answer = searched_hardware(narrow, networks[:1])
    assert (answer["feasible"], answer["best"], answer["networks"]) == (False, None, [])
    assert "the smallest has" in answer["why_not"]


def test_a_step_of_another_version_is_refused(networks: list[Model]) -> None:
    first = next(iter(steps(TASK, networks))).to_json()
    other = {**first, "state": {**first["state"], "version": "0, none"}}
    with pytest.raises(FieldError, match=r"^state: found version 0, none"):
        ChipStep.from_json(other)
