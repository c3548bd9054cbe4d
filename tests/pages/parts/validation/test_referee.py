"""Other simulators: what ships is whole, our side of it is today's, and the page tells it."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.refereeing import cases, ours
from pages.parts.validation import referee

TOOLS = {"ZigZag", "AccelForge", "AIHWKit"}


def name(tool: str) -> str:
    return tool.split()[0]


def test_each_tool_says_its_version_and_every_layer_of_an_array_is_there() -> None:
    found = referee.stored()
    assert {name(tool) for tool in found["tools"]} == TOOLS
    assert all(len(tool.split()) == 2 for tool in found["tools"])
    works = [work.name for work in ours.all_works()]
    arrays = {array.name for array in cases.ARRAYS}
    priced: dict[tuple[str, str], list[str]] = {}
    for row in found["prices"]:
        priced.setdefault((row["tool"], row["array"]), []).append(row["work"])
        assert row["theirs"]["energy_fj_per_mac"] > 0.0
    assert {array for _, array in priced} == arrays
    assert all(there == works for there in priced.values())
    assert [row["product"] for row in found["errors"]] == [p.name for p in cases.PRODUCTS]


def test_ours_is_what_the_simulator_says_today() -> None:
    found, now = referee.stored(), ours.everything()
    for row in found["prices"]:
        for key, value in now["prices"][row["array"]][row["work"]].items():
            assert row["ours"][key] == pytest.approx(value, rel=1e-5)
    for row in found["areas"]:
        assert row["ours_um2"] == pytest.approx(now["area_um2"][row["array"]], rel=1e-5)
    for row in found["errors"]:
        assert row["ours_percent"] == pytest.approx(now["error_percent"][row["product"]], rel=1e-5)


def test_ours_by_hand_for_a_layer_that_fills_one_array() -> None:
    """128 x 16 weights of 8 bits fill 128 x 128 cells: one read per vector, nothing else."""
    array = cases.ARRAYS[-1]
    work = cases.Work("full", (cases.Gemm("full", 128, 16, 10),))
    assert ours.price(array, work)["time_us"] == pytest.approx(10 * ours.read_ns(array) / 1e3)
    twice = cases.Work("two", (cases.Gemm("full", 128, 16, 10, count=2),))
    assert ours.price(array, twice) == {
        "energy_fj_per_mac": pytest.approx(ours.price(array, work)["energy_fj_per_mac"]),
        "time_us": pytest.approx(2 * ours.price(array, work)["time_us"]),
    }


def test_every_tool_has_reasons_and_every_sentence_is_short() -> None:
    found = referee.stored()
    assert {reason["tool"] for reason in found["reasons"]} == TOOLS
    for reason in [*found["reasons"], *found["not_run"]]:
        assert all(len(part.split()) <= 30 for part in reason["why"].split(". "))


def test_the_sentence_counts_what_lies_within_two() -> None:
    rows: list[dict[str, Any]] = [{"ratio": 0.25}, {"ratio": 1.5}, {"ratio": 2.0}]
    assert referee.in_a_sentence(rows) == (
        "Of 3 energies 2 lie within 2×, the median is 2.00× off,"
        " and ours are 0.250 to 2.00 times theirs."
    )
