"""Claims about chips and the search for them: Figures C1, D1 and D2."""

from __future__ import annotations

from cmn_core.charts.base.palette import MEMORY_NAMES as MEMORIES
from cmn_core.charts.base.units import signed
from cmn_core.cim.technologies.parameters import SET_TITLES
from cmn_core.quantities import ENERGY, GOALS, LATENCY
from cmn_core.studies.claims.verdict import ClaimVerdict
from cmn_core.studies.result import Result

LEVEL = 0.1  # the discrepancy that the paper speaks of
ALIKE = 0.01  # relative difference below which hybrid and the better memory are alike


def silicon(result: Result) -> list[ClaimVerdict]:
    found = [(k, v) for k, v in result.summary.items() if "median_factor" in v]
    worst = max(found, key=lambda item: item[1]["median_factor"])
    best = min(found, key=lambda item: item[1]["median_factor"])
    two = {k: v["energy_ratio"] for k, v in result.summary.items() if "energy_ratio" in v}
    ratios = ", ".join(f"{v:.2f} ({k.removeprefix('reference 2 ')})" for k, v in two.items())
    inside = sum(v["inside_interval"] * v["chips"] for _, v in found)
    chips = sum(v["chips"] for _, v in found)
    return [
        ClaimVerdict(
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


def hybrid(result: Result) -> list[ClaimVerdict]:
    texts, wins = [], {}
    for constants, found in result.summary.items():
        gains = []
        for goal, cost in (("energy", ENERGY), ("latency", LATENCY)):
            if f"{goal} hybrid" not in found:
                continue
            each = {
                m: found[f"{goal} {m}"][cost.name]["median"] for m in ("rram", "sram", "hybrid")
            }
            gain = found[f"{goal} hybrid over better"]
            gains.append(gain < 1.0 - ALIKE)
            listed = ", ".join(f"{MEMORIES[m]} {v:,.0f}" for m, v in each.items())
            gains_text = f"(hybrid over the better one {gain:.2f})"
            texts.append(f"{SET_TITLES[constants]}: {goal} in {cost.unit} {listed} {gains_text}")
        texts.append(f"{found['mixed']} of {found['hybrids']} hybrid searches use both memories")
        wins[constants] = found["mixed"] > 0 and any(gains)
    return [
        ClaimVerdict(
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


def discrepancy(result: Result) -> list[ClaimVerdict]:
    names = {g.quantity.name: g.quantity.word for g in GOALS.values()}
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
        ClaimVerdict(
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
