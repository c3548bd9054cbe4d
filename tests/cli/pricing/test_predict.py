from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Refused = Callable[..., str]
Call = Callable[..., Any]


def write(folder: Path, design: object, name: str = "design.json") -> Path:
    path = folder / name
    path.write_text(design if isinstance(design, str) else json.dumps(design))
    return path


@pytest.mark.parametrize("command", ["evaluate", "predict", "miou"])
@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"architecture": {"experts": [1] * 4, "hidden": [129, 64, 64, 64]}},
         "architecture.hidden[0]: found 129; block 1 of b0 allows 16 to 128"),
        ({"architecture": {"experts": [1, 2, 3, 6], "hidden": [64] * 4}},
         "architecture.experts[3]: found 6; "),
        ({"arhitecture": 3}, "arhitecture: unknown key; did you mean 'architecture'?"),
        ({"schema": "cmn.design/9"}, "schema: found \"cmn.design/9\"; "),
        ({"space": "b7"}, "space: found "),
        ({"workload": {"weight_bits": True}}, "workload.weight_bits: "),
        ({"workload": {"weight_bits": 99}}, "workload.weight_bits: "),
        ({"metrics": {"energy_uj": float("nan")}}, "metrics.energy_uj: found NaN; "),
        ({"provenance": {"x": float("inf")}}, "provenance.x: found Infinity; "),
        ({"schema": None}, "schema: found null; "),
        ({"space": "\ud800"}, 'space: found "\\ud800"; a text of whole Unicode'),
        ({"\ud800": 1}, 'design: found the key "\\ud800"; keys of whole Unicode'),
        ({"workload": {"routing": {"top_k": 6}}}, "workload.routing.top_k: found 6; "),
    ],
)  # fmt: skip
def test_bad_designs(
    refused: Refused, home: Path, design: dict[str, Any], command: str, change: Any, line: str
) -> None:
    path = write(home.parent, {**design, **change})
    options = () if command == "evaluate" else ("--dataset", "nyuv2")
    data = ("--data", "none.npz") if command == "miou" else ()
    assert refused(command, path, *options, *data).startswith(line)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "\x00", "42", '{"schema": "cmn.design/1"}'])
def test_files_that_hold_no_design(refused: Refused, home: Path, text: str) -> None:
    path = write(home.parent, text)
    refused("predict", path, "--dataset", "nyuv2")
    refused("evaluate", path)


def test_missing_file_and_data_set(refused: Refused, home: Path, design: dict[str, Any]) -> None:
    path = write(home.parent, design)
    assert refused("evaluate", "").startswith("design: is a directory; ")
    assert refused("predict", "no.json", "--dataset", "nyuv2").startswith("no.json: ")
    assert refused("predict", path).startswith("dataset: missing; ")
    assert refused("predict", path, "--dataset", "nyu").startswith("dataset: found 'nyu'; ")
    assert refused("miou", path, "--dataset", "nyuv2").startswith("data: missing; ")
    assert refused("evaluate", path, "--objective", "speed").startswith("objective: found 'speed'")
    assert refused("evaluate", path, "--dataset", "x").startswith("dataset: found 'x'; ")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--weight-bits", "0"), "weight_bits: found 0; 1 to 16 is allowed"),
        (("--weight-bits", "9" * 400), "weight_bits: found 99999"),
        (("--seed", "9" * 400), "seed: found 99999"),
        (("--seed", "-1"), "seed: found -1; 0 to 9007199254740991 is allowed"),
        (("--weight-bits", "8.5"), "weight_bits: found '8.5'; "),
        (("--read-noise", "nan"), "read_noise: found nan; "),
        (("--write-noise", "-1"), "write_noise: found -1; "),
        (("--seed", "x"), "seed: found 'x'; "),
    ],
)
def test_bad_settings_of_a_measurement(
    refused: Refused, home: Path, design: dict[str, Any], options: tuple[str, ...], line: str
) -> None:
    path = write(home.parent, design)
    words = ("miou", path, "--dataset", "nyuv2", "--data", "none.npz", *options)
    assert refused(*words).startswith(line)


def test_one_answer_per_file_in_order(call: Call, home: Path, design: dict[str, Any]) -> None:
    small = {**design, "architecture": {"experts": [1] * 4, "hidden": [16] * 4}}
    low_bits = {**design, "workload": {"weight_bits": 4}}
    sparse = {**design, "workload": {"routing": {"top_k": 1}}}
    large = {**design, "workload": {"image": [480, 640]}}
    files = [
        write(home.parent, d, f"{i}.json")
        for i, d in enumerate([design, small, low_bits, sparse, large])
    ]
    answers = call("predict", *files, "--dataset", "nyuv2", "--json").json
    full, tiny, coarse, routed, unknown = answers
    for answer in (full, tiny, coarse, routed):
        assert answer["low"] <= answer["miou"] <= answer["high"]
    assert tiny["miou"] < full["miou"], "experts and hidden units buy accuracy"
    assert coarse["miou"] < full["miou"], "four bits cost accuracy"
    assert routed["miou"] != full["miou"]
    assert unknown == {"miou": None, "low": None, "high": None}
    assert call("predict", files[0], "--dataset", "nyuv2").out.splitlines()[0].split() == [
        "design", "miou", "low", "high"
    ]  # fmt: skip


def test_routing_to_every_expert_is_dense(call: Call, home: Path, design: dict[str, Any]) -> None:
    """The design has 2, 3, 4 and 5 experts."""
    files = [
        write(home.parent, {**design, "workload": workload}, f"{i}.json")
        for i, workload in enumerate([None, {"routing": {"top_k": 5}}, {"routing": {"top_k": 4}}])
    ]
    dense, all_of_them, sparse = call("predict", *files, "--dataset", "nyuv2", "--json").json
    assert dense["miou"] is not None
    assert all_of_them == dense
    assert sparse["miou"] != dense["miou"]


def test_file_name_that_is_no_text_can_be_printed(
    call: Call, home: Path, design: dict[str, Any]
) -> None:
    path = write(home.parent, design, "odd\udcff.json")
    answer = call("predict", path, "--dataset", "nyuv2")
    assert answer.code == 0
    assert "odd\\udcff.json" in answer.out
    assert "odd\\udcfe.json: " in call("predict", "odd\udcfe.json", "--dataset", "nyuv2").err
