"""Which model on which chip: presets, a file of one's own, memory, macros, capacity, constants."""

from __future__ import annotations

import json
from collections.abc import Sequence

import streamlit as st

from cmn_core.cim.technologies.parameters import SETS
from cmn_core.design import Workload
from cmn_core.errors import FieldError
from cmn_core.models.chip import MAX_COPIES
from cmn_core.models.file import model_schema
from cmn_core.quantities import OBJECTIVES
from pages.parts.common.text import plain
from pages.parts.design.conditions import CONDITIONS, stated_condition
from pages.parts.design.technology_files import kept_texts, technology_files
from pages.parts.models.answers import (
    DEFAULT,
    MOST_BYTES,
    OWN_FILES,
    PLACEMENTS,
    Wanted,
    analog_sram,
    is_onnx,
    most_onnx_mb,
    placements_of,
    presets,
    read_own,
    titles,
)

OWN = "a file of your own"
FIRST = "m3vit-s"
WRITTEN = "model_written"  # what the address was given last
READ = "own_model_file"  # the file that was read last, which need not be read at every redraw
SIZED = "own_model_sized"  # the file that sizes of dimensions are given for
KEPT = "own_model"  # what was read last, for when the visitor comes back to the page
MACROS = {DEFAULT: "Default"} | {name: text.capitalize() for name, text in OBJECTIVES.items()}
ANALOG = "analog"
CIRCUITS = {"digital": "Digital", ANALOG: "Analog"}
SETS_SHOWN = {"silicon": "Published chips", "paper": "Paper's tables"}
FORMAT = """
ONNX: a network as its own library exports it. Every operator is priced or free by a rule, or the
file is refused with the node's name. The rules stand in docs/models.md.

JSON of the schema `cmn.model/1`: a `name` and a list of `layers`, each of a kind and with its
sizes. Kinds are `product`, `convolution`, `dynamic_product`, `ffn`, `attention`, `elementwise`,
`depthwise`, `buffer` and `lookup`. An inference is an image, a prompt or one decoded token.
`repeat` says how often a block of layers occurs. Unknown keys are refused. The command line reads
the same file: `python -m cmn_core model model.json`.
"""


def wanted() -> Wanted | None:
    """What the form asks for; None while there is no model, which the page then explains."""
    names = [*presets(), OWN]
    with st.container(border=True):
        left, middle, right, last = st.columns([3, 3, 3, 2], gap="medium")
        _from_address(names)
        picked = left.selectbox(
            "Model",
            names,
            format_func=lambda name: titles().get(name, name),
            key="model",
            persist_state="session",
            help="A network as a list of layers, with the amounts of one inference.",
        )
        _to_address(picked)
        conditions = _conditions()
        copies, constants, technologies = _more()
        text = _own_model() if picked == OWN else presets()[picked]
        placement = middle.selectbox(
            "Weights on",
            list(PLACEMENTS) if text is None else placements_of(text),
            format_func=lambda key: PLACEMENTS[key].name,
            key="weights",
            bind="query-params",
            help="FFNs hold the experts; all other weights lie in the other memory.",
        )
        objective = right.selectbox(
            "Macros",
            list(MACROS),
            format_func=MACROS.__getitem__,
            key="macro",
            bind="query-params",
            help="Default macros, or the best of every level of every knob.",
        )
        capacity = last.number_input(
            "Arrays per chip (MB)",
            min_value=0.001,
            max_value=1e6,
            value=10.0,
            format="%g",
            key="capacity",
            bind="query-params",
            help="Capacity of one chip; the paper allows 10 MB.",
        )
    if text is None:
        return None
    return Wanted(text, placement, objective, capacity, copies, constants, technologies, conditions)


def _from_address(names: Sequence[str]) -> None:
    """The model of ?model=..., which names presets as the command line does, else of the session.

    An address that was not written here counts; one that is only late behind the list does not.
    """
    wanted = st.query_params.get("model")
    if wanted in names and wanted != st.session_state.get(WRITTEN):
        st.session_state["model"] = wanted
    elif wanted is not None and wanted not in names:
        known = ", ".join(sorted(presets()))
        st.warning(f"The address names no model that ships. It may be one of {known}.")
    st.session_state.setdefault("model", FIRST)


