"""The form of a search: from fields or an address to a queued run."""

from __future__ import annotations

from typing import Any

from cmn_core.search.scenario import EXPERT, as_paper
from pages.parts.runs import run_view as store
from pages.parts.runs.run_view import find_run
from pages.parts.runs.snapshots import snapshot
from tests.pages.looks import texts


def test_start_queues_what_the_form_says_and_shows_it(searches: Any, page: Any) -> None:
    at = page("search")
    at.number_input(key="form_population").set_value(7)
    at.number_input(key="form_max_area_mm2").set_value(20.0)
    at.text_input(key="form_label").set_value("  my   search ")
    at.button(key="start").click().run()
    assert not at.exception
    [row] = searches.store.list_runs()
    assert (row.goal, row.memory, row.label, row.state) == ("energy", "rram", "my search", "queued")
    assert (row.scenario["population"], row.scenario["max_area_mm2"]) == (7, 20.0)
    assert row.scenario["max_energy_uj"] is None
    assert at.query_params["run"] in (row.run_id, [row.run_id])
    assert "Waiting for a worker" in texts(at)


def test_conditions_and_the_die_are_fields_and_an_empty_one_lifts_the_limit(
    searches: Any, page: Any
) -> None:
    at = page("search")
    assert at.number_input(key="form_max_area_mm2").value == 200.0
    at.text_input(key="form_image").set_value("240x320")
    at.number_input(key="form_images_per_second").set_value(5.0)
    at.button(key="start").click().run()
    at.number_input(key="form_max_area_mm2").set_value(None)
    at.button(key="start").click().run()
    assert not at.exception
    second, first = (row.scenario for row in searches.store.list_runs())
    assert (first["max_area_mm2"], second["max_area_mm2"]) == (200.0, None)
    assert first["workload"]["image"] == [240, 320]
    assert first["workload"]["images_per_second"] == 5.0
    at.button(key="as_paper").click().run()
    at.button(key="start").click().run()
    assert as_paper(searches.store.list_runs()[0].scenario)


def test_before_the_start_the_form_says_what_can_be_reached(searches: Any, page: Any) -> None:
    at = page("search")
    at.segmented_control(key="form_memory").set_value("sram")
    at.number_input(key="form_max_area_mm2").set_value(40.0)
    at.button(key="reach").click().run()
    assert not at.exception
    assert searches.store.list_runs() == []
    said = at.warning[0].value
    assert "A search may find nothing" in said
    assert "Area at most 40 mm²: " in said and " mm² is what can be reached" in said
    at.number_input(key="form_max_area_mm2").set_value(200.0)
    at.button(key="reach").click().run()
    assert "The limits can be kept" in texts(at)


def test_an_image_nobody_can_read_is_refused_in_a_sentence(searches: Any, page: Any) -> None:
    at = page("search")
    at.text_input(key="form_image").set_value("big")
    at.button(key="start").click().run()
    assert "image: found 'big'; HEIGHTxWIDTH is expected" in at.error[0].value
    assert searches.store.list_runs() == []


def test_limits_say_default_or_off_for_the_scenario_chosen(searches: Any, page: Any) -> None:
    at = page("search")
    assert at.number_input(key="form_min_miou").placeholder == "default: largest less 1.0"
    assert at.number_input(key="form_max_energy_uj").placeholder == "off"
    at.segmented_control(key="form_goal").set_value("performance").run()
    assert at.number_input(key="form_min_miou").placeholder == "off"
    assert at.number_input(key="form_max_energy_uj").placeholder == "default: half of largest"


def test_a_value_nobody_can_use_is_one_sentence(searches: Any, page: Any) -> None:
    at = page("search")
    at.number_input(key="form_max_area_mm2").set_value(0.0)
    at.button(key="start").click().run()
    assert not at.exception
    assert "max_area_mm2: found 0" in at.error[0].value
    assert searches.store.list_runs() == []


def test_all_six_of_table_b1_are_queued_as_one_batch(searches: Any, page: Any) -> None:
    at = page("search")
    at.number_input(key="form_seed").set_value(3)
    at.number_input(key="form_min_miou").set_value(11.0)
    at.button(key="queue_six").click().run()
    rows = searches.store.list_runs()
    pairs = {(r.goal, r.memory) for r in rows}
    goals = ("latency", "energy", "performance")
    assert pairs == {(goal, memory) for goal in goals for memory in ("rram", "sram")}
    assert len(rows) == 6
    assert len({r.batch for r in rows}) == 1
    assert {r.seed for r in rows} == {3}
    assert {r.scenario["min_miou"] for r in rows} == {None}
    assert all(as_paper(r.scenario) for r in rows)
    assert "6 searches are queued" in at.success[0].value
    [link] = [e.proto for e in at.get("page_link") if "Table B1" in e.proto.label]
    assert str(rows[0].batch) in link.query_string


