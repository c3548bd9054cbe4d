"""search --model: hardware for networks that are given, in the foreground; it takes seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cmn_core.cli.output import facts, table
from cmn_core.errors import FieldError
from cmn_core.quantities import COSTS, LIFTED

MEMORIES = {"rram": ("rram",), "sram": ("sram",), "hybrid": ("rram", "sram")}
# What a search for the hardware of a given network asks for; all else is about architectures.
TAKEN = (
    *("scenario", "memory", "model", "dim", "parameters", "images_per_second", "temperature"),
    *("node", "activity", "max_area_mm2", "max_latency_us", "max_array_mb"),
    "max_sigma_rel",
)
GOALS = ("energy", "latency")


def searched(given: Mapping[str, Any], technology: Sequence[str], place: Any) -> dict[str, Any]:
    """The answer of a search for the options that were given; FieldError for one too many.

    place: conditions as `cli.options.conditions` gives them
    """
    for name in given:
        if name not in TAKEN:
            found = "given beside a model"
            raise FieldError(name, found, "of a network that is given only hardware is searched")
    goal, memory = given.get("scenario", "energy"), given.get("memory", "hybrid")
    if goal not in GOALS:
        allowed = f"allowed beside a model are {', '.join(GOALS)}: its accuracy is not known"
        raise FieldError("scenario", f"found '{goal}'", allowed)
    if memory not in MEMORIES:
        raise FieldError("memory", f"found '{memory}'", f"allowed are {', '.join(MEMORIES)}")
    from cmn_core import api
    from cmn_core.models.graph.dims import parse_dims

    limits: dict[str, Any] = {
        name: None if given[name] == LIFTED else given[name]
        for name in given
        if name.startswith("max_")
    }
    return api.search_hardware(
        given["model"],
        memory=memory,
        objective=goal,
        dims=parse_dims(given.get("dim") or ()),
        parameters=given.get("parameters", "silicon"),
        technology=tuple(technology),
        **limits,
        **place,
    )


def told(answer: Mapping[str, Any]) -> str:
    """The chip for people: totals, blocks, networks, and what a larger die would buy."""
    from cmn_core.models.report import costs_by_block

    head = {k: answer[k] for k in ("memory", "objective", "seconds") if k in answer}
    head |= {k: v for k, v in answer["limits"].items() if v is not None}
    if not answer["feasible"]:
        return "\n\n".join([facts(head), answer["why_not"]])
    best = answer["best"]
    head |= {"note": best["note"]} if best["note"] else {}
    head |= {name: best[name] for name in (*COSTS, "array_mb", "output_sigma_rel")}
    costs = costs_by_block(best["layers"])
    blocks = best["hardware"]["blocks"]
    used = {choice["memory"] for choice in blocks.values()}
    parts = [
        facts(head),
        table([{"block": b, **choice, **costs[b]} for b, choice in blocks.items()]),
        table([{"macro": m, **k} for m, k in best["hardware"]["macros"].items() if m in used]),
    ]
    if answer["networks"]:
        parts.append(
            table(
                [
                    {
                        "network": row["model"],
                        **{name: row[name] for name in COSTS[:2]},
                        **{f"alone {n}": v for n, v in (row["alone"] or {}).items()},
                    }
                    for row in answer["networks"]
                ]
            )
        )
    parts.append(table(answer["larger_die"]))
    return "\n\n".join(parts)
