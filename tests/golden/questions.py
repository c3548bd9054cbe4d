"""What the golden results are answers to: words of the command line, and the files they name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CHIPS = ROOT / "assets" / "silicon" / "chips.csv"
EXAMPLES = ROOT / "assets" / "examples"

GOALS = ("latency", "energy", "performance")
MEMORIES = ("rram", "sram", "hybrid")
METHODS = ("nsga2", "algorithm1")
SMALL = (
    *("--population", "8", "--generations", "3"),
    *("--particles", "8", "--iterations", "6", "--seed", "7"),
)  # fmt: skip
NOISE = ("--write-noise", "0.01", "--read-noise", "0.005", "--noise-per-block", "1,1,0.5,0.5")

RRAM = {
    "rows": 128,
    "cols": 128,
    "active_rows": 64,
    "adc_bits": 8,
    "columns_per_adc": 8,
    "cell_bits": 1,
    "dac_bits": 1,
    "vdd_v": 0.9,
}
SRAM = {"rows": 64, "cols": 256, "rows_per_tree": 4, "input_bits_per_step": 2, "vdd_v": 0.7}
ON_RRAM = {"memory": "rram", "macros": {"rram": RRAM}, "replicas": [2, 1, 1, 1]}
ON_SRAM = {"memory": "sram", "macros": {"sram": SRAM}, "replicas": [4, 2, 1, 1]}
ON_BOTH = {
    "memory": ["rram", "sram", "sram", "rram"],
    "macros": {"rram": RRAM, "sram": SRAM},
    "replicas": [3, 2, 1, 1],
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """A command; `json_files` lie in its working directory under these names."""

    file: str  # of the answer, below results
    words: tuple[str, ...]
    json_files: dict[str, Any] = field(default_factory=dict)


def search(goal: str, memory: str, *more: str) -> tuple[str, ...]:
    return ("search", "--scenario", goal, "--memory", memory, *SMALL, *more, "--json")


def design(**parts: Any) -> dict[str, Any]:
    """A design of medium size; without hardware unless it is among the parts."""
    architecture = {"experts": [2, 3, 4, 5], "hidden": [64, 128, 256, 512]}
    return {"schema": "cmn.design/1", "space": "b0", "architecture": architecture, **parts}


def _searches() -> Iterator[Question]:
    for method in METHODS:
        for goal in GOALS:
            for memory in MEMORIES:
                words = search(goal, memory, "--method", method, "--paper")
                yield Question(file=f"{method}/{goal}_{memory}.json", words=words)
    for goal in GOALS:  # under the conditions that a search has by default
        for memory in MEMORIES:
            yield Question(file=f"default/{goal}_{memory}.json", words=search(goal, memory))
    limits = ("--robust", "quantile", "--quantile", "0.9", "--max-noise-loss", "2")
    yield Question(
        file="robust/quantile.json", words=search("performance", "rram", *limits, *NOISE, "--paper")
    )
    worst = ("--robust", "worst", "--method", "algorithm1", "--paper")
    yield Question(file="robust/worst.json", words=search("energy", "hybrid", *worst, *NOISE))


def _designs() -> Iterator[Question]:
    workloads = {
        "top_k": {"weight_bits": 8, "routing": {"top_k": 2}},
        "weight_bits_4": {"weight_bits": 4},
    }
    asked = {
        "rram": design(hardware=ON_RRAM),
        "sram": design(hardware=ON_SRAM),
        "hybrid": design(hardware=ON_BOTH),
        "hardware_absent": design(),
        **{name: design(workload=w, hardware=ON_BOTH) for name, w in workloads.items()},
    }
    for name, document in asked.items():
        yield Question(
            file=f"evaluate/{name}.json",
            words=("evaluate", "design.json", "--json"),
            json_files={"design.json": document},
        )
    for dataset in ("nyuv2", "camvid"):
        files = {f"{name}.json": document for name, document in asked.items()}
        yield Question(
            file=f"predict/{dataset}.json",
            words=("predict", *files, "--dataset", dataset, "--json"),
            json_files=files,
        )


def _tables() -> Iterator[Question]:
    yield Question(file="tables/macro.json", words=("macro", str(CHIPS), "--json"))
    yield Question(file="tables/paper.json", words=("paper", "--json"))
    split = ("--memory", "product=sram,ffn=rram", "--objective", "edp")
    for preset, more in {"vit-moe-b0": split, "mixtral-8x7b-decode": ()}.items():
        words = ("model", preset, *more, "--json")
        yield Question(file=f"tables/model_{preset}.json", words=words)


QUESTIONS = (*_searches(), *_designs(), *_tables())
