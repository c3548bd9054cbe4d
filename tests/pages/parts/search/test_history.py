"""The table of runs: what it says, what it picks, and what can be done to the picked ones."""

from __future__ import annotations

from typing import Any

from tests.pages.looks import texts, words


def opened(page: Any, *rows: int, **query: str) -> Any:
    at = page("search", **query)
    at.session_state["history_table"] = True
    if rows:
        picked = {"rows": list(rows), "columns": [], "cells": []}
        at.session_state["history_rows"] = {"selection": picked}
    return at.run()


def table(at: Any) -> Any:
    (found,) = [f.value for f in at.dataframe if "Limits asked for" in f.value.columns]
    return found


def test_runs_of_different_limits_can_be_told_apart(searches: Any, page: Any) -> None:
    searches.search(scenario="energy", memory="rram", max_area_mm2=500.0)
    searches.search(scenario="energy", memory="rram", label="=the second")
    rows = table(opened(page)).to_dict("records")
    assert [row["Name"] for row in rows] == ["'=the second", ""]
    assert rows[0]["Limits asked for"] != rows[1]["Limits asked for"]
    assert "500" in rows[1]["Limits asked for"]
    assert all(row["Best"].endswith(" µJ") and row["State"] == "done" for row in rows)


def test_the_filter_keeps_what_holds_every_word(searches: Any, page: Any) -> None:
    searches.search(scenario="energy", memory="rram")
    searches.search(scenario="latency", memory="sram")
    at = opened(page)
    at.text_input(key="history_filter").set_value("sram LATENCY").run()
    assert list(table(at)["Goal"]) == ["Latency"]
    at.text_input(key="history_filter").set_value("nothing").run()
    assert "No run fits the filter." in words(at)


def test_two_picked_runs_are_compared(searches: Any, page: Any) -> None:
    searches.search(scenario="energy", memory="rram")
    searches.search(scenario="energy", memory="sram")
    at = opened(page, 0, 1)
    assert not at.exception
    assert "2 runs compared" in texts(at)
    labels = {b.label for b in at.get("download_button")}
    assert {"Comparison as PDF", "Delete 2"} & labels == {"Comparison as PDF"}
    assert any(b.label == "Delete 2 for good" for b in at.button)


def test_a_picked_run_gets_a_name_and_goes(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram")
    at = opened(page, 0)
    at.text_input(key=f"rename_{run_id}").set_value("my best").run()
    assert searches.store.get(run_id).label == "my best"
    at.button(key="delete_runs").click().run()
    assert searches.store.list_runs() == [] and not at.exception


def test_what_matters_is_asked_for(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram")
    at = page("search", run=run_id)
    at.toggle(key="importance_on").set_value(True).run()
    assert not at.exception
    said = words(at)
    assert "designs that the run kept" in said or "different designs are needed" in said


def test_a_duplicated_run_stays_in_view(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram")
    at = page("search", run=run_id)
    at.button(key="duplicate").click().run()
    assert at.session_state["chosen_run"] == run_id
    at.button(key="start").click().run()
    assert at.session_state["chosen_run"] != run_id
    assert at.session_state["with"] == run_id and not at.exception
