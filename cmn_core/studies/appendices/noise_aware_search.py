"""What a search that knows where RRAM cells are noisy gains by putting blocks on SRAM instead.

Energy searches for hybrid chips, with the constants fitted to the paper: with those calibrated on
chips a hybrid puts every block on SRAM and meets no noise at all (the study hybrid). A search that
knows has the noise in its floor of mIoU; what its designs keep is measured by real inference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cmn_core.nonideal import NonIdeal
from cmn_core.search.scenario import Scenario
from cmn_core.studies.appendices.inference import Bench
from cmn_core.studies.appendices.searches import genes, searched
from cmn_core.studies.appendices.statistics import picked, spread
from cmn_core.studies.result import Row
from cmn_core.studies.study import Settings, Step

# Factors on the noise of blocks 1..4; the mean of their squares is 1.
EVEN, EARLY, LATE = (1.0, 1.0, 1.0, 1.0), (2.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 2.0)
FACTORS = {"write": EVEN, "early": EARLY, "late": LATE}
CONSTANTS = "paper"


def placed(settings: Settings, step: Step, bench: Bench) -> list[Row]:
    """A hybrid search that knows that noise, or none; its design measured exact, and under its own
    noise or, where it knew of none, under each kind."""
    population, generations = settings["placement_effort"]
    known = {}
    if step["kind"] != "none":
        known = {"write_noise": step["level"], "noise_per_block": FACTORS[step["kind"]]}
    scenario = Scenario.of_paper(
        goal="energy",
        memory="hybrid",
        parameters=CONSTANTS,
        seed=step["search_seed"],
        population=population,
        generations=generations,
        particles=settings["particles"],
        iterations=settings["iterations"],
        **known,
    )
    found = searched(scenario)
    blocks, network = list(found.hardware.memory), found.design.architecture
    exact = bench.miou(network)
    kinds = settings["placement_kinds"] if step["kind"] == "none" else [step["kind"]]
    rows = []
    for kind in kinds:
        first, second, third, fourth = (
            factor if block == "rram" else 0.0
            for factor, block in zip(FACTORS[kind], blocks, strict=True)
        )
        cells = NonIdeal(write_noise=step["level"], per_block=(first, second, third, fourth))
        seed, count = step["search_seed"], settings["noise_seeds"]
        miou = bench.draws(network, cells, after=seed, count=count)
        rows.append(
            {
                **step,
                "judged_under": kind,
                "feasible": found.feasible,
                "blocks": blocks,
                "miou_exact": exact,
                "miou": float(np.mean(miou)),
                "miou_by_seed": miou,
                "energy_uj": found.metrics["energy_uj"],
                "latency_us": found.metrics["latency_us"],
                **genes(network),
            }
        )
    return rows


def compared(rows: Sequence[Row], kind: str) -> dict[str, Any]:
    """Searches that knew of the noise beside those of the same seeds that did not, all judged
    under it: mIoU, what that is more, what the noise costs the unknowing, and energy over theirs.
    """
    blind, aware = (
        sorted(picked(rows, kind=k), key=lambda r: r["search_seed"]) for k in ("none", kind)
    )
    pairs = list(zip(blind, aware, strict=True))
    return {
        "blind": spread(r["miou"] for r in blind),
        "aware": spread(r["miou"] for r in aware),
        "gain": spread(a["miou"] - b["miou"] for b, a in pairs),
        "blind_loses": spread(b["miou_exact"] - b["miou"] for b in blind),
        "energy_ratio": spread(a["energy_uj"] / b["energy_uj"] for b, a in pairs),
    }
