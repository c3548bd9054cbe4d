"""Claims about networks: Figures E1, F1 and F2, Tables G1 and G2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmn_core.charts.base.palette import MEMORY_NAMES as MEMORIES
from cmn_core.charts.base.units import counted
from cmn_core.studies.appendices.statistics import picked
from cmn_core.studies.claims.verdict import ClaimVerdict
from cmn_core.studies.result import Result

Figures = Mapping[str, Any]
NEAR_LINEAR = (0.75, 1.25)  # power of time over weights that is called nearly linear here
MARGINAL = 0.25  # power below which growth is called marginal here
CLEAR_POINTS = 0.5  # of mIoU: a smaller gain is within what images and seeds do


def noise(result: Result) -> list[ClaimVerdict]:
    s = result.summary
    levels = result.settings["levels"]
    even = ", ".join(f"{s[f'searched write {v:g}']['loss']:.2f} at {v:.0%}" for v in levels)
    kept = s["robust_up_to"].get("write", 0.0)
    uneven = [k for k in ("columns", "early", "late") if k in result.settings["kinds"]]
    middle = min(levels, key=lambda v: abs(v - result.settings["search_noise"]))
    others = ", ".join(f"{k} {s[f'searched {k} {middle:g}']['loss']:.2f}" for k in uneven)
    order = s[f"population write {middle:g}"]["order_kept"]
    out = [
        ClaimVerdict(
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
    alone = {k: s[f"search {k}"]["gain"] for k in result.settings["search_kinds"]}
    moved = {k: s[f"placement {k}"] for k in result.settings["placement_kinds"]}
    listed = ", ".join(f"{k} {_ranged(v)}" for k, v in alone.items())
    places = "; ".join(
        f"{k} {_ranged(v['gain'])} at {v['energy_ratio']['median']:.2f} of the energy, where the"
        f" noise costs the unknowing design {v['blind_loses']['mean']:.2f}"
        for k, v in moved.items()
    )
    # Where noise costs a design nothing, there is nothing to gain.
    matter = [v for v in moved.values() if v["blind_loses"]["mean"] > CLEAR_POINTS]
    by_network = [v["mean"] > CLEAR_POINTS for v in alone.values()]
    by_memory = [v["gain"]["mean"] > CLEAR_POINTS for v in matter]
    everything = [*by_network, *by_memory]
    out.append(
        ClaimVerdict(
            "E1: constraints for non-ideal factors adapt the search to non-homogeneous variation",
            "a statement without numbers",
            "points of mIoU under the noise that a search gains by knowing of it, mean over seeds"
            f" (least to greatest): on RRAM alone {listed}; where blocks may be on SRAM: {places};"
            f" the same noise power at {middle:.0%} costs the searched RRAM design: {others}",
            "none can be stated",
            "yes" if all(everything) else "partly" if any(everything) else "no",
            "Where the noise is matters more than how much there is. On RRAM alone a search can"
            " only choose among networks that were all trained without noise; where a block may go"
            " to SRAM, it takes the noisy blocks there.",
        )
    )
    return out


def scaling(result: Result) -> list[ClaimVerdict]:
    s = result.summary
    spaces = [n for n in result.settings["spaces"] if n in s]
    train = ", ".join(f"{n.upper()} {s[n]['training_hours']:.1f} h" for n in spaces)
    search = ", ".join(f"{n.upper()} {s[n]['search_hours'] * 3600:.0f} s" for n in spaces)
    grown, found = s["growth"]["training"], s["growth"]["search"]
    where = "hours of one thread, extrapolated from timed steps"
    limits = picked(result.rows, part="limit")
    lifted = sum(r["fits"] for r in limits if r["max_array_mb"] > 10.0)
    held = sum(r["fits"] for r in limits if r["max_array_mb"] <= 10.0)
    big = s["largest_model"]
    return [
        ClaimVerdict(
            "F1: supernet training time grows nearly linearly with model size",
            "bars in a picture, no numbers",
            f"{train} ({where}); time grows as weights to the power {grown:.2f}",
            "none can be stated",
            "yes" if NEAR_LINEAR[0] <= grown <= NEAR_LINEAR[1] else "partly",
            "Weights grow with the square of the width, and the arithmetic of a step with them;"
            " what does not grow (images, attention at low widths, memory traffic) keeps the power"
            " below 1.",
        ),
        ClaimVerdict(
            "F2: search time grows marginally",
            "bars in a picture, no numbers",
            f"{search} (hardware search of 1,500 architectures, slower memory); power {found:.2f}",
            "none can be stated",
            "yes" if found <= MARGINAL else "no",
            "The simulator prices formulas, not weights: a layer of twice the width costs the same"
            " to price. With the supernet as accuracy the search grows with inference instead"
            f" (power {s['growth']['measuring']:.2f}).",
        ),
        ClaimVerdict(
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


def compression(result: Result) -> list[ClaimVerdict]:
    lines = result.summary["lines"]
    ptq = {r["bits"]: r for r in lines if r["approach"] == "ptq" and r["memory"] == "sram"}
    ours = {b: r["miou"] for b, r in ptq.items() if r["miou"] is not None}
    drop = ", ".join(f"INT{b} {m:.2f} %" for b, m in ours.items())
    printed = ", ".join(f"INT{b} {r['miou_percent_printed']:g} %" for b, r in ptq.items())
    out = [
        ClaimVerdict(
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
        ClaimVerdict(
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
        ClaimVerdict(
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


def _ranged(found: Mapping[str, float]) -> str:
    return f"{found['mean']:+.2f} ({found['low']:+.2f} to {found['high']:+.2f})"


def _named(row: Mapping[str, Any]) -> str:
    return {"kd": "KD", "nas+kd": "NAS + KD"}[str(row["approach"])]


def _ratios(pairs: Mapping[Any, tuple[float, float]]) -> str:
    """Ours over printed."""
    texts = [f"{name}: {ours / printed:.2f} of printed" for name, (printed, ours) in pairs.items()]
    return ", ".join(texts)


def _saving(searched: Figures, whole: Figures, what: str) -> float:
    """Energy of the unsearched model over that of the searched one; what: printed, ffn, network."""
    return float(whole[f"energy_uj_{what}"] / searched[f"energy_uj_{what}"])
