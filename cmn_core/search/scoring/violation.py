"""Which limits a candidate breaks, and by how much."""

from __future__ import annotations

import numpy as np

from cmn_core.cim.circuits.conditions import rate_of
from cmn_core.quantities import RATE, limit_named
from cmn_core.search.constraints import Limits
from cmn_core.search.generation import Excess
from cmn_core.search.scoring.candidate import CONSTRAINTS, Candidate


def limits_broken(limits: Limits, candidate: Candidate) -> dict[str, Excess]:
    """By name, the worst (relatively) first; of a candidate that has hardware."""
    order = np.argsort(-np.array(candidate.violation), kind="stable")
    names = [
        name
        for i in order
        if candidate.violation[i] > 0.0
        for name in _named(limits, candidate, CONSTRAINTS[i])
    ]
    return {name: _excess(limits, candidate, name) for name in names}


def _named(limits: Limits, candidate: Candidate, constraint: str) -> tuple[str, ...]:
    """The limits behind a constraint that is broken: a latency may break two."""
    if constraint != "max_latency_us":
        return (constraint,)
    return limits.slow(_figures(candidate)["latency_us"])


def _excess(limits: Limits, candidate: Candidate, name: str) -> Excess:
    allowed = float(getattr(limits, name))
    limit, figures = limit_named(name), _figures(candidate)
    late = limit is RATE
    value = rate_of(figures["latency_us"]) if late else figures[limit.quantity.name]
    sign = -1.0 if limit.floor else 1.0
    return Excess(sign * (value - allowed), allowed, value)


def _figures(candidate: Candidate) -> dict[str, float]:
    """What its limits are compared with; a robust search judges some figures otherwise."""
    sigma = {} if candidate.sigma_rel is None else {"sigma_rel": candidate.sigma_rel}
    return {
        "miou": candidate.miou[0],
        **sigma,
        **(candidate.metrics or {}),
        **(candidate.judged or {}),
    }
