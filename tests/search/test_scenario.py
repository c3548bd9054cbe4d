from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.design import MEMORY_CHOICES, Workload
from cmn_core.errors import FieldError
from cmn_core.quantities import GOALS
from cmn_core.search.accuracy import predicted
from cmn_core.search.codesign import default_limits
from cmn_core.search.scenario import Scenario, as_paper

APART = {"memory": "hybrid", "placement": "expert", "workload": {"routing": {"top_k": 1}}}
APART_START = {
    "schema": "cmn.design/1",
    "space": "b0",
    "architecture": {"experts": [2, 1, 1, 1], "hidden": [64] * 4},
    "hardware": {"memory": [["sram", "rram"], "sram", "sram", "sram"]},
}


@given(
    goal=st.sampled_from(list(GOALS)),
    memory=st.sampled_from(MEMORY_CHOICES),
    population=st.integers(2, 1000),
    seed=st.integers(0, 2**53 - 1),
    floor=st.none() | st.floats(0, 100),
    ceiling=st.none() | st.floats(1e-300, 1e300),
)
def test_json_gives_the_same_scenario_back(goal, memory, population, seed, floor, ceiling):
    scenario = Scenario(
        goal=goal,
        memory=memory,
        population=population,
        seed=seed,
        min_miou=floor,
        max_latency_us=ceiling,
        workload=Workload((96, 128), 4, 6),
    )
    assert Scenario.from_json(json.loads(json.dumps(scenario.to_json()))) == scenario


def test_a_memory_for_each_expert_is_asked_for_in_sparse_hybrids():
    apart = Scenario.from_json(APART)
    assert apart.to_json()["placement"] == "expert"
    assert Scenario.from_json(json.loads(json.dumps(apart.to_json()))) == apart
    # Scenarios of before there was a choice are written as before.
    assert "placement" not in Scenario(memory="hybrid").to_json()


def test_json_uses_the_options_of_the_command_line():
    stated = Scenario(goal="energy").to_json()
    assert stated["scenario"] == "energy"
    assert "goal" not in stated


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"scenario": "latancy"}, "scenario", "did you mean 'latency'"),
        ({"memory": "srm"}, "memory", "did you mean 'sram'"),
        ({"space": "b3"}, "space", "b0, b1, b2"),
        ({"dataset": "nyu"}, "dataset", "nyuv2"),
        ({"population": 1}, "population", "found 1; 2 to 1000 is allowed"),
        ({"population": 50.0}, "population", "found 50.0; 2 to 1000 is allowed"),
        ({"population": True}, "population", "found true; 2 to 1000 is allowed"),
        ({"generations": 0}, "generations", "found 0; 1 to 1000 is allowed"),
        ({"particles": 0}, "particles", "1 to 1000"),
        ({"iterations": "50"}, "iterations", "found '50'"),
        ({"seed": -1}, "seed", "found -1"),
        ({"patience": 0}, "patience", "1 to 1000"),
        ({"placement": "layer"}, "placement", "allowed are block, expert"),
        ({"placement": "expert"}, "placement", "beside memory rram; only a hybrid has two"),
        ({**APART, "workload": {}}, "placement", "dense routing; every expert gets every token"),
        ({**APART, "write_noise": 0.05}, "placement", "beside a robust search"),
        ({**APART, "robust": "worst"}, "placement", "beside a robust search"),
        (
            {**APART, "space": "b1", "dataset": "camvid"},
            "placement",
            "no routing of b1 was measured",
        ),
        ({**APART, "placement": "block", "start": APART_START}, "start.hardware.memory", "expert"),
        ({"min_miou": 100.5}, "min_miou", "found 100.5; a finite number 0 to 100 is allowed"),
        ({"min_miou": False}, "min_miou", "found false"),
        ({"max_latency_us": -3}, "max_latency_us", "above 0"),
        ({"max_latency_us": 0}, "max_latency_us", "above 0"),
        ({"max_energy_uj": float("nan")}, "max_energy_uj", "found nan"),
        ({"max_area_mm2": float("inf")}, "max_area_mm2", "found inf"),
        ({"max_area_mm2": 10**400}, "max_area_mm2", "a finite number above 0 is allowed"),
        ({"max_array_mb": "10"}, "max_array_mb", "found '10'"),
        ({"accuracy": "supernet"}, "data", "missing"),
        ({"accuracy": "predictor", "data": 3}, "data", "found 3"),
        ({"data": "x.npz"}, "data", "found 'x.npz'; only accuracy supernet reads images"),
        ({"accuracy": None}, "accuracy", "found null"),
        ({"robust": "worse"}, "robust", "did you mean 'worst'"),
        ({"quantile": 0.9}, "quantile", "found 0.9; only robust quantile or worst reads it"),
        ({"robust": "worst", "quantile": 0.4}, "quantile", "0.5 to 0.999"),
        ({"robust": "worst", "quantile": float("nan")}, "quantile", "found nan"),
        ({"write_noise": 2}, "write_noise", "found 2; a finite number 0 to 0.2 is allowed"),
        ({"write_noise": None}, "write_noise", "found null; 0 to 0.2 is allowed"),
        ({"read_noise": float("nan")}, "read_noise", "found nan"),
        ({"read_noise": True}, "read_noise", "found true"),
        ({"write_noise": 0.1, "noise_per_block": [1, 1, 1]}, "noise_per_block", "four numbers"),
        ({"write_noise": 0.1, "noise_per_block": [1, 1, 1, 11]}, "noise_per_block", "found 11"),
        ({"write_noise": 0.1, "noise_per_block": [1, 1, 1, None]}, "noise_per_block", "null"),
        ({"write_noise": 0.1, "noise_per_block": "1111"}, "noise_per_block", "found '1111'"),
        ({"noise_per_block": [1, 1, 1, 1]}, "noise_per_block", "without any noise"),
        ({"max_noise_loss": 1}, "max_noise_loss", "write_noise or read_noise above 0"),
        ({"read_noise": 0.1, "max_noise_loss": 0}, "max_noise_loss", "above 0 is allowed"),
        ({"accuracy_table": "mine.csv"}, "accuracy_table", "64 hexadecimal digits"),
        ({"accuracy_table": "A" * 64}, "accuracy_table", "64 hexadecimal digits"),
        (
            {"accuracy": "supernet", "data": "x.npz", "accuracy_table": "a" * 64},
            "accuracy_table",
            "only one source is allowed",
        ),
        ({"chip_miou": 1}, "chip_miou", "found 1; true or false is expected"),
        (
            {"accuracy": "supernet", "data": "x.npz", "read_noise": 0.1},
            "read_noise",
            "only the predictor knows what an output error costs",
        ),
        ({"popluation": 10}, "popluation", "did you mean 'population'"),
        ({"goal": "latency"}, "goal", "unknown key"),
        ({"workload": {"image": [480]}}, "workload.image", "2"),
        ({"routing": "sparse"}, "routing", "searched"),
        (
            {"workload": {"routing": {"top_k": 2}}, "routing": "searched"},
            "workload.routing",
            "one of them",
        ),
        ([], "scenario", "a JSON object is expected"),
    ],
)
def test_refusals_name_field_finding_and_what_is_allowed(data, field, words):
    with pytest.raises(FieldError) as refusal:
        Scenario.from_json(data)
    assert refusal.value.field == field
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_robust_scenario_comes_back_from_json():
    stated = Scenario(
        memory="hybrid",
        robust="quantile",
        quantile=0.95,
        write_noise=0.03,
        read_noise=0.04,
        noise_per_block=(0, 1, 1, 2),
        max_noise_loss=0.5,
        chip_miou=True,
    )
    assert Scenario.from_json(json.loads(json.dumps(stated.to_json()))) == stated
    assert stated.noise == pytest.approx((0.0, 0.05, 0.05, 0.1))


