"""Designs to take away: a Markdown report, a CSV table and the JSON of several designs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from cmn_core.design import METRICS
from cmn_core.quantities import FIGURES, QUANTITIES, TITLES
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.spreadsheet import safe_cell
from cmn_core.whatif.compare import compare
from cmn_core.whatif.formats.link import design_name, short_text

CERTAIN = 0.995  # a probability that would be written as 1.00
_NOTE = (
    "Energy, latency and area are simulated for one image of the workload; mIoU is predicted from"
    " measured subnets. In parentheses: 90 % intervals. After a difference: the probability of its"
    " sign, both designs priced under the same draws."
)


def designs_json(answers: Sequence[Evaluation]) -> str:
    """One DESIGN.json, or a list of them for several."""
    documents = [a.design.to_json() for a in answers]
    return json.dumps(documents[0] if len(documents) == 1 else documents, indent=1) + "\n"


def designs_csv(answers: Sequence[Evaluation]) -> str:
    """One row per design: name, architecture, workload, hardware and metrics."""
    rows = [_row(number, a) for number, a in enumerate(answers, start=1)]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: safe_cell(v) for k, v in row.items()} for row in rows)
    return out.getvalue()


def designs_markdown(answers: Sequence[Evaluation], *, made: str, links: Sequence[str] = ()) -> str:
    """A report: table of metrics, differences to the first design, each design in full.

    made: date as text; links: an address for each design, if there are any.
    """
    names = [title(number, a) for number, a in enumerate(answers, start=1)]
    lines = ["# Designs", "", f"Made on {made} with CMN Explorer. {_NOTE}", ""]
    lines += _table(
        ["Design", *(TITLES[m] for m in FIGURES)],
        [[name, *(_cell(a, m) for m in FIGURES)] for name, a in zip(names, answers, strict=True)],
    )
    if len(answers) > 1:
        lines += ["", f"## Against {names[0]}", ""]
        lines += _table(
            ["Design", *(QUANTITIES[m].label for m in FIGURES)],
            [
                [name, *_differences(a, answers[0])]
                for name, a in zip(names[1:], answers[1:], strict=True)
            ],
        )
    for at, (name, a) in enumerate(zip(names, answers, strict=True)):
        lines += ["", f"## {name}", "", short_text(a.design), ""]
        if at < len(links):
            lines += [f"<{links[at]}>", ""]
        lines += ["```json", json.dumps(a.design.to_json(), indent=1), "```"]
    return "\n".join(lines) + "\n"


def title(number: int, answer: Evaluation) -> str:
    """The name that somebody gave, else the design's number."""
    return _plain(design_name(answer.design)) or f"Design {number}"


def change_text(metric: str, change: float, *, likely: float | None) -> str:
    """Such as "−12 %", "2.5 ×", "+0.30 points" or "−2 % (p 0.83)".

    likely: the probability that the change has that sign; not said where it is certain.
    """
    if metric == "miou":
        text = f"{change:+.2f} points"
    else:
        text = f"{change + 1.0:,.3g} ×" if change >= 1.0 else f"{100.0 * change:+.3g} %"
    text = text.replace("-", "−")
    return text if likely is None or likely >= CERTAIN else f"{text} (p {likely:.2f})"


def _differences(ours: Evaluation, theirs: Evaluation) -> list[str]:
    found = compare(ours, theirs)
    texts = []
    for metric in FIGURES:
        d = found.get(metric)
        text = "–" if d is None else change_text(metric, d.change, likely=d.likely)
        texts.append("same" if d is not None and d.same else text)
    return texts


def _cell(answer: Evaluation, metric: str) -> str:
    value, interval = answer.metrics[metric], answer.interval(metric)
    if value is None:
        return "–"
    text = f"{value:,.4g}" if value < 1000 else f"{value:,.0f}"
    if interval is None:
        return text
    low, high = (f"{v:,.3g}" if v < 1000 else f"{v:,.0f}" for v in interval)
    return f"{text} ({low} to {high})"


def _row(number: int, answer: Evaluation) -> dict[str, Any]:
    design = answer.design
    hardware, workload = design.hardware, design.workload
    assert hardware is not None
    row: dict[str, Any] = {"number": number, "name": design_name(design)}
    row |= {"space": design.space, "image_height": workload.image[0]}
    row |= {"image_width": workload.image[1], "weight_bits": workload.weight_bits}
    row |= {"activation_bits": workload.activation_bits}
    row["routing"] = workload.routing_text.replace("-", " ")
    for block in range(4):
        row[f"experts{block + 1}"] = design.architecture.experts[block]
        row[f"hidden{block + 1}"] = design.architecture.hidden[block]
        entry = hardware.entries[block]
        row[f"memory{block + 1}"] = entry if isinstance(entry, str) else " ".join(entry)
        row[f"replicas{block + 1}"] = (hardware.replicas or (1,) * 4)[block]
    for metric in METRICS:
        row[metric] = "" if (v := answer.metrics.get(metric)) is None else v
    for metric in FIGURES:
        if metric != "miou" and (interval := answer.interval(metric)):
            row[f"{metric}_low"], row[f"{metric}_high"] = interval
    row["output_sigma_rel"] = answer.sigma
    for memory, knobs in hardware.macros.items():
        row |= {f"{memory}_{name}": value for name, value in knobs.items()}
    return row


def _table(head: list[str], body: list[list[str]]) -> list[str]:
    rule = ["---"] * len(head)
    return [f"| {' | '.join(cells)} |" for cells in [head, rule, *body]]


def _plain(text: str) -> str:
    """A person's words with nothing in them that Markdown would act on."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+!|<>~$&" else c for c in text)
