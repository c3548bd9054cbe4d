"""Figure D2: what a search finds when the simulator that leads it is wrong by so many per cent.

The paper's claim: favourable outcomes within 10 % discrepancy. For each seed a search is led by a
simulator that is wrong on purpose (perturbed_simulator.py), and the design that it finds is priced
again by the right one. Beside it stands what the same seed finds under the right simulator. Limits
of latency and energy are those of the application, in the right units of the right simulator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from cmn_core.architecture import BLOCKS, Architecture
from cmn_core.cim.evaluation import evaluate
from cmn_core.quantities import GOALS
from cmn_core.search.accuracy import predicted
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.codesign_problem import default_limits
from cmn_core.studies.appendices.perturbed_simulator import KINDS, wrong_simulator
from cmn_core.studies.appendices.searches import Searched, genes, searched
from cmn_core.studies.appendices.statistics import picked, spread
from cmn_core.studies.result import Row
from cmn_core.studies.study import Settings, Step, Study

OWN = {name: goal.quantity.name for name, goal in GOALS.items()}
SAME_HIDDEN = 0.1
EFFORT = ("population", "generations", "particles", "iterations")


class Discrepancy(Study):
    name = "discrepancy"
    figure = "Figure D2"
    question = "How wrong may the simulator be and still lead to a good design?"
    full: ClassVar[Settings] = {
        "goals": list(GOALS),
        "memories": ["rram", "sram"],
        "levels": [0.02, 0.05, 0.1, 0.2],
        "kinds": list(KINDS),
        "seeds": 15,
        "population": 30,
        "generations": 20,
        "particles": 20,
        "iterations": 30,
    }
    small: ClassVar[Settings] = {
        "goals": ["performance"],
        "memories": ["sram"],
        "levels": [0.1],
        "seeds": 2,
        "population": 6,
        "generations": 3,
        "particles": 5,
        "iterations": 4,
    }
    stands_on = ("simulator", "constants", "search", "predictor")

    def steps(self, settings: Settings) -> list[Step]:
        return [
            {"goal": goal, "memory": memory, "seed": settings["seed"] + n}
            for n in range(settings["seeds"])
            for goal in settings["goals"]
            for memory in settings["memories"]
        ]

    def take(self, settings: Settings, step: Step) -> list[Row]:
        """A seed of a scenario: the right simulator, then every wrong one."""
        right = _scenario(step, settings)
        base = _priced(searched(right))
        rows = [_row(step, "none", 0.0, base, base, right)]
        for kind in settings["kinds"]:
            for level in settings["levels"]:
                documents = wrong_simulator(
                    kind, level, seed=step["seed"], memories=right.technologies
                )
                found = searched(replace(right, technology=documents))
                rows.append(_row(step, kind, level, _priced(found), base, right, found.metrics))
        return rows

    def summary(self, settings: Settings, rows: Sequence[Row]) -> dict[str, Any]:
        """Per kind and level: of each goal's own quantity the error of its average over seeds (the
        worse memory) and the errors of single seeds; how often blocks and macros change; how often
        performance designs keep their limits in truth. seed_alone: what the seed does.
        """
        out: dict[str, Any] = {"searches": len(rows)}
        for kind in settings["kinds"]:
            for level in settings["levels"]:
                mine = picked(rows, kind=kind, level=level)
                line: dict[str, Any] = {}
                for goal in settings["goals"]:
                    line[OWN[goal]] = self._errors(settings, rows, mine, goal)
                line["blocks_changed_share"] = float(
                    np.mean([r["blocks_changed"] for r in mine]) / BLOCKS
                )
                line["macro_changed_share"] = float(np.mean([r["macro_changed"] for r in mine]))
                bound = picked(mine, goal="performance")
                line["limits_kept_share"] = (
                    float(np.mean([r["limits_kept"] for r in bound])) if bound else None
                )
                out[f"{kind} {level:g}"] = line
        out["seed_alone"] = {
            OWN[goal]: max(
                _scatter(picked(rows, kind="none", goal=goal, memory=m), OWN[goal])
                for m in settings["memories"]
            )
            for goal in settings["goals"]
        }
        return out

    def _errors(
        self, settings: Settings, rows: Sequence[Row], mine: Sequence[Row], goal: str
    ) -> dict[str, Any]:
        quantity = OWN[goal]
        means = [_error_of_mean(rows, mine, quantity, goal, m) for m in settings["memories"]]
        errors = [r[f"{quantity}_error_percent"] for r in picked(mine, goal=goal)]
        return {"error_of_mean_percent": max(means, key=abs), "errors_percent": spread(errors)}


def _scenario(step: Step, settings: Settings) -> Scenario:
    """With limits in numbers, so that a wrong simulator does not move them."""
    effort = {n: settings[n] for n in EFFORT}
    plain = Scenario.of_paper(goal=step["goal"], memory=step["memory"], seed=step["seed"], **effort)
    limits = default_limits(plain, predicted(plain))
    return replace(
        plain,
        min_miou=limits.min_miou,
        max_latency_us=limits.max_latency_us,
        max_energy_uj=limits.max_energy_uj,
    )


def _priced(found: Searched) -> Searched:
    """The design with the figures of the right simulator."""
    metrics = {**found.metrics, **evaluate(found.design).metrics}
    return replace(found, design=found.design.with_metrics(metrics))


def _row(
    step: Step,
    kind: str,
    level: float,
    found: Searched,
    base: Searched,
    right: Scenario,
    claimed: Mapping[str, float] | None = None,
) -> Row:
    """found, base: designs under the wrong and the right simulator, both priced by the right one;
    claimed: metrics as the wrong one had them."""
    mine, other = found.metrics, base.metrics
    network, usual = found.design.architecture, base.design.architecture
    said = mine if claimed is None else claimed
    return {
        **step,
        "kind": kind,
        "level": level,
        **{q: mine[q] for q in OWN.values()},
        **{f"{q}_error_percent": 100.0 * (mine[q] / other[q] - 1.0) for q in OWN.values()},
        **{
            f"{q}_claimed_percent": 100.0 * (said[q] / mine[q] - 1.0)
            for q in ("latency_us", "energy_uj")
        },
        "limits_kept": _kept(mine, right),
        "blocks_changed": _changed(network, usual),
        "experts_changed": sum(a != b for a, b in zip(network.experts, usual.experts, strict=True)),
        "macro_changed": found.hardware.macros != base.hardware.macros,
        **genes(network),
    }


def _kept(metrics: Mapping[str, float], right: Scenario) -> bool:
    """Whether the design keeps the application's latency and energy in truth."""
    pairs = ((right.max_latency_us, "latency_us"), (right.max_energy_uj, "energy_uj"))
    return all(limit is None or metrics[name] <= limit for limit, name in pairs)


def _changed(network: Architecture, usual: Architecture) -> int:
    """Blocks with another number of experts, or a hidden size that differs by more than 10 %."""
    columns = (network.experts, usual.experts, network.hidden, usual.hidden)
    return sum(e != f or abs(h - k) > SAME_HIDDEN * k for e, f, h, k in zip(*columns, strict=True))


def _error_of_mean(
    rows: Sequence[Row], mine: Sequence[Row], quantity: str, goal: str, memory: str
) -> float:
    """Per cent by which the average over the seeds differs from that of the right simulator."""
    right = picked(rows, kind="none", goal=goal, memory=memory)
    wrong = picked(mine, goal=goal, memory=memory)
    averages = [np.mean([r[quantity] for r in some]) for some in (wrong, right)]
    return float(100.0 * (averages[0] / averages[1] - 1.0))


def _scatter(rows: Sequence[Row], quantity: str) -> float:
    """Standard deviation over seeds in per cent of the mean, under the right simulator."""
    values = np.array([r[quantity] for r in rows])
    return float(100.0 * values.std(ddof=1) / values.mean()) if len(values) > 1 else 0.0
