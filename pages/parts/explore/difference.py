"""Pinned designs side by side: figures with differences and ties, then the blocks."""

from __future__ import annotations

import html
from collections.abc import Sequence

from cmn_core.charts.base.frames import block_memory
from cmn_core.charts.base.palette import LETTERS as MEMORY_LETTERS
from cmn_core.charts.design.tornado import SURE
from cmn_core.quantities import AREA, FIGURES, QUANTITIES, TITLES, reticle_note
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.compare import Difference, compare
from cmn_core.whatif.report import change_text
from pages.parts.common.tables import table_markup
from pages.parts.common.text import number, origin
from pages.parts.frame.tables import html_table
from pages.parts.runs.cards import group_row


def difference_table(pinned: Sequence[tuple[str, Evaluation]], reference: str) -> None:
    """Columns are designs; below each figure the difference to the reference.

    pinned: (letter, answer); the best value of a row is bold and marked, unless it ties with the
    reference.
    """
    base = dict(pinned)[reference]
    differences = {letter: compare(answer, base) for letter, answer in pinned}
    head = "".join(
        f'<th scope="col">{letter}{" (reference)" if letter == reference else ""}</th>'
        for letter, _ in pinned
    )
    body = [group_row("Figures", columns=len(pinned) + 1)]
    for metric in FIGURES:
        values = [answer.metrics[metric] for _, answer in pinned]
        known = [v for v in values if v is not None]
        better = max if QUANTITIES[metric].more_is_better else min
        best = better(known) if len(set(known)) > 1 else None
        cells = "".join(
            _figure(metric, answer, differences[letter].get(metric), letter == reference, best)
            for letter, answer in pinned
        )
        body.append(f'<tr><th scope="row">{TITLES[metric]}</th>{cells}</tr>')
    body.append(
        group_row("Network: experts × hidden size, memory, copies", columns=len(pinned) + 1)
    )
    for block in range(4):
        cells = "".join(f"<td>{_block(answer, block)}</td>" for _, answer in pinned)
        body.append(f'<tr><th scope="row">Block {block + 1}</th>{cells}</tr>')
    label = "Differences of the designs"
    table = table_markup(f'<th scope="col" class="cmn-left"></th>{head}', "".join(body), label)
    html_table(table, "differences", caption=label)


def _figure(
    metric: str, answer: Evaluation, difference: Difference | None, base: bool, best: float | None
) -> str:
    value = answer.metrics[metric]
    text = number(value)
    tied = difference is not None and (difference.likely or 1.0) < SURE
    if value is not None and value == best and not tied:
        text = f"<strong>{text} ★</strong>"
    if value is not None:
        letter = origin(metric, answer.design)
        text += f'<span class="cmn-mark">{letter}</span>'
    large = reticle_note(value) if metric == AREA.name else ""
    note = f'<span class="cmn-note">{large}</span>' if large else ""
    if difference is not None and not base:
        words = (
            "same"
            if difference.same
            else change_text(metric, difference.change, likely=difference.likely)
        )
        note += f'<span class="cmn-note">{html.escape(words)}</span>'
    return f"<td>{text}{note}</td>"


def _block(answer: Evaluation, block: int) -> str:
    design = answer.design
    assert design.hardware is not None
    experts, hidden = design.architecture.experts[block], design.architecture.hidden[block]
    letter = MEMORY_LETTERS.get(block_memory(design)[block], "–")
    copies = (design.hardware.replicas or (1,) * 4)[block]
    return f"{experts} × {hidden} {letter}" + (f", {copies}" if copies > 1 else "")
