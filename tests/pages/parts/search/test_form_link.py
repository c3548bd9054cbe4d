"""The address of the search form: what it fills, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.design import Workload
from cmn_core.errors import FieldError
from cmn_core.search.scenario import EXPERT, Scenario
from pages.parts.search.form_link import read_setup, setup_query


def test_a_link_carries_the_conditions() -> None:
    workload = Workload((240, 320), images_per_second=12.0, temperature_c=60.0)
    for stated in (Scenario(workload=workload), Scenario.of_paper(), Scenario()):
        assert read_setup(setup_query(stated)) == stated


def test_the_address_fills_the_form(searches: Any, page: Any) -> None:
    at = page(
        "search",
        scenario="performance",
        memory="sram",
        seed="7",
        max_area_mm2="858",
        population="9",
    )
    assert not at.exception
    assert (at.session_state["form_goal"], at.session_state["form_memory"]) == (
        "performance",
        "sram",
    )
    assert at.number_input(key="form_seed").value == 7
    assert at.number_input(key="form_max_area_mm2").value == 858.0
    assert at.number_input(key="form_population").value == 9
    assert "scenario" not in at.query_params


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scenario", "<script>"),
        ("memory", "pcm"),
        ("seed", "-1"),
        ("seed", "9" * 30),
        ("population", "1e9"),
        ("generations", "٣"),
        ("max_area_mm2", "nan"),
        ("max_area_mm2", "1e400"),
        ("min_miou", "--"),
        ("noise_per_block", "1,2"),
        ("robust", "yes"),
        ("chip_miou", "perhaps"),
        ("dataset", "../../etc"),
        ("parameters", "mine"),
    ],
)
def test_an_address_that_asks_for_the_impossible_is_one_sentence(
    searches: Any, page: Any, name: str, value: str
) -> None:
    at = page("search", **{name: value})
    assert not at.exception
    [warning] = at.warning
    assert "no search that can be set up" in warning.value
    assert "<script" not in warning.value.replace("\\<", "")
    assert at.session_state["form_goal"] == "energy"
    assert name not in at.query_params


@pytest.mark.parametrize(
    ("stated", "routing", "searched"),
    [
        ("dense", "dense", None),
        ("2", {"top_k": 2}, None),
        ("1/2/5/3", {"top_k": [1, 2, 5, 3]}, None),
        ("searched", "dense", "searched"),
    ],
)
def test_routing_goes_by_field_and_by_address(
    searches: Any, page: Any, stated: str, routing: Any, searched: str | None
) -> None:
    scenario = read_setup({"scenario": "energy", "memory": "rram", "routing": stated})
    assert scenario.workload.to_json()["routing"] == routing
    assert scenario.routing == searched
    assert setup_query(scenario).get("routing", "dense") == stated
    assert read_setup(setup_query(scenario)) == scenario
    with pytest.raises(FieldError, match=r"^routing: found '6'; dense, 1 to 5"):
        read_setup({"routing": "6"})
    at = page("search", scenario="energy", memory="rram", routing=stated)
    assert at.selectbox(key="form_routing").value == stated
    at.selectbox(key="form_routing").set_value("dense")
    at.button(key="start").click().run()
    assert not at.exception
    [row] = searches.store.list_runs()
    assert row.scenario["workload"]["routing"] == "dense"
    assert "routing" not in row.scenario


def test_memory_by_expert_goes_by_address_and_by_duplicate(searches: Any, page: Any) -> None:
    stated = Scenario(
        goal="energy", memory="hybrid", workload=Workload(top_k=2), placement=EXPERT, population=6
    )
    assert read_setup(setup_query(stated)) == stated
    at = page("search", **setup_query(stated))
    assert at.segmented_control(key="form_placement").value == EXPERT
    at.button(key="start").click().run()
    [first] = searches.store.list_runs()
    at = page("search", run=first.run_id)
    at.button(key="duplicate").click().run()
    at.button(key="start").click().run()
    assert not at.exception
    copy, again = searches.store.list_runs()
    assert copy.scenario == again.scenario == stated.to_json()
    with pytest.raises(FieldError, match=r"^placement: found 'expert' beside dense routing"):
        read_setup({"scenario": "energy", "memory": "hybrid", "placement": EXPERT})
