"""Figure C1: under each scenario all-RRAM, all-SRAM and a technology per block.

Two questions: what each memory's own search finds, and what memory alone is worth, which is the
hybrid's network on hardware searched for each memory. Hybrid choices hold both others, so a hybrid
search should lose to neither in its objective; where it does, the search fell short. Both are asked
with the constants calibrated on published chips and with those fitted to the paper's own tables,
because which memory is the better one is a matter of the constants.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from cmn_core.cim.technologies.parameters import SETS
from cmn_core.design import HYBRID, MEMORIES, Design, Hardware
from cmn_core.quantities import COSTS, GOALS
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.evaluation import evaluate_design
from cmn_core.studies.appendices.searches import Searched, genes, searched
from cmn_core.studies.appendices.statistics import picked, spread
from cmn_core.studies.result import Row
from cmn_core.studies.study import Settings, Step, Study

METRICS = (*COSTS, "tops_per_mm2", "array_mb", "miou")
KINDS = ("rram", "sram", HYBRID)


class Hybrid(Study):
    name = "hybrid"
    figure = "Figure C1"
    question = "What does a chip gain that may hold both memories?"
    full: ClassVar[Settings] = {
        "constants": list(SETS),
        "goals": list(GOALS),
        "seeds": 5,
        "population": 30,
        "generations": 20,
        "particles": 20,
        "iterations": 30,
    }
    small: ClassVar[Settings] = {
        "constants": ["silicon"],
        "goals": ["energy"],
        "seeds": 1,
        "population": 6,
        "generations": 3,
        "particles": 6,
        "iterations": 4,
    }
    stands_on = ("simulator", "constants", "search", "predictor")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self._known: dict[str, Searched] = {}

    def steps(self, settings: Settings) -> list[Step]:
        return [
            {"constants": constants, "goal": goal, "seed": settings["seed"] + n}
            for constants in settings["constants"]
            for goal in settings["goals"]
            for n in range(settings["seeds"])
        ]

    def take(self, settings: Settings, step: Step) -> list[Row]:
        effort = {n: settings[n] for n in ("population", "generations", "particles", "iterations")}
        rows = []
        for memory in KINDS:
            wanted = Scenario.of_paper(
                goal=step["goal"],
                memory=memory,
                seed=step["seed"],
                parameters=step["constants"],
                **effort,
            )
            found = searched(wanted)
            metrics = {name: found.metrics[name] for name in METRICS}
            rows.append(
                {
                    **step,
                    "memory": memory,
                    "network": "searched",
                    "feasible": found.feasible,
                    **metrics,
                    **genes(found.design.architecture),
                    "blocks": list(found.hardware.memory),
                }
            )
        return [*rows, *_same_network(wanted, found, step, effort)]

    def summary(self, settings: Settings, rows: Sequence[Row]) -> dict[str, Any]:
        """Per set of constants and goal: each metric of each memory over the seeds, the share of
        seeds with a design within the limits, and hybrid over the better one; and how many hybrids
        use both memories."""
        return {
            constants: _of_one_set(settings, picked(rows, constants=constants))
            for constants in settings["constants"]
        }


def _of_one_set(settings: Settings, rows: Sequence[Row]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for goal in settings["goals"]:
        for memory in KINDS:
            mine = picked(rows, goal=goal, memory=memory, network="searched")
            within = sum(bool(r["feasible"]) for r in mine) / len(mine)
            metrics = {m: spread(r[m] for r in mine) for m in METRICS}
            out[f"{goal} {memory}"] = {**metrics, "feasible_share": within}
        own = GOALS[goal].quantity.name
        if own in COSTS:
            better = min(out[f"{goal} {m}"][own]["median"] for m in MEMORIES)
            out[f"{goal} hybrid over better"] = out[f"{goal} hybrid"][own]["median"] / better
    mixed = picked(rows, memory=HYBRID, network="searched")
    out["hybrids"], out["mixed"] = len(mixed), sum(len(set(r["blocks"])) > 1 for r in mixed)
    return out


def _same_network(
    wanted: Scenario, mixed: Searched, step: Step, effort: dict[str, int]
) -> list[Row]:
    """The hybrid's network with all blocks on one memory, on hardware searched for it."""
    rows = []
    for memory in MEMORIES:
        known = mixed.design
        uniform = Hardware((memory, memory, memory, memory))
        design = Design(known.architecture, known.space, known.workload, uniform)
        found = evaluate_design(
            design,
            objective=wanted.objective,
            technologies=wanted.library,
            seed=step["seed"],
            particles=effort["particles"],
            iterations=effort["iterations"],
        )
        metrics = {n: mixed.metrics[n] if n == "miou" else found.metrics[n] for n in METRICS}
        rows.append(
            {
                **step,
                "memory": memory,
                "network": "hybrid's",
                "feasible": None,
                **metrics,
                **genes(known.architecture),
                "blocks": list(found.cost.hardware.memory),
            }
        )
    return rows


def _blocks(memory: str | list[str]) -> list[str]:
    return [memory] * 4 if isinstance(memory, str) else list(memory)
