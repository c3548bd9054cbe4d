"""Draw the figures of docs/gallery.md anew from the runs that ship.

python deploy/gallery.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cmn_core.charts.base.palette import MEMORY_NAMES  # noqa: E402
from cmn_core.charts.figures import block_figures, search_figures  # noqa: E402
from cmn_core.charts.figures.composed import Figure  # noqa: E402
from cmn_core.charts.figures.rendering import rendered  # noqa: E402
from cmn_core.design import Design  # noqa: E402
from cmn_core.quantities import GOALS  # noqa: E402
from cmn_core.reports.design_report import design_figure  # noqa: E402
from cmn_core.runs.store.examples import load_examples  # noqa: E402
from cmn_core.whatif.answer import answer  # noqa: E402

FOLDER = ROOT / "docs" / "gallery"


def searched(example: dict[str, Any]) -> search_figures.SearchRecord:
    """A shipped run as figures show it."""
    run = example["run"]
    return search_figures.SearchRecord(
        name=f"{GOALS[run['scenario']].label} on {MEMORY_NAMES[run['memory']]}, seed {run['seed']}",
        goal=run["scenario"],
        memory=run["memory"],
        history=run["history"],
        designs=[Design.from_stored(design) for design in run["front"]],
        best=Design.from_stored(run["best"]),
        limits=run["limits"],
        points=example["generations"][-1]["points"],
        generations=example["settings"]["generations"],
    )


def figures() -> list[Figure]:
    """All of the gallery, in its order."""
    runs = {(e["run"]["scenario"], e["run"]["memory"]): searched(e) for e in load_examples()}
    best = {key: run.best for key, run in runs.items() if run.best is not None}
    facts = next(iter(best.values())).provenance or {}
    source = f"Source: cost model {facts.get('simulator')}, shipped examples. CMN Explorer."
    drawn = [
        block_figures.block_figure(
            {goal: design for (goal, kind), design in best.items() if kind == memory},
            memory=memory,
            source=source,
        )
        for memory in block_figures.NAMES
    ]
    energy = [run for (goal, _), run in runs.items() if goal == "energy"]
    return [
        *drawn,
        block_figures.hybrid_figure(best, source=source),
        search_figures.front_figure(runs["energy", "rram"], source=source),
        search_figures.convergence_figure(runs["energy", "rram"], source=source),
        search_figures.comparison_figure(energy, source=source),
        design_figure(answer(best["energy", "sram"]), name="energy on SRAM"),
    ]


def main() -> int:
    """Write every figure as SVG."""
    FOLDER.mkdir(exist_ok=True)
    for figure in figures():
        (FOLDER / f"{figure.name}.svg").write_bytes(rendered(figure, "svg"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
