"""The controls of a design: four block cards, macros, workload. Each widget edits the draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cmn_core.architecture import BLOCKS, MAX_EXPERTS, MIN_HIDDEN, SPACES
from cmn_core.charts.base.frames import block_memory
from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.cim.technologies.node_scaling import in_use, known_at
from cmn_core.cim.technologies.technology import Knob, load_technology
from cmn_core.design import MAX_REPLICAS, MEMORIES, Design
from cmn_core.errors import FieldError
from cmn_core.whatif.edits import (
    all_blocks,
    with_block,
    with_knob,
    with_space,
    with_workload,
)
from pages.parts.common.text import plain
from pages.parts.design.conditions import (
    CONDITIONS,
    moved_words,
    shown_condition,
    stated_condition,
)
from pages.parts.design.draft import DRAFT, change, show_value
from pages.parts.design.technology_files import kept_library

_MOVED = "supplies_moved"  # words for the next redraw
ALL = {
    "fewer_experts": ("− expert", "One expert less in every block that is not locked"),
    "more_experts": ("+ expert", "One expert more in every block that is not locked"),
    "half_hidden": ("½ hidden", "Half the hidden size in every block that is not locked"),
    "double_hidden": ("2 × hidden", "Twice the hidden size in every block that is not locked"),
    "rram": ("RRAM", "Every block that is not locked on RRAM"),
    "sram": ("SRAM", "Every block that is not locked on SRAM"),
    "one_copy": ("1 copy", "One copy of the arrays of every block that is not locked"),
}
HELP = {
    "experts": "Networks that work side by side on every token. More of them see more; all of them"
    " take arrays and energy. 1 is an ordinary network.",
    "hidden": "Width of each expert. Its two matrices grow with it, and so do their arrays.",
    "memory": "RRAM: small cells read as currents, through ADCs that err. SRAM: larger cells, exact"
    " sums.",
    "replicas": "Copies of the block's arrays share the tokens: less time for more area.",
}
Effects = Mapping[str, str]
IMAGES = ((120, 160), (240, 320), (480, 640), (512, 1024), (1024, 2048))


def all_row() -> None:
    """Changes to every block at once, those that are locked left out."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown("**All blocks**", width="content")
        for name, (text, about) in ALL.items():
            st.button(text, key=f"all_{name}", help=about, on_click=_all, args=(name,))


def block_cards(design: Design, effects: Effects) -> None:
    """A card per block: what is searched, and what a step of it would do.

    effects: as of `effects.effect_lines`
    """
    with st.grid(2, min_column_width=250, gap="small"):
        for block in range(BLOCKS):
            with st.container(border=True, key=f"block_{block}"):
                _block(design, block, effects)


def hardware_knobs(design: Design, refusal: FieldError | None, effects: Effects) -> None:
    """The macro of each technology; a value that cannot be built is answered beside its knob."""
    hardware = design.hardware
    assert hardware is not None
    for memory in MEMORIES:
        if not known_at(memory, design.workload):
            st.caption(
                f"{MEMORY_NAMES[memory]} is not known at {design.workload.node_nm:g} nm: no"
                " source reaches there."
            )
            continue
        try:
            technology = in_use(memory, design.workload, kept_library())
        except FieldError as error:  # a file of one's own that holds at another node
            st.caption(f"{MEMORY_NAMES[memory]}: {plain(str(error), 300)}.")
            continue
        used = memory in hardware.technologies
        st.markdown(f"**{MEMORY_NAMES[memory]} macro**: {plain(technology.title)}")
        if not used:
            st.caption("No block is on it. Put one there and these knobs count.")
        with st.grid(min_column_width=210, gap="small"):
            for name, knob in technology.knob.items():
                with st.container(gap="xxsmall"):
                    _knob(memory, knob, hardware.macros[memory][name], used)
                    _effect(effects, f"{memory}.{name}")
                    if refusal and refusal.field == f"hardware.macros.{memory}.{name}":
                        st.error(f"Cannot be built: {refusal.found}; {refusal.allowed}.")


def refusal_text(refusal: FieldError) -> str:
    """Why a design cannot be built, with the knob's own name, for Markdown."""
    what = refusal.field
    for memory in MEMORIES:
        for name, knob in load_technology(memory).knob.items():
            if what == f"hardware.macros.{memory}.{name}":
                what = f"{MEMORY_NAMES[memory]}, {knob.label.lower()}"
    return f"{plain(what)}: {refusal.found}; {refusal.allowed}"