def test_duplicate_fills_the_form_with_everything_the_run_had(searches: Any, page: Any) -> None:
    asked = {"scenario": "performance", "memory": "hybrid", "seed": 4, "max_area_mm2": 300.0}
    run_id = searches.queue(**asked, robust="quantile", write_noise=0.1, parameters="paper")
    at = page("search", run=run_id)
    at.button(key="duplicate").click().run()
    assert not at.exception
    assert at.query_params["run"] in (run_id, [run_id])  # it stays in view
    assert at.number_input(key="form_population").value == 6
    at.number_input(key="form_seed").set_value(5)
    at.button(key="start").click().run()
    assert not at.exception
    copy, first = searches.store.list_runs()
    assert {**copy.scenario, "seed": 4} == first.scenario
    assert copy.scenario["seed"] == 5


def test_a_robust_search_is_asked_for_in_the_form(searches: Any, page: Any) -> None:
    at = page("search")
    at.selectbox(key="form_robust").set_value("quantile")
    at.number_input(key="form_quantile").set_value(0.95)
    at.number_input(key="form_write_noise").set_value(0.05)
    at.text_input(key="form_noise_per_block").set_value("1, 1 0 0")
    at.toggle(key="form_chip_miou").set_value(True)
    at.selectbox(key="form_parameters").set_value("paper")
    at.button(key="start").click().run()
    assert not at.exception
    [row] = searches.store.list_runs()
    asked = row.scenario
    assert (asked["robust"], asked["quantile"], asked["write_noise"]) == ("quantile", 0.95, 0.05)
    assert list(asked["noise_per_block"]) == [1.0, 1.0, 0.0, 0.0]
    assert asked["chip_miou"] is None  # on, where the cost of errors was measured
    assert asked["parameters"] == "paper"


def test_a_larger_network_is_searched_and_stays_out_of_what_is_shown_unasked(
    searches: Any, page: Any
) -> None:
    at = page("search")
    at.selectbox(key="form_space").set_value("b1")
    at.button(key="start").click().run()
    assert not at.exception
    [row] = searches.store.list_runs()
    assert row.scenario["space"] == "b1"
    assert "Energy on RRAM, B1, seed 0" in texts(at)
    run_id = searches.search(scenario="energy", memory="rram", space="b1", max_array_mb=200.0)
    run = find_run(run_id)
    assert run is not None and run.state == "done"
    at = page("search", run=run_id)
    assert "Energy on RRAM, B1, seed 0" in texts(at)
    assert snapshot(run).best.space == "b1"
    assert "its numbers are left out" in texts(at) and "Hollow: the paper" not in texts(at)
    assert store.settled([run]) == store.example_runs()


def test_noise_of_three_blocks_is_refused_in_a_sentence(searches: Any, page: Any) -> None:
    at = page("search")
    at.text_input(key="form_noise_per_block").set_value("1 two")
    at.button(key="start").click().run()
    assert "noise_per_block: found '1 two'" in at.error[0].value
    assert searches.store.list_runs() == []


def test_memory_by_expert_is_asked_for_where_it_means_something(searches: Any, page: Any) -> None:
    at = page("search")
    assert at.button_group(key="form_placement_shut").disabled
    assert "Not by expert: a chip of one memory has nothing to choose." in texts(at)
    at.segmented_control(key="form_memory").set_value("hybrid").run()
    assert "Not by expert: under dense routing no expert is ever idle." in texts(at)
    at.selectbox(key="form_routing").set_value("2").run()
    assert "Not by expert" not in texts(at)
    at.segmented_control(key="form_placement").set_value(EXPERT)
    at.button(key="start").click().run()
    assert not at.exception
    [row] = searches.store.list_runs()
    assert row.scenario["placement"] == EXPERT
    assert "Energy on both memories by expert, seed 0" in texts(at)
    # Noise is stated within the form: what was chosen is refused in words, never dropped.
    at.number_input(key="form_write_noise").set_value(0.05)
    at.button(key="start").click().run()
    assert "placement: found 'expert' beside a robust search" in at.error[0].value
    assert len(searches.store.list_runs()) == 1
    assert "Not by expert: noise and quantiles are known of whole blocks alone." in texts(at)


def test_the_command_that_repeats_a_run_stands_beside_its_link(searches: Any, page: Any) -> None:
    run_id = searches.queue(scenario="energy", memory="sram", seed=3, patience=None)
    at = page("search", run=run_id)
    at.session_state["links"] = True
    at.run()
    [command] = [c.value for c in at.code if c.value.startswith("python -m cmn_core search")]
    assert "--scenario energy --memory sram" in command
    assert "--patience none" in command and "--seed 3" in command
