"""What every page has around its content: style, title, reading help, source line."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any

import streamlit as st

from cmn_core.classroom.texts import glossary
from cmn_core.design import Design
from pages.parts.common.text import ORIGIN_LINE, plain
from pages.parts.runs.run_view import Run

LINE = 110  # characters of a source line
STYLE = """
<style>
[data-testid="stMainBlockContainer"] { max-width: 1280px; padding: 4.5rem 2rem 4rem; }
[data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
.cmn-scroll { overflow-x: auto; }
[data-testid="stWidgetLabel"][disabled] p { color: light-dark(#5F5E5A, #B8B5AE); }
[data-testid^="stBaseButton-primary"] { color: light-dark(#FFFFFF, #171614); }
a:focus-visible, button:focus-visible, summary:focus-visible, [role="tab"]:focus-visible,
[role="radio"]:focus-visible, [role="checkbox"]:focus-visible, [role="slider"]:focus-visible {
  outline: 2px solid currentColor !important; outline-offset: 2px; }
main:focus-visible { outline: 2px solid currentColor !important; outline-offset: -4px; }
.cmn-table { border-collapse: collapse; width: 100%; font-size: 0.95rem;
  font-variant-numeric: tabular-nums; }
.cmn-table th, .cmn-table td { padding: 0.4rem 0.75rem; text-align: right; border: 0;
  white-space: nowrap; }
.cmn-table th { font-weight: 600; }
.cmn-table th[scope="row"], .cmn-table th.cmn-left, .cmn-table td.cmn-left { text-align: left; }
.cmn-table td.cmn-left, .cmn-table thead th.cmn-wrap { white-space: normal; }
.cmn-table thead th { border-bottom: 1.5px solid currentColor; }
.cmn-table tbody tr { border-top: 1px solid rgba(128, 124, 116, 0.28); }
.cmn-table tbody tr:first-child { border-top: 0; }
.cmn-table tr.cmn-group th { text-align: left; padding-top: 0.9rem; font-size: 1rem; }
.cmn-table tbody tr.cmn-group { border-top: 0; border-bottom: 1px solid currentColor; }
.cmn-table tr.cmn-group + tr { border-top: 0; }
.cmn-table .cmn-paper { opacity: 0.72; }
.cmn-table .cmn-note { display: block; opacity: 0.8; font-size: 0.82em; font-weight: 400; }
.cmn-table .cmn-mark { opacity: 0.72; font-size: 0.85em; margin-left: 0.2em; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 4.25rem 1rem 3rem; }
  .cmn-table { font-size: 0.84rem; }
  .cmn-table th, .cmn-table td { padding: 0.3rem 0.3rem; }
  .cmn-table thead th { white-space: normal; vertical-align: bottom; }
  .cmn-table .cmn-paper { display: block; }
  .cmn-table .cmn-note { white-space: normal; }
}
</style>
"""

# On a phone the menu lies over the page and Streamlit leaves it there. A press on one of its links
# closes it, by the menu's own button. Its list has groups between list and items, which makes it
# none (Streamlit 1.67); a screen reader is told of links alone.
#
# Charts are drawn in the colours of the theme that the server heard of last. When the theme is
# switched, here or by the system, the page is asked for again, by Streamlit's own key for that.
#
# A page writes what it shows into its address after Streamlit wrote its path, or before, and each
# would be an entry of the browser's history. One act of the visitor makes one entry, so that one
# press of Back takes one act back.
SCRIPT = """
<script>
if (!window.cmnHistory) {
  window.cmnHistory = true;
  let acted = false;
  for (const kind of ["pointerdown", "keydown", "input", "change"]) {
    addEventListener(kind, (event) => { acted ||= event.isTrusted; }, true);
  }
  addEventListener("popstate", () => { acted = false; });
  const push = history.pushState.bind(history);
  history.pushState = (...entry) => {
    if (acted) push(...entry); else history.replaceState(...entry);
    acted = false;
  };
}
if (!window.cmnTheme) {
  const scheme = () => {
    const app = document.querySelector('[data-testid="stApp"]');
    return app ? getComputedStyle(app).colorScheme : "";
  };
  let seen = scheme();
  window.cmnTheme = setInterval(() => {
    const now = scheme();
    if (!now || now === seen) return;
    if (seen) {
      for (const type of ["keydown", "keyup"]) document.dispatchEvent(
        new KeyboardEvent(type, { key: "r", code: "KeyR", keyCode: 82, which: 82, bubbles: true }));
    }
    seen = now;
  }, 400);
}
if (!window.cmnMenu) {
  window.cmnMenu = setInterval(() => {
    const menu = '[data-testid="stSidebarNavItems"]';
    for (const part of document.querySelectorAll(`${menu}, ${menu} li`)) {
      part.setAttribute("role", "none");
    }
  }, 400);
  document.addEventListener("click", (event) => {
    if (innerWidth > 768 || !event.target.closest('[data-testid="stSidebarNavLink"]')) return;
    const close = '[data-testid="stSidebarCollapseButton"] button';
    setTimeout(() => document.querySelector(close)?.click(), 50);
  });
}
</script>
"""


@st.cache_resource(show_spinner=False)
def calm() -> bool:
    """Keep the imports out of every later garbage collection, once per server process."""
    gc.collect()
    gc.freeze()
    return True


def style() -> None:
    st.html(STYLE)
    st.html(SCRIPT, unsafe_allow_javascript=True)


def title(text: str, question: str, terms: Sequence[str] = ()) -> None:
    """Page title, the one sentence that says which question it answers, and the words of the
    glossary that a reader needs, each of which explains itself at a press."""
    st.title(text, anchor=False)
    st.markdown(question)
    if terms:
        known = glossary()
        with st.container(horizontal=True, gap="small"):
            for term in terms:
                with st.popover(term.split(" (")[0], type="tertiary", icon=":material/help:"):
                    st.markdown(f"**{term}**: {known[term]}")


def how_to_read(text: str) -> None:
    with st.expander("How to read this"):
        st.markdown(text)
        st.caption(f"Letters beside numbers: {ORIGIN_LINE}.")


def source_line(runs: Sequence[Run], designs: Sequence[Design]) -> None:
    """Where the numbers come from."""
    brief_source(source_text(runs, designs))


def brief_source(text: str) -> None:
    """A source in one line; all of it at a press where that is longer."""
    if len(text) <= LINE:
        st.caption(text)
        return
    first = text[: LINE - 2].rsplit(" ", 1)[0].rstrip(" ·,;")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(f"{first} …", width="content")
        with st.popover("All of it", type="tertiary"):
            st.caption(text)


def source_text(runs: Sequence[Run], designs: Sequence[Design]) -> str:
    """Where the numbers come from: versions, seeds, effort, date, source of the accuracy."""
    notes = [design.provenance or {} for design in designs]
    facts = []
    for name, key in (("cost model", "simulator"), ("constants", "parameters")):
        if values := _values(notes, key):
            facts.append(f"{name} {values}")
    if values := _values(notes, "miou_source"):
        facts.append(f"mIoU {values}")
    seeds = sorted({run.seed for run in runs})
    facts.append(f"seed {', '.join(map(str, seeds))}")
    efforts = sorted({_effort(run) for run in runs})
    facts.append("; ".join(efforts))
    facts.append(f"date {', '.join(sorted({run.date[:10] for run in runs}))}")
    if open_ends := sum(run.state != "done" for run in runs):
        count = f"{open_ends} of {len(runs)} searches" if len(runs) > 1 else "search"
        facts.append(f"{count} not finished")
    if shipped := sorted({f" example-{r.goal}-{r.memory}" for r in runs if r.example}):
        which = shipped[0] if len(shipped) == 1 else ""
        facts.append(f"example that ships with the project, again by cmn replay{which}")
    return "Source: " + "  ·  ".join(facts) + "."


def _values(notes: list[Any], key: str) -> str:
    return ", ".join(sorted({plain(str(note[key]), limit=600) for note in notes if key in note}))


def _effort(run: Run) -> str:
    s = run.settings
    swarm = f"swarms of {s.get('particles')} × {s.get('iterations')}"
    return f"population {s.get('population')}, {run.generations} generations, {swarm}"
