"""The price of one design, its breakdown, and what is refused; whatever is legal has a price."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cmn_core.architecture import SPACES, Architecture
from cmn_core.cim.evaluation import evaluate
from cmn_core.cim.technologies.node_scaling import in_use, known_at
from cmn_core.cim.technologies.parameters import own_technology
from cmn_core.cim.technologies.technology import NAMES, Knob, Technology, load_technology
from cmn_core.cim.workload import macs, weights
from cmn_core.design import Design, Hardware, Workload
from cmn_core.errors import FieldError
from cmn_core.quantities import COSTS, NODES_NM, RATES, TEMPERATURES_C

B0 = SPACES["b0"]


def design(memory: tuple[str, str, str, str], **workload: Any) -> Design:
    macros = {n: load_technology(n).default for n in NAMES if n in memory}
    hardware = Hardware(memory, macros, (4, 2, 1, 1))
    architecture = Architecture((3, 4, 2, 1), (50, 100, 300, 700))
    return Design(architecture, workload=Workload(**workload), hardware=hardware)


@pytest.mark.parametrize("memory", [("rram",) * 4, ("sram",) * 4, ("rram", "sram", "sram", "rram")])
def test_blocks_and_parts_add_up(memory: tuple[str, str, str, str]) -> None:
    result = evaluate(design(memory))
    assert [row.block for row in result.blocks] == [1, 2, 3, 4, "other"]
    for quantity in ("energy_uj", "latency_us", "area_mm2"):
        total = sum(getattr(row, quantity) for row in result.blocks)
        assert total == pytest.approx(getattr(result, quantity), rel=1e-9)
        for row in result.blocks:
            parts = row.breakdown[quantity]
            assert sum(parts.values()) == pytest.approx(getattr(row, quantity), rel=1e-9)
            assert all(value > 0 for value in parts.values())
    for quantity in ("energy_uj", "latency_us", "area_mm2"):
        other = sum(getattr(row, quantity) for row in result.others)
        assert other == getattr(result.blocks[4], quantity)
    assert [row.memory for row in result.others] == list(memory)
    assert result.blocks[4].memory == ("mixed" if len(set(memory)) > 1 else memory[0])
    assert [row.memory for row in result.blocks[:4]] == list(memory)


LOADS = [[0.6, 0.3, 0.1], [0.5, 0.25, 0.15, 0.1], [0.7, 0.3], [1.0]]
BUSIEST = [0.7, 0.6, 0.8, 1.0]
APART = (("sram", "rram", "rram"), ("sram", "sram", "sram", "rram"), ("rram", "sram"), "rram")


def by_expert(entries: tuple[str | tuple[str, ...], ...], **workload: Any) -> Design:
    macros = {n: load_technology(n).default for n in NAMES}
    hardware = Hardware.placed(entries, macros=macros, replicas=(4, 2, 1, 1))
    return replace(design(("sram",) * 4, **workload), hardware=hardware)


@pytest.mark.parametrize("rate", [None, 5.0])
@pytest.mark.parametrize("top_k", [None, 1])
def test_experts_on_both_memories_add_up_to_their_block(
    rate: float | None, top_k: int | None
) -> None:
    d = by_expert(APART, images_per_second=rate, top_k=top_k)
    result = evaluate(d, busiest=BUSIEST if top_k else 1.0, loads=LOADS)
    assert [row.memory for row in result.blocks] == ["mixed"] * 3 + ["rram", "mixed"]
    for quantity in COSTS:
        total = getattr(result, quantity)
        assert sum(getattr(row, quantity) for row in result.blocks) == pytest.approx(total)
        assert float(result.compositions[quantity].total) == pytest.approx(total)
        for row in result.blocks:
            parts = row.breakdown[quantity]
            assert sum(parts.values()) == pytest.approx(getattr(row, quantity))
            assert all(value > 0 for value in parts.values())
    for b, sigma in enumerate(result.output_sigma_rel):
        parts = [values[b] for values in result.sigma_parts.values()]
        assert math.hypot(*parts) == pytest.approx(sigma)
    assert (result.waiting_uj > 0.0) == (rate is not None)


def test_the_slower_memory_sets_the_time_of_the_experts_and_load_their_energy() -> None:
    rram, sram = (evaluate(design((m,) * 4, top_k=1), busiest=BUSIEST) for m in ("rram", "sram"))
    d = by_expert((("sram", "sram", "rram"), "sram", "sram", "sram"), top_k=1)
    one = evaluate(d, busiest=BUSIEST, loads=LOADS)
    part = [x.blocks[0].breakdown["latency_us"] for x in (one, sram, rram)]
    assert part[0]["attention"] == part[1]["attention"]
    assert part[0]["digital"] == part[1]["digital"]
    # Expert 3 gets 0.1 of the tokens on average and, like the busiest, 0.7 / 0.6 of it at worst.
    tokens = 120 * 160
    share = math.ceil(math.ceil(tokens * 0.7 / 6) / 4) / math.ceil(math.ceil(tokens * 0.7) / 4)
    slower = max(part[1]["experts"], share * part[2]["experts"])
    assert part[0]["experts"] == pytest.approx(slower, rel=1e-12)
    # What an ADC takes grows with the tokens of the experts there, nothing else of block 1 has any.
    two = evaluate(
        by_expert((("sram", "rram", "rram"), "sram", "sram", "sram"), top_k=1),
        busiest=BUSIEST,
        loads=LOADS,
    )
    adc = [x.blocks[0].breakdown["energy_uj"]["adc"] for x in (one, two)]
    assert adc[1] == pytest.approx(4.0 * adc[0])
    # Cells of the third expert's two matrices, four copies of each, are written into RRAM.
    assert one.deployment.rewrites is not None and sram.deployment.rewrites is None


def test_experts_on_both_memories_need_loads_under_top_k() -> None:
    with pytest.raises(FieldError, match="no measured loads") as error:
        evaluate(by_expert(APART, top_k=1))
    assert error.value.field == "hardware.memory"
    assert evaluate(by_expert(APART)).energy_uj > 0.0  # dense: every token
    assert evaluate(by_expert(APART, top_k=4)).energy_uj > 0.0


def test_evaluation_states_its_own_arithmetic() -> None:
    d = design(("sram",) * 4)
    result = evaluate(d)
    e, h = d.architecture.experts, d.architecture.hidden
    assert result.weights_mb == pytest.approx(float(weights(B0, e, h)) / 1e6)
    four_bits = evaluate(design(("sram",) * 4, weight_bits=4))
    assert four_bits.weights_mb == pytest.approx(result.weights_mb / 2)
    tera = 2 * float(macs(B0, e, h)) / (result.latency_us * 1e-6) / 1e12
    assert result.tops_per_mm2 == pytest.approx(tera / result.area_mm2)
    assert result.array_mb > result.weights_mb


def test_key_order_changes_nothing() -> None:
    d = design(("rram",) * 4)
    hardware = d.hardware
    assert hardware is not None
    reverse = {n: dict(reversed(list(m.items()))) for n, m in hardware.macros.items()}
    turned = Hardware(hardware.memory, reverse, hardware.replicas)
    again = evaluate(Design(d.architecture, workload=d.workload, hardware=turned))
    assert again == evaluate(d)


@pytest.mark.parametrize(
    ("hardware", "field"),
    [
        (None, "hardware"),
        (Hardware(("rram",) * 4, {}, (1, 1, 1, 1)), "hardware.macros.rram"),
        (Hardware(("sram",) * 4, {"sram": load_technology("sram").default}), "hardware.replicas"),
        (
            Hardware(("sram",) * 4, {"sram": {"rows": 0}}, (1, 1, 1, 1)),
            "hardware.macros.sram.rows",
        ),
    ],
)
def test_incomplete_hardware_is_refused(hardware: Hardware | None, field: str) -> None:
    d = design(("rram",) * 4)
    with pytest.raises(FieldError) as caught:
        evaluate(Design(d.architecture, hardware=hardware))
    assert caught.value.field == field


def test_error_by_cause_adds_up_and_sram_has_none() -> None:
    result = evaluate(design(("rram", "sram", "sram", "rram")))
    for b, total in enumerate(result.output_sigma_rel):
        parts = [result.sigma_parts[n][b] for n in ("adc", "cells", "wires")]
        assert math.hypot(*parts) == pytest.approx(total, rel=1e-9)
    assert result.output_sigma_rel[1] == 0.0
    assert result.sigma_parts["cells"][0] > result.sigma_parts["wires"][0] > 0.0


def test_rates_and_intervals_state_their_own_arithmetic() -> None:
    d = design(("rram",) * 4)
    result = evaluate(d)
    operations = 2.0 * float(macs(B0, d.architecture.experts, d.architecture.hidden))
    assert result.tops_per_w == pytest.approx(operations / (result.energy_uj * 1e-6) / 1e12)
    # working on several images at once is never slower than one after the other
    assert result.images_per_s > 1e6 / result.latency_us
    for name, (low, high) in result.intervals.items():
        assert low < getattr(result, name) < high
    assert result.deployment.rewrites == 1e4


@pytest.mark.parametrize(
    ("memory", "nodes"),
    [
        ("sram", (7.0, 12.0, 22.0, 28.0, 40.0, 65.0, 130.0)),
        ("rram", (12.0, 22.0, 28.0, 65.0, 130.0)),
    ],
)
def test_a_file_whose_node_alone_is_changed_has_a_price(
    memory: str, nodes: tuple[float, ...]
) -> None:
    """At the 0.9 V of the default macro, energy, time and area grow with the node."""
    found = [evaluate(design((memory,) * 4, node_nm=node)) for node in nodes]
    for name in COSTS:
        values = [getattr(cost, name) for cost in found]
        assert values == sorted(values) and len(set(values)) == len(values), name


FIGURES = (*COSTS, "weights_mb", "array_mb", "tops_per_mm2", "tops_per_w", "images_per_s")
BASES = {"rram": ("rram",), "sram": ("sram", "sram_analog")}
MULTIPLES = (0.0, 1e-4, 1e-2, 0.1, 0.5, 1.0, 2.0, 10.0, 100.0, 1e4)


def ends(low: float, high: float) -> Any:
    """Numbers of a range, its ends as often as the rest."""
    return st.sampled_from((low, high)) | st.floats(low, high)


def counts(low: int, high: int) -> Any:
    return st.sampled_from((low, high)) | st.integers(low, high)


workloads = st.builds(
    Workload,
    image=st.sampled_from([(64, 64), (32, 2048), (480, 640), (8192, 8192)]),
    weight_bits=counts(1, 16),
    activation_bits=counts(1, 16),
    top_k=st.none() | st.integers(1, 5),
    images_per_second=st.none() | ends(*RATES),
    temperature_c=ends(*TEMPERATURES_C),
    node_nm=st.just(28.0) | ends(*NODES_NM),
    activity=ends(0.0, 1.0),
)


@st.composite
def documents(draw: Any, memory: str) -> dict[str, Any]:
    """Technology files whose constants go as far as a file may, or the built-in one."""
    base = draw(st.sampled_from(BASES[memory]))
    known = load_technology(base).constants
    names = draw(st.lists(st.sampled_from(sorted(known)), max_size=6, unique=True))
    return {
        "schema": "cmn.technology/1",
        "base": base,
        "title": "extreme",
        "constants": {
            n: {
                "value": known[n].value * draw(st.sampled_from(MULTIPLES)),
                "unit": known[n].unit,
                "source": "hypothesis",
            }
            for n in names
        },
    }


@st.composite
def macros(draw: Any, technology: Technology) -> dict[str, float]:
    """A macro that can be built, its knobs anywhere between their bounds."""

    def value(knob: Knob) -> float:
        if knob.integer:
            return float(draw(counts(int(knob.low), int(knob.high))))
        return float(draw(ends(knob.low, knob.high)))

    out = {name: value(knob) for name, knob in technology.knob.items()}
    if "rows_per_tree" in out:
        shares = [float(d) for d in range(1, 65) if out["rows"] % d == 0]
        out["rows_per_tree"] = draw(st.sampled_from(shares))
    else:
        out["active_rows"] = min(out["active_rows"], out["rows"])
        out["columns_per_adc"] = min(out["columns_per_adc"], out["cols"])
    return technology.check_macro(out)


@settings(deadline=None, max_examples=120)
@given(data=st.data())
def test_every_legal_design_has_a_sound_price(data: Any) -> None:
    workload = data.draw(workloads)
    known = [name for name in BASES if known_at(name, workload)]
    memory = tuple(data.draw(st.sampled_from(known)) for _ in range(4))
    try:
        library = {m: own_technology(data.draw(documents(m))) for m in sorted(set(memory))}
        used = {m: in_use(m, workload, library) for m in library}
    except FieldError:
        assume(False)  # one sentence, and no price
    space = SPACES[data.draw(st.sampled_from(sorted(SPACES)))]
    experts = tuple(data.draw(st.integers(1, 5)) for _ in range(4))
    hidden = tuple(data.draw(counts(16, most)) for most in space.max_hidden)
    copies = tuple(data.draw(counts(1, 64)) for _ in range(4))
    hardware = Hardware(memory, {m: data.draw(macros(t)) for m, t in used.items()}, copies)  # type: ignore[arg-type]
    architecture = Architecture(experts, hidden)  # type: ignore[arg-type]
    cost = evaluate(Design(architecture, space.name, workload, hardware), library)
    for name in FIGURES:
        figure = getattr(cost, name)
        assert math.isfinite(figure) and figure > 0.0, name
    for name, (low, high) in cost.intervals.items():
        figure = getattr(cost, name)
        assert 0.0 < low <= figure <= high < math.inf, name
    for sigma in (*cost.output_sigma_rel, *(v for row in cost.sigma_parts.values() for v in row)):
        assert math.isfinite(sigma) and sigma >= 0.0
    for name in COSTS:
        shares = [getattr(block, name) for block in cost.blocks]
        assert math.fsum(shares) == pytest.approx(getattr(cost, name), rel=1e-9), name
        for block, share in zip(cost.blocks, shares, strict=True):
            parts = block.breakdown[name]
            assert all(math.isfinite(v) and v >= 0.0 for v in parts.values()), (name, parts)
            assert math.fsum(parts.values()) == pytest.approx(share, rel=1e-9), (name, block.block)
    for figure in (cost.deployment.cells, cost.deployment.energy_uj, cost.deployment.time_ms):
        assert math.isfinite(figure) and figure >= 0.0
