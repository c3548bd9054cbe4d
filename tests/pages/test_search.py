"""The Search page in its states: empty, waiting, stale, failed, finished, wrong address."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cmn_core.design import parse_design
from pages.parts import store
from pages.parts.store import EARLY, find_run, snapshot, watched


def texts(at: Any) -> str:
    """All words on the page."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    words = [element.value for kind in kinds for element in getattr(at, kind)]
    return "\n".join(map(str, [*words, *(m.label for m in at.metric)]))


def specs(at: Any) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]


def test_empty_store_explains_what_to_do(searches: Any, page: Any) -> None:
    at = page("search")
    assert not at.exception
    assert "Nothing to show yet" in at.info[0].value
    assert specs(at) == []


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
    assert "6 searches are queued" in at.success[0].value
    [link] = [e.proto for e in at.get("page_link") if "Table B1" in e.proto.label]
    assert str(rows[0].batch) in link.query_string


def test_a_finished_run_shows_all_its_pictures(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="sram")
    at = page("search", run=run_id)
    assert not at.exception
    last = searches.store.latest(run_id)
    values = {m.label: m.value for m in at.metric}
    best = last.best["metrics"]["energy_uj"]
    assert float(values["Best energy (µJ)"].replace(",", "")) == pytest.approx(best, rel=1e-2)
    assert len(specs(at)) == 6  # two fronts, convergence, hypervolume, experts, hidden size
    assert "Place " not in texts(at)
    bars = json.dumps(specs(at)[-1])
    assert all(str(h) in bars for h in last.best["architecture"]["hidden"])
    assert "237" in bars  # the paper's hidden size of block 4
    assert "Energy on SRAM" in texts(at)


def test_the_rows_of_table_b1_grow_with_the_search(searches: Any, page: Any) -> None:
    with searches.at_work(after=3, scenario="energy", memory="rram") as run_id:
        at = page("search", run=run_id)
        assert not at.exception
        [table] = [e.proto.body for e in at.get("html") if "Table B1" in e.proto.body]
        best = searches.store.latest(run_id).best["architecture"]
        for quantity in ("experts", "hidden"):
            assert all(f"<td>{value} <span" in table for value in best[quantity])


def test_a_hybrid_search_shows_its_tiles(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="hybrid")
    at = page("search", run=run_id)
    assert not at.exception
    tiles = [s for s in specs(at) if "letter" in json.dumps(s["layer"][0])]
    assert len(tiles) == 1
    assert len(tiles[0]["layer"][0]["data"]["values"]) == 4
    assert "prints no network" in texts(at)


def test_the_chosen_design_is_a_design_file(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="latency", memory="rram")
    at = page("search", run=run_id)
    [button] = at.get("download_button")
    assert button.proto.label == "Download this design (JSON)"
    best = searches.store.result(run_id)["best"]
    assert parse_design(best).hardware.complete
    front = searches.store.latest(run_id).front
    ranked = sorted(front, key=lambda d: d["metrics"]["latency_us"])
    at.session_state[f"front_{run_id}"] = {"selection": {"rows": [1]}}
    at.run()
    assert f"Design {front.index(ranked[1]) + 1} of the front" in texts(at)
    at.button(key="unpick").click().run()
    assert "Best design" in texts(at)


def test_a_click_on_the_front_shows_that_design_and_pins_it(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="sram")
    at = page("search", run=run_id)
    front = searches.store.latest(run_id).front
    marks = specs(at)[0]["layer"][-1]["data"]["values"]
    assert {m["number"] for m in marks if m["kind"] == "front"} == set(range(1, len(front) + 1))
    at.session_state["chart_front_energy_uj"] = {"selection": {"pick": [{"number": 2}]}}
    at.run()
    assert not at.exception
    assert "Design 2 of the front" in texts(at)
    at.button(key="pick_pin").click().run()
    [pinned] = at.session_state["basket"]
    assert list(pinned.architecture.hidden) == front[1]["architecture"]["hidden"]
    assert "Design 2 of the front" in texts(at)  # the same click is no new pick
    links = [link.proto for link in at.get("page_link") if link.proto.label == "Open in Explore"]
    assert "design=a" in links[0].query_string


