"""Learn: every chapter, its controls, tasks, glossary, the teacher's sheet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cmn_core.classroom.lesson import code_of, read_lesson
from cmn_core.classroom.tasks import task
from cmn_core.classroom.texts import CHAPTERS, chapter, glossary
from cmn_core.runs.store.examples import export_example


def captions(at: Any) -> str:
    return " ".join(c.value for c in at.caption)


def specs(at: Any) -> list[Any]:
    return [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]


@pytest.mark.parametrize("name", [c for c in CHAPTERS if c != "evolution"])
def test_a_chapter_has_its_words_and_a_picture(searches: Any, page: Any, name: str) -> None:
    at = page("learn", chapter=name)
    assert not at.exception
    assert at.header[0].value == chapter(name).title
    assert len(specs(at)) == (2 if name == "adc" else 1)
    assert "(sim.)" in captions(at) or name == "array"
    question = at.markdown[0].value
    assert len(f"{question} {chapter(name).before}".split()) <= 60


def test_evolution_moves_through_a_recorded_search(
    searches: Any, examples: Path, page: Any
) -> None:
    run_id = searches.search(scenario="energy", memory="rram")
    example = export_example(searches.store, run_id)
    (examples / "energy_rram.json").write_text(json.dumps(example))
    at = page("learn", chapter="evolution")
    at.slider(key="learn_generation").set_value(4).run()
    assert not at.exception
    assert "Generation 4 of 4" in captions(at)
    kinds = [row.get("kind") for layer in specs(at)[0]["layer"] for row in layer["data"]["values"]]
    assert "front" in kinds and "best" in kinds


def test_without_a_recorded_search_the_chapter_says_so(page: Any) -> None:
    at = page("learn", chapter="evolution")
    assert not at.exception
    assert "No recorded search" in at.info[0].value


def test_the_first_chapter_follows_the_address_and_a_wrong_one_is_told(page: Any) -> None:
    assert page("learn").header[0].value == chapter("network").title
    at = page("learn", chapter="<script>")
    assert not at.exception
    assert "does not exist" in at.warning[0].value
    assert at.header[0].value == chapter("network").title
    at.button(key="next_network").click().run()
    assert at.header[0].value == chapter("map").title
    assert at.query_params["chapter"] == "map"


def test_more_experts_take_more_arrays(page: Any) -> None:
    at = page("learn")
    before = specs(at)[0]["layer"][0]["data"]["values"]
    at.slider(key="learn_experts").set_value(5).run()
    after = specs(at)[0]["layer"][0]["data"]["values"]
    assert len(after) - len(before) == 4 * 3


def test_a_coarse_adc_reads_columns_wrongly(page: Any) -> None:
    at = page("learn", chapter="array")
    assert "every column is read rightly" in captions(at)
    at.segmented_control(key="learn_bits").set_value(2).run()
    assert "columns are read wrongly" in captions(at)


def test_few_bits_pass_the_limit_and_lose_the_network(page: Any) -> None:
    at = page("learn", chapter="adc")
    at.slider(key="learn_adc").set_value(3).run()
    assert "3 bits: output error 109" in captions(at)
    assert "limit 8 %" in json.dumps(specs(at)[0])


def test_waiting_turns_the_comparison_round(page: Any) -> None:
    at = page("learn", chapter="standby")

    def totals() -> dict[str, float]:
        return {r["memory"]: r["end"] for r in specs(at)[0]["layer"][2]["data"]["values"]}

    busy = totals()
    at.select_slider(key="learn_pause").set_value("1 h").run()
    slow = totals()
    assert busy["SRAM"] < busy["RRAM"] and slow["SRAM"] > slow["RRAM"]
    assert not at.warning
    at.select_slider(key="learn_pause").set_value("10 ms").run()
    assert "Too slow for this rate: RRAM" in at.warning[0].value


def test_other_figures_follow_their_controls(page: Any) -> None:
    at = page("learn", chapter="cells")
    at.segmented_control(key="learn_cell").set_value(3).run()
    assert "3 columns" in captions(at) and "misread most" in captions(at)
    at = page("learn", chapter="swarm")
    first = specs(at)[0]["layer"][4]["data"]["values"]
    at.slider(key="learn_step").set_value(11).run()
    assert specs(at)[0]["layer"][4]["data"]["values"] != first


def test_a_task_waits_for_a_prediction_and_then_reveals(page: Any) -> None:
    at = page("learn", chapter="tasks")
    assert not at.exception
    assert at.button(key="reveal_adc").disabled
    right = task("adc").right
    at.radio(key="guess_adc").set_value(right).run()
    assert not at.success
    at.button(key="reveal_adc").click().run()
    assert "Right" in at.success[0].value
    at.radio(key="guess_expert").set_value((task("expert").right + 1) % 3).run()
    at.button(key="reveal_expert").click().run()
    assert "The simulator says" in at.info[0].value
    assert sum("<table" in h.proto.body for h in at.get("html")) == 2


def test_the_glossary_is_searched(page: Any) -> None:
    at = page("learn", chapter="glossary")
    assert sum(f"**{t}**" in m.value for m in at.markdown for t in glossary()) == len(glossary())
    at.text_input(key="glossary_find").set_value("transistors").run()
    assert [t for t in glossary() if any(f"**{t}**" in m.value for m in at.markdown)] == ["SRAM"]
    at.text_input(key="glossary_find").set_value("xyzzy").run()
    assert "No entry" in at.info[0].value


def test_the_teachers_sheet_is_shown_and_can_be_taken_away(page: Any) -> None:
    at = page("learn", chapter="teacher")
    assert not at.exception
    text = " ".join(m.value for m in at.markdown)
    assert "45 minutes" in text and "Answers" in text and "{" not in text
    assert len(at.get("download_button")) == 2


def test_answers_are_kept_from_students(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMN_SHARED", "1")
    at = page("learn", chapter="teacher")
    assert not at.exception
    assert 'Every "Try"' not in " ".join(m.value for m in at.markdown)
    assert len(at.get("download_button")) == 1
    key = "a-key-that-only-the-teacher-has"
    at.session_state["lesson"] = read_lesson(
        {"class": "7b", "code": code_of(key), "scenario": "energy", "memory": "sram"}
    )
    at.session_state["lesson_key"] = "guessed"
    assert len(at.run().get("download_button")) == 1
    at.session_state["lesson_key"] = key
    assert 'Every "Try"' in " ".join(m.value for m in at.run().markdown)
    monkeypatch.setenv("CMN_TEACHER_KEY", "the-key-of-the-server-itself")
    assert len(at.run().get("download_button")) == 1, "whoever makes a class is no teacher there"
    own = page("learn", chapter="teacher", key="the-key-of-the-server-itself")
    assert len(own.get("download_button")) == 2
    assert "key" not in own.query_params


def test_sheets_come_for_pupils_and_for_masters(page: Any) -> None:
    at = page("learn", chapter="sheets")
    assert "Write your prediction down" in " ".join(m.value for m in at.markdown)
    at.segmented_control(key="learn_sheet").set_value("masters").run()
    assert "90 minutes" in " ".join(m.value for m in at.markdown)
    assert not at.exception


def test_figures_of_the_mapping_follow_their_controls(page: Any) -> None:
    at = page("learn", chapter="slices")
    assert "= -93" in captions(at)
    at.segmented_control(key="learn_slice_bits").set_value(3).run()
    assert "With cells of 3 bits" in captions(at)
    at = page("learn", chapter="map")
    at.segmented_control(key="learn_map_block").set_value(4).run()
    assert "56 arrays of 128 × 128, 100% of their cells" in captions(at)
    at = page("learn", chapter="stationary")
    before = captions(at)
    at.segmented_control(key="learn_anew").set_value("1,000,000").run()
    assert captions(at) != before
    at = page("learn", chapter="sparse")
    at.slider(key="learn_sparse").set_value(5).run()
    assert "instead of 5" in captions(at)


@pytest.fixture(autouse=True)
def empty_store(searches: Any) -> None:
    """Pages never read the user's own store here."""
