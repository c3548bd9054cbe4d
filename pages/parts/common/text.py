"""Numbers and names as texts, with their units and marks of origin."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cmn_core.design import Design
from cmn_core.quantities import limit_named

ORIGINS = {
    "sim.": "simulated by this project's cost model",
    "pred.": "predicted from measured subnets",
    "meas.": "measured on images",
    "print.": "printed in the paper",
}
ORIGIN_LINE = "  ·  ".join(f"{letter} = {text}" for letter, text in ORIGINS.items())


def plain(text: str, limit: int = 80) -> str:
    """A person's text with nothing in it that Markdown or HTML would act on, and at most `limit`
    characters long."""
    flat = " ".join(text.split())
    if len(flat) > limit:  # after a word, so that no number becomes another one
        flat = flat[: limit - 1].rsplit(" ", 1)[0] + "…"
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])", r"\\\1", flat)


def listed(texts: Sequence[str]) -> str:
    """Such as "a, b and c"."""
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last


def number(value: float | None) -> str:
    """About four figures, thousands separated; a dash where there is no number."""
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"


def short(value: float) -> str:
    """Four figures at most, no zeros at the end: 10, 0.05, 3,200."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def origin(metric: str, design: Design) -> str:
    """Letter of where a metric of a design of ours comes from."""
    if metric != "miou":
        return "sim."
    source = (design.provenance or {}).get("miou_source", "")
    return "meas." if str(source).startswith("measured") else "pred."


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def limit_text(name: str, value: float) -> str:
    """Such as "energy at most 950 µJ"; the output error in percent, as on the cards."""
    return limit_named(name).text(short(shown_limit(name, value)))


def shown_limit(name: str, value: float) -> float:
    """A limit's value in the unit in which it is shown."""
    return limit_named(name).quantity.scale * value


def limits_line(limits: Mapping[str, float | None]) -> str:
    """The limits in force as one line."""
    parts = [limit_text(name, value) for name, value in limits.items() if value is not None]
    return "Limits in force: " + ", ".join(parts) + "." if parts else "No limits in force."