def test_a_queued_run_knows_its_place(searches: Any, page: Any) -> None:
    searches.queue(scenario="energy", memory="rram")
    second = searches.queue(scenario="energy", memory="sram")
    at = page("search", run=second)
    assert "Place 2 of 2 in the queue" in texts(at)


def test_pause_keeps_a_queued_run_and_resume_takes_it_up(searches: Any, page: Any) -> None:
    run_id = searches.queue(scenario="energy", memory="rram")
    at = page("search", run=run_id)
    at.button(key="pause").click().run()
    assert searches.store.get(run_id).state == "paused"
    at.run()
    at.button(key="resume").click().run()
    assert searches.store.get(run_id).state == "queued"


def test_duplicate_fills_the_form_with_everything_the_run_had(searches: Any, page: Any) -> None:
    asked = {"scenario": "performance", "memory": "hybrid", "seed": 4, "max_area_mm2": 300.0}
    run_id = searches.queue(**asked, robust="quantile", write_noise=0.1, parameters="paper")
    at = page("search", run=run_id)
    at.button(key="duplicate").click().run()
    assert not at.exception
    assert "run" not in at.query_params
    assert at.number_input(key="form_population").value == 6
    at.number_input(key="form_seed").set_value(5)
    at.button(key="start").click().run()
    assert not at.exception
    copy, first = searches.store.list_runs()
    assert {**copy.scenario, "seed": 4} == first.scenario
    assert copy.scenario["seed"] == 5


def test_two_runs_are_laid_over_each_other(searches: Any, page: Any) -> None:
    first = searches.search(scenario="energy", memory="rram")
    second = searches.search(scenario="energy", memory="rram", seed=1)
    at = page("search", run=first, **{"with": second})
    assert not at.exception
    assert "B, hollow: Energy on RRAM, seed 1" in texts(at)
    best = [row["best_objective"] for row in searches.store.history(second)]
    drawn = json.dumps(specs(at)[2])
    assert all(f"{value:.7g}" in drawn for value in best if value is not None)
    at.selectbox(key="beside").set_value(None).run()
    assert "B, hollow" not in texts(at)


def test_a_run_with_another_goal_shares_the_front_alone(searches: Any, page: Any) -> None:
    first = searches.search(scenario="energy", memory="rram")
    second = searches.search(scenario="latency", memory="sram")
    at = page("search", run=first, **{"with": second})
    assert "no place on this axis" in texts(at)
    assert "another reference" in texts(at)


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
    assert asked["chip_miou"] is True
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
    assert snapshot(run)["best"]["space"] == "b1"
    assert "its numbers are left out" in texts(at) and "Hollow: the paper" not in texts(at)
    assert store.settled([run]) == store.example_runs()


def test_noise_of_three_blocks_is_refused_in_a_sentence(searches: Any, page: Any) -> None:
    at = page("search")
    at.text_input(key="form_noise_per_block").set_value("1 two")
    at.button(key="start").click().run()
    assert "noise_per_block: found '1 two'" in at.error[0].value
    assert searches.store.list_runs() == []


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


@pytest.mark.parametrize("wrong", ["rubbish!", "example:nothing", "x" * 300, "../..", "' OR 1=1"])
def test_a_wrong_second_run_leaves_the_address(searches: Any, page: Any, wrong: str) -> None:
    run_id = searches.search(scenario="energy", memory="rram")
    at = page("search", run=run_id, **{"with": wrong})
    assert not at.exception
    assert "B, hollow" not in texts(at)
    assert "with" not in at.query_params


