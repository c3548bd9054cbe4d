"""Small pieces of a page: state chip, numbers of a design, its download, tables."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd
import streamlit as st

from cmn_core.charts.base.frames import designs_frame
from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.design import Design
from cmn_core.quantities import COSTS, FIGURES, GOALS, QUANTITIES, limit_named
from cmn_core.search.generation import Nearest
from cmn_core.search.scenario import EXPERT
from pages.parts.common.cache import Shared
from pages.parts.common.tables import table_markup
from pages.parts.common.text import limit_text, listed, number, origin, plain, short, shown_limit
from pages.parts.common.visitor import may_steer
from pages.parts.runs.run_view import Run, ask, unusual
from pages.parts.runs.settings import DATASETS

Colour = Literal["blue", "green", "gray", "orange", "red"]
STATES: dict[str, tuple[str, Colour]] = {
    "queued": ("queued", "gray"),
    "running": ("running", "blue"),
    "paused": ("paused", "orange"),
    "cancelled": ("cancelled, best kept", "orange"),
    "done": ("done", "green"),
    "failed": ("failed", "red"),
    "interrupted": ("interrupted", "orange"),
}
SHOWN = (*COSTS, "miou", "array_mb")
WISHES = {"cancel": "cancelling", "pause": "pausing"}


def state_chip(run: Run) -> None:
    text, colour = STATES.get(run.state, (run.state, "gray"))
    if run.state == "running" and run.wish in WISHES:
        text, colour = WISHES[run.wish], "orange"
    if run.example:
        text, colour = "shipped example", "gray"
    st.badge(text, color=colour)


def steer_buttons(run: Run) -> None:
    """Nothing where the run has ended for good; a sentence for who may only watch."""
    if (run.active or run.resumable) and not may_steer(run.row, "cancel" if run.active else "run"):
        st.caption("You watch this search; whoever started it steers it.", width="content")
    elif run.active:
        st.button("Pause", key="pause", on_click=ask, args=(run.run_id, "pause"))
        st.button("Cancel, keep the best", key="cancel", on_click=ask, args=(run.run_id, "cancel"))
    elif run.resumable:
        st.button("Resume", key="resume", type="primary", on_click=ask, args=(run.run_id, "run"))


def why_stopped(run: Run) -> None:
    """What stopped the search, and what its visitor may do; nothing where it goes on."""
    if run.state == "failed":
        st.error(f"The search stopped: {plain(run.error or 'no reason was recorded', 300)}.")
    elif run.error and run.state == "paused":  # brought in from another machine
        st.info(f"This run was {plain(run.error, 300)}. Resume goes on from there.")
    elif run.error:
        again = "It is tried again." if run.active else "Mend that, then press Resume."
        st.warning(f"The search does not go on. {plain(run.error, 300)}. {again}")


def run_title(run: Run) -> str:
    """Such as: 2 Energy on RRAM, seed 0."""
    name = f" “{plain(run.label)}”" if run.label else ""
    memory = "both memories" if run.memory == "hybrid" else MEMORY_NAMES[run.memory]
    memory += " by expert" if by_expert(run) else ""
    other = "".join(f", {word}" for word in _unusual(run))
    return f"{GOALS[run.goal].label} on {memory}{other}, seed {run.seed}{name}"


def run_option(run: Run) -> str:
    """One line in a list of runs; no Markdown is read there."""
    name = f" · {run.label[:40]}" if run.label else ""
    other = "".join(f" · {word}" for word in _unusual(run))
    what = f"{GOALS[run.goal].label} · {memory_name(run)}{other} · seed {run.seed}"
    if run.example:
        return f"Example · {what}"
    # A browser sends the line back: it must not change while the run waits and works.
    end = "" if run.active else f" · {run.state} at {run.generation} of {run.generations}"
    return f"{run.date} · {what}{end}{name}"


def memory_name(run: Run) -> str:
    """Such as: RRAM, or Hybrid by expert."""
    return f"{MEMORY_NAMES[run.memory]}{' by expert' if by_expert(run) else ''}"


def by_expert(run: Run) -> bool:
    """Whether each expert of a block may have a memory of its own."""
    return bool(run.settings.get("placement") == EXPERT)


def _unusual(run: Run) -> list[str]:
    """Words for network and data set, where they are not those of Table B1."""
    found = unusual(run)
    titles = {name: title.split(",")[0] for name, title in DATASETS.items()}
    return [titles.get(value, value.upper()) for value in found.values()]


def design_metrics(design: Design, names: Sequence[str] = SHOWN) -> None:
    """Cards with unit and mark of origin; mIoU with its interval."""
    metrics = design.metrics or {}
    with st.grid(min_column_width=135, gap="small"):
        for name in names:
            low, high = metrics.get("miou_low"), metrics.get("miou_high")
            known = name == "miou" and low is not None and high is not None
            interval = f"{low:.1f} to {high:.1f} %" if known else None
            st.metric(
                f"{QUANTITIES[name].title} {origin(name, design)}",
                number(metrics.get(name)),
                delta=interval,
                delta_color="off",
                delta_arrow="off",
                border=True,
                height="stretch",
            )


def download_design(design: Design, name: str, *, key: str, label: str = "") -> None:
    """The design as a DESIGN.json that `evaluate` reads again."""
    st.download_button(
        label or "Download this design (JSON)",
        data=json.dumps(design.to_json(), indent=1) + "\n",
        file_name=f"{name}.json",
        mime="application/json",
        on_click="ignore",
        key=key,
    )


_TABLES: Shared[str] = Shared(100)


def top_table(frame: pd.DataFrame, *, key: str) -> int | None:
    """Designs as of `ranked`; number of the one a reader picked."""
    event = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=key,
        alt=f"The best {len(frame)} designs on the front, one per row.",
        column_config=COLUMNS,
    )
    at = event["selection"]["rows"]
    return int(frame["number"].iloc[at[0]]) if at and at[0] < len(frame) else None


def ranked(designs: Sequence[Design], goal: str) -> pd.DataFrame:
    """A front as a table, best first for that goal; `number` is the place in the order given."""
    frame = designs_frame(designs).drop(columns=["miou_low", "miou_high"])
    wanted = GOALS[goal]
    order = [wanted.quantity.name, wanted.then.name, "number"]
    return frame.sort_values(order, ascending=[not wanted.quantity.more_is_better, True, True])


COLUMNS = {
    "number": st.column_config.NumberColumn("No.", width=50),
    "experts": st.column_config.TextColumn("Experts", width=80),
    "hidden": st.column_config.TextColumn("Hidden size", width=130),
    "memory": st.column_config.TextColumn("Memory", width=70),
    **{
        name: st.column_config.NumberColumn(
            f"{QUANTITIES[name].title} {'pred.' if name == 'miou' else 'sim.'}",
            format=QUANTITIES[name].digits,
            width=90 if name == "miou" else 100,
        )
        for name in FIGURES
    },
}


def grouped_table(
    frame: pd.DataFrame, *, caption: str, notes: Mapping[tuple[str, str], str] | None = None
) -> None:
    """Texts as a table: the first column makes group rows, the second joins equal neighbours.

    notes: (first column, second column) -> small words under the second
    """
    st.html(_TABLES.of(frame, (caption, str(notes)), lambda: _grouped(frame, caption, notes)))


def _grouped(frame: pd.DataFrame, caption: str, notes: Mapping[tuple[str, str], str] | None) -> str:
    head = "".join(
        f'<th scope="col"{" class=cmn-left" if i < 2 else ""}>{html.escape(str(name))}</th>'
        for i, name in enumerate(frame.columns[1:])
    )
    body: list[str] = []
    group, member = "", ""  # of the row above; none has an empty name
    for row in frame.astype(str).itertuples(index=False):
        if row[0] != group:
            group, member = str(row[0]), ""
            body.append(group_row(group, columns=len(row) - 1))
        first = ""
        if row[1] != member:
            member = str(row[1])
            span = int(((frame.iloc[:, 0] == group) & (frame.iloc[:, 1] == member)).sum())
            words = html.escape(member) + small_note((notes or {}).get((group, member), ""))
            first = f'<th scope="row" rowspan="{span}">{words}</th>'
        label = f'<td class="cmn-left">{html.escape(row[2])}</td>'
        body.append(f"<tr>{first}{label}{''.join(map(_cell, row[3:]))}</tr>")
    return table_markup(head, "".join(body), caption)


def small_note(text: str) -> str:
    """Small words under the head of a row."""
    return f'<span class="cmn-note">{html.escape(text)}</span>' if text else ""


def group_row(text: str, *, columns: int) -> str:
    """A row of a table that heads those below it."""
    cell = f'<th scope="rowgroup" colspan="{columns}">{html.escape(text)}</th>'
    return f'<tr class="cmn-group">{cell}</tr>'


def _cell(text: str) -> str:
    """ "3 | 2" as ours with the paper's in parentheses."""
    ours, bar, paper = text.partition(" | ")
    beside = f' <span class="cmn-paper">({html.escape(paper)})</span>' if bar else ""
    return f"<td>{html.escape(ours)}{beside}</td>"


