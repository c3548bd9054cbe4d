"""The answer to a design as cards: value, interval, origin, limit, and the pinned design beside."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.quantities import (
    COSTS,
    FIGURES,
    QUANTITIES,
    SIGMA,
    TITLES,
    Quantity,
    limit_named,
    reticle_note,
)
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.compare import Difference, LimitCheck
from cmn_core.whatif.report import change_text
from pages.parts.common.text import listed, number, origin, plain, short
from pages.parts.frame.chrome import brief_source

STYLE = """
<style>
.cmn-cards { display: grid; gap: 0.6rem;
  grid-template-columns: repeat(auto-fit, minmax(9.4rem, 1fr)); }
.cmn-card { border: 1px solid rgba(128, 124, 116, 0.35); border-radius: 0.5rem;
  padding: 0.6rem 0.8rem; min-width: 0; }
.cmn-card h3 { font-size: 0.875rem; font-weight: 400; margin: 0; padding: 0; opacity: 0.85; }
.cmn-card .value { font-size: 1.5rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
.cmn-card p { font-size: 0.8125rem; line-height: 1.4; margin: 0.1rem 0 0; opacity: 0.85; }
.cmn-card p.limit { opacity: 1; }
.cmn-card p.over { font-weight: 650; }
.cmn-stale { opacity: 0.65; filter: grayscale(1); }
.cmn-slim { display: none; }
@media (min-width: 641px) and (min-height: 700px) {
  [data-testid="stElementContainer"]:has(.cmn-stay) { position: sticky; top: 3.5rem; z-index: 90;
    background: light-dark(#FFFFFF, #171614); padding: 0.35rem 0; }
}
[class*="st-key-stale"] { opacity: 0.65; filter: grayscale(1); }
@media (max-width: 640px) {
  .cmn-cards { grid-template-columns: 1fr 1fr; }
  [data-testid="stElementContainer"]:has(.cmn-slim) { position: sticky; top: 3.75rem; z-index: 90; }
  .cmn-slim { display: grid; grid-template-columns: repeat(4, 1fr); text-align: center;
    padding: 0.35rem 0; border-bottom: 1px solid rgba(128, 124, 116, 0.5);
    font-variant-numeric: tabular-nums; background: var(--cmn-page); }
  .cmn-slim span { font-size: 0.75rem; opacity: 0.85; display: block; }
}
</style>
"""
CARDS = (*FIGURES, "miou_on_chip", "sigma_rel")
SLIM = (*COSTS, "miou")
WIDE = 10.0  # from this ratio of its ends on, an interval is explained


def answer_cards(
    answer: Evaluation,
    *,
    verdicts: Mapping[str, LimitCheck],
    against: Mapping[str, Difference] | None = None,
    beside: str = "",
    before: Mapping[str, Difference] | None = None,
    stale: bool = False,
    stay: bool = False,
) -> None:
    """All figures of a design. against, beside: the pinned design's differences and letter; before:
    those to the design before the last change; stale: greyed, because the design now wanted cannot
    be built; stay: on the screen while the page is scrolled, where that is wide and high enough."""
    cards = "".join(
        _card(
            answer,
            QUANTITIES[name],
            verdicts.get(name),
            [
                *_differs((before or {}).get(name), "before"),
                *_differs((against or {}).get(name), beside),
            ],
        )
        for name in CARDS
        if answer.sigma or name not in ("miou_on_chip", "sigma_rel")
    )
    state = (" cmn-stale" if stale else "") + (" cmn-stay" if stay else "")
    st.html(
        f'<section class="cmn-cards{state}" aria-label="Figures of this design">{cards}</section>'
    )
    for sentence in remarks(answer, verdicts):
        st.caption(sentence)


def remarks(answer: Evaluation, verdicts: Mapping[str, LimitCheck]) -> list[str]:
    """What a reader would stumble over: wide intervals, a chip larger than a die, a floor of mIoU
    that is kept without the chip's own error alone."""
    found = []
    wide = {}
    for name in COSTS:
        ends = answer.interval(name)
        if ends is not None and ends[0] > 0.0 and ends[1] / ends[0] > WIDE:
            wide[name] = f"{QUANTITIES[name].word} spans a factor of {ends[1] / ends[0]:.0f}"
    if wide:
        causes = listed([*dict.fromkeys(_cause(answer, name) for name in wide)])
        found.append(
            f"The 90 % interval of {listed([*wide.values()])}. Published chips of the same"
            f" geometry differ that much: in {causes}. Two designs share most of that error, so"
            " they compare far better than each is known."
        )
    found += remarks_of(answer.metrics)
    if answer.load is not None:
        shares = ", ".join(f"{share:.0%}" for share in answer.load.share)
        found.append(
            f"The busiest expert of the four blocks gets {shares} of the tokens, and latency"
            f" follows it ({answer.load.source})."
        )
    floor, seen = verdicts.get("miou"), answer.metrics["miou_on_chip"]
    if floor is not None and floor.kept and seen is not None and seen < floor.allowed:
        found.append(
            "The ✓ at mIoU is without the error of the chip itself. With it, as searches judge"
            f" unless told otherwise, this design reaches {number(seen)} % (pred.),"
            f" {floor.allowed - seen:.2f} points below the limit."
        )
    return found


def slim_bar(answer: Evaluation, page: str) -> None:
    """The four main figures on one line that stays on a phone's screen; page: its colour."""
    cells = "".join(
        f"<div>{number(answer.metrics[name])}<span>{TITLES[name]}</span></div>" for name in SLIM
    )
    st.html(f'<div class="cmn-slim" style="--cmn-page: {page}" aria-hidden="true">{cells}</div>')


def source(answer: Evaluation) -> None:
    """Where the figures come from."""
    facts = answer.design.provenance or {}
    notes = [f"cost model {facts['simulator']}", f"constants {facts['parameters']}"]
    if "technology" in facts:
        notes.append(f"technology {facts['technology']}")
    if "miou_source" in facts:
        notes.append(f"mIoU {facts['miou_source']}")
    if "miou_why_not" in facts:
        notes.append(f"no mIoU, because {facts['miou_why_not']}")
    rows, columns = answer.design.workload.image
    notes.append(f"cost priced at {rows} × {columns}, again by cmn evaluate of the design's file")
    brief_source("Source: " + "  ·  ".join(plain(note, limit=600) for note in notes) + ".")


def _card(
    answer: Evaluation,
    shown: Quantity,
    verdict: LimitCheck | None,
    differences: Sequence[str],
) -> str:
    name = shown.name
    value = shown.scale * answer.sigma if shown is SIGMA else answer.metrics[name]
    letter = "pred." if name == "miou_on_chip" else origin(name, answer.design)
    lines = [f"<p>{_under(answer, name)}</p>"]
    if verdict is not None:
        lines.append(_limit(verdict))
    lines += [f"<p>{html.escape(text)}</p>" for text in differences]
    return (
        f'<article class="cmn-card" data-figure="{name}"><h3>{shown.title} {letter}</h3>'
        f'<div class="value">{number(value)}</div>{"".join(lines)}</article>'
    )


def _differs(found: Difference | None, other: str) -> list[str]:
    """Such as "before 1,204: −12 % (p 0.98)" or "same as A"."""
    if found is None:
        return []
    if found.same:
        return [f"as {other}" if other == "before" else f"same as {other}"]
    text = change_text(found.metric, found.change, likely=found.likely)
    if other == "before":
        return [f"before {number(found.theirs)}: {text}"]
    return [f"{text} against {other}"]


def remarks_of(metrics: Mapping[str, Any]) -> list[str]:
    """Those of the remarks that need no more than the metrics of a design."""
    note = reticle_note(metrics.get("area_mm2"))
    return [f"Area: {note}. A limit on area keeps a search below that."] if note else []


def _cause(answer: Evaluation, quantity: str) -> str:
    """The group that its interval comes from, with the memory where that is an array's."""
    group = answer.cost.compositions[quantity].cause or "none"
    if group not in MEMORY_NAMES:
        return group
    return f"{QUANTITIES[quantity].cause} of {MEMORY_NAMES[group]}"


def _under(answer: Evaluation, name: str) -> str:
    """The 90 % interval, or why there is no number."""
    interval = answer.interval(name)
    if interval is not None:
        return f"{number(interval[0])} to {number(interval[1])}"
    if name in ("miou", "miou_on_chip"):
        why = answer.miou_why_not or "no error this large was measured"
        return f"no estimate: {html.escape(why)}"
    return {"array_mb": "capacity, exact", "sigma_rel": "worst block"}.get(name, "")


def _limit(verdict: LimitCheck) -> str:
    limit = limit_named(verdict.limit)
    allowed = limit.bound(short(limit.quantity.scale * verdict.allowed))
    if not limit.quantity.unit:  # it stands on the card of another quantity
        allowed = f"{allowed} {limit.quantity.word}"
    if verdict.kept:
        return f'<p class="limit">✓ {allowed}</p>'
    word = "below" if limit.floor else "over"
    times = 1.0 + verdict.over
    far = f"{verdict.over:.1%}" if times < 2.0 else f"{short(float(f'{times:.3g}'))} times"
    return f'<p class="limit over">✗ {far} {word}: {allowed}</p>'
