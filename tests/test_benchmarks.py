"""The benchmarks of search and training run; their figures are in docs."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(script, *options, folder):
    command = [sys.executable, str(ROOT / "benchmarks" / script), "--quick", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_hardware_search_is_compared_with_the_oracle_and_plain_pyswarms(tmp_path):
    text = run("search/inner.py", "--out", "inner.json", folder=tmp_path)
    assert "exact 100.00% of 4" in text
    (row,) = json.loads((tmp_path / "inner.json").read_text())
    assert row["regret"]["worst"] <= 1e-12
    assert row["regret"]["disagree"] == 0
    for loop in row["loop"].values():
        assert loop["loop_better"] == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["inner.json"]  # no report.log of pyswarms


@pytest.mark.skipif(importlib.util.find_spec("optuna") is None, reason="Optuna is not installed")
def test_every_rival_runs_and_a_second_run_takes_what_the_first_wrote(tmp_path):
    text = run("search/search.py", "--out", "search.json", folder=tmp_path)
    for name in ("this search", "random", "pymoo NSGA-II", "Optuna TPE", "Optuna NSGA-II"):
        assert f"  {name} " in text
    assert "Table B1 [2, 3, 3, 2]" in text
    stored = (tmp_path / "search.json").read_text()
    rows = json.loads(stored)["rows"]
    assert all(r["evaluations"] >= 24 for key, r in rows.items() if "/evaluations/" in key)
    assert run("search/search.py", "--out", "search.json", folder=tmp_path) == text
    assert (tmp_path / "search.json").read_text() == stored


def test_a_long_search_says_how_far_the_default_ones_end(tmp_path):
    asked = ("--no-paper", "--rivals", "pymoo NSGA-II", "--modes", "evaluations", "--long", "2")
    text = run("search/search.py", *asked, "--out", "search.json", folder=tmp_path)
    rows = json.loads((tmp_path / "search.json").read_text())["rows"]
    ours, long = rows["energy/sram/0/this search"], rows["energy/sram/long"]
    assert long["evaluations"] == 4 * ours["evaluations"]
    everybody = [row["best"] for row in rows.values() if row["best"] is not None]
    gap = ours["best"] / min(everybody) - 1.0
    assert f"best known {min(everybody):.4f}; this search ends {gap:.2%} from it" in text


def test_a_benchmark_that_is_out_of_time_shows_what_it_has(tmp_path):
    text = run("search/search.py", "--no-paper", "--minutes", "0", folder=tmp_path)
    assert "0 minutes are over" in text and "energy on sram" in text


def test_an_arm_of_the_recipe_is_trained_and_scored(tmp_path, capsys):
    spec = importlib.util.spec_from_file_location("recipes", ROOT / "benchmarks" / "recipes.py")
    assert spec is not None and spec.loader is not None
    recipes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipes)
    rng = np.random.default_rng(0)
    for part, count in (("train", 18), ("val", 2)):
        images = rng.integers(0, 256, (count, 120, 160, 3), dtype=np.uint8)
        labels = rng.integers(0, 11, (count, 120, 160), dtype=np.uint8)
        name = np.array(["north_1", "north_2", *[f"south_{i}" for i in range(count - 2)]])
        np.savez(tmp_path / f"{part}.npz", images=images, labels=labels, name=name)
    where = ["--data", str(tmp_path), "--dataset", "camvid", "--out", str(tmp_path / "out")]
    asked = [*where, "--epochs", "1", "--arms", "even experts"]
    recipes.main([*asked, "--hold-out", "north"])
    *_, head, last = capsys.readouterr().out.splitlines()
    assert head.split()[-2:] == ["s", "val"] and len(last[16:].split()) == 7
    arm, fold, seed = last[:16].strip(), *last[16:].split()[:2]
    assert (arm, fold, seed) == ("even experts", "north", "0")
    assert all(float(v) >= 0.0 for v in last[16:].split()[2:])
    assert (tmp_path / "out" / "even_experts_north_0" / "state.safetensors").exists()
    with pytest.raises(SystemExit, match="bear the name"):
        recipes.main([*asked, "--hold-out", "east"])


def test_the_model_of_workers_knows_every_task_of_a_generation(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks" / "dispatch"))
    workers = importlib.import_module("workers")
    tasks, rest_s = workers.generations(tmp_path, 6, 1)
    assert len(tasks) >= workers.GENERATIONS - 1 and rest_s > 0.0
    assert all(task.rows > 0 and task.spent_s > 0.0 and task.answer_bytes > 0 for task in tasks)
    few, _ = workers.generations(tmp_path, 6, 6)
    assert sum(t.rows for t in few) == sum(t.rows for t in tasks) and len(few) > len(tasks)
