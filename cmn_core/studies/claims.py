"""What the paper claims in its appendices C to G, and what our stored studies say to it.

Every figure in these texts comes out of a stored result; the words beside it say what it means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cmn_core.charts.palette import MEMORY_NAMES as MEMORIES
from cmn_core.charts.units import counted, signed
from cmn_core.studies.result import Result
from cmn_core.studies.sums import picked

Figures = Mapping[str, Any]
LEVEL = 0.1  # the discrepancy that the paper speaks of
NEAR_LINEAR = (0.75, 1.25)  # power of time over weights that is called nearly linear here
MARGINAL = 0.25  # power below which growth is called marginal here
CLEAR_POINTS = 0.5  # of mIoU: a smaller gain is within what images and seeds do
OPEN = "A full form is made by the command below, on real images."
UNITS = {"uj": "µJ", "us": "µs"}
ALIKE = 0.01  # relative difference below which hybrid and the better memory are alike
CONSTANTS = {"silicon": "calibrated on chips", "paper": "fitted to the paper"}


@dataclass(frozen=True)
class Verdict:
    """One claim judged; printed, ours, gap: in words and figures; explained: what is known."""

    claim: str
    printed: str
    ours: str
    gap: str
    holds: str  # yes, no or partly
    explained: str


def silicon(result: Result) -> list[Verdict]:
    found = [(k, v) for k, v in result.summary.items() if "median_factor" in v]
    worst = max(found, key=lambda item: item[1]["median_factor"])
    best = min(found, key=lambda item: item[1]["median_factor"])
    two = {k: v["energy_ratio"] for k, v in result.summary.items() if "energy_ratio" in v}
    ratios = ", ".join(f"{v:.2f} ({k.removeprefix('reference 2 ')})" for k, v in two.items())
    inside = sum(v["inside_interval"] * v["chips"] for _, v in found)
    chips = sum(v["chips"] for _, v in found)
    return [
        Verdict(
            "D1: the models align well with actual circuits (two circuits, drawn without numbers)",
            "two circuits in a picture",
            f"median error from {best[1]['median_factor']:.2f}x ({best[0]}) to"
            f" {worst[1]['median_factor']:.2f}x ({worst[0]}), chip held out; {inside / chips:.0%}"
            f" of chips inside the 90 % interval",
            "none can be stated: the paper prints no number",
            "partly",
            f"Reference 2 of the paper is predicted at {ratios} of its published efficiency, but"
            " its journal version was in that fit. Reference 1 publishes too little to be"
            " predicted. Two circuits cannot show what a class does: half of its chips are off by"
            " more than the median. Speed is at the stated clock where there is one.",
        )
    ]


def hybrid(result: Result) -> list[Verdict]:
    texts, wins = [], {}
    for constants, found in result.summary.items():
        gains = []
        for goal, unit in (("energy", "uj"), ("latency", "us")):
            if f"{goal} hybrid" not in found:
                continue
            name = f"{goal}_{unit}"
            each = {m: found[f"{goal} {m}"][name]["median"] for m in ("rram", "sram", "hybrid")}
            gain = found[f"{goal} hybrid over better"]
            gains.append(gain < 1.0 - ALIKE)
            listed = ", ".join(f"{MEMORIES[m]} {v:,.0f}" for m, v in each.items())
            gains_text = f"(hybrid over the better one {gain:.2f})"
            texts.append(f"{CONSTANTS[constants]}: {goal} in {UNITS[unit]} {listed} {gains_text}")
        texts.append(f"{found['mixed']} of {found['hybrids']} hybrid searches use both memories")
        wins[constants] = found["mixed"] > 0 and any(gains)
    return [
        Verdict(
            "C1: combining RRAM and SRAM block by block promises better energy and latency",
            "a picture without numbers",
            "; ".join(texts),
            "none can be stated",
            "yes" if all(wins.values()) else "partly" if any(wins.values()) else "no",
            "Which memory a block is better on is a matter of the constants, and the paper prints"
            " none. With those calibrated on published chips "
            + (
                "hybrids mix as well."
                if result.summary.get("silicon", {}).get("mixed")
                else "one memory wins every block of this network, so there is nothing to combine;"
                " what a hybrid of one memory is better or worse than that memory alone is the luck"
                " of the evolution, not physics."
            )
            + (
                " With those fitted to the paper's own tables blocks differ, and a hybrid is ahead."
                if wins.get("paper")
                else ""
            ),
        )
    ]


def discrepancy(result: Result) -> list[Verdict]:
    names = {"latency_us": "latency", "energy_uj": "energy", "miou": "mIoU"}
    inside, largest = [], 0.0
    for key, line in result.summary.items():
        kind, _, level = key.rpartition(" ")
        if kind not in ("systematic", "random") or float(level) > LEVEL:
            continue
        for name in names:
            if name in line:
                largest = max(largest, abs(line[name]["error_of_mean_percent"]))
        inside.append(line)
    at = {k: v for k, v in result.summary.items() if k.endswith(f" {LEVEL:g}")}
    texts = [
        f"{kind.split()[0]}: "
        + ", ".join(
            f"{names[n]} {signed(line[n]['error_of_mean_percent'])} %" for n in names if n in line
        )
        + f", {line['blocks_changed_share']:.0%} of blocks changed"
        for kind, line in at.items()
    ]
    alone = result.summary["seed_alone"]
    unmoved = all(not v["blocks_changed_share"] for k, v in at.items() if k[0] == "s")
    still = ", and those of latency and energy do not bind here" if unmoved else ""
    noise = ", ".join(f"{names[n]} {v:.1f} %" for n, v in alone.items())
    holds = "yes" if largest < 100.0 * LEVEL else "no"
    return [
        Verdict(
            "D2: outcomes are favourable within 10 % discrepancy of the simulator",
            "error curves in a picture, no numbers",
            f"at 10 %, {'; '.join(texts)}; largest error up to there {largest:.1f} %",
            "none can be stated; ours stays below the discrepancy itself"
            if holds == "yes"
            else f"{largest:.1f} % is more than the discrepancy",
            holds,
            "A factor common to all designs changes no order among them, so a systematic error acts"
            f" through the limits alone{still}. Random errors trade one component for another."
            f" Other seeds alone scatter by {noise} (standard deviation), which is what these"
            " errors are to be read against: many blocks change because many networks are equally"
            " good.",
        )
    ]


def noise(result: Result) -> list[Verdict]:
    s = result.summary
    levels = result.settings["levels"]
    even = ", ".join(f"{s[f'searched write {v:g}']['loss']:.2f} at {v:.0%}" for v in levels)
    kept = s["robust_up_to"].get("write", 0.0)
    uneven = [k for k in ("columns", "early", "late") if k in result.settings["kinds"]]
    middle = min(levels, key=lambda v: abs(v - result.settings["search_noise"]))
    others = ", ".join(f"{k} {s[f'searched {k} {middle:g}']['loss']:.2f}" for k in uneven)
    order = s[f"population write {middle:g}"]["order_kept"]
    out = [
        Verdict(
            "E1: the search is robust to homogeneous variation (0 to 20 % in the picture)",
            "a picture without numbers",
            f"points of mIoU that write noise costs the searched design: {even};"
            f" order of subnets kept (Kendall) {order:.2f} at {middle:.0%}",
            "none can be stated",
            "yes" if kept >= max(levels) else "partly" if kept > 0.0 else "no",
            (
                f"Up to {kept:.0%} the loss stays below a point. "
                if kept
                else f"Already at {min(levels):.0%} it costs more than a point. "
            )
            + "Noise is relative to the largest weight of a matrix here, and weights are inherited,"
            " not trained with noise; what the paper's percentage is relative to is not printed.",
        )
    ]
    gains = {k: s[f"search {k}"]["gain"] for k in result.settings["search_kinds"]}
    listed = ", ".join(f"{k} {v:+.2f}" for k, v in gains.items())
    better = [v > CLEAR_POINTS for v in gains.values()]
    out.append(
        Verdict(
            "E1: constraints for non-ideal factors adapt the search to non-homogeneous variation",
            "a statement without numbers",
            f"points of mIoU on images the search had not seen, with noise in the search less"
            f" without: {listed}; the same noise power at {middle:.0%} costs the searched design:"
            f" {others}",
            "none can be stated",
            "yes" if all(better) else "partly" if any(better) else "no",
            "Where the noise is matters more than how much there is; a search that measures under"
            " its noise can only choose among networks that were all trained without it.",
        )
    )
    return out


def scaling(result: Result) -> list[Verdict]:
    s = result.summary
    spaces = [n for n in result.settings["spaces"] if n in s]
    train = ", ".join(f"{n.upper()} {s[n]['training_hours']:.1f} h" for n in spaces)
    search = ", ".join(f"{n.upper()} {s[n]['search_hours'] * 60:.0f} min" for n in spaces)
    grown, found = s["growth"]["training"], s["growth"]["search"]
    where = "hours of one thread, extrapolated from timed steps"
    limits = picked(result.rows, part="limit")
    lifted = sum(r["fits"] for r in limits if r["max_array_mb"] > 10.0)
    held = sum(r["fits"] for r in limits if r["max_array_mb"] <= 10.0)
    big = s["largest_model"]
    return [
        Verdict(
            "F1: supernet training time grows nearly linearly with model size",
            "bars in a picture, no numbers",
            f"{train} ({where}); time grows as weights to the power {grown:.2f}",
            "none can be stated",
            "yes" if NEAR_LINEAR[0] <= grown <= NEAR_LINEAR[1] else "partly",
            "Weights grow with the square of the width, and the arithmetic of a step with them;"
            " what does not grow (images, attention at low widths, memory traffic) keeps the power"
            " below 1.",
        ),
        Verdict(
            "F2: search time grows marginally",
            "bars in a picture, no numbers",
            f"{search} (hardware search of 1,500 architectures, slower memory); power {found:.2f}",
            "none can be stated",
            "yes" if found <= MARGINAL else "no",
            "The simulator prices formulas, not weights: a layer of twice the width costs the same"
            " to price. With the supernet as accuracy the search grows with inference instead"
            f" (power {s['growth']['measuring']:.2f}).",
        ),
        Verdict(
            "F: the simulator handles models beyond the 10 MB limit",
            "a statement",
            f"{big['model']} with {counted(big['weights'])} weights priced in"
            f" {1e3 * big['cpu_seconds']:.0f} ms; with the limit lifted {lifted} of"
            f" {sum(r['max_array_mb'] > 10.0 for r in limits)} cases of the largest networks fit,"
            f" within 10 MB {held} of {sum(r['max_array_mb'] <= 10.0 for r in limits)}",
            "none",
            "yes",
            "Prices of layer lists; chips that hold so much have not been built.",
        ),
    ]


def compression(result: Result) -> list[Verdict]:
    lines = result.summary["lines"]
    ptq = {r["bits"]: r for r in lines if r["approach"] == "ptq" and r["memory"] == "sram"}
    ours = {b: r["miou"] for b, r in ptq.items() if r["miou"] is not None}
    drop = ", ".join(f"INT{b} {m:.2f} %" for b, m in ours.items())
    printed = ", ".join(f"INT{b} {r['miou_percent_printed']:g} %" for b, r in ptq.items())
    out = [
        Verdict(
            "G1: quantisation after training loses most of the accuracy at INT4 and INT2",
            printed,
            drop + f" (floating point {result.summary['exact']:.2f} %)",
            _ratios({f"INT{b}": (ptq[b]["miou_percent_printed"], m) for b, m in ours.items()}),
            "partly" if ours.get(4, 0.0) > 0.8 * ours.get(8, 1.0) else "yes",
            "Our levels of mIoU are lower throughout: weights from scratch at 120 x 160, not"
            " pretrained ones. INT4 keeps most of it here because weights have a scale per output"
            " channel and activations calibrated ranges; the paper's method is not printed.",
        )
    ]
    nas = [r for r in lines if r["table"] == "G2" and r["approach"] == "nas"]
    whole = [r for r in lines if r["table"] == "G2" and r["approach"] == "none"]
    # Quick forms measure one memory only.
    pairs = [p for p in zip(nas, whole, strict=True) if None not in (p[0]["miou"], p[1]["miou"])]
    saved = ", ".join(f"{MEMORIES[n['memory']]} {_saving(n, w, 'ffn'):.2f}×" for n, w in pairs)
    said = ", ".join(f"{MEMORIES[n['memory']]} {_saving(n, w, 'printed'):.2f}×" for n, w in pairs)
    lost = ", ".join(f"{w['miou'] - n['miou']:.2f}" for n, w in pairs)
    lost_most = max(w["miou"] - n["miou"] for n, w in pairs)
    factors = ", ".join(
        f"{MEMORIES[n['memory']]} {_saving(n, w, 'ffn') / _saving(n, w, 'printed'):.2f}"
        for n, w in pairs
    )
    out.append(
        Verdict(
            "G2: the searched network keeps the accuracy at less energy",
            f"energy saved {said} for 0.13 points of mIoU",
            f"energy saved {saved} (expert FFNs) for {lost} points of mIoU at INT8",
            f"factor of energy over the printed one: {factors}",
            "yes" if lost_most <= 1.0 else "partly",
            "Energies of the expert FFNs with the constants fitted to these tables (docs/paper.md);"
            " counting the whole network the saving is smaller. The searched network is the"
            " paper's, its weights are ours.",
        )
    )
    kd = [r for r in lines if r["approach"] in ("kd", "nas+kd") and r["memory"] == "sram"]
    told = ", ".join(f"{_named(r)} {r['miou_percent_printed']:g} %" for r in kd)
    known = [r for r in kd if r["miou"] is not None]
    mine = ", ".join(f"{_named(r)} {r['miou']:.2f} %" for r in known)
    better = len(known) == 2 and known[1]["miou"] >= known[0]["miou"]
    out.append(
        Verdict(
            "G2: search and distillation together beat distillation alone",
            told,
            mine or "not measured: this result was made without distillation",
            _ratios({_named(r): (r["miou_percent_printed"], r["miou"]) for r in known}) or "open",
            "open" if not known else "yes" if better else "no",
            "The paper prints no student. Ours: half of each hidden size, and scenario 3 with 0.8"
            " of each hidden size, both started from their slice of the supernet.",
        )
    )
    return out


def _named(row: Mapping[str, Any]) -> str:
    return {"kd": "KD", "nas+kd": "NAS + KD"}[str(row["approach"])]


def _ratios(pairs: Mapping[Any, tuple[float, float]]) -> str:
    """Ours over printed."""
    texts = [f"{name}: {ours / printed:.2f} of printed" for name, (printed, ours) in pairs.items()]
    return ", ".join(texts)


def _saving(searched: Figures, whole: Figures, what: str) -> float:
    """Energy of the unsearched model over that of the searched one; what: printed, ffn, network."""
    return float(whole[f"energy_uj_{what}"] / searched[f"energy_uj_{what}"])


def judged(result: Result) -> list[Verdict]:
    """The claims of a stored study; all open where only its quick form is stored."""
    found = _JUDGES[result.name](result)
    if not result.quick:
        return found
    ours = "only the quick form is stored, on generated scenes and with few steps"
    return [replace(v, ours=ours, gap="open", holds="open", explained=OPEN) for v in found]


_JUDGES: dict[str, Callable[[Result], list[Verdict]]] = {
    "hybrid": hybrid,
    "silicon": silicon,
    "discrepancy": discrepancy,
    "noise": noise,
    "scaling": scaling,
    "compression": compression,
}