def test_files_are_for_the_supernet_only():
    for name in ("data", "weights"):
        with pytest.raises(FieldError, match=f"{name}: .*only accuracy supernet"):
            Scenario(**{name: "some.npz"})
    own = Scenario(accuracy="supernet", data="val.npz", weights="w.safetensors", dataset="scenes")
    assert Scenario.from_json(own.to_json()) == own


def test_a_technology_file_is_for_a_memory_of_the_search():
    file = {"schema": "cmn.technology/1", "base": "sram", "title": "Mine"}
    assert Scenario(memory="hybrid", technology={"sram": file}).library["sram"].title == "Mine"
    with pytest.raises(FieldError, match=r"technology\.sram: the search is on rram alone"):
        Scenario(memory="rram", technology={"sram": file})
    with pytest.raises(FieldError, match=r"parameters: .*beside a technology file"):
        Scenario(memory="sram", technology={"sram": file}, parameters="paper")


def test_runs_of_before_have_no_limit_on_the_die_and_new_ones_do():
    stored = {"scenario": "energy", "max_area_mm2": None, "chip_miou": False, "patience": None}
    old = Scenario.from_json(stored)
    assert (old.max_area_mm2, old.chip_miou, old.patience) == (None, False, None)
    assert Scenario().max_area_mm2 == 200.0
    limits = [default_limits(s, predicted(s)).max_area_mm2 for s in (old, Scenario())]
    assert limits == [None, 200.0]


def test_a_scenario_of_the_paper_is_told_from_others():
    paper = Scenario.of_paper(goal="energy", memory="sram", seed=3)
    assert paper.workload == Workload((240, 320)) and paper.max_area_mm2 is None
    assert as_paper(paper.to_json())
    others = [
        Scenario(),
        Scenario.of_paper(max_area_mm2=150.0),
        Scenario.of_paper(workload=Workload(images_per_second=2.0)),
    ]
    assert not any(as_paper(other.to_json()) for other in others)
