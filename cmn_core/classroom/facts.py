"""What the teacher's sheet says in numbers, from the simulator as it is now."""

from __future__ import annotations

from cmn_core.classroom.figures.cells import cell_levels
from cmn_core.classroom.figures.converter import measured_miou, resolutions
from cmn_core.classroom.figures.idle import even_at_s, idle
from cmn_core.classroom.figures.tiles import tiles
from cmn_core.classroom.tasks import FROM_BITS, TO_BITS, task
from cmn_core.quantities import MAX_SIGMA_REL

HOUR_S = 3600.0
ROWS = 64  # rows summed per read in the sheet


def facts() -> dict[str, str]:
    """Values of the fields of assets/learn/teacher.md."""
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
        "even": "no rate" if even is None else f"one image every {even:.2g} s",
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
    }


def _answer(name: str) -> str:
    found = task(name)
    return f"{found.options[found.right]} {found.because}"


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %" if share >= 0.1 else f"{100.0 * share:.1f} %"