def violated(nearest: Nearest) -> str:
    """Which limits the nearest design breaks and by how much, the worst first, and what the other
    limits allow."""
    broken = []
    for limit, excess in nearest.all.items():
        allowed = limit_text(limit, excess.allowed)
        has, missed = (short(shown_limit(limit, value)) for value in (excess.found, excess.amount))
        broken.append(f"“{allowed}”: it has {has}, which misses the limit by {missed}")
    text = f"No design found meets all limits. The nearest one breaks {'; '.join(broken)}."
    limits = {limit: excess.allowed for limit, excess in nearest.all.items()}
    lines = [line for line, _ in reach_lines(limits, nearest.reachable)]
    return "  \n".join([text, *filter(None, [exclusion(limits, nearest.reachable)]), *lines])


def exclusion(
    limits: Mapping[str, float | None], reachable: Mapping[str, float | None]
) -> str | None:
    """One sentence where limits that can be kept one by one cannot be kept together: which they
    are, and whether easing one is enough. None where one limit alone is out of reach."""
    asked = {n: value for n in reachable if (value := limits.get(n)) is not None}
    missed = {}
    for name, value in asked.items():
        best = reachable[name]
        if best is None or limit_named(name).over(best, value) > 0.0:
            missed[name] = best is not None
    names = [n for n, one_is_enough in missed.items() if one_is_enough]
    cure = "To ease one of them to what stands below is enough."
    if not names:
        names, cure = list(missed), "More than one must be eased."
    if len(names) < 2:
        return None
    both = listed([limit_text(name, asked[name]) for name in names])
    return f"These limits exclude each other: {both}. {cure}"


def reach_lines(
    limits: Mapping[str, float | None], reachable: Mapping[str, float | None]
) -> list[tuple[str, bool]]:
    """A line for each of the limits that is known about: what is asked and what can be reached
    within the others, and whether that keeps it."""
    out = []
    for name, best in reachable.items():
        asked = limits.get(name)
        if asked is None:
            continue
        wanted = limit_text(name, asked)
        wanted = wanted[0].upper() + wanted[1:] if wanted[:4] != "mIoU" else wanted
        if best is None:
            out.append((f"{wanted}: nothing tried keeps the other limits.", False))
            continue
        kept = limit_named(name).over(best, asked) <= 0.0
        verdict = "can be reached" if kept else "is what can be reached"
        value = f"{short(shown_limit(name, best))} {limit_named(name).quantity.unit}".strip()
        out.append((f"{wanted}: {value} {verdict} within the other limits.", kept))
    return out
