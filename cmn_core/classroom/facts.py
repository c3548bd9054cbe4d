"""What the teacher's answers say in numbers, from the simulator as it is now."""

from __future__ import annotations

import math

from cmn_core.classroom.figures.cells import cell_levels
from cmn_core.classroom.figures.converter import measured_miou, resolutions
from cmn_core.classroom.figures.idle import even_at_s, idle
from cmn_core.classroom.figures.sparse import routed
from cmn_core.classroom.figures.stationary import Residence, residence
from cmn_core.classroom.figures.tiles import tiles
from cmn_core.classroom.figures.tiling import tiling
from cmn_core.classroom.tasks import FROM_BITS, TO_BITS, task
from cmn_core.quantities import MAX_SIGMA_REL

HOUR_S = 3600.0
SIDES = (64, 128, 256)
SPLIT = 4  # experts in every block
ROWS = 64  # rows summed per read in the sheet


def facts() -> dict[str, str]:
    """Values of the fields of assets/learn/answers.md."""
    by_bits = {r.adc_bits: r for r in resolutions(ROWS)}
    fine, coarse = by_bits[FROM_BITS], by_bits[TO_BITS]
    even = even_at_s()
    blocks = tiles("rram")
    return {
        "rows": str(ROWS),
        "fine_bits": str(FROM_BITS),
        "coarse_bits": str(TO_BITS),
        "fine_error": _percent(fine.sigma_rel),
        "coarse_error": _percent(coarse.sigma_rel),
        "saved": _percent(1.0 - coarse.energy_uj / fine.energy_uj),
        "fine_miou": f"{measured_miou(fine.sigma_rel):.1f} %",
        "coarse_miou": f"{measured_miou(coarse.sigma_rel):.1f} %",
        "limit": _percent(MAX_SIGMA_REL),
        "least_bits": str(
            min(r.adc_bits for r in by_bits.values() if r.sigma_rel <= MAX_SIGMA_REL)
        ),
        "even": "no rate" if even is None else f"one image every {even:,.0f} s",
        "sram_watch": f"{idle('sram', HOUR_S).total_uj:,.0f} µJ",
        "rram_watch": f"{idle('rram', HOUR_S).total_uj:,.0f} µJ",
        "sram_busy": f"{idle('sram', None).total_uj:,.0f} µJ",
        "rram_busy": f"{idle('rram', None).total_uj:,.0f} µJ",
        "rram_frame": f"{idle('rram', None).latency_s:.2g} s",
        "one_bit": _percent(cell_levels(1).sigma_rel),
        "three_bits": _percent(cell_levels(3).sigma_rel),
        "first_arrays": str(blocks[0].per_expert),
        "last_arrays": str(blocks[-1].per_expert),
        "task_adc": _answer("adc"),
        "task_expert": _answer("expert"),
        **_mapping(),
        **_converters(),
        **{f"{m}_line": _line(m) for m in ("rram", "sram")},
    }


def _mapping() -> dict[str, str]:
    """Of the chapters on how a network lies on its arrays."""
    rram, sram = residence("rram"), residence("sram")
    one, two = (routed("rram", SPLIT, k).energy_uj for k in (1, 2))
    assert rram.life_s is not None
    fills = [
        f"block {b}: {', '.join(_percent(tiling('rram', b, s).filled.mean()) for s in SIDES)}"
        for b in (1, 2, 3, 4)
    ]
    return {
        "narrow": str(tiling("rram", 1, SIDES[-1]).inputs),
        "sram_reload": str(_settled(sram, 0.1)),
        "rram_settled": str(_settled(rram, 0.01)),
        "rram_life": f"{rram.life_s / HOUR_S:.1f} hours",
        "sparse_rram": _spared("rram"),
        "sparse_sram": _spared("sram"),
        "sparse_split": (
            f"With {SPLIT} experts on RRAM each active one takes {two - one:,.0f} µJ of an image,"
            f" all else {2.0 * one - two:,.0f} µJ (sim.)."
        ),
        "fill_by_block": "; ".join(fills),
    }


def _converters() -> dict[str, str]:
    least = [
        min(r.adc_bits for r in resolutions(rows) if r.sigma_rel <= MAX_SIGMA_REL)
        for rows in (16, 32, 64, 128)
    ]
    cells = cell_levels(3)
    worst = int(cells.misread.argmax())
    return {
        "bits_by_rows": f"{', '.join(map(str, least[:-1]))} and {least[-1]}",
        "worst_level": str(worst),
        "worst_share": _percent(float(cells.misread[worst])),
        "two_bits": _percent(cell_levels(2).sigma_rel),
    }


def _settled(home: Residence, share: float) -> int:
    """Images after which writing the weights costs less than that share of an image."""
    return math.ceil((home.carry_uj + home.write_uj) / (share * home.image_uj))


def _spared(memory: str) -> str:
    """What one expert at work instead of five saves."""
    dense, one = (routed(memory, 5, k).energy_uj for k in (None, 1))
    return _percent(1.0 - one / dense)


def _line(memory: str) -> str:
    """Energy of an image against the interval, a straight line."""
    low, high = (idle(memory, t).total_uj for t in (1.0, HOUR_S))
    slope = (high - low) / (HOUR_S - 1.0)
    return f"{low - slope:,.0f} + {slope:.3g} T"


def _answer(name: str) -> str:
    found = task(name)
    return f"{found.options[found.right]} {found.because}"


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %" if share >= 0.1 else f"{100.0 * share:.1f} %"