def test_limits_are_moved_after_the_search(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram")
    at = page("search", run=run_id)
    at.toggle(key="sieve_on").set_value(True).run()
    assert not at.exception
    count = len(searches.store.latest(run_id).front)
    assert f"All {count} designs" in texts(at)
    slider = at.slider(key=f"sieve_{run_id}_max_energy_uj")
    slider.set_value(slider.min + (slider.max - slider.min) / 3).run()
    assert not at.exception
    assert f"of {count} designs" in texts(at)
    reasons = next(d.value for d in at.dataframe if "Passes, or why not" in d.value.columns)
    assert reasons["Passes, or why not"].str.contains("energy .* over").any()


def test_unasked_the_page_shows_the_visitors_own_run(searches: Any, page: Any) -> None:
    own = searches.search(scenario="energy", memory="rram", seed=3)
    searches.search(scenario="energy", memory="rram", seed=4, visitor=None)
    at = page("search")
    assert "This is your newest run" in texts(at)
    assert "seed 3" in texts(at)
    assert own not in at.query_params.get("run", "")


def test_cancel_and_resume_set_the_wish(searches: Any, page: Any) -> None:
    run_id = searches.queue(scenario="energy", memory="rram")
    at = page("search", run=run_id)
    at.button(key="cancel").click().run()
    assert searches.store.get(run_id).state == "cancelled"
    at.run()
    at.button(key="resume").click().run()
    assert searches.store.get(run_id).state == "queued"


def test_an_interrupted_run_is_stale_and_can_be_resumed(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram", stop_after=2)
    assert searches.store.get(run_id).state == "interrupted"
    at = page("search", run=run_id)
    assert not at.exception
    assert "as of generation 2" in texts(at)
    assert at.button(key="resume").label == "Resume"


def test_a_failed_run_says_why(searches: Any, page: Any) -> None:
    run_id = searches.queue(scenario="energy", memory="rram")
    searches.store.fail(run_id, "data: no such file; an npz file is expected")
    at = page("search", run=run_id)
    assert not at.exception
    assert "no such file" in at.error[0].value


def test_limits_nobody_can_meet_name_the_limit(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram", max_area_mm2=0.01)
    at = page("search", run=run_id)
    assert not at.exception
    assert "“area at most 0.01 mm²”" in at.warning[0].value
    assert "Nearest design" in texts(at)


@pytest.mark.parametrize(
    "wrong", ["rubbish", "example:nothing", "a b", "<script>alert(1)</script>", "x" * 500, "''"]
)
def test_a_wrong_address_is_one_sentence(searches: Any, page: Any, wrong: str) -> None:
    at = page("search", run=wrong)
    assert not at.exception
    [warning] = at.warning
    assert "names a run that is not on this machine" in warning.value
    assert "script" not in warning.value


def test_a_hostile_name_is_shown_as_it_is(searches: Any, page: Any) -> None:
    run_id = searches.search(label="**x** <img src=x> $y$ [a](b)", scenario="energy", memory="rram")
    at = page("search", run=run_id)
    assert not at.exception
    [title] = [m.value for m in at.markdown if "Energy on RRAM" in m.value]
    assert r"\*\*x\*\* \<img src=x\> \$y\$ \[a\]\(b\)" in title


def test_a_store_that_cannot_be_read_is_one_sentence(
    searches: Any, page: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "runs.sqlite").write_bytes(b"this is no database, only a text of some length " * 50)
    monkeypatch.setenv("CMN_HOME", str(broken))
    for name in ("start", "search", "results", "hybrid"):
        at = page(name)
        assert not at.exception, name
        assert "run store" in at.error[0].value, name


def test_a_search_at_work_looks_the_same_for_a_second_unless_something_is_asked(
    searches: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with searches.at_work(after=EARLY, generations=6) as run_id:
        seen = watched(run_id)
        assert seen is not None and (seen.state, seen.generation) == ("running", EARLY)
        assert watched(run_id) is seen
        assert find_run(run_id) is not seen  # a whole page reads the store
        searches.store.request(run_id, "pause")
        assert find_run(run_id).wish == "pause"  # type: ignore[union-attr]
        assert watched(run_id).wish == "pause"  # type: ignore[union-attr]
        monkeypatch.setattr(store._GLANCES, "_seconds", 0.0)
        assert watched(run_id) is not watched(run_id)
    assert watched(run_id).state == "interrupted"  # type: ignore[union-attr]


def test_the_first_generations_are_never_held_back(searches: Any) -> None:
    with searches.at_work(after=EARLY - 1, generations=6) as run_id:
        assert watched(run_id) is not watched(run_id)


def test_what_is_folded_is_not_drawn(searches: Any, page: Any) -> None:
    run_id = searches.search()
    at = page("search", run=run_id)
    assert not [c for c in at.code if "scenario=" in c.value]
    assert not [f for f in at.dataframe if "Yours" in f.value.columns]
    for key in ("links", "history_table"):
        at.session_state[key] = True
    at.run()
    assert not at.exception
    assert [c for c in at.code if "scenario=" in c.value]
    assert [f for f in at.dataframe if "Yours" in f.value.columns]
