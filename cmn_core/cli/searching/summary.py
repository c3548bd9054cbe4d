"""search: a result for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmn_core.cli.output import facts, table
from cmn_core.quantities import ARRAYS, COSTS, MIOU

CHIP_SCHEMA = "cmn.chip/1"


def summary(result: Mapping[str, Any]) -> str:
    """A cmn.run/1 for people: the best design, or what comes nearest, and the limits in force; of a
    cmn.chip/1 the chip."""
    if result["schema"] == CHIP_SCHEMA:
        return chip_summary(result)
    limits = {k: v for k, v in result["limits"].items() if v is not None}
    head = {
        "run": result["run_id"],
        "scenario": f"{result['scenario']} on {result['memory']}, seed {result['seed']}",
        "generations": len(result["history"]),
        "seconds": result["seconds"],
        **limits,
    }
    parts = [facts(head)]
    start = result.get("start")
    begun = [] if start is None else [("start", start["design"])]
    if result["feasible"]:
        designs = [("best", result["best"]), *begun]
        designs += [("front", d) for d in result["front"][:10]]
        parts.append(table([_line(name, design) for name, design in designs]))
        judged = (result["best"].get("provenance") or {}).get("judged")
        if judged:
            parts.append("the best, as it was judged:\n" + facts(judged))
        if start is not None:
            parts.append("the best less the start:\n" + facts(start["difference"]))
    else:
        nearest = result["nearest"] or {}
        parts.append("no design meets the limits; the nearest one:")
        if "design" in nearest:
            rest = {k: v for k, v in nearest.items() if k != "design"}
            shown = [("nearest", nearest["design"]), *begun]
            parts += [table([_line(name, design) for name, design in shown]), facts(rest)]
        else:
            parts.append(facts(nearest))
    if known := result.get("best_known"):
        parts.append(known["words"])
    if note := result.get("reticle"):
        parts.append(f"its chip is {note}")
    return "\n\n".join(parts)


def _line(name: str, design: dict[str, Any]) -> dict[str, Any]:
    metrics = design.get("metrics") or {}
    return {
        "": name,
        "experts": design["architecture"]["experts"],
        "hidden": design["architecture"]["hidden"],
        **{key: metrics.get(key) for key in (MIOU.name, *COSTS, ARRAYS.name)},
    }


def chip_summary(answer: Mapping[str, Any]) -> str:
    """The chip for people: totals, blocks, networks, and what a larger die would buy."""
    head = {"run": answer["run_id"], **{k: answer[k] for k in ("memory", "objective", "seconds")}}
    head |= {k: v for k, v in answer["limits"].items() if v is not None}
    if not answer["feasible"]:
        return "\n\n".join([facts(head), answer["why_not"]])
    best = answer["best"]
    head |= {"note": best["note"]} if best["note"] else {}
    head |= {name: best[name] for name in (*COSTS, "array_mb", "output_sigma_rel")}
    blocks = best["hardware"]["blocks"]
    used = {choice["memory"] for choice in blocks.values()}
    shown = ("block", "memory", "replicas", *COSTS, "arrays_us", "outside_us", "largest_part")
    parts = [
        facts(head),
        table(answer["groups"], shown),
        table([{"macro": m, **k} for m, k in best["hardware"]["macros"].items() if m in used]),
    ]
    if answer["networks"]:
        rows = [
            {
                "network": row["model"],
                "weight": row["weight"],
                **{name: row[name] for name in COSTS[:2]},
                **{f"alone {n}": (row["alone"] or {}).get(n) for n in COSTS},
            }
            for row in answer["networks"]
        ]
        parts.append(table(rows))
    if sharing := answer["sharing"]:
        rows = [{"per inference, by weight": name, **pair} for name, pair in sharing.items()]
        parts.append(table(rows))
    if answer["larger_die"]:
        parts.append(table(answer["larger_die"]))
    return "\n\n".join(parts)
