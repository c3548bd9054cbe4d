"""Models on memory arrays: what a visitor asked for, and its answers, shared by all sessions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

import streamlit as st

from cmn_core.cim.technologies.parameters import (
    own_technology,
    read_technology,
    technologies,
)
from cmn_core.design import Workload, parse_json
from cmn_core.errors import FieldError
from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.exchange.dialects import READERS, as_file
from cmn_core.models.file import parse_model
from cmn_core.models.graph.dims import parse_dims
from cmn_core.models.hardware import best_chip
from cmn_core.models.layers import Model
from cmn_core.models.presets import ONNX, load_preset, preset_names
from cmn_core.models.report import assess
from cmn_core.quantities import MAX_SIGMA_REL

MOST_BYTES = 1_000_000
MOST_LAYERS = 300
GENES = ("vit-moe-b0", "vit-moe-b1", "vit-moe-b2")  # presets of spaces that are searched
OWN_FILES = (ONNX, ".json", *READERS)  # a network of one's own, by the end of its name
MOST_ONNX_MB = 200  # or what the server takes of any file, where that is less
DEFAULT = "default"
Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Placement:
    """Which layers' weights lie in which memory. kind: rram, sram or hybrid, for its colour."""

    name: str
    kind: str
    memory: Mapping[str, str]


PLACEMENTS: Mapping[str, Placement] = {
    "rram": Placement("RRAM", "rram", uniform("rram")),
    "sram": Placement("SRAM", "sram", uniform("sram")),
    "ffn-rram": Placement("FFNs on RRAM", "hybrid", {"product": "sram", "ffn": "rram"}),
    "ffn-sram": Placement("FFNs on SRAM", "hybrid", {"product": "rram", "ffn": "sram"}),
}


@dataclass(frozen=True)
class Wanted:
    """A model and its chip as the form has them.

    model: JSON text; placement: of PLACEMENTS; objective: "default" keeps the default macros;
    constants: silicon | paper; technologies: documents of one's own as JSON texts; conditions:
    where the chip works
    """

    model: str
    placement: str
    objective: str = DEFAULT
    capacity_mb: float = 10.0
    copies: int = 1
    constants: str = "silicon"
    technologies: tuple[str, ...] = ()
    conditions: Workload = Workload()

    def on(self, placement: str) -> Wanted:
        return replace(self, placement=placement)

    @property
    def documents(self) -> dict[str, Any]:
        """Technologies of one's own by memory."""
        found = [json.loads(text) for text in self.technologies]
        return {own_technology(document).name: document for document in found}


def read_own(raw: bytes | str, name: str, dims: str = "") -> str:
    """A visitor's model, JSON or ONNX, as canonical JSON text; FieldError says what is wrong.

    dims: sizes of an ONNX file's dynamic dimensions, "batch=1, tokens=128"
    """
    if isinstance(raw, bytes) and is_onnx(name):
        from cmn_core.models.graph.read import parse_onnx  # loads the onnx package

        given = [item for item in dims.split(",") if item.strip()]
        return _shown_here(parse_onnx(raw, name, parse_dims(given)))
    reader = READERS.get(PurePath(name).suffix.lower())
    if isinstance(raw, bytes) and reader is not None:
        return _shown_here(reader(raw, name))
    size = len(raw if isinstance(raw, bytes) else raw.encode("utf-8", "replace"))
    if size > MOST_BYTES:
        raise FieldError(name, f"{size:,} bytes", f"at most {MOST_BYTES:,} are read")
    return _shown_here(parse_model(parse_json(raw, name)))


def most_onnx_mb() -> int:
    """Largest ONNX file that the server takes, in MB."""
    return min(MOST_ONNX_MB, int(st.get_option("server.maxUploadSize")))


def is_onnx(name: str) -> bool:
    return name.lower().endswith(ONNX)


def _shown_here(model: Model) -> str:
    """Its text; FieldError for one with more layers than a page can price while someone waits."""
    if len(model.layers) > MOST_LAYERS:
        found = f"found {len(model.layers):,} layers"
        allowed = f"this page prices up to {MOST_LAYERS}, the command line any number"
        raise FieldError("layers", found, allowed)
    return text_of(model)


def analog_sram() -> str:
    """The built-in analog SRAM as a document that stands for sram."""
    return json.dumps(read_technology("sram_analog"), sort_keys=True)


def text_of(model: Model) -> str:
    return as_file(model)


def titles_of(wanted: Wanted) -> list[str]:
    """Titles of the technologies that stand for built-in ones."""
    return [own_technology(json.loads(text)).title for text in wanted.technologies]


def answer_of(wanted: Wanted) -> Answer:
    """What `assess` gives; FieldError where the chip cannot be built."""
    return _answer(wanted)


def answers_of(wanted: Wanted) -> tuple[dict[str, Answer], dict[str, FieldError]]:
    """The model on every placement, and why some have no answer."""
    found: dict[str, Answer] = {}
    refused: dict[str, FieldError] = {}
    for key in placements_of(wanted.model):
        try:
            found[key] = answer_of(wanted.on(key))
        except FieldError as error:
            refused[key] = error
    return found, refused


@st.cache_resource(max_entries=40, show_spinner=False)
def placements_of(model: str) -> tuple[str, ...]:
    """Keys of PLACEMENTS that differ for this model; without FFNs there is nothing to split.

    model: JSON text
    """
    kinds = {layer.kind for layer in parse_model(json.loads(model)).layers}
    whole = tuple(key for key, place in PLACEMENTS.items() if len(set(place.memory.values())) == 1)
    return tuple(PLACEMENTS) if "ffn" in kinds else whole


def has_genes(model: str) -> bool:
    """Whether it is one of the paper's spaces, which Explore turns; model: JSON text."""
    return any(text == model for name, text in presets().items() if name in GENES)


# Shared without copies: what these return is only read.
@st.cache_resource(max_entries=1, show_spinner=False)
def presets() -> dict[str, str]:
    """JSON text of every preset."""
    return {name: text_of(load_preset(name)) for name in preset_names()}


@st.cache_resource(max_entries=1, show_spinner=False)
def titles() -> dict[str, str]:
    """Name of every preset as people write it."""
    return {slug: json.loads(text)["name"] for slug, text in presets().items()}


@st.cache_resource(max_entries=200, show_spinner="Pricing the model…")
def _answer(wanted: Wanted) -> Answer:
    model = parse_model(json.loads(wanted.model))
    chip = Chip(
        PLACEMENTS[wanted.placement].memory,
        replicas=wanted.copies,
        technologies=technologies(wanted.constants, wanted.documents),
        conditions=wanted.conditions,
    )
    if wanted.objective == DEFAULT:
        chip = with_macros(chip)
    else:
        chip = best_chip(
            model,
            chip,
            wanted.objective,
            max_array_mb=wanted.capacity_mb,
            max_sigma_rel=MAX_SIGMA_REL,
        )
    return assess(model, chip, max_array_mb=wanted.capacity_mb, parameters=wanted.constants)
