from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

Call = Callable[..., Any]
MODEL = {
    "schema": "cmn.model/1",
    "name": "small",
    "layers": [
        {"kind": "product", "k": 64, "n": 64, "vectors": 10},
        {"kind": "ffn", "width": 64, "hidden": 128, "tokens": 10, "experts": 4, "top_k": 1},
    ],
}


@pytest.fixture
def path(home: Path) -> Path:
    file = home.parent / "model.json"
    file.write_text(json.dumps(MODEL))
    return file


def test_a_file_and_its_totals(call: Call, path: Path) -> None:
    answer = call("model", path, "--memory", "sram", "--json").json
    assert answer["model"] == "small"
    assert answer["parameters"] == 64 * 64 + 4 * 2 * 64 * 128 + 4 * 64
    assert answer["hardware"]["memory"] == {"product": "sram", "ffn": "sram"}
    assert answer["capacity"]["fits"] is True
    assert sum(row["energy_uj"] for row in answer["layers"]) == pytest.approx(answer["energy_uj"])


def test_split_copies_and_objective(call: Call, path: Path) -> None:
    split = ("--memory", "product=sram,ffn=rram")
    answer = call("model", path, *split, "--objective", "edp", "--replicas", "2", "--json").json
    assert set(answer["hardware"]["macros"]) == {"rram", "sram"}
    assert answer["hardware"]["replicas"] == 2
    plain = call("model", path, *split, "--json").json
    better = answer["energy_uj"] * answer["latency_us"]
    assert better < plain["energy_uj"] * plain["latency_us"]


def test_a_macro_of_ones_own(call: Call, path: Path) -> None:
    file = path.with_name("macro.json")
    file.write_text('{"sram": {"rows": 64}}')
    answer = call("model", path, "--memory", "sram", "--macro", file, "--json").json
    assert answer["hardware"]["macros"]["sram"]["rows"] == 64


def test_onnx_with_a_size_for_its_batch(call: Call, home: Path) -> None:
    """Two images of 3 x 8 x 8 through 5 kernels of 3 x 3 without borders: 6 x 6 positions each."""
    weights = numpy_helper.from_array(np.zeros((5, 3, 3, 3), np.float32), "w")
    node = helper.make_node("Conv", ["x", "w"], ["y"], name="conv")
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 8, 8])
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "net", [given], [made], [weights])
    file = home.parent / "net.onnx"
    file.write_bytes(helper.make_model(graph).SerializeToString())
    answer = call("model", file, "--dim", "batch=2", "--json").json
    row = {"name": "conv", "type": "Conv", "treatment": "priced", "why": "weights lie in arrays"}
    assert answer["operators"] == [{**row, "macs": 2 * 36 * 27 * 5}]
    assert answer["macs"] == 2 * 36 * 27 * 5
    assert "weights lie in arrays" in call("model", file, "--dim", "batch=2").out
    refused = call("model", file)
    assert refused.code == 2
    assert "such as batch=1, is expected (--dim of a command)" in refused.err


def test_files_for_others_are_written(call: Call, path: Path, home: Path) -> None:
    wishes = {
        "zigzag": "n.yaml",
        "neurosim": "n.csv",
        "accelforge": "a.yaml",
        "crosssim": "c.json",
        "aihwkit": "a.py",
        "model": "n.json",
        "csv": "t.csv",
        "latex": "t.tex",
    }
    files = {name: home.parent / file for name, file in wishes.items()}
    words = [word for name, file in files.items() for word in ("--write", f"{name}={file}")]
    written = call("model", path, *words, "--json").json["written"]
    assert [row["format"] for row in written] == list(wishes)
    assert written[1]["left_out"][-1].startswith("pooling is written as none")
    assert files["csv"].read_text().startswith("Layer,Kind,Block,")
    assert "toprule" in files["latex"].read_text()
    assert json.loads(files["crosssim"].read_text())["xbar"]["device"]["Rmin"] == 25_000
    compile(files["aihwkit"].read_text(), "a.py", "exec")
    assert files["accelforge"].read_text().startswith("workload:\n  einsums:\n  - name: ")
    plain = call("model", path, "--json").json
    assert call("model", files["model"], "--json").json["energy_uj"] == plain["energy_uj"]
    assert call("model", files["zigzag"], "--json").json["parameters"] == 64 * 64 + 8 * 64 * 128
    assert call("model", files["neurosim"], "--json").json["weights_mb"] > 0
    assert "left out" in call("model", path, "--write", f"neurosim={files['neurosim']}").out


def test_presets_are_listed_and_priced(call: Call, home: Path) -> None:
    rows = call("model", "--list", "--json").json
    names = [row["preset"] for row in rows]
    assert {"vit-moe-b0", "m3vit-s", "v-moe-b-16", "mixtral-8x7b-prefill"} <= set(names)
    assert all(row["source"] and row["phase"] for row in rows)
    shown = call("model", "mixtral-8x7b-decode").out
    assert "reload inferences_until_worn" in shown and "chips count" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "FILE.onnx|MODEL.json|PRESET: missing"),
        (("mixtral",), "model: found no file and no preset 'mixtral'"),
        (("nothing.json",), "nothing.json: no such file"),
        (("vit-moe-b0", "--write", "zigzg=a"), "write: found 'zigzg=a'; did you mean 'zigzag'?"),
        (("vit-moe-b0", "--write", "csv=no/such/a.csv"), "write: found 'csv=no/such/a.csv'"),
        (("nothing.yaml",), "nothing.yaml: No such file or directory"),
        (("nothing.onnx",), "nothing.onnx: No such file or directory"),
        (("vit-moe-b0", "--dim", "batch=1"), "dim: found 'batch'; an ONNX file has dimensions"),
        (("vit-moe-b0", "--dim", "batch"), "dim: found 'batch'; each name once"),
        (("vit-moe-b0", "--memory", "dram"), "memory: found 'dram'"),
        (("vit-moe-b0", "--memory", "product=sram"), "memory: found 'product=sram'"),
        (("vit-moe-b0", "--memory", "ffn=sram,ffn=rram"), "memory: found"),
        (("vit-moe-b0", "--objective", "ed"), "objective: found 'ed'"),
        (("vit-moe-b0", "--replicas", "0"), "replicas: found 0"),
        (("vit-moe-b0", "--max-array-mb", "nan"), "max_array_mb: found nan"),
        (("vit-moe-b0", "--max-array-mb", "0.0001"), "max_array_mb: found 0.0001"),
        (("vit-moe-b0", "--macro", "x.json"), "x.json: no such file"),
        (("vit-moe-b0", "--macro", "x.json", "--objective", "edp"), "objective: found 'edp'"),
    ],
)
def test_bad_input_is_one_line(
    refused: Callable[..., str], arguments: tuple[str, ...], said: str
) -> None:
    assert refused("model", *arguments, "--json").startswith(said)