def _to_address(picked: str) -> None:
    st.session_state[WRITTEN] = picked
    if picked == FIRST:
        st.query_params.pop("model", None)
    elif st.query_params.get("model") != picked:
        st.query_params["model"] = picked


def _conditions() -> Workload:
    """Where the chip works."""
    asked = {}
    with st.expander("Conditions: inferences per second, temperature, node", key="conditions"):
        for column, (name, known) in zip(
            st.columns(len(CONDITIONS), gap="medium"), CONDITIONS.items(), strict=True
        ):
            value = column.selectbox(
                known.title,
                known.options(known.usual),
                index=known.options(known.usual).index(known.usual),
                format_func=known.text,
                key=name,
                bind="query-params",
                help=known.help,
            )
            asked[name] = stated_condition(name, value)
    return Workload(**asked)  # type: ignore[arg-type]


def _more() -> tuple[int, str, tuple[str, ...]]:
    with st.expander("Copies, constants, a technology of your own", key="more"):
        left, right = st.columns(2, gap="large")
        copies = left.number_input(
            "Copies of all arrays",
            min_value=1,
            max_value=MAX_COPIES,
            value=1,
            key="copies",
            bind="query-params",
            help="Vectors are dealt out among them: shorter latency, more area.",
        )
        constants = left.segmented_control(
            "Constants from",
            list(SETS),
            default=SETS[0],
            required=True,
            format_func=SETS_SHOWN.__getitem__,
            key="set",
            bind="query-params",
        )
        circuit = left.segmented_control(
            "SRAM macros",
            list(CIRCUITS),
            default="digital",
            required=True,
            format_func=CIRCUITS.__getitem__,
            key="sram",
            bind="query-params",
            help="Adder trees beside the cells, or currents summed on bit lines and an ADC.",
        )
        with right:
            technology_files()
        own = kept_texts() if constants == "silicon" else {}
        if kept_texts() and not own:
            right.caption("The paper's constants are never mixed with a file: yours waits.")
        read = ({"sram": analog_sram()} if circuit == ANALOG else {}) | own
    return int(copies), constants, tuple(read.values())


def _own_model() -> str | None:
    left, right = st.columns(2, gap="large")
    file = left.file_uploader(
        "Model file (ONNX, JSON, ZigZag YAML, NeuroSim CSV)",
        type=[kind.strip(".") for kind in OWN_FILES],
        key="model_file",
        max_upload_size=most_onnx_mb(),
        help="Of ONNX the graph and the shapes of its weights are read. Larger files: `cmn model`.",
    )
    dims = ""
    if file and is_onnx(file.name):
        if file.file_id != st.session_state.get(SIZED):  # sizes are of one file's dimensions
            st.session_state[SIZED], st.session_state["model_dims"] = file.file_id, ""
        dims = left.text_input(
            "Sizes of dynamic dimensions",
            key="model_dims",
            max_chars=400,
            placeholder="batch=1, tokens=128",
            help="Needed where the file leaves them open; the refusal names them.",
        )
    pasted = right.text_area(
        "Or paste JSON",
        key="model_text",
        height=110,
        max_chars=MOST_BYTES,
        placeholder='{"schema": "cmn.model/1", "name": …, "layers": […]}',
    )
    new = file and st.session_state.get(READ) != (file.file_id, dims)
    if file and new and _kept(file.name, file.getvalue(), dims):
        st.session_state[READ] = (file.file_id, dims)
    if pasted and pasted.strip():
        _kept("pasted text", pasted)
    with st.expander("What a model file holds"):
        st.markdown(FORMAT)
        st.download_button(
            "JSON Schema",
            json.dumps(model_schema(), indent=2) + "\n",
            "model.schema.json",
            "application/json",
            on_click="ignore",
            key="download_model_schema",
            icon=":material/download:",
        )
    text: str | None = st.session_state.get(KEPT)
    return text


def _kept(name: str, raw: bytes | str, dims: str = "") -> bool:
    """Whether it was read; what is wrong with it stands on the page."""
    try:
        st.session_state[KEPT] = read_own(raw, name, dims)
    except FieldError as error:
        kept = " Below: the last model that was read." if KEPT in st.session_state else ""
        st.error(f"{plain(name)} was not read. {plain(str(error), limit=400)}.{kept}")
        return False
    return True
