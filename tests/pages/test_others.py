"""Start, Results and Hybrid in their states."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cmn_core.runs.store.examples import export_example, load_examples, main
from pages.parts.studies.hybrid_words import verdict

GOALS = ("latency", "energy", "performance")


def html_tables(at: Any) -> list[str]:
    found = [element.proto.body for element in at.get("html")]
    return [re.sub(r"<[^>]+>", " ", body) for body in found if "<table" in body]


def pictures(at: Any) -> list[str]:
    return [chart.proto.spec for chart in at.get("vega_lite_chart")]


@pytest.mark.parametrize("name", ["start", "results", "hybrid"])
def test_empty_store_says_what_to_do(searches: Any, page: Any, name: str) -> None:
    at = page(name)
    assert not at.exception
    assert len(at.info) == 1
    assert pictures(at) == []


def test_start_shows_the_shipped_example(searches: Any, examples: Path, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram")
    example = export_example(searches.store, run_id)
    (examples / "energy_rram.json").write_text(json.dumps(example))
    (examples / "broken.json").write_text("{")
    assert [e["run"]["run_id"] for e in load_examples(examples)] == [run_id]
    searches.store.path.unlink()
    at = page("start")
    assert not at.exception
    front, network = pictures(at)
    assert "Energy of an image" in front
    captions = " ".join(caption.value for caption in at.caption).replace("\\", "")
    assert example["run"]["best"]["provenance"]["miou_source"] in captions  # to its end
    hidden = example["run"]["best"]["architecture"]["hidden"]
    assert f"hidden {hidden[3]} of 1024" in network
    assert "example that ships with the project" in at.caption[-1].value
    at = page("search", run="example:energy_rram")
    assert not at.exception
    assert "shipped example" in "".join(m.value for m in at.markdown)


def test_results_lay_ours_beside_the_paper(searches: Any, page: Any) -> None:
    runs = {
        (goal, memory): searches.search(scenario=goal, memory=memory, batch="b")
        for goal in GOALS
        for memory in ("rram", "sram")
    }
    at = page("results")
    assert not at.exception
    table, metrics = html_tables(at)[:2]
    best = searches.store.result(runs["latency", "rram"])["best"]
    ours = best["architecture"]["hidden"]
    cells = r"\s+".join(rf"{o}\s+\({p}\)" for o, p in zip(ours, (97, 99, 258, 671), strict=True))
    assert re.search(r"1 Latency\s+RRAM\s+Experts .*?Hidden\s+" + cells, table, re.S)
    assert re.search(r"\(4,870\s+P", metrics)
    # A network and two bar charts for each scenario, two fronts under moved limits.
    assert len(pictures(at)) == 9 + 2
    assert len(at.get("download_button")) == 3

    at.segmented_control(key="view").set_value("difference").run()
    table = html_tables(at)[0]
    change = ours[3] - 671
    assert f"{change:+d}".replace("-", "−") in table or change == 0


def test_results_of_a_part_leave_dashes(searches: Any, page: Any) -> None:
    searches.search(scenario="energy", memory="sram")
    at = page("results")
    assert not at.exception
    assert "1 of the six" in "".join(c.value for c in at.caption)
    assert "– " in html_tables(at)[0]


def test_results_say_when_newer_searches_are_at_work(searches: Any, page: Any) -> None:
    searches.search(scenario="energy", memory="sram")
    searches.queue(scenario="energy", memory="sram")
    at = page("results")
    assert "1 queued" in "".join(m.value for m in at.markdown)


def test_results_fill_while_a_search_runs(searches: Any, page: Any) -> None:
    wanted = {"scenario": "energy", "memory": "sram"}
    done = searches.search(**wanted)
    with searches.at_work(after=1, batch="b", seed=5, **wanted) as run_id:
        assert searches.store.get(run_id).state == "running"
        at = page("results", batch="newest")
        assert not at.exception
        table, metrics = html_tables(at)[:2]
        ours = searches.store.latest(run_id).best["architecture"]["hidden"]
        cells = r"\s+".join(rf"{hidden}\s+\(\d+\)" for hidden in ours)
        assert re.search(rf"SRAM\s+running, 1 of 4\s.*?Hidden\s+{cells}", table, re.S)
        assert "running, 1 of 4" in metrics
        badges = "".join(m.value for m in at.markdown)
        assert "Energy on SRAM, seed 5: generation 1 of 4" in badges
        captions = "".join(c.value for c in at.caption)
        assert "1 of the six searches of Table B1 have a design so far, 0 of them" in captions
        assert "search not finished" in captions
        at = page("results", batch="b")
        assert at.selectbox(key="from").value == "b"
    searches.store.request(run_id, "cancel")
    at.run()
    assert "cancelled, 1 of 4" in html_tables(at)[0]  # a batch keeps what it has
    at.selectbox(key="from").set_value("newest").run()
    assert "cancelled" not in html_tables(at)[0]
    best = searches.store.result(done)["best"]["architecture"]["hidden"]
    assert re.search(r"Hidden\s+" + rf"{best[0]}\s", html_tables(at)[0])


def test_a_batch_that_is_not_here_is_left_out_of_the_address(searches: Any, page: Any) -> None:
    at = page("results", batch="<script>")
    assert not at.exception
    assert at.selectbox(key="from").value == "mine"
    assert "batch" not in at.query_params
    assert "not on this machine" in at.warning[0].value


def test_results_show_nobody_elses_search_unasked(searches: Any, examples: Path, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="sram")
    example = export_example(searches.store, run_id)
    (examples / "energy_sram.json").write_text(json.dumps(example))
    searches.store.delete(run_id)
    other = searches.search(scenario="energy", memory="sram", seed=8, visitor=None)
    foreign = searches.store.result(other)["best"]["architecture"]["hidden"]
    shipped = example["run"]["best"]["architecture"]["hidden"]
    assert foreign != shipped
    with searches.at_work(after=1, scenario="energy", memory="sram", seed=9):  # own, not finished
        at = page("results")
        assert re.search(rf"Hidden\s+{shipped[0]}\s.*{shipped[3]}\s", html_tables(at)[0], re.S)
    at.selectbox(key="from").set_value("newest").run()
    assert not at.exception


def test_the_spread_over_seeds_and_the_button_for_more(searches: Any, page: Any) -> None:
    wanted = {"scenario": "energy", "memory": "sram"}
    values = []
    for seed in (0, 1, 2):
        run_id = searches.search(seed=seed, **wanted)
        values.append(searches.store.result(run_id)["best"]["metrics"]["energy_uj"])
    at = page("results")
    assert not at.exception
    spread = next(d.value for d in at.dataframe if "Seeds" in d.value.columns)
    assert list(spread["Seeds"]) == ["0, 1, 2"]
    assert float(spread["Median"][0].replace(",", "")) == pytest.approx(sorted(values)[1], rel=1e-2)
    button = at.button(key="queue_seeds")
    assert button.label == "Search with seeds 3 and 4"
    button.click().run()
    assert not at.exception
    rows = searches.store.list_runs()[:2]
    assert sorted(row.scenario["seed"] for row in rows) == [3, 4]
    assert {row.state for row in rows} == {"queued"}
    assert {**rows[0].scenario, "seed": 0} == {**rows[1].scenario, "seed": 0}


def test_the_lines_of_tables_g1_and_g2_stand_beside_ours(searches: Any, page: Any) -> None:
    at = page("results")
    [table] = [t for t in html_tables(at) if "Table G1" in t]
    assert re.search(r"Searched INT8, SRAM\s+92\.88", table)
    assert "Table G2" in table


def test_a_chip_larger_than_a_die_is_marked(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="latency", memory="sram")
    area = searches.store.result(run_id)["best"]["metrics"]["area_mm2"]
    at = page("results")
    said = "larger than one die" in "".join(c.value for c in at.caption)
    assert said == (area > 858.0)


def test_hybrid_tiles_appear_while_the_search_runs(searches: Any, page: Any) -> None:
    with searches.at_work(after=2, scenario="latency", memory="hybrid"):
        assert "once it is finished" in "".join(c.value for c in page("hybrid").caption)
        at = page("hybrid", batch="newest")
        assert not at.exception
        tiles = json.loads(pictures(at)[0])["layer"][0]["data"]["values"]
        assert {row["scenario"] for row in tiles} == {"1 Latency"}
        captions = "".join(c.value for c in at.caption)
        assert "Latency on both memories, seed 0, running, 2 of 4 generations" in captions
        assert at.button(key="queue_hybrid").disabled


def test_an_infeasible_run_does_not_replace_a_good_one(searches: Any, page: Any) -> None:
    good = searches.search(scenario="energy", memory="sram")
    searches.search(scenario="energy", memory="sram", max_area_mm2=0.01)
    at = page("results")
    hidden = searches.store.result(good)["best"]["architecture"]["hidden"]
    assert f"{hidden[3]}" in html_tables(at)[0]


def test_hybrid_shows_the_technology_of_each_block(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="hybrid")
    searches.search(scenario="energy", memory="rram")
    at = page("hybrid")
    assert not at.exception
    memory = searches.store.result(run_id)["best"]["hardware"]["memory"]
    blocks = [memory] * 4 if isinstance(memory, str) else memory
    layer = json.loads(pictures(at)[0])["layer"][0]
    tiles = [row["letter"] for row in layer["data"]["values"]]
    assert tiles == ["R" if m == "rram" else "S" for m in blocks]
    [said] = [m.value for m in at.markdown if m.value.startswith("**Energy**: the search put")]
    best = searches.store.result(run_id)["best"]["metrics"]["energy_uj"]
    assert f"{best:,.0f}" in said or f"{best:.1f}" in said
    assert "all-RRAM" in said
    assert len(at.get("button")) >= 2  # the three searches, the 16 assignments
    assert len(pictures(at)) == 1 + 3 + 2


def test_hybrid_button_queues_three(searches: Any, page: Any) -> None:
    at = page("hybrid")
    at.button(key="queue_hybrid").click().run()
    assert not at.exception
    rows = searches.store.list_runs()
    assert sorted(r.goal for r in rows) == sorted(GOALS)
    assert {r.memory for r in rows} == {"hybrid"}
    assert at.button(key="queue_hybrid").disabled


def test_examples_are_made_from_finished_runs_only(
    searches: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queued = searches.queue(scenario="energy", memory="rram")
    assert main([queued, "--folder", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("error: run_id: ")
    done = searches.search(scenario="energy", memory="rram")
    assert main([done, "--folder", str(tmp_path / "out")]) == 0
    [example] = load_examples(tmp_path / "out")
    assert len(example["generations"]) == 4
    assert example["run"]["best"] == searches.store.result(done)["best"]


def _design(memory: str, energy: float) -> dict[str, Any]:
    return {"hardware": {"memory": memory}, "metrics": {"energy_uj": energy, "miou": 14.0}}


def test_the_hybrid_verdict_says_who_wins_and_by_how_much() -> None:
    beside = {
        ("energy", "rram"): _design("rram", 1000.0),
        ("energy", "sram"): _design("sram", 600.0),
    }
    same = verdict("energy", {**beside, ("energy", "hybrid"): _design("sram", 600.1)})
    assert "all four blocks on SRAM, so mixing does not pay here" in same
    assert "1,000 all-RRAM (−40.0%) and 600.0 all-SRAM (the same)" in same
    mixed: Any = {"hardware": {"memory": ["rram", "sram", "sram", "rram"]}}
    mixed["metrics"] = {"energy_uj": 540.0, "miou": 14.0}
    assert "blocks 1 and 4 on RRAM and blocks 2 and 3 on SRAM" in verdict(
        "energy", {**beside, ("energy", "hybrid"): mixed}
    )
    worse = verdict("energy", {**beside, ("energy", "hybrid"): _design("rram", 900.0)})
    assert "this search was too short" in worse
    alone = verdict("energy", {("energy", "hybrid"): mixed})
    assert "no search on one memory is here" in alone
