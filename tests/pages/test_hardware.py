"""The Hardware page: a search for the chip of given networks, from its first step to its end."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from cmn_core.models.assigning.steps import settings
from cmn_core.models.assigning.task import HardwareTask
from cmn_core.models.file import parse_model
from cmn_core.runs.workers.job import work
from tests.pages.conftest import ME
from tests.pages.looks import charts, words

LAYERS = [
    {"kind": "product", "k": 27, "n": 32, "vectors": 4000, "block": "first"},
    {"kind": "product", "k": 512, "n": 512, "vectors": 60, "block": "second"},
]


def queue(searches: Any, *names: str, **asked: Any) -> str:
    files = [{"schema": "cmn.model/1", "name": name, "layers": LAYERS} for name in names]
    task = HardwareTask(memory="sram", **asked)
    stated = settings(task, [parse_model(file) for file in files])
    found: str = searches.store.create(stated, visitor=ME, networks=files)
    return found


def carry_on(searches: Any, run_id: str, until: int | None = None) -> None:
    """Work on it as a worker does, to its end or until so many steps are stored."""
    claim = searches.store.claim(run_id)
    with claim:
        for step in work(searches.store, claim):
            if step.index == until:
                searches.store.pause(run_id)


def test_without_a_search_the_way_to_one_is_shown(searches: Any, page: Any) -> None:
    at = page("hardware")
    assert not at.exception
    assert "No search for hardware yet" in words(at)


def test_a_search_from_queue_to_pause_to_its_end(searches: Any, page: Any) -> None:
    run_id = queue(searches, "small", max_area_mm2=20.0)
    at = page("hardware", run=run_id)
    assert not at.exception and "The first step appears here by itself" in words(at)
    assert {b.key for b in at.button} >= {"pause", "cancel"}
    carry_on(searches, run_id, until=2)
    at = page("hardware", run=run_id)
    assert not at.exception and at.button(key="resume").label == "Resume"
    assert "Not looked at" in words(at)
    at.button(key="resume").click().run()
    assert searches.store.get(run_id).state == "queued"
    carry_on(searches, run_id)
    at = page("hardware", run=run_id)
    assert not at.exception and not at.error
    answer = searches.store.result(run_id)
    said = words(at)
    assert "the best for these macros" in said
    assert "small on SRAM, least energy, area at most 20 mm²" in said
    assert "array rows " in said and re.search(r"supply 0\\.\d+ V", said) and "vdd" not in said
    assert "100% passes" not in said and "an RRAM read" not in said  # all on SRAM
    assert "mm² with the same macros would save" in said
    (bars,) = charts(at)
    assert {row["block"] for row in bars["layer"][0]["data"]["values"]} == {"first", "second"}
    groups = next(frame.value for frame in at.dataframe if "Copies" in frame.value)
    assert groups["Copies"].tolist() == [row["replicas"] for row in answer["groups"]]
    dies = next(frame.value for frame in at.dataframe if "Proven" in frame.value)
    assert dies["Largest die (mm²)"].tolist() == [20.0, 25.0, 30.0, 40.0]
    buttons = {b.label for b in at.get("download_button")}
    assert buttons >= {"Chip (JSON)", "Groups (CSV)", "Whole search (zip)"}
    at.toggle(key="twin_steps").set_value(True).run()
    steps = next(frame.value for frame in at.dataframe if "What" in frame.value)
    assert len(steps) == len(answer["history"])


def test_several_networks_say_what_sharing_costs(searches: Any, page: Any) -> None:
    three = queue(searches, "one", "two", "three")
    assert "one, two and 1 other on SRAM" in words(page("hardware", run=three))
    run_id = queue(searches, "one", "other", weights=(3.0, 1.0), max_area_mm2=None)
    carry_on(searches, run_id)
    at = page("hardware", run=run_id)
    assert not at.exception and not at.error
    table = next(frame.value for frame in at.dataframe if "Network" in frame.value)
    assert table["Network"].tolist() == ["one", "other"] and table["Weight"].tolist() == [3.0, 1.0]
    assert "no limit on area" in words(at)
    assert "sharing costs" in words(at) and "What a larger die would buy" not in [
        h.value for h in at.header
    ]


def test_what_does_not_fit_says_what_would(searches: Any, page: Any) -> None:
    run_id = queue(searches, "small", max_area_mm2=0.1)
    carry_on(searches, run_id)
    at = page("hardware", run=run_id)
    assert not at.exception
    assert "the smallest has" in at.error[0].value


def test_other_pages_do_not_list_it(searches: Any, page: Any) -> None:
    run_id = queue(searches, "small")
    at = page("search", run=run_id)
    assert not at.exception
    assert "small on SRAM" not in words(at)
    assert any("chip of a network" in link.proto.label for link in at.get("page_link"))
    for name in ("start", "results", "hybrid"):
        assert not page(name).exception


@pytest.mark.parametrize("run_id", ["nobody-knows-this-one", "no such thing!"])
def test_an_address_of_no_search(searches: Any, page: Any, run_id: str) -> None:
    at = page("hardware", run=run_id)
    assert not at.exception
    assert "names no search for hardware" in words(at)


def test_a_file_of_somebody_is_only_text(searches: Any, page: Any) -> None:
    name = "<b>bold</b> [link](x) **x**"
    run_id = queue(searches, name)
    carry_on(searches, run_id, until=2)
    at = page("hardware", run=run_id)
    assert not at.exception
    assert json.dumps(name) not in words(at) and "<b>" not in words(at)
