"""Hybrid in its states."""

from __future__ import annotations

import time
from typing import Any

from tests.pages.looks import charts, words

GOALS = ("latency", "energy", "performance")


def test_hybrid_tiles_appear_while_the_search_runs(searches: Any, page: Any) -> None:
    with searches.at_work(after=2, scenario="latency", memory="hybrid"):
        assert "once it is finished" in "".join(c.value for c in page("hybrid").caption)
        at = page("hybrid", batch="newest")
        assert not at.exception
        tiles = charts(at)[0]["layer"][0]["data"]["values"]
        assert {row["scenario"] for row in tiles} == {"1 Latency"}
        captions = "".join(c.value for c in at.caption)
        assert "Latency on both memories, seed 0, running, 2 of 4 generations" in captions
        assert at.button(key="queue_hybrid").disabled


def test_hybrid_shows_the_technology_of_each_block(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="hybrid")
    searches.search(scenario="energy", memory="rram")
    at = page("hybrid")
    assert not at.exception
    memory = searches.store.result(run_id)["best"]["hardware"]["memory"]
    blocks = [memory] * 4 if isinstance(memory, str) else memory
    layer = charts(at)[0]["layer"][0]
    tiles = [row["letter"] for row in layer["data"]["values"]]
    assert tiles == ["R" if m == "rram" else "S" for m in blocks]
    [said] = [m.value for m in at.markdown if m.value.startswith("**Energy**: the search put")]
    best = searches.store.result(run_id)["best"]["metrics"]["energy_uj"]
    assert f"{best:,.0f}" in said or f"{best:.1f}" in said
    assert "all-RRAM" in said
    assert "with probability" in said or "(the same)" in said
    assert len(at.get("button")) >= 2  # the three searches, the 16 assignments
    assert len(charts(at)) == 1 + 3 + 2


def test_hybrid_button_queues_three(searches: Any, page: Any) -> None:
    at = page("hybrid")
    at.button(key="queue_hybrid").click().run()
    assert not at.exception
    rows = searches.store.list_runs()
    assert sorted(r.goal for r in rows) == sorted(GOALS)
    assert {r.memory for r in rows} == {"hybrid"}
    assert at.button(key="queue_hybrid").disabled


def test_the_map_of_memories_appears_row_by_row(searches: Any, page: Any) -> None:
    searches.search(scenario="energy", memory="hybrid")
    at = page("hybrid")
    assert "of 144 points done" in "".join(p.proto.text for p in at.get("progress"))
    before = len(charts(at))
    deadline = time.monotonic() + 120.0
    while len(charts(at)) == before or at.get("progress"):
        assert time.monotonic() < deadline
        time.sleep(0.5)
        at.run()
        assert not at.exception
    strips = charts(at)[0]["layer"][1]["data"]["values"]
    assert len({row["colour"] for row in strips}) == 2
    assert "decides between the memories here" in words(at)
    at.toggle(key="twin_phase").set_value(True).run()
    assert not at.exception
    table = at.dataframe[0].value
    assert len(table) == 144
    assert {"RRRR", "SSSS"} <= set(table["Blocks 1 to 4"])
