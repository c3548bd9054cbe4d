"""The form of a study: its choices, as the quick or the stored form has them to begin with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cmn_core.errors import FieldError
from cmn_core.runs.home import StoreError, home_dir, told
from cmn_core.studies.background import studying
from cmn_core.studies.background.choices import CHOICES, NEEDS_IMAGES, Choice
from cmn_core.studies.background.own_studies import MAX_IMAGES_BYTES, OwnStudies
from cmn_core.studies.result import Result
from pages.parts.common.text import plain
from pages.parts.common.visitor import visitor

REFUSED = "own_study_refused"


def settings_form(stored: Result) -> None:
    """Every choice of the study, and Start."""
    name = stored.name
    _fill(name, stored.quick_settings, only_missing=True)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("Begin with", width="content")
        for label, settings in (("Quick", stored.quick_settings), ("As stored", stored.settings)):
            st.button(
                label,
                key=f"{_key(name, 'begin')}_{label}",
                type="tertiary",
                on_click=_fill,
                args=(name, settings),
            )
    with st.form(_key(name, "form"), border=False, enter_to_submit=False):
        with st.grid(min_column_width=200, gap="small"):
            for choice in CHOICES[name]:
                _field(name, choice)
            st.number_input("Seed", min_value=0, step=1, key=_key(name, "seed"))
        for file in NEEDS_IMAGES.get(name, ()):
            st.file_uploader(
                f"Images, {file} (optional)",
                type=["npz"],
                max_upload_size=MAX_IMAGES_BYTES // 1_000_000,
                key=_key(name, file),
                help="As `python -m cmn_core prepare` writes them. Without, rooms are drawn.",
            )
        st.form_submit_button(
            "Run it in the background", type="primary", on_click=_submitted, args=(name,)
        )
    if trouble := st.session_state.pop(REFUSED, None):
        st.error(f"The study was not started. {plain(trouble, 300)}.")


def _field(study: str, choice: Choice) -> None:
    key, help_ = _key(study, choice.name), choice.help or None
    if choice.options is not None:
        titles: Mapping[Any, str] = choice.options
        st.multiselect(choice.label, list(titles), format_func=titles.__getitem__, key=key)
    elif choice.many:
        st.text_input(choice.label, key=key, help=help_)
    else:
        st.number_input(
            choice.label,
            min_value=int(choice.least) if choice.whole else choice.least,
            max_value=int(choice.most) if choice.whole else choice.most,
            step=1 if choice.whole else 0.05,
            key=key,
            help=help_,
        )


def _fill(study: str, settings: Mapping[str, Any], *, only_missing: bool = False) -> None:
    """Lay settings into the fields. A count of images beyond the field's, or 0 for all of them, is
    shown as its largest, which is as many."""
    for choice in CHOICES[study]:
        if choice.name not in settings:  # of an earlier version
            continue
        value = settings[choice.name]
        if choice.many:
            value = ", ".join(f"{v:g}" for v in value)
        elif choice.options is None:
            fits = choice.least <= value <= choice.most
            value = (int if choice.whole else float)(value if fits else choice.most)
        _set(_key(study, choice.name), value, only_missing)
    _set(_key(study, "seed"), int(settings["seed"]), only_missing)


def _set(key: str, value: Any, only_missing: bool) -> None:
    if not only_missing or key not in st.session_state:
        st.session_state[key] = value


def _submitted(study: str) -> None:
    """Callback: queue it, and see to a process."""
    state = st.session_state
    try:
        chosen = {c.name: _read(c, state[_key(study, c.name)]) for c in CHOICES[study]}
        files = {
            name: upload.getvalue()
            for name in NEEDS_IMAGES.get(study, ())
            if (upload := state.get(_key(study, name))) is not None
        }
        seed = int(state[_key(study, "seed")] or 0)
        OwnStudies().add(study, chosen, visitor=visitor(), seed=seed, files=files)
        studying.start(home_dir())
    except (FieldError, StoreError) as error:
        state[REFUSED] = told(error)


def _read(choice: Choice, value: Any) -> Any:
    """What a field holds, as a setting."""
    if not choice.many:
        return value
    try:
        return [float(part) for part in str(value).split(",")]
    except ValueError:
        found = f"found '{value}'"
        raise FieldError(choice.name, found, "numbers with commas between them") from None


def _key(study: str, field: str) -> str:
    return f"own_{study}_{field}"
