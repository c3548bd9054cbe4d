"""The Search page in its states: empty, waiting, stale, failed, finished, wrong address."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from cmn_core.design import parse_design
from cmn_core.runs.workers.job import work
from tests.pages.looks import charts, texts, words


def test_empty_store_explains_what_to_do(searches: Any, page: Any) -> None:
    at = page("search")
    assert not at.exception
    assert "Nothing to show yet" in at.info[0].value
    assert charts(at) == []


def test_a_finished_run_shows_all_its_pictures(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="sram")
    at = page("search", run=run_id)
    assert not at.exception
    last = searches.store.latest(run_id)
    values = {m.label: m.value for m in at.metric}
    best = last.best.metrics["energy_uj"]
    assert float(values["Best energy (µJ)"].replace(",", "")) == pytest.approx(best, rel=1e-2)
    assert len(charts(at)) == 6  # two fronts, convergence, hypervolume, experts, hidden size
    assert "Place " not in texts(at)
    bars = json.dumps(charts(at)[-1])
    assert all(str(h) in bars for h in last.best.architecture.hidden)
    assert "237" in bars  # the paper's hidden size of block 4
    assert "Energy on SRAM" in texts(at)
    said = next(m.value for m in at.markdown if "on the best chips of other memories" in m.value)
    assert re.search(r"alone (needs less energy\*\* with probability|keeps the limits)", said)


def test_what_the_chips_error_costs_is_said_beside_the_limits(searches: Any, page: Any) -> None:
    """By the shipped predictor, which knows it."""
    wanted = {"scenario": "performance", "memory": "rram", "generations": 1, "chip_miou": True}
    run_id = searches.queue(**wanted)
    claim = searches.store.claim(run_id)
    with claim:
        for generation in work(searches.store, claim):
            best = generation.best
    at = page("search", run=run_id)
    assert not at.exception
    [said] = [c.value for c in at.caption if "with the error of the chip itself" in c.value]
    assert "ranks by mIoU" in said and f"{best.metrics['miou']:.2f} %" in said
    shown = float(said.split("reaches ")[1].split(" %")[0])
    assert shown == pytest.approx(searches.store.history(run_id)[0].best_objective, abs=0.006)


def test_the_rows_of_table_b1_grow_with_the_search(searches: Any, page: Any) -> None:
    with searches.at_work(after=3, scenario="energy", memory="rram") as run_id:
        at = page("search", run=run_id)
        assert not at.exception
        [table] = [e.proto.body for e in at.get("html") if "Table B1" in e.proto.body]
        best = searches.store.latest(run_id).best.architecture
        for quantity in ("experts", "hidden"):
            assert all(f"<td>{value} <span" in table for value in getattr(best, quantity))


def test_a_hybrid_search_shows_its_tiles(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="hybrid")
    at = page("search", run=run_id)
    assert not at.exception
    tiles = [s for s in charts(at) if "letter" in json.dumps(s["layer"][0])]
    assert len(tiles) == 1
    assert len(tiles[0]["layer"][0]["data"]["values"]) == 4
    assert "prints no network" in texts(at)


def test_the_chosen_design_is_a_design_file(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="latency", memory="rram")
    at = page("search", run=run_id)
    [button] = [b for b in at.get("download_button") if b.label == "Download this design (JSON)"]
    assert button.proto.label == "Download this design (JSON)"
    best = searches.store.result(run_id)["best"]
    assert parse_design(best).hardware.complete
    front = searches.store.latest(run_id).front
    ranked = sorted(front, key=lambda d: d.metrics["latency_us"])
    at.session_state[f"front_{run_id}"] = {"selection": {"rows": [1]}}
    at.run()
    assert f"Design {front.index(ranked[1]) + 1} of the front" in texts(at)
    at.button(key="unpick").click().run()
    assert "Best design" in texts(at)


def test_a_click_on_the_front_shows_that_design_and_pins_it(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="sram")
    at = page("search", run=run_id)
    front = searches.store.latest(run_id).front
    marks = charts(at)[0]["layer"][-1]["data"]["values"]
    assert {m["number"] for m in marks if m["kind"] == "front"} == set(range(1, len(front) + 1))
    at.session_state["chart_front_energy_uj"] = {"selection": {"pick": [{"number": 2}]}}
    at.run()
    assert not at.exception
    assert "Design 2 of the front" in texts(at)
    at.button(key="pick_pin").click().run()
    [pinned] = at.session_state["basket"]
    assert pinned.architecture == front[1].architecture
    assert "Design 2 of the front" in texts(at)  # the same click is no new pick
    links = [link.proto for link in at.get("page_link") if link.proto.label == "Open in Explore"]
    assert "design=a" in links[0].query_string


def test_two_runs_are_laid_over_each_other(searches: Any, page: Any) -> None:
    first = searches.search(scenario="energy", memory="rram")
    second = searches.search(scenario="energy", memory="rram", seed=1)
    at = page("search", run=first, **{"with": second})
    assert not at.exception
    assert "2, crosses: Energy on RRAM, seed 1" in texts(at)
    best = [row.best_objective for row in searches.store.history(second)]
    drawn = json.dumps(charts(at)[2])
    assert all(f"{value:.7g}" in drawn for value in best if value is not None)
    at.selectbox(key="beside").set_value(None).run()
    assert "B, hollow" not in texts(at)


def test_a_run_with_another_goal_shares_the_front_alone(searches: Any, page: Any) -> None:
    first = searches.search(scenario="energy", memory="rram")
    second = searches.search(scenario="latency", memory="sram")
    at = page("search", run=first, **{"with": second})
    assert "no place on this axis" in texts(at)
    assert "another reference" in texts(at)


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


def test_a_search_that_ended_early_says_why_and_is_whole(searches: Any, page: Any) -> None:
    run_id = searches.search(
        scenario="energy", memory="sram", population=2, patience=1, generations=30
    )
    ended = searches.store.get(run_id).generation
    assert ended < 30
    at = page("search", run=run_id)
    assert not at.exception
    assert "It ended early: nothing got better in the last generation" in texts(at)
    assert [p.proto.value for p in at.get("progress")] == [100]


@pytest.mark.parametrize(
    "limit", [{"min_miou": 99.0}, {"scenario": "performance", "max_energy_uj": 1.0}], ids=str
)
def test_what_was_tried_is_seen_where_nothing_keeps_the_limits(
    searches: Any, page: Any, limit: dict[str, Any]
) -> None:
    run_id = searches.search(**{"scenario": "energy", "memory": "rram", **limit})
    at = page("search", run=run_id)
    assert not at.exception
    figures = {metric.label: metric.value for metric in at.metric}
    assert "none" in figures.values() and "none yet" not in figures.values()
    assert figures["Evaluations per second"] != "0"
    fronts = [chart for chart in charts(at) if "pick" in json.dumps(chart.get("params", chart))]
    marks = [len(layer["data"]["values"]) for chart in fronts for layer in chart["layer"]]
    assert max(marks, default=0) > 1 or "So none was priced" in words(at)
