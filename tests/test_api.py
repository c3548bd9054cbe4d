"""The door of the package: every name, what it gives, and how little it brings along."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import cmn_core as cmn
from cmn_core import api
from cmn_core.errors import FieldError

ROOT = Path(__file__).resolve().parents[1]
NAMES = (
    *("Design", "Scenario", "codesign", "compare", "evaluate", "examples", "figure"),
    *("load_design", "load_model", "predict", "price", "search_hardware"),
)
HEAVY = (
    *("torch", "streamlit", "matplotlib", "pandas", "pymoo", "pyswarms", "scipy", "altair"),
    *("onnx", "pyarrow", "h5py"),
)


UNASKED = ("cmn_core.models.layers", "cmn_core.search.hardware", "cmn_core.search.inner.swarm")


def loaded(code: str, names: tuple[str, ...] = HEAVY) -> list[str]:
    """Which of these modules a program of these lines has imported at its end."""
    code += f"\nimport sys; print([m for m in {names!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout.splitlines()[-1].replace("'", '"')))


@pytest.fixture
def file(tmp_path: Path) -> Callable[[dict[str, Any]], str]:
    """A design file without hardware, with what a test adds to it."""

    def write(added: dict[str, Any]) -> str:
        design = {
            "schema": "cmn.design/1",
            "space": "b0",
            "architecture": {"experts": [2, 3, 4, 5], "hidden": [64, 128, 256, 512]},
        }
        path = tmp_path / "design.json"
        path.write_text(json.dumps(design | added))
        return str(path)

    return write


def test_the_door_has_these_names_and_no_others() -> None:
    assert tuple(sorted(cmn.__all__)) == NAMES
    assert set(NAMES) <= set(dir(cmn))
    assert [name for name in NAMES if getattr(cmn, name).__doc__ is None] == []
    with pytest.raises(AttributeError, match="'codesing'"):
        _ = cmn.codesing


def test_importing_brings_no_package_along_and_pricing_only_what_it_needs() -> None:
    begun = "import sys; import cmn_core as cmn; assert 'numpy' not in sys.modules"
    assert loaded(begun) == []
    assert loaded("import cmn_core as cmn; cmn.evaluate(cmn.examples()['energy_hybrid'])") == []
    assert loaded("import cmn_core as cmn; cmn.price('m3vit-s'); cmn.predict('energy_rram')") == []


def test_the_command_that_prices_a_design_brings_no_more(tmp_path: Path) -> None:
    path = tmp_path / "design.json"
    path.write_text(json.dumps(cmn.examples()["latency_sram"].to_json()))
    code = f"from cmn_core.cli import main; assert main(['evaluate', {str(path)!r}, '--json']) == 0"
    assert loaded(code, HEAVY + UNASKED) == []


def test_examples_are_the_nine_searches_with_what_they_stored() -> None:
    found = cmn.examples()
    goals, memories = ("energy", "latency", "performance"), ("hybrid", "rram", "sram")
    assert list(found) == [f"{goal}_{memory}" for goal in goals for memory in memories]
    for name, design in found.items():
        answer = cmn.evaluate(design)
        assert design.metrics is not None
        assert answer["energy_uj"] == pytest.approx(design.metrics["energy_uj"], rel=1e-9), name
        assert cmn.load_design(name) == design


def test_a_design_is_the_same_from_file_object_and_name(
    tmp_path: Path, file: Callable[[dict[str, Any]], str]
) -> None:
    path = file({"workload": {"weight_bits": 6}})
    design = cmn.load_design(path)
    assert isinstance(design, cmn.Design)
    assert design.workload.weight_bits == 6
    assert cmn.load_design(Path(path)) == cmn.load_design(design.to_json()) == design
    assert cmn.load_design(design) is design


def test_answers_are_those_of_the_commands(
    file: Callable[[dict[str, Any]], str], capsys: pytest.CaptureFixture[str]
) -> None:
    from cmn_core.cli import main

    def command(*words: str) -> Any:
        assert main([*words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    path = file({"hardware": {"memory": "sram"}})
    assert cmn.evaluate(path, objective="energy") == command(
        "evaluate", path, "--objective", "energy"
    )
    assert [cmn.predict(path)] == command("predict", path, "--dataset", "nyuv2")
    assert cmn.price("m3vit-s", memory={"product": "sram", "ffn": "rram"}) == command(
        "model", "m3vit-s", "--memory", "product=sram,ffn=rram"
    )


def test_bits_that_nobody_named_are_floating_point_in_a_prediction(
    file: Callable[[dict[str, Any]], str],
) -> None:
    free = cmn.predict(file({}))
    eight = cmn.predict(file({"workload": {"weight_bits": 8}}))
    design = cmn.load_design(file({}))
    assert eight["miou"] != free["miou"]
    assert cmn.predict(design) == eight
    assert cmn.predict(replace(design, workload=replace(design.workload, image=(480, 640)))) == {
        "miou": None, "low": None, "high": None
    }  # fmt: skip


def test_a_search_begins_here() -> None:
    scenario = cmn.Scenario(goal="energy", memory="sram", population=6, generations=1)
    last = list(cmn.codesign(scenario, seed=1))[-1]
    assert last.index == 1


@pytest.mark.parametrize(
    ("ask", "line"),
    [
        (lambda: cmn.load_design("energy_hybird"), "energy_hybird: no such file or directory"),
        (lambda: cmn.load_design(3), "design: found the number 3"),
        (lambda: cmn.evaluate("energy_rram", busiest="most"), "busiest: found 'most'"),
        (lambda: cmn.evaluate("energy_rram", dataset="coco"), "dataset: found 'coco'"),
        (lambda: cmn.evaluate("energy_rram", objective="speed"), "objective: found 'speed'"),
        (lambda: cmn.load_model("mixtrel"), "model: found no file and no preset 'mixtrel'"),
        (lambda: cmn.price("m3vit-s", memory="dram"), "memory: found 'dram'"),
        (lambda: cmn.price("m3vit-s", memory={"ffn": "rram"}), "memory.product: missing"),
        (lambda: cmn.price("m3vit-s", memory={"fnn": "rram"}), "memory.fnn: unknown key"),
        (lambda: cmn.price("m3vit-s", replicas=0), "replicas: found 0"),
        (lambda: cmn.price("m3vit-s", replicas=True), "replicas: found True"),
        (lambda: cmn.price("m3vit-s", max_array_mb=float("nan")), "max_array_mb: found nan"),
        (lambda: cmn.price("m3vit-s", objective="speed"), "objective: found 'speed'"),
        (
            lambda: cmn.price("m3vit-s", objective="edp", macros={"rram": {}}),
            "objective: found 'edp'; a given macro is not searched",
        ),
        (lambda: api.phase("energy_rram", objective="size"), "objective: found 'size'"),
        (lambda: api.phase("energy_rram", points=1), "points: found 1"),
        (
            lambda: api.phase("energy_rram", images_per_second=(3.0, 1.0)),
            "images_per_second: found 3 to 1",
        ),
        (lambda: api.phase("energy_rram", max_area_mm2=(0.0, 9.0)), "max_area_mm2: found 0 to 9"),
        (lambda: cmn.price("m3vit-s", node=28.0), "conditions.node: unknown key"),
        (lambda: cmn.search_hardware("m3vit-s", node=28.0), "conditions.node: unknown key"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(ask: Callable[[], object], line: str) -> None:
    with pytest.raises(FieldError) as refused:
        ask()
    assert str(refused.value).startswith(line)
