"""The answer to a model: cards, placements beside each other, and what its size takes."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.base.units import amount, counted, figures, unit_for
from cmn_core.charts.design.layers import layer_bars, layer_shares
from cmn_core.charts.design.placements import placements
from cmn_core.quantities import COSTS, MAX_SIGMA_REL, QUANTITIES, TITLES, reticle_note
from cmn_core.whatif.bounds import CAUSES
from pages.parts.common.text import listed, plain, short
from pages.parts.frame.chrome import brief_source
from pages.parts.frame.tables import data_table
from pages.parts.models.answers import PLACEMENTS, Answer, Wanted, answer_of, titles_of
from pages.parts.runs.pictures import Spec, draw, theme

PARTS = {
    ("Wires and DRAM" if cause == "Interconnect" else cause): (
        (*parts, "dram") if cause == "Interconnect" else parts
    )
    for cause, parts in CAUSES.items()
}
WIDE = 10.0  # from this ratio of its ends on, an interval is explained
KINDS = {
    "product": "matrix product",
    "convolution": "convolution",
    "dynamic_product": "product of two activations",
    "ffn": "FFN",
    "attention": "attention scores",
    "elementwise": "element by element",
    "depthwise": "depth-wise convolution",
    "buffer": "buffer",
    "lookup": "table look-up",
}
LAYER_COLUMNS = {
    "block": "Block",
    "layer": "Layer",
    "kind": "Kind",
    "memory": "Weights on",
    "times": "Repetitions",
    **{name: TITLES[name] for name in COSTS},
    "macros": "Macros",
    "array_mb": TITLES["array_mb"],
}


def cards(answer: Answer) -> None:
    """Totals with every weight resident; simulated throughout."""
    shown = [
        _card(f"{QUANTITIES[n].label} sim.", amount(n, answer[n]), interval_words(answer, n), n)
        for n in COSTS
    ]
    capacity = answer["capacity"]
    limit = f"{short(capacity['max_array_mb'])} MB"
    tops = answer["tops_per_w"]
    efficiency = "no products" if tops is None else f"{figures(tops)} TOPS/W"
    fits = "fit one chip of " if capacity["fits"] else f"{chip_count(answer)} chips of "
    shown += [
        _card("Arrays sim.", f"{figures(answer['array_mb'])} MB", fits + limit, "array_mb"),
        _card("Efficiency sim.", efficiency, "whole model", "tops_w"),
        _card("Output error sim.", f"{answer['output_sigma_rel']:.1%}", "worst region", "sigma"),
    ]
    st.html(
        f'<section class="cmn-cards" aria-label="Figures of this model">{"".join(shown)}</section>'
    )


def remarks(answer: Answer) -> list[str]:
    """What a reader would stumble over: wide intervals, and chips larger than a die can be."""
    found = []
    wide = [
        f"{QUANTITIES[n].word} spans a factor of {high / low:.0f}"
        for n, (low, high) in answer["intervals"].items()
        if n in COSTS and low > 0.0 and high / low > WIDE
    ]
    if wide:
        slow = any(row["memory"] == "rram" for row in answer["layers"])
        why = ", above all in the time of an RRAM read" if slow else ""
        found.append(
            f"The 90 % interval of {listed(wide)}. Published chips of the same geometry differ"
            f" that much{why}. Placements of one model share most of that error, so they compare"
            " far better than each is known."
        )
    capacity = answer["capacity"]
    each = answer["area_mm2"] if capacity["fits"] else capacity["chips"]["area_mm2_each"]
    for broken in answer["violated"].values():
        found.append(
            f"Too slow: {figures(broken['found'])} of {figures(broken['allowed'])} inferences per"
            " second. Its energy is that of one turn."
        )
    error = answer["output_sigma_rel"]
    if error > MAX_SIGMA_REL:
        found.append(
            f"Output error of {error:.1%}: searches allow {MAX_SIGMA_REL:.0%}, as more costs"
            " accuracy. Other macros may keep it; Macros above tries all."
        )
    if note := reticle_note(each):
        found.append(f"Area of a chip of {figures(each)} mm²: {note}.")
    return found


def about(answer: Answer) -> None:
    """What the model is, where it comes from and its size against the published one."""
    total, active = answer["parameters"], answer["active_parameters"]
    words = [_escaped(answer["model"]), f"**{counted(total)}** weights counted from the layers"]
    if active != total:
        words.append(f"**{counted(active)}** of them used per token")
    if printed := answer["published"]:
        told = [f"{counted(printed['parameters'])}"]
        if printed.get("active_parameters"):
            told.append(f"{counted(printed['active_parameters'])} per token")
        words.append(f"published: {', '.join(told)} print.")
    st.markdown("  ·  ".join([*words, f"{answer['weight_bits']}-bit weights"]))
    st.caption(_escaped(f"One inference: {answer['phase'] or 'as the file has it'}."))


def size_words(answer: Answer) -> str:
    """What it takes where the model is larger than one chip, in plain words."""
    capacity, limit = answer["capacity"], short(answer["capacity"]["max_array_mb"])
    if capacity["fits"]:
        return f"All weights fit into one chip of {limit} MB of arrays; nothing is reloaded."
    again = capacity["reload"]
    energy, time = (amount(n, again[n]) for n in ("energy_uj", "latency_us"))
    words = (
        f"{figures(answer['array_mb'])} MB of arrays are **{chip_count(answer)} chips** of"
        f" {limit} MB. One chip alone would fetch {counted(again['bytes'])}B from DRAM for every"
        f" inference: {energy} and {time}"
    )
    if again["possible"]:
        return words + "."
    times = again["inferences_until_worn"]
    return (
        f"{words}, and the arrays that are rewritten, without levelling their wear, would be worn"
        f" out after **{times:,} inferences**."
    )


def show_placements(wanted: Wanted, found: Mapping[str, Answer]) -> None:
    """Energy, latency and area of every placement with intervals; found: what `wanted` has."""
    rows = [(PLACEMENTS[k].name, PLACEMENTS[k].kind, answer) for k, answer in found.items()]
    for quantity, column in zip(COSTS, st.columns(3, gap="medium"), strict=True):
        values = "; ".join(f"{name} {amount(quantity, a[quantity])}" for name, _, a in rows)
        with column:
            draw(
                _placements(wanted, quantity, theme(), rows),
                alt=f"{QUANTITIES[quantity].label} with 90 % intervals: {values}.",
                key=f"chart_placements_{quantity}",
            )


def show_layers(wanted: Wanted, quantity: str, *, twin: bool) -> None:
    """Bars of the largest layers; twin: with the table of all."""
    answer = answer_of(wanted)
    shares = layer_shares(answer["layers"], quantity, PARTS)
    totals = {row["layer"]: row[quantity] for row in answer["layers"]}
    top = max(totals, key=totals.__getitem__)
    draw(
        _layers(wanted, quantity, theme()),
        alt=f"{QUANTITIES[quantity].label} by layer, {len({s[0] for s in shares})} bars; the"
        f" largest layer is {top} with {amount(quantity, totals[top])}.",
        key="chart_layers",
    )
    if twin:
        table = pd.DataFrame(answer["layers"])[list(LAYER_COLUMNS)]
        kinds = [KINDS.get(kind, kind) for kind in table["kind"]]
        memories = [MEMORY_NAMES.get(memory, "no weights") for memory in table["memory"]]
        table = table.assign(kind=kinds, memory=memories).rename(columns=LAYER_COLUMNS)
        digits = st.column_config.NumberColumn(format="%.4g")
        data_table(
            table,
            "layers",
            alt="Every layer with its figures.",
            config={LAYER_COLUMNS[n]: digits for n in (*COSTS, "array_mb")},
        )


def source_words(answer: Answer, wanted: Wanted) -> None:
    """Where the figures come from."""
    facts = [f"cost model {answer['simulator']}", f"constants {answer['parameters_used']}"]
    if wanted.technologies:
        facts.append(f"except {', '.join(titles_of(wanted))}")
    if answer["source"]:
        facts.append(f"model: {answer['source']}")
    if answer["note"]:
        facts.append(answer["note"])
    facts.append("again by cmn model, of the model's file or name")
    brief_source(_escaped("Source: " + "  ·  ".join(facts) + "."))


@st.cache_resource(max_entries=120, show_spinner=False)
def _placements(
    wanted: Wanted, quantity: str, mode: str, _rows: Sequence[tuple[str, str, Answer]]
) -> Spec:
    colours, chosen = palette(mode), PLACEMENTS[wanted.placement].name
    return spec(placements(_rows, quantity=quantity, colours=colours, chosen=chosen), colours)


@st.cache_resource(max_entries=60, show_spinner=False)
def _layers(wanted: Wanted, quantity: str, mode: str) -> Spec:
    colours = palette(mode)
    shares = layer_shares(answer_of(wanted)["layers"], quantity, PARTS)
    chart = layer_bars(shares, quantity=quantity, causes=list(PARTS), colours=colours)
    return spec(chart, colours)


def _card(title: str, value: str, under: str, name: str) -> str:
    return (
        f'<article class="cmn-card" data-figure="{name}"><h3>{title}</h3>'
        f'<div class="value">{value}</div><p>{html.escape(under)}</p></article>'
    )


def interval_words(answer: Answer, quantity: str) -> str:
    unit = unit_for(quantity, answer[quantity])
    low, high = answer["intervals"][quantity]
    return f"{unit.text(low)} to {unit.text(high)} {unit.name}"


def chip_count(answer: Answer) -> str:
    return f"{answer['capacity']['chips']['count']:,}"


def _escaped(text: str) -> str:
    """A file's text with nothing in it that Markdown would act on."""
    return plain(text, limit=1200)
