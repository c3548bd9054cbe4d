"""Rivals over the joint genome: random search, pymoo's stock NSGA-II, Optuna's TPE and NSGA-II."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.problem import Problem
from pymoo.core.termination import NoTermination
from pymoo.operators.crossover.sbx import SBX
from pymoo.operators.mutation.pm import PM
from pymoo.operators.repair.rounding import RoundingRepair
from pymoo.operators.sampling.rnd import IntegerRandomSampling

from benchmarks.rivals.problem import Archive, Budget, Joint

BATCH = 50  # designs priced at once, where an optimiser knows several beforehand


def random_search(joint: Joint, seed: int, budget: Budget) -> Archive:
    """Uniform over every variable."""
    rng = np.random.default_rng(seed)
    archive = Archive(joint.scenario.goal)
    while (count := budget.left(archive.evaluations, BATCH)) > 0:
        x = rng.integers(joint.lower, joint.upper + 1, (count, len(joint.lower)))
        archive.add(*joint.evaluate(x))
    return archive


def pymoo_nsga2(joint: Joint, seed: int, budget: Budget) -> Archive:
    """The set-up that pymoo's documentation gives for integers: SBX and PM with rounding."""
    names = {"prob": 1.0, "eta": 3.0, "vtype": float, "repair": RoundingRepair()}
    problem = Problem(
        n_var=len(joint.lower),
        n_obj=3,
        n_ieq_constr=joint.evaluate(joint.lower[None])[1].shape[1],
        xl=joint.lower,
        xu=joint.upper,
        vtype=int,
    )
    algorithm = NSGA2(
        pop_size=BATCH,
        sampling=IntegerRandomSampling(),
        crossover=SBX(**names),
        mutation=PM(**names),
        eliminate_duplicates=True,
    )
    algorithm.setup(problem, termination=NoTermination(), seed=seed)
    archive = Archive(joint.scenario.goal)
    while budget.left(archive.evaluations, BATCH) > 0:
        asked = algorithm.ask()
        if asked is None or len(asked) == 0:
            break
        F, G = joint.evaluate(asked.get("X"))
        asked.set("F", F, "G", G)
        algorithm.tell(infills=asked)
        archive.add(F, G)
    return archive


def _optuna(make: Callable[[Any, int], Any]) -> Callable[[Joint, int, Budget], Archive]:
    def run(joint: Joint, seed: int, budget: Budget) -> Archive:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        archive = Archive(joint.scenario.goal)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # constraints are experimental and get a new name
            study = optuna.create_study(directions=["minimize"] * 3, sampler=make(optuna, seed))
            while budget.left(archive.evaluations, 1) > 0:
                trial = study.ask()
                x = [
                    trial.suggest_int(name, low, high, log=name.startswith("hidden"))
                    for name, low, high in zip(
                        joint.names, joint.lower.tolist(), joint.upper.tolist(), strict=True
                    )
                ]
                F, G = joint.evaluate(np.array([x]))
                trial.set_user_attr("violations", G[0].tolist())
                study.tell(trial, F[0].tolist())
                archive.add(F, G)
        return archive

    return run


def _violations(trial: Any) -> Any:
    return trial.user_attrs["violations"]


optuna_tpe = _optuna(
    lambda optuna, seed: optuna.samplers.TPESampler(seed=seed, constraints_func=_violations)
)
optuna_nsga2 = _optuna(
    lambda optuna, seed: optuna.samplers.NSGAIISampler(
        population_size=BATCH, seed=seed, constraints_func=_violations
    )
)

RIVALS: dict[str, Callable[[Joint, int, Budget], Archive]] = {
    "random": random_search,
    "pymoo NSGA-II": pymoo_nsga2,
    "Optuna NSGA-II": optuna_nsga2,
    "Optuna TPE": optuna_tpe,
}
