"""paper: every printed cell of the paper beside ours; how its constants and savings come about."""

from __future__ import annotations

from typing import Annotated, Any

from cmn_core.cli.options import Json, flag, text
from cmn_core.cli.output import put, put_json, table
from cmn_core.errors import FieldError

_UNITS = {"uj": "uJ", "us": "us", "percent": "%"}
SAVINGS = (
    "parameters",
    "scope",
    "baseline",
    "quantity",
    "memory",
    "by_network",
    "by_hardware",
    "total",
    "printed",
    "baseline_by_hardware",
)
SIZES = ("baseline", "memory", "scenario", "baseline_weights", "searched_weights", "total")


def command(
    json: Json = False,
    attribution: Annotated[
        bool, flag("--attribution", "savings of the abstract: network x hardware")
    ] = False,
    sensitivity: Annotated[
        bool, flag("--sensitivity", "cells that agree when one assumption changes")
    ] = False,
    choices: Annotated[
        bool, flag("--choices", "what the paper leaves open, and how far each other choice is off")
    ] = False,
    markdown: Annotated[
        bool, flag("--markdown", "cells, or --choices, as tables of docs/paper.md")
    ] = False,
    fit: Annotated[str | None, text("find the paper set again, write it there", "FILE")] = None,
) -> None:
    """Lay Tables G1 and G2 of the paper beside this simulator."""
    if sum((attribution, sensitivity, choices or markdown, fit is not None)) > 1:
        raise FieldError(
            "options",
            "more than one question",
            "one of --attribution, --sensitivity, --choices, --markdown, --fit is allowed",
        )
    answer: Any
    if choices:
        from cmn_core.paper.choices import markdown as as_table
        from cmn_core.paper.choices import search

        answer = search()
        text = as_table(answer)
    elif fit is not None:
        answer = _fit(fit)
        text = table(answer)
    elif attribution:
        from cmn_core.paper.attribution import attribution as savings

        answer = savings()
        lines = [line for line in answer if "by_network" in line]
        rest = [line for line in answer if "by_network" not in line]
        text = "\n\n".join([table(lines, SAVINGS), table(rest, SIZES)])
    elif sensitivity:
        from cmn_core.paper.sensitivity import sensitivity as changed

        answer = changed()
        text = table([_worst(line) for line in answer])
    else:
        from cmn_core.paper.comparison import compare

        answer = compare()
        text = "\n\n".join([tables(answer, markdown), summary(answer)])
    put_json(answer) if json else put(text)


def _worst(line: dict[str, Any]) -> dict[str, Any]:
    """Ours / printed of the worst cells, each with its place, in one column."""
    return {
        name: f"{value:.2f} {line[f'{name} at']}" if f"{name} at" in line else value
        for name, value in line.items()
        if not name.endswith(" at")
    }


def tables(cells: list[dict[str, Any]], markdown: bool = False) -> str:
    """One table per scope, a line for each line of the paper; mIoU belongs to the network."""
    shown = _markdown if markdown else table
    parts = []
    for scope, title in (("ffn", "Expert FFNs alone"), ("network", "Whole network")):
        lines: dict[tuple[str, ...], dict[str, Any]] = {}
        for cell in cells:
            if cell["scope"] != scope:
                continue
            head = {name: cell[name] for name in ("table", "row", "memory")}
            line = lines.setdefault(tuple(head.values()), head)
            name, unit = cell["quantity"].split("_")
            line[f"{name}, {_UNITS[unit]}"] = cell["printed"]
            line[f"{name}: ours"] = cell["ours"]
            line[f"{name}: ratio"] = cell["ratio"]
            if name != "miou":
                line[f"{name}: silicon"] = cell["ours_silicon"]
        parts += [f"{title}: printed, ours, ours / printed", shown(list(lines.values()))]
    return "\n\n".join(parts)


def _markdown(rows: list[dict[str, Any]]) -> str:
    """The table of docs/paper.md."""
    names = list(rows[0])
    cells = [[_short(row.get(name)) for name in names] for row in rows]
    lines = [names, ["---"] * len(names), *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _short(value: Any) -> str:
    if value is None:
        return "-"
    return (
        str(value) if isinstance(value, str) else f"{value:.4g}" if value < 1e4 else f"{value:.0f}"
    )


def summary(cells: list[dict[str, Any]]) -> str:
    """One sentence on how many cells of the tables agree."""
    judged = [cell["agrees"] for cell in cells if cell.get("agrees") is not None]
    return (
        f"{sum(judged)} of {len(judged)} energies and latencies of the expert FFNs lie within 15 %"
        " of the paper or inside its own spread"
    )


def _fit(path: str) -> list[dict[str, Any]]:
    """Write the set to the file; the geometries tried, best first."""
    from pathlib import Path

    from cmn_core.paper.fit import MEMORIES, TRIED, fit, toml

    if not Path(path).parent.is_dir():
        raise FieldError("fit", f"{path}: no such folder", "a file that can be written")
    found = {memory: fit(memory) for memory in MEMORIES}
    text = toml([found[memory][0] for memory in MEMORIES])
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise FieldError("fit", f"{path}: {reason}", "a file that can be written") from None
    return [
        {
            "memory": memory,
            "macro": ", ".join(f"{name} {best.knobs[name]:g}" for name in TRIED[memory]),
            **{f"worst {name.split('_')[0]}": value for name, value in best.worst.items()},
            "constants": ", ".join(f"{name} {value:g}" for name, value in best.values.items()),
        }
        for memory in MEMORIES
        for best in found[memory]
    ]
