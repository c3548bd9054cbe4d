"""Technology files of a visitor's own: kept in the session, counted by every page that prices."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any

import streamlit as st

from cmn_core.cim.technologies.parameters import MAX_BYTES, own_technology, technologies
from cmn_core.cim.technologies.technology import BUILT_IN, Technology
from cmn_core.cim.technologies.template import template
from cmn_core.errors import FieldError
from pages.parts.common.text import plain

KEPT = "own_technologies"  # JSON text of the document by memory
READ = "own_technologies_read"  # ids of the files that were read, so that a removed one stays away
TEMPLATES = {"rram": "RRAM", "sram": "SRAM, digital", "sram_analog": "SRAM, analog"}
HELP = (
    "Schema cmn.technology/1: constants and knobs that replace those of RRAM or SRAM, each with its"
    " unit and source (docs/simulator.md, section 11). Counted on Models, Explore, Designs,"
    " Hybrid's map and by the searches that are started here, until it is removed."
)


def kept_texts() -> dict[str, str]:
    """JSON text of the visitor's technology by memory; also a key of what is made with them."""
    found: Mapping[str, str] = st.session_state.get(KEPT, {})
    return dict(sorted(found.items()))


def kept_documents() -> dict[str, Any] | None:
    """The documents by memory, as scenarios and commands take them; None without any."""
    return {memory: json.loads(text) for memory, text in kept_texts().items()} or None


def kept_library() -> dict[str, Technology] | None:
    """The technology of every memory; None without a file, which means the built-in ones."""
    documents = kept_documents()
    return technologies("silicon", documents) if documents else None


def read_own_technology(raw: bytes, name: str) -> tuple[str, str, str]:
    """Memory, title and JSON text of a visitor's technology file; FieldError if it is none."""
    if len(raw) > MAX_BYTES:
        raise FieldError(name, f"{len(raw):,} bytes", f"at most {MAX_BYTES:,} are read")
    try:
        document = tomllib.loads(raw.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FieldError(name, f"no TOML ({error})", "a TOML file is expected") from None
    built = own_technology(document)
    return built.name, built.title, json.dumps(document, sort_keys=True)


def keep(document: Mapping[str, Any]) -> None:
    """The document stands for its memory from now on."""
    memory = own_technology(document).name
    text = json.dumps(document, sort_keys=True)
    st.session_state[KEPT] = {**st.session_state.get(KEPT, {}), memory: text}


def technology_files(key: str = "technologies") -> None:
    """Uploads, what stands for each memory with a button to remove it, and the templates."""
    files = st.file_uploader(
        "Technology files (TOML)",
        type="toml",
        accept_multiple_files=True,
        key=key,
        max_upload_size=1,
        help=HELP,
    )
    _read(files or [])
    for memory, text in kept_texts().items():
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            title = json.loads(text)["title"]
            st.caption(f"{plain(title)} stands for {memory.upper()}.", width="content")
            st.button(
                "Remove",
                key=f"{key}_remove_{memory}",
                type="tertiary",
                on_click=_remove,
                args=(memory,),
            )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Every constant explained:", width="content")
        for base in BUILT_IN:
            st.download_button(
                f"Template, {TEMPLATES[base]}",
                template(base),
                f"{base}_template.toml",
                "application/toml",
                on_click="ignore",
                key=f"{key}_template_{base}",
                type="tertiary",
                icon=":material/download:",
            )


def technology_box(key: str) -> None:
    """The same, folded; unfolded where something stands for a memory."""
    with st.expander("A technology of your own", expanded=bool(kept_texts()), key=f"{key}_box"):
        technology_files(key)


def asked_technology(memory: str) -> dict[str, Any]:
    """The part of a search's request: files for the memories that it may use."""
    documents = kept_documents() or {}
    used = {m: d for m, d in documents.items() if memory in (m, "hybrid")}
    return {"technology": used} if used else {}


def _read(files: list[Any]) -> None:
    seen: set[str] = st.session_state.setdefault(READ, set())
    taken: set[str] = set()
    new: dict[str, str] = {}
    for file in files:
        try:
            memory, _, text = read_own_technology(file.getvalue(), file.name)
            if memory in taken:
                raise FieldError("technology", f"two files for {memory}", "one of each is used")
        except FieldError as error:
            st.error(f"{plain(file.name)} is not used. {plain(str(error), limit=400)}.")
            continue
        taken.add(memory)
        if file.file_id not in seen:
            seen.add(file.file_id)
            new[memory] = text
    if new:
        st.session_state[KEPT] = {**st.session_state.get(KEPT, {}), **new}
        st.rerun()  # what stands above was priced without them


def _remove(memory: str) -> None:
    kept = dict(st.session_state.get(KEPT, {}))
    kept.pop(memory, None)
    st.session_state[KEPT] = kept
