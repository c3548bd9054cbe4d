"""The command that repeats a search: typed again it asks for the same, and finds the same."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmn_core.cim.technologies.parameters import read_technology
from cmn_core.cim.technologies.template import template
from cmn_core.cli.searching.command_line import PROGRAM, command_line
from cmn_core.design import Workload
from cmn_core.runs.home import store_path
from cmn_core.runs.store.store import Store
from cmn_core.search.scenario import EXPERT, SEARCHED, Scenario

SMALL: Any = {"population": 4, "generations": 2, "particles": 4, "iterations": 3, "min_miou": 5.0}
SPARSE = Workload((240, 320), top_k=2)
BEGUN = {
    "schema": "cmn.design/1",
    "space": "b0",
    "architecture": {"experts": [2, 3, 4, 5], "hidden": [64, 128, 256, 512]},
}


def typed_again(call: Callable[..., Any], home: Path, text: str) -> tuple[dict[str, Any], Any]:
    """Settings and result of the run that the command makes."""
    words = shlex.split(text)
    assert tuple(words[:4]) == PROGRAM
    done = call(*words[3:], "--json")
    assert done.code == 0, done.err
    return Store(store_path(home)).get(done.json["run_id"]).scenario, done.json


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(goal="energy", memory="sram", seed=3, **SMALL),
        Scenario(goal="energy", memory="hybrid", placement=EXPERT, workload=SPARSE, **SMALL),
        Scenario(goal="latency", memory="rram", routing=SEARCHED, patience=None, **SMALL),
        Scenario.of_paper(goal="performance", memory="sram", **SMALL),
        Scenario(
            goal="energy",
            memory="rram",
            workload=Workload(
                (120, 160),
                top_k=(1, 2, 2, 3),
                images_per_second=2.5,
                temperature_c=60.0,
                activity=0.25,
            ),
            max_area_mm2=321.5,
            chip_miou=True,
            **SMALL,
        ),
        Scenario(
            goal="energy",
            memory="rram",
            robust="quantile",
            quantile=0.8,
            write_noise=0.05,
            noise_per_block=(1.0, 0.5, 0.0, 0.1),
            max_noise_loss=0.3,
            **SMALL,
        ),
    ],
    ids=["plain", "by expert", "searched routing", "paper", "conditions", "robust"],
)
def test_the_command_asks_for_the_same_search(
    call: Callable[..., Any], home: Path, scenario: Scenario
) -> None:
    line = command_line(scenario)
    assert (line.files, line.missing) == ({}, ())
    settings, _ = typed_again(call, home, line.text)
    assert settings == scenario.to_json()


def test_only_what_is_not_the_default_is_typed() -> None:
    line = command_line(Scenario(goal="energy", memory="sram", max_area_mm2=None))
    assert line.text == (
        "python -m cmn_core search --scenario energy --memory sram --max-area-mm2 none"
    )


def test_typed_again_it_finds_the_same(call: Callable[..., Any], home: Path) -> None:
    scenario = Scenario(goal="energy", memory="hybrid", placement=EXPERT, workload=SPARSE, **SMALL)
    one, two = (typed_again(call, home, command_line(scenario).text)[1] for _ in range(2))
    assert one["run_id"] != two["run_id"]
    assert (one["best"], one["front"], one["limits"]) == (two["best"], two["front"], two["limits"])


def test_what_lies_in_files_comes_with_the_command(call: Callable[..., Any], home: Path) -> None:
    own = Path("own.toml")
    own.write_text(template("rram"), encoding="utf-8")
    bits = Workload((240, 320), weight_bits=6, activation_bits=6)
    scenario = Scenario(
        goal="energy",
        memory="rram",
        technology={"rram": {k: v for k, v in read_technology(own).items() if v}},
        workload=bits,
        start=BEGUN,
        **SMALL,
    )
    line = command_line(scenario)
    assert sorted(line.files) == ["rram.toml", "start.json"] and line.missing == ()
    for name, content in line.files.items():
        Path(name).write_text(content, encoding="utf-8")
    settings, _ = typed_again(call, home, line.text)
    assert settings == scenario.to_json()


def test_what_no_option_states_is_named() -> None:
    bits = Workload((240, 320), weight_bits=6, activation_bits=6)
    line = command_line(Scenario(goal="energy", memory="rram", workload=bits))
    assert line.missing == ("weight_bits", "activation_bits")
