"""Every figure of a model on every placement of its weights, as one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cmn_core.charts.base.units import amount, counted, figures
from cmn_core.quantities import TITLES
from pages.parts.common.tables import table_markup
from pages.parts.frame.tables import html_table
from pages.parts.models.answers import PLACEMENTS, Answer
from pages.parts.models.views import chip_count, interval_words
from pages.parts.runs.cards import group_row, small_note

Cell = Callable[[Answer], str]


def placement_table(found: Mapping[str, Answer], chosen: str) -> None:
    """Every figure of every placement, as text."""
    above = {chosen: small_note("shown above")}
    heads = "".join(f'<th scope="col">{PLACEMENTS[k].name}{above.get(k, "")}</th>' for k in found)
    body = []
    for group, lines in TABLE.items():
        body.append(group_row(group, columns=len(found) + 1))
        for label, cell in lines.items():
            cells = "".join(f"<td>{cell(answer)}</td>" for answer in found.values())
            body.append(f'<tr><th scope="row">{label}</th>{cells}</tr>')
    head = f'<th scope="col" class="cmn-left">Weights on</th>{heads}'
    label = "The model on each memory"
    html_table(table_markup(head, "".join(body), label), "placements", caption=label)


def _of(quantity: str, *path: str, name: str | None = None) -> Cell:
    """A cell with that quantity at a path of the answer; a dash where the answer has none."""

    def cell(answer: Answer) -> str:
        found = _at(answer, *path)
        value = None if found is None else found.get(name or quantity)
        return "–" if value is None else amount(quantity, value)

    return cell


def _at(answer: Answer, *path: str) -> Answer | None:
    found: Answer | None = answer
    for key in path:
        found = None if found is None else found.get(key)
    return found


def _ranged(quantity: str) -> Cell:
    return lambda a: amount(quantity, a[quantity]) + small_note(interval_words(a, quantity))


def _count(a: Answer) -> str:
    return "1" if a["capacity"]["fits"] else chip_count(a)


def _possible(a: Answer) -> str:
    again = _at(a, "capacity", "reload")
    if again is None:
        return "not needed"
    worn = again["inferences_until_worn"]
    return "yes" if again["possible"] else f"no{small_note(f'worn out after {worn:,}')}"


def _bytes(a: Answer) -> str:
    again = _at(a, "capacity", "reload")
    return "–" if again is None else f"{counted(again['bytes'])}B"


def _idle(a: Answer) -> str:
    experts = a["experts"]
    if experts is None:
        return "–"
    leak = amount("energy_uj", experts["idle_leakage_uj"])
    return leak + small_note(f"{experts['idle_share_of_energy']:.1%} of the energy")


TABLE: Mapping[str, Mapping[str, Cell]] = {
    "All weights resident": {
        "Energy": _ranged("energy_uj"),
        "Latency": _ranged("latency_us"),
        "Latency, equal shares": _of("latency_us", name="latency_balanced_us"),
        "Area": _ranged("area_mm2"),
        TITLES["array_mb"]: lambda a: figures(a["array_mb"]),
        "Leakage": _of("energy_uj", name="leakage_uj"),
        "Leakage of idle experts": _idle,
        "Writing all weights once": _of("energy_uj", "capacity", "deployment_write"),
    },
    "Several chips": {
        "Chips": _count,
        "Area of each": _of("area_mm2", "capacity", "chips", name="area_mm2_each"),
        "Links, at most": _of("energy_uj", "capacity", "chips", name="links_energy_uj_at_most"),
    },
    "One chip that reloads weights": {
        "Possible": _possible,
        "From DRAM": _bytes,
        "Energy": _of("energy_uj", "capacity", "reload"),
        "Latency": _of("latency_us", "capacity", "reload"),
        "Area": _of("area_mm2", "capacity", "reload"),
    },
}