def workload_knobs(design: Design) -> None:
    """Network family, image, precision and routing."""
    workload = design.workload
    with st.grid(min_column_width=190, gap="small"):
        _choice(
            "space",
            "Network family",
            list(SPACES),
            design.space,
            str.upper,
            "Widths and depths of MiT-B0 to B2. Accuracy was measured for B0.",
        )
        images = sorted({*IMAGES, workload.image})
        _choice(
            "image",
            "Image (rows × columns)",
            images,
            workload.image,
            lambda image: f"{image[0]} × {image[1]}",
            "Cost is priced at this size. mIoU is known of sizes that were measured.",
        )
        for field, title in (
            ("weight_bits", "Weight bits"),
            ("activation_bits", "Activation bits"),
        ):
            _choice(
                field,
                title,
                list(range(1, 17)),
                getattr(workload, field),
                str,
                "Precision of the numbers in the arrays."
                if field == "weight_bits"
                else "Precision of the inputs, applied in steps of a few bits.",
            )
        each = workload.top_k or 0
        _choice(
            "top_k",
            "Routing",
            [*range(MAX_EXPERTS + 1), *([each] if isinstance(each, tuple) else [])],
            each,
            _routing,
            "How many experts work on a token. Sparse routing has an mIoU only where the weights"
            " were trained and measured with it.",
        )


def condition_knobs(design: Design) -> None:
    """Where the chip works; once, what a change of the node did to the supplies."""
    with st.grid(min_column_width=190, gap="small"):
        for name, known in CONDITIONS.items():
            value = shown_condition(design.workload, name)
            _choice(name, known.title, known.options(value), value, known.text, known.help)
    if words := st.session_state.pop(_MOVED, ""):
        st.caption(words)


def _block(design: Design, block: int, effects: Effects) -> None:
    assert design.hardware is not None
    space = design.search_space
    rows, columns = space.grids(*design.workload.image)[block]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Block {block + 1}** · {rows} × {columns} tokens", width="content")
        st.space("stretch")
        st.toggle("Lock", key=f"lock_{block}", persist_state="session")
    _slider(block, "experts", "Experts", 1, MAX_EXPERTS, design.architecture.experts[block])
    _effect(effects, f"experts.{block}")
    _slider(
        block,
        "hidden",
        "Hidden size",
        MIN_HIDDEN,
        space.max_hidden[block],
        design.architecture.hidden[block],
    )
    _effect(effects, f"hidden.{block}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key, memory = f"memory_{block}", block_memory(design)[block]
        show_value(key, memory)
        st.segmented_control(
            "Memory",
            list(MEMORIES) if memory in MEMORIES else [*MEMORIES, memory],
            key=key,
            required=True,
            help=HELP["memory"],
            format_func=MEMORY_NAMES.__getitem__,
            on_change=_from_widget,
            args=(block, "memory", key),
        )
        key = f"replicas_{block}"
        show_value(key, (design.hardware.replicas or (1,) * BLOCKS)[block])
        st.number_input(
            "Copies",
            1,
            MAX_REPLICAS,
            step=1,
            key=key,
            help=HELP["replicas"],
            on_change=_from_widget,
            args=(block, "replicas", key),
            width=92,
        )
    _effect(effects, f"memory.{block}", f"replicas.{block}")


def _effect(effects: Effects, *names: str) -> None:
    """One line for the steps of these variables."""
    if found := [effects[name] for name in names if name in effects]:
        st.caption(". ".join(found) + ".")


def _slider(block: int, field: str, title: str, low: int, high: int, value: int) -> None:
    key = f"{field}_{block}"
    show_value(key, value)
    st.slider(
        title,
        low,
        high,
        step=1,
        key=key,
        help=HELP[field],
        on_change=_from_widget,
        args=(block, field, key),
    )


def _knob(memory: str, knob: Knob, value: float, used: bool) -> None:
    key = f"knob_{memory}_{knob.name}"
    show_value(key, value)
    unit = f" ({knob.unit})" if knob.unit not in ("rows", "columns") else ""
    st.select_slider(
        f"{knob.label}{unit}",
        sorted({*knob.levels, value}),
        key=key,
        help=f"{knob.meaning}.",
        format_func=lambda v: f"{v:g}",
        disabled=not used,
        on_change=_macro,
        args=(memory, knob.name, key),
    )


def _choice(field: str, title: str, options: list[Any], value: Any, text: Any, about: str) -> None:
    key = f"workload_{field}"
    show_value(key, value)
    st.selectbox(
        title,
        options,
        key=key,
        format_func=text,
        help=about,
        on_change=_workload,
        args=(field, key),
    )


def _routing(top_k: int | tuple[int, ...]) -> str:
    if isinstance(top_k, tuple):
        return f"top {' / '.join(map(str, top_k))} of blocks 1 to 4"
    return "dense: every expert" if top_k == 0 else f"top {top_k} of the experts"


def _from_widget(block: int, field: str, key: str) -> None:
    change(with_block, block, **{field: st.session_state[key]})


def _macro(memory: str, name: str, key: str) -> None:
    change(with_knob, memory, name, st.session_state[key])


def _workload(field: str, key: str) -> None:
    value = st.session_state[key]
    if field == "space":
        change(with_space, value)
    elif field in CONDITIONS:
        before: Design = st.session_state[DRAFT]
        change(with_workload, **{field: stated_condition(field, value)})
        st.session_state[_MOVED] = moved_words(before, st.session_state[DRAFT])
    else:
        change(with_workload, **{field: (value or None) if field == "top_k" else value})


def _all(name: str) -> None:
    locked = [b for b in range(BLOCKS) if st.session_state.get(f"lock_{b}")]
    change(all_blocks, name, locked)
