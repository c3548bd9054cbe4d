"""Limits moved after a search: how many of its designs still pass, and why the others fail."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from cmn_core.charts.base.frames import designs_frame
from cmn_core.design import Design
from cmn_core.quantities import LIMITS, RATE, SHORT_LIMITS, TITLES, limit_named
from cmn_core.search.constraints import Limits
from cmn_core.whatif.limit_filter import Breach, Sieved, sieve
from pages.parts.common.text import short
from pages.parts.frame.tables import data_table
from pages.parts.runs.pictures import show_sieved
from pages.parts.runs.repriced import in_force
from pages.parts.runs.run_view import Run
from pages.parts.runs.snapshots import snapshot

SHOWN = tuple(LIMITS[name].quantity.name for name in SHORT_LIMITS)
STEPS = 60  # of each slider between the ends of the front


def sieving(run: Run, *, key: str) -> None:
    """Sliders over the designs of the front, the front with their lines, and a table of reasons."""
    front = snapshot(run).front
    found = [d for d in front if (d.metrics or {}).get("miou") is not None]
    if len(found) < 2:
        st.caption("Limits can be moved once a search has found a few designs.")
        return
    limits = _sliders(found, in_force(run), f"{key}_{run.run_id}")
    judged = sieve(found, limits)
    st.markdown(_summary(found, judged))
    kept = [not breaches for breaches in judged.breaches]
    left, right = st.columns(2, gap="large")
    with left:
        show_sieved(run, found, kept, limits, "energy_uj")
    with right:
        show_sieved(run, found, kept, limits, "latency_us")
    frame = designs_frame(found)[["number", "experts", "hidden", *SHOWN]]
    reasons = [", ".join(map(_reason, breaches)) or "passes" for breaches in judged.breaches]
    frame.insert(3, "why", reasons)
    frame = frame.assign(broken=[len(b) for b in judged.breaches])
    frame = frame.sort_values(["broken", "number"]).drop(columns="broken")
    data_table(
        frame.rename(
            columns={**TITLES, "number": "No.", "experts": "Experts", "hidden": "Hidden size"}
        ).rename(columns={"why": "Passes, or why not"}),
        "moved_limits",
        height=300,
        alt="Every design on the front with the limits that it breaks.",
        config={TITLES[name]: st.column_config.NumberColumn(format="%.4g") for name in SHOWN}
        | {"Passes, or why not": st.column_config.TextColumn(width=330)},
    )


def _sliders(found: list[Design], own: Limits, key: str) -> Limits:
    """Limits as the reader moves them. An end of a slider lets every design pass; the search's own
    limits are left out where every design on the front keeps them anyway."""
    moved: dict[str, float | None] = {}
    with st.grid(min_column_width=220, gap="small"):
        for limit, name in zip(SHORT_LIMITS, SHOWN, strict=True):
            values = [float((design.metrics or {})[name] or 0.0) for design in found]
            least, most = min(values), max(values)
            if most - least <= 1e-9 * abs(most):
                moved[limit] = None
                continue
            step = (most - least) / STEPS
            ends = (least - step, most + step)
            floor = LIMITS[limit].floor
            at = st.slider(
                LIMITS[limit].label,
                *ends,
                value=ends[0] if floor else ends[1],
                step=step,
                format="%.2f" if most < 100 else "%.0f",
                key=f"{key}_{limit}",
            )
            moved[limit] = None if at in ends and at == ends[0 if floor else 1] else at
    return replace(own, **moved)


def _summary(found: list[Design], judged: Sieved) -> str:
    count = len(judged.passing)
    if count == len(found):
        return f"**All {count} designs** on the front pass. Move a limit."
    if count:
        return f"**{count} of {len(found)} designs** on the front pass."
    at = judged.nearest
    assert at is not None, "a front that fails has a nearest design"
    reasons = ", ".join(map(_reason, judged.breaches[at]))
    return f"**None of {len(found)} designs** passes. Nearest is number {at + 1}: {reasons}."


def _reason(breach: Breach) -> str:
    limit = limit_named(breach.limit)
    if limit is RATE:
        return f"{short(breach.found)} of {short(breach.allowed)} images per second"
    if limit.floor:
        return f"mIoU {breach.allowed - breach.found:.2f} points below"
    return (
        f"{limit.quantity.word} {breach.over:.0%} over"
        if breach.over >= 0.005
        else (f"{limit.quantity.word} just over {short(breach.allowed)}")
    )
