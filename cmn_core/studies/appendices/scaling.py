"""Figures F1 and F2: how training, searching and pricing grow with the network.

The paper's claims: nearly linear supernet training time, marginal growth of the search time, and a
simulator that handles larger models than its 10 MB limit lets a search build. Steps of training
and evaluations of a search are timed here; hours are those times the number of steps of a whole
run, and marked as extrapolated. Times are processor time of one thread, which other work on the
machine disturbs little.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, ClassVar

import numpy as np
import torch

from cmn_core.architecture import SPACES, Architecture
from cmn_core.cim.workload import weights
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.design import MEMORIES, Workload
from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.presets import load_preset, preset_names
from cmn_core.models.report import assess
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware
from cmn_core.studies.appendices.inference import DATASET
from cmn_core.studies.appendices.statistics import picked
from cmn_core.studies.result import Row
from cmn_core.studies.study import Settings, Step, Study
from cmn_core.supernet.measure.miou import measure
from cmn_core.supernet.measure.table_sample import sample
from cmn_core.supernet.network.allocator import keep_memory
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.training.precision import bf16_is_faster
from cmn_core.supernet.training.supernet import Recipe, Trainer

HOUR = 3600.0
TRAIN_IMAGES = 635  # of NYUv2 as it is used here
VAL_IMAGES = 160


class Scaling(Study):
    name = "scaling"
    figure = "Figures F1 and F2"
    question = "What do larger networks take to train, to search and to build?"
    full: ClassVar[Settings] = {
        "spaces": ["b0", "b1", "b2"],
        "batch": 16,
        "steps": 3,
        "images": 8,
        "architectures": 6,
        "population": 50,
        "generations": 30,
        "particles": 30,
        "iterations": 50,
        "presets": preset_names(),
        "array_mb": [10.0, 100.0, 1000.0],
    }
    small: ClassVar[Settings] = {
        "spaces": ["b0", "b1"],
        "batch": 2,
        "steps": 1,
        "images": 1,
        "architectures": 1,
        "particles": 4,
        "iterations": 3,
        "presets": ["vit-moe-b1"],
        "array_mb": [10.0, 100.0],
    }
    stands_on = ("simulator", "constants", "search")
    loose = ("cpu_seconds_each", "hours", "cpu_seconds")

    def steps(self, settings: Settings) -> list[Step]:
        spaces, sizes = settings["spaces"], settings["array_mb"]
        return [
            *({"part": "training", "space": s} for s in spaces),
            *({"part": "accuracy", "space": s} for s in spaces),
            *({"part": "hardware", "space": s, "memory": m} for s in spaces for m in MEMORIES),
            *(
                {"part": "model", "model": n, "memory": m}
                for n in settings["presets"]
                for m in MEMORIES
            ),
            *(
                {"part": "limit", "space": s, "memory": m, "max_array_mb": size}
                for s in spaces
                for m in MEMORIES
                for size in sizes
            ),
        ]

    def take(self, settings: Settings, step: Step) -> list[Row]:
        parts: dict[str, Callable[[Settings, Step], Row]] = {
            "training": _training,
            "accuracy": _accuracy,
            "hardware": _hardware,
            "model": _model,
            "limit": _limit,
        }
        return [{**step, **parts[step["part"]](settings, step)}]

    def summary(self, settings: Settings, rows: Sequence[Row]) -> dict[str, Any]:
        """Hours of a whole run by space, and the power with which they grow with the weights:
        1 is linear, 0 no growth. search: with the predictor (hardware alone) and with the supernet.
        """
        out: dict[str, Any] = {}
        training, searching, measuring = {}, {}, {}
        for space in settings["spaces"]:
            training[space] = picked(rows, part="training", space=space)[0]["hours"]
            hardware = [r["hours"] for r in picked(rows, part="hardware", space=space)]
            searching[space] = max(hardware)
            measuring[space] = picked(rows, part="accuracy", space=space)[0]["hours"]
            out[space] = {
                "weights": picked(rows, part="training", space=space)[0]["weights"],
                "training_hours": training[space],
                "search_hours": searching[space],
                "search_hours_by_supernet": searching[space] + measuring[space],
            }
        count = {s: out[s]["weights"] for s in settings["spaces"]}
        out["growth"] = {
            "training": _power(count, training),
            "search": _power(count, searching),
            "measuring": _power(count, measuring),
        }
        largest = max(picked(rows, part="model"), key=lambda r: r["weights"])
        out["largest_model"] = {n: largest[n] for n in ("model", "weights", "cpu_seconds")}
        return out


def _training(settings: Settings, step: Step) -> Row:
    """Processor time of a step of the supernet's training; pixels and labels are random, which
    changes no time."""
    # As `train` chooses: bfloat16 takes ten times as long where a processor has no words for it.
    half = bf16_is_faster()
    recipe = Recipe(space=step["space"], batch=settings["batch"], epochs=2, bf16=half)
    images = _noise(settings["batch"] * settings["steps"], settings["seed"])
    _quiet()
    with TemporaryDirectory() as folder:
        trainer = Trainer(recipe, images, Path(folder))
        warm = replace(
            images, images=images.images[: recipe.batch], labels=images.labels[: recipe.batch]
        )
        trainer.data = warm
        trainer.one_epoch()
        trainer.data, trainer.epoch = images, 1
        begun = process_time()
        trainer.one_epoch()
        each = (process_time() - begun) / settings["steps"]
    whole = Recipe().epochs * (TRAIN_IMAGES // settings["batch"])
    return {
        "how": "extrapolated",
        "weights": _count(step["space"]),
        "timed": settings["steps"],
        "of": whole,
        "cpu_seconds_each": each,
        "hours": each * whole / HOUR,
    }


def _accuracy(settings: Settings, step: Step) -> Row:
    """Processor time of measuring a subnet, mean over a sample of the space."""
    space = SPACES[step["space"]]
    images = _noise(settings["images"], settings["seed"])
    _quiet()
    chosen = _some(settings, step["space"])
    model = Segmenter(space, len(dataset_info(DATASET).classes)).eval()
    measure(model.subnet(space.smallest), images)
    begun = process_time()
    for architecture in chosen:
        measure(model.subnet(architecture), images)
    each = (process_time() - begun) / len(chosen) * VAL_IMAGES / settings["images"]
    return _extrapolated(settings, step, len(chosen), each)


def _hardware(settings: Settings, step: Step) -> Row:
    """Processor time of the hardware search of an architecture."""
    chosen = _some(settings, step["space"])
    begun = process_time()
    best_hardware(
        SPACES[step["space"]],
        Workload(),
        np.array([a.experts for a in chosen]),
        np.array([a.hidden for a in chosen]),
        memory=step["memory"],
        particles=settings["particles"],
        iterations=settings["iterations"],
    )
    each = (process_time() - begun) / len(chosen)
    return _extrapolated(settings, step, len(chosen), each)


def _extrapolated(settings: Settings, step: Step, timed: int, each: float) -> Row:
    """What a whole search takes, from the seconds of some of its architectures."""
    whole = settings["population"] * settings["generations"]
    return {
        "how": "extrapolated",
        "weights": _count(step["space"]),
        "timed": timed,
        "of": whole,
        "cpu_seconds_each": each,
        "hours": each * whole / HOUR,
    }


def _model(settings: Settings, step: Step) -> Row:
    """A larger network in the simulator, all weights resident, on the default macro."""
    begun = process_time()
    answer = assess(load_preset(step["model"]), with_macros(Chip(uniform(step["memory"]))))
    chips = answer["capacity"].get("chips", {"count": 1})["count"]
    return {
        "how": "simulated",
        "weights": answer["parameters"],
        "array_mb": answer["array_mb"],
        "chips_of_10_mb": chips,
        "energy_uj": answer["energy_uj"],
        "latency_us": answer["latency_us"],
        "area_mm2": answer["area_mm2"],
        "cpu_seconds": process_time() - begun,
    }


def _limit(settings: Settings, step: Step) -> Row:
    """The largest network of a space with hardware searched for energy x delay in that capacity."""
    largest = SPACES[step["space"]].largest
    found = best_hardware(
        SPACES[step["space"]],
        Workload(),
        np.array([largest.experts]),
        np.array([largest.hidden]),
        memory=step["memory"],
        limits=Limits(max_array_mb=step["max_array_mb"]),
        seed=settings["seed"],
        particles=settings["particles"],
        iterations=settings["iterations"],
    )
    return {
        "how": "simulated",
        "weights": _count(step["space"]),
        "fits": bool(found.feasible[0]),
        "array_mb": float(found.chip.array_mb[0]),
        "energy_uj": float(found.chip.energy_uj[0]),
        "latency_us": float(found.chip.latency_us[0]),
        "area_mm2": float(found.chip.area_mm2[0]),
    }


def _some(settings: Settings, space: str) -> list[Architecture]:
    """Subnets between the corners of the space."""
    return sample(SPACES[space], settings["architectures"] + 2, settings["seed"])[2:]


def _count(space: str) -> int:
    largest = SPACES[space].largest
    return int(weights(SPACES[space], largest.experts, largest.hidden))


def _noise(count: int, seed: int) -> SegmentationSet:
    rng, info = np.random.default_rng([seed, count]), dataset_info(DATASET)
    height, width = info.image
    images = rng.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    labels = rng.integers(0, len(info.classes), (count, height, width), dtype=np.uint8)
    return SegmentationSet(images, labels, info)


def _quiet() -> None:
    """One thread, and memory that stays, as training has it."""
    torch.set_num_threads(1)
    keep_memory()


def _power(count: dict[str, int], hours: dict[str, float]) -> float:
    """Slope of ln(hours) over ln(weights), least squares."""
    x = np.array([math.log(count[s]) for s in count])
    y = np.array([math.log(hours[s]) for s in count])
    return float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())
