from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
TOTALS = ("energy_uj", "latency_us", "area_mm2", "weights_mb", "array_mb", "tops_per_mm2")


def write(folder: Path, design: object) -> Path:
    path = folder / "design.json"
    path.write_text(json.dumps(design))
    return path


@pytest.mark.parametrize("memory", ["rram", "sram", ["rram", "sram", "sram", "rram"], None])
def test_answer_of_the_interface(
    call: Call, home: Path, design: dict[str, Any], memory: object
) -> None:
    hardware = {} if memory is None else {"hardware": {"memory": memory}}
    answer = call("evaluate", write(home.parent, {**design, **hardware}), "--json").json
    assert all(answer[key] > 0 for key in TOTALS)
    assert answer["array_mb"] <= 10.0
    assert answer["miou_low"] <= answer["miou"] <= answer["miou_high"]
    assert answer["miou_source"]
    assert len(answer["output_sigma_rel"]) == 4
    assert [row["block"] for row in answer["blocks"]] == [1, 2, 3, 4, "other"]
    for quantity in ("energy_uj", "area_mm2"):
        total = sum(row[quantity] for row in answer["blocks"])
        assert total == pytest.approx(answer[quantity], rel=1e-9)
    for row in answer["blocks"]:
        for quantity, parts in row["breakdown"].items():
            assert sum(parts.values()) == pytest.approx(row[quantity], rel=1e-9)
    if memory is not None:
        assert answer["hardware"]["memory"] == memory
    complete = {**design, "hardware": answer["hardware"]}
    assert call("evaluate", write(home.parent, complete), "--json").json == answer


def test_what_the_file_gives_is_kept_and_the_rest_is_searched(
    call: Call, home: Path, design: dict[str, Any]
) -> None:
    given = {"memory": "sram", "replicas": [2, 1, 1, 1]}
    path = write(home.parent, {**design, "hardware": given})
    found = call("evaluate", path, "--json").json["hardware"]
    assert found["replicas"] == [2, 1, 1, 1]
    given = {"memory": "sram", "macros": found["macros"]}
    path = write(home.parent, {**design, "hardware": given})
    assert call("evaluate", path, "--json").json["hardware"]["macros"] == found["macros"]


def test_each_objective_is_best_at_its_own(call: Call, home: Path, design: dict[str, Any]) -> None:
    path = write(home.parent, {**design, "hardware": {"memory": "sram"}})
    answers = {
        name: call("evaluate", path, "--objective", name, "--json").json
        for name in ("energy", "latency", "edp", "edap")
    }

    def value(answer: dict[str, Any], name: str) -> float:
        energy, latency = answer["energy_uj"], answer["latency_us"]
        product = energy * latency
        return {
            "energy": energy,
            "latency": latency,
            "edp": product,
            "edap": product * answer["area_mm2"],
        }[name]

    for name, own in answers.items():
        assert all(value(own, name) <= value(other, name) for other in answers.values()), name


def test_no_miou_where_there_is_no_basis(call: Call, home: Path, design: dict[str, Any]) -> None:
    large = {**design, "workload": {"image": [480, 640]}, "hardware": {"memory": "sram"}}
    answer = call("evaluate", write(home.parent, large), "--json").json
    assert answer["miou"] is None
    assert answer["miou_source"] is None
    assert answer["energy_uj"] > 0


def test_routing_to_every_expert_keeps_its_miou(
    call: Call, home: Path, design: dict[str, Any]
) -> None:
    answers = []
    for routing in ("dense", {"top_k": 5}, {"top_k": 4}):
        sparse = {**design, "workload": {"routing": routing}}
        path = write(home.parent, {**sparse, "hardware": {"memory": "sram"}})
        answers.append(call("evaluate", path, "--json").json["miou"])
    dense, all_of_them, fewer = answers
    assert all_of_them == dense != fewer


def test_unbuildable_macros_are_refused(
    refused: Callable[..., str], home: Path, design: dict[str, Any]
) -> None:
    for macros, start in (
        ({"rram": {"rowz": 64}}, "hardware.macros.rram.rowz: unknown key; did you mean 'rows'?"),
        ({"rram": {"rows": -1}}, "hardware.macros.rram"),
        ({"rram": {"rows": 10**400}}, "hardware.macros.rram"),
    ):
        hardware = {"memory": "rram", "macros": macros}
        line = refused("evaluate", write(home.parent, {**design, "hardware": hardware}))
        assert line.startswith(start)


def test_table_for_people(call: Call, home: Path, design: dict[str, Any]) -> None:
    path = write(home.parent, {**design, "hardware": {"memory": "rram"}})
    text = call("evaluate", path).out
    assert "energy_uj" in text
    assert "rram rows" in text
    assert "other" in text


def test_the_busiest_expert_is_taken_at_worst_or_as_measured(
    call: Callable[..., Any], home: Path, design: dict[str, Any]
) -> None:
    path = home.parent / "sparse.json"
    path.write_text(json.dumps({**design, "workload": {"routing": {"top_k": 1}}}))
    worst = call("evaluate", path, "--busiest", "worst", "--json").json
    assert worst["busiest"] == [1.0] * 4
    path.write_text(
        json.dumps({**design, "workload": {"routing": {"top_k": 1}}, "hardware": worst["hardware"]})
    )
    measured = call("evaluate", path, "--busiest", "measured", "--json").json
    assert call("evaluate", path, "--json").json == measured  # where it was measured
    assert max(measured["busiest"]) < 1.0
    assert "measured on" in measured["busiest_source"]
    assert measured["latency_us"] < worst["latency_us"]


def test_a_busiest_that_nobody_measured_is_one_line(
    refused: Callable[..., str], home: Path, design: dict[str, Any]
) -> None:
    path = home.parent / "design.json"
    path.write_text(json.dumps(design))
    assert refused("evaluate", path, "--busiest", "mesured").startswith(
        "busiest: found 'mesured'; did you mean 'measured'"
    )
