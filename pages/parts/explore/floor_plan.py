"""The network, and below it the chip that holds it from above, to scale.

Drawn as HTML: it costs a browser next to nothing behind a slider, fits every width, and follows a
theme that is switched while the page stands.
"""

from __future__ import annotations

import html

import streamlit as st

from cmn_core.architecture import MAX_EXPERTS
from cmn_core.charts.base.palette import DARK, LETTERS, LIGHT, MEMORY_NAMES
from cmn_core.charts.design.floor_plan import (
    STRENGTHS,
    WORDS,
    Box,
    FloorPlan,
    PlanPart,
    fill,
    floor_plan,
    ink,
)
from cmn_core.design import MEMORIES
from cmn_core.quantities import AREA, LATENCY, QUANTITIES
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.bounds import occupied, unplaced
from pages.parts.common.cache import Shared
from pages.parts.common.text import number

_FILLS = "\n".join(
    f".cmn-{memory[0]}{strength} {{"
    f" background: light-dark({fill(memory, strength, LIGHT)}, {fill(memory, strength, DARK)});"
    f" color: light-dark({ink(strength, LIGHT)}, {ink(strength, DARK)}); }}"
    for memory in MEMORIES
    for strength in range(len(STRENGTHS) + 1)
)
_INK = f"light-dark({LIGHT.ink}, {DARK.ink})"
_MUTED = f"light-dark({LIGHT.muted}, {DARK.muted})"
_PAGE = f"light-dark({LIGHT.page}, {DARK.page})"
STYLE = f"""
<style>
{_FILLS}
.cmn-net {{ display: grid; grid-template-columns: repeat(4, 1fr); gap: 0.4rem; }}
.cmn-net > div {{ border: 1px solid {_MUTED}; border-radius: 0.3rem; padding: 0.25rem 0.4rem;
  font-size: 0.75rem; min-width: 0; }}
.cmn-net b {{ font-weight: 600; }}
.cmn-bars {{ display: flex; gap: 2px; height: 2.2rem; align-items: flex-end; }}
.cmn-bars i {{ flex: 1; outline: 1px solid {_MUTED}; height: 100%; display: flex;
  align-items: flex-end; }}
.cmn-bars u {{ width: 100%; }}
.cmn-die {{ position: relative; width: 100%; margin-top: 0.5rem; }}
.cmn-die div {{ position: absolute; overflow: hidden; box-sizing: border-box; }}
.cmn-part {{ border: 1px solid {_PAGE}; container-type: size; }}
.cmn-part span {{ font-size: 0.75rem; padding: 0 0.2rem; position: absolute; bottom: 0; right: 0; }}
@container (max-width: 3.6rem) or (max-height: 1.1rem) {{ .cmn-part span {{ display: none; }} }}
.cmn-block {{ border: 2px solid {_INK}; pointer-events: none; }}
.cmn-rest {{ border: 1px dashed {_MUTED}; }}
.cmn-block b {{ background: {_PAGE}; color: {_INK}; font-size: 0.75rem; padding: 0 0.25rem;
  position: absolute; top: 0; left: 0; }}
.cmn-was {{ border: 2px dashed {_MUTED}; pointer-events: none; }}
.cmn-scale {{ display: flex; flex-wrap: wrap; gap: 0.2rem 0.8rem; align-items: center;
  font-size: 0.75rem; margin-top: 0.3rem; }}
.cmn-scale hr {{ border: 0; border-top: 3px solid {_INK}; margin: 0; height: 0; }}
.cmn-key {{ display: inline-flex; gap: 0.2rem; align-items: center; }}
.cmn-key i {{ width: 0.8rem; height: 0.8rem; border: 1px solid {_MUTED}; }}
</style>
"""
REST = "patch embedding and decoder"
_DRAWN: Shared[str] = Shared(200)


def show_floor_plan(answer: Evaluation, quantity: str, before_mm2: float | None) -> None:
    """before_mm2: area of the chip before the last change, drawn dashed; None without one."""
    st.html(STYLE)
    key = quantity, before_mm2
    st.html(
        _DRAWN.of(answer, key, lambda: f"{_network(answer)}{_die(answer, quantity, before_mm2)}")
    )


def _network(answer: Evaluation) -> str:
    """Four blocks: the experts' bars are as high as their hidden size is of the largest."""
    design = answer.design
    assert design.hardware is not None
    boxes = []
    for b, memory in enumerate(design.hardware.memory):
        experts, hidden = design.architecture.experts[b], design.architecture.hidden[b]
        own = design.hardware.experts[b] or (memory,) * experts
        letter = LETTERS[memory if len({memory, *own}) == 1 else "hybrid"]
        high = 100.0 * hidden / design.search_space.max_hidden[b]
        full = [f'<u class="cmn-{m[0]}5" style="height:{high:.1f}%"></u>' for m in own]
        bars = "".join(f"<i>{bar}</i>" for bar in (*full, *[""] * (MAX_EXPERTS - experts)))
        boxes.append(
            f"<div><b>{b + 1} {letter}</b> {experts} × {hidden}"
            f'<div class="cmn-bars">{bars}</div></div>'
        )
    sizes = ", ".join(
        f"block {b + 1} {e} × {h}"
        for b, (e, h) in enumerate(
            zip(design.architecture.experts, design.architecture.hidden, strict=True)
        )
    )
    alt = f"The network, experts × hidden size: {sizes}."
    return f'<div class="cmn-net" role="img" aria-label="{alt}">{"".join(boxes)}</div>'


