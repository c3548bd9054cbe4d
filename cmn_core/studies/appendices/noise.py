"""Figure E1: what noise of RRAM cells does to searched networks, measured by real inference.

The paper's claims: the search is robust to homogeneous variation, and constraints for non-ideal
factors adapt it to non-homogeneous variation. Four parts: the searched design under every kind of
noise, a population of subnets under noise, searches on RRAM whose accuracy is measured under noise,
and searches that may put blocks on SRAM (noise_aware_search.py).

Noise is relative to the largest weight of each matrix (docs/nonideal.md). Every kind has the same
mean power over the blocks, so kinds differ in where the noise is, not in how much of it there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from cmn_core.architecture import SPACES, Architecture
from cmn_core.nonideal import NonIdeal
from cmn_core.search.scenario import Scenario
from cmn_core.studies.appendices.inference import SPACE, Bench, MeasuredAccuracy
from cmn_core.studies.appendices.noise_aware_search import EARLY, EVEN, LATE, compared, placed
from cmn_core.studies.appendices.searches import genes, searched
from cmn_core.studies.appendices.statistics import picked, spread
from cmn_core.studies.result import Row
from cmn_core.studies.study import Settings, Step, Study
from cmn_core.supernet.measure.table_sample import sample

COLUMN_SPREAD = 1.0  # sd of ln of the columns' noise
KINDS = ("write", "read", "columns", "early", "late")
HOMOGENEOUS = ("write", "read")
ROBUST_POINTS = 1.0  # of mIoU: a loss that counts as robust here
EFFORT = ("population", "generations", "particles", "iterations")


class Noise(Study):
    name = "noise"
    figure = "Figure E1"
    question = "What does the noise of RRAM cells do to a searched network?"
    full: ClassVar[Settings] = {
        "levels": [0.01, 0.02, 0.05, 0.1, 0.15, 0.2],
        "kinds": list(KINDS),
        "population_kinds": ["write", "columns", "early"],
        "individuals": 16,
        "images": 80,
        "noise_seeds": 3,
        "search_noise": 0.05,
        "search_kinds": ["write", "columns", "early"],
        "search_seeds": 3,
        "placement_kinds": ["write", "early", "late"],
        "placement_effort": [30, 20],
        "population": 12,
        "generations": 6,
        "particles": 10,
        "iterations": 15,
    }
    small: ClassVar[Settings] = {
        "levels": [0.05],
        "kinds": ["write", "early"],
        "population_kinds": ["write"],
        "individuals": 3,
        "images": 4,
        "noise_seeds": 1,
        "search_kinds": ["early"],
        "search_seeds": 1,
        "placement_kinds": ["early"],
        "placement_effort": [4, 2],
        "population": 4,
        "generations": 2,
        "particles": 5,
        "iterations": 4,
    }
    stands_on = ("simulator", "constants", "search", "predictor", "weights")
    # A pixel on the edge between two classes may fall otherwise on another processor.
    slack = 0.05
    needs_data = "an npz file with images and labels, such as val.npz of NYUv2,"

    def __init__(self, data: Path | None = None) -> None:
        super().__init__(data)
        self._benches: dict[tuple[Any, int], Bench] = {}
        self._found: tuple[Settings, Architecture] | None = None

    def steps(self, settings: Settings) -> list[Step]:
        clean = [{"who": who, "kind": "none", "level": 0.0} for who in _everybody(settings)]
        own = [
            {"who": "searched", "kind": kind, "level": level}
            for kind in settings["kinds"]
            for level in settings["levels"]
        ]
        others = [
            {"who": who, "kind": kind, "level": level}
            for kind in settings["population_kinds"]
            for level in settings["levels"]
            for who in _everybody(settings)[1:]
        ]
        aware = [
            {"who": who, "kind": kind, "level": settings["search_noise"], "search_seed": seed}
            for who in ("search", "placement")
            for seed in range(settings["seed"], settings["seed"] + settings["search_seeds"])
            for kind in ["none", *settings[f"{who}_kinds"]]
        ]
        return [*clean, *own, *others, *aware]

    def take(self, settings: Settings, step: Step) -> list[Row]:
        if step["who"] == "search":
            return self._search(settings, step)
        if step["who"] == "placement":
            return placed(settings, step, self._bench(settings))
        architecture = self._network(settings, step["who"])
        bench, nonideal = self._bench(settings), noisy(step["kind"], step["level"])
        seeds = settings["noise_seeds"] if step["who"] == "searched" and step["level"] else 1
        return [
            {
                **step,
                "noise_seed": seed,
                "miou": bench.miou(architecture, nonideal, seed=seed),
                "experts": list(architecture.experts),
                "hidden": list(architecture.hidden),
            }
            for seed in range(settings["seed"], settings["seed"] + seeds)
        ]

    def summary(self, settings: Settings, rows: Sequence[Row]) -> dict[str, Any]:
        """The searched design's mIoU and loss by kind and level; the population's, with how far
        its order changes; the largest level at which homogeneous noise costs at most a point."""
        clean = {r["who"]: r["miou"] for r in rows if r["kind"] == "none"}
        out: dict[str, Any] = {"searched exact": clean["searched"]}
        kept = {kind: 0.0 for kind in HOMOGENEOUS if kind in settings["kinds"]}
        for kind in settings["kinds"]:
            for level in settings["levels"]:
                mine = [r["miou"] for r in picked(rows, who="searched", kind=kind, level=level)]
                loss = clean["searched"] - float(np.mean(mine))
                out[f"searched {kind} {level:g}"] = {"miou": spread(mine), "loss": loss}
                if kind in kept and loss <= ROBUST_POINTS:
                    kept[kind] = max(kept[kind], level)
        out["robust_up_to"] = kept
        for kind in settings["population_kinds"]:
            for level in settings["levels"]:
                mine = [r for r in picked(rows, kind=kind, level=level) if str(r["who"]).isdigit()]
                noisy_miou = np.array([r["miou"] for r in mine])
                exact = np.array([clean[r["who"]] for r in mine])
                out[f"population {kind} {level:g}"] = {
                    "miou": spread(noisy_miou),
                    "loss": spread(exact - noisy_miou),
                    "order_kept": _order_kept(exact, noisy_miou),
                }
        for kind in settings["search_kinds"]:
            out[f"search {kind}"] = compared(picked(rows, who="search", judged_under=kind), kind)
        for kind in settings["placement_kinds"]:
            pairs = picked(rows, who="placement", judged_under=kind)
            out[f"placement {kind}"] = compared(pairs, kind)
        return out

    def _search(self, settings: Settings, step: Step) -> list[Row]:
        """A search on RRAM with accuracy measured under that noise, its design then judged on
        other images: exact, and under its own noise or, without any, under each kind."""
        bench, level, first = self._bench(settings), step["level"], step["search_seed"]
        effort = {n: settings[n] for n in EFFORT}
        scenario = Scenario.of_paper(goal="performance", memory="rram", seed=first, **effort)
        nonideal = noisy(step["kind"], level)
        found = searched(scenario, MeasuredAccuracy(bench.half(0), nonideal, seed=first))
        judge, network = bench.half(1), found.design.architecture
        exact = judge.miou(network)
        kinds = settings["search_kinds"] if step["kind"] == "none" else [step["kind"]]
        rows = []
        for kind in kinds:
            cells, count = noisy(kind, level), settings["noise_seeds"]
            miou = judge.draws(network, cells, after=first, count=count)
            rows.append(
                {
                    **step,
                    "judged_under": kind,
                    "miou_exact": exact,
                    "miou": float(np.mean(miou)),
                    "miou_by_seed": miou,
                    "energy_uj": found.metrics["energy_uj"],
                    "latency_us": found.metrics["latency_us"],
                    **genes(network),
                }
            )
        return rows

    def _bench(self, settings: Settings) -> Bench:
        data = self.data if isinstance(settings["data"], dict) else None
        key = (data, settings["images"])
        if key not in self._benches:
            self._benches[key] = Bench(data, settings["images"])
        return self._benches[key]

    def _network(self, settings: Settings, who: str) -> Architecture:
        """The best of a performance search on RRAM, or one of the population."""
        if who != "searched":
            return _population(settings)[int(who)]
        if self._found is None:
            effort = {n: settings[n] for n in EFFORT}
            wanted = Scenario.of_paper(
                goal="performance", memory="rram", seed=settings["seed"], **effort
            )
            self._found = settings, searched(wanted).design.architecture
        known, network = self._found
        if known != settings:
            self._found = None
            return self._network(settings, who)
        return network


def noisy(kind: str, level: float) -> NonIdeal:
    """The cells that a kind and level of the study stand for."""
    if kind == "none" or level == 0.0:
        return NonIdeal()
    if kind == "read":
        return NonIdeal(read_noise=level)
    if kind == "columns":
        return NonIdeal(write_noise=level, per_column=COLUMN_SPREAD)
    return NonIdeal(write_noise=level, per_block={"early": EARLY, "late": LATE}.get(kind, EVEN))


def _everybody(settings: Settings) -> list[str]:
    return ["searched", *map(str, range(len(_population(settings))))]


def _population(settings: Settings) -> list[Architecture]:
    """Subnets that fill the space, both corners among them."""
    return sample(SPACES[SPACE], settings["individuals"], settings["seed"])


def _order_kept(exact: Any, noisy_miou: Any) -> float:
    """Kendall's tau-a between the subnets' mIoU without and with noise: 1 is the same order."""
    i, j = np.triu_indices(len(exact), 1)
    both = np.sign(exact[i] - exact[j]) * np.sign(noisy_miou[i] - noisy_miou[j])
    return float(both.mean())