def _die(answer: Evaluation, quantity: str, before_mm2: float | None) -> str:
    parts = [PlanPart(*row) for row in occupied(answer.cost, quantity)]
    total = answer.metrics[quantity] or 0.0
    plan = floor_plan(parts, total=total, before_mm2=before_mm2)
    noun = QUANTITIES[quantity].word
    boxes = [
        f'<div class="{_kind(part, found)}" style="{_at(box, plan)}"'
        f' title="{html.escape(_told(part, quantity, total))}"><span>{part.cause.split()[0]}</span>'
        "</div>"
        for part, box, found in plan.parts
    ]
    memory: dict[int, str] = {}
    for part, _, _ in plan.parts:
        known = memory.setdefault(part.block, part.memory)
        memory[part.block] = part.memory if known == part.memory else "hybrid"
    boxes += [
        f'<div class="cmn-block" style="{_at(box, plan)}"><b>{b} {LETTERS[memory[b]]}</b></div>'
        for b, box in plan.blocks.items()
    ]
    if plan.before is not None and plan.before != plan.chip:
        boxes.append(f'<div class="cmn-was" style="{_at(plan.before, plan)}"></div>')
    most = max(plan.parts, key=lambda entry: entry[0].amount or 0.0)[0]
    whole = plan.chip.area_mm2
    sizes = ", ".join(
        f"block {b} on {MEMORY_NAMES[memory[b]]} {100.0 * box.area_mm2 / whole:.0f} %"
        for b, box in plan.blocks.items()
    )
    most_of = f"Most {noun}: {_told(most, quantity, total)}."
    alt = f"Floor plan of {number(whole)} mm²: {sizes}. {most_of}"
    return (
        f'<div class="cmn-die" role="img" aria-label="{html.escape(alt)}"'
        f' style="aspect-ratio:{plan.view.width / plan.view.height:.4f}">{"".join(boxes)}</div>'
        + _legend(answer, plan, quantity)
    )


def _legend(answer: Evaluation, plan: FloorPlan, quantity: str) -> str:
    """Length of the scale, meaning of the fills, and what has no place in the picture."""
    share = 100.0 * plan.scale_mm / plan.view.width
    used = [m for m in MEMORIES if any(part.memory == m for part, _, _ in plan.parts)]
    keys = "".join(
        '<span class="cmn-key">'
        + "".join(f'<i class="cmn-{memory[0]}{strength}"></i>' for memory in used)
        + f"{WORDS[strength - 1]}</span>"
        for strength in range(1, len(STRENGTHS) + 1)
    )
    names = ", ".join(f"{LETTERS[m]} {MEMORY_NAMES[m]}" for m in used)
    noun = QUANTITIES[quantity].word
    about = f"Fill: share of the {noun}; {names}. Dotted: {REST}."
    if quantity == LATENCY.name:
        about = f"Fill: share of the time that it is at work; {names}. Dotted: {REST}."
    elif quantity != AREA.name:
        about += (
            f" Wires and leakage, {100.0 * unplaced(answer.cost, quantity):.0f} %, have no place."
        )
    if plan.before is not None and plan.before != plan.chip:
        about += " Outline: the chip before."
    return (
        f'<div class="cmn-scale"><hr style="width:{share:.2f}%">{plan.scale_mm:g} mm</div>'
        f'<div class="cmn-scale">{keys}</div><div class="cmn-scale">{about}</div>'
    )


def _kind(part: PlanPart, found: int) -> str:
    return f"cmn-part {'' if part.own else 'cmn-rest '}cmn-{part.memory[0]}{found}"


def _at(box: Box, plan: FloorPlan) -> str:
    """Its place as shares of the picture."""
    wide, high = 100.0 / plan.view.width, 100.0 / plan.view.height
    return (
        f"left:{box.left * wide:.3f}%;top:{box.top * high:.3f}%;"
        f"width:{box.width * wide:.3f}%;height:{box.height * high:.3f}%"
    )


def _told(part: PlanPart, quantity: str, total: float) -> str:
    """Such as "Block 1, arrays, SRAM: 4.53 mm², energy 8 %"."""
    whose = "" if part.own else f", {REST}"
    text = (
        f"Block {part.block}{whose}, {part.cause.lower()}, {MEMORY_NAMES[part.memory]}:"
        f" {number(part.area_mm2)} mm²"
    )
    if quantity == AREA.name or part.amount is None or not total:
        return text
    return f"{text}, {QUANTITIES[quantity].word} {100.0 * part.amount / total:.0f} %"
