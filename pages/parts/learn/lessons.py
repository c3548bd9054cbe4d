"""The other parts of Learn: guided tasks, sheets, glossary, the teacher's plan and answers."""

from __future__ import annotations

import html

import streamlit as st

from cmn_core.classroom.facts import facts
from cmn_core.classroom.tasks import NAMES, LessonTask, task
from cmn_core.classroom.texts import SHEETS, answers, glossary, plan, sheet
from pages.parts.common.tables import table_markup
from pages.parts.common.visitor import teaches


def show_tasks() -> None:
    st.header("Predict, then reveal", anchor=False)
    st.markdown("Decide first. The simulator works the answer out when you ask for it.")
    for name in NAMES:
        _task(task(name))


def show_glossary() -> None:
    st.header("Glossary", anchor=False)
    wanted = st.text_input("Find a word", key="glossary_find", max_chars=40, width=320).lower()
    found = {t: text for t, text in glossary().items() if wanted in f"{t} {text}".lower()}
    if not found:
        st.info("No entry has that word. Empty the field to see all of them.")
    for term, text in found.items():
        st.markdown(f"**{term}**: {text}")


def show_sheets() -> None:
    st.header("Sheets", anchor=False)
    which = st.segmented_control(
        "Sheet",
        list(SHEETS),
        default="pupils",
        required=True,
        format_func=SHEETS.__getitem__,
        key="learn_sheet",
        label_visibility="collapsed",
    )
    _take_away(f"sheet_{which}", sheet(which))
    st.markdown(_lower(sheet(which)))


def show_teacher() -> None:
    """The plan for everybody; answers for a teacher alone."""
    _take_away("teachers_plan", plan())
    st.page_link("start.py", label="Make a class link on Start", icon=":material/link:")
    st.markdown(_lower(plan()))
    st.divider()
    if not teaches():
        st.info(
            "Answers are shown to whoever opened a class with its teacher's link, or this page with"
            " the server's teacher's key (`&key=`)."
        )
        return
    found = answers(_facts())
    _take_away("teachers_answers", found)
    st.markdown(_lower(found))


def _take_away(name: str, text: str) -> None:
    st.download_button(
        "Download this sheet (Markdown)" if name != "teachers_answers" else "Download the answers",
        text,
        f"{name}.md",
        "text/markdown",
        on_click="ignore",
        key=f"download_{name}",
        icon=":material/download:",
    )


def _lower(text: str) -> str:
    """Headings one level down: the page has a title of its own."""
    return text.replace("\n## ", "\n### ").replace("# ", "## ", 1)


def _task(asked: LessonTask) -> None:
    with st.container(border=True):
        st.subheader(asked.title, anchor=False)
        st.markdown(asked.question)
        guess = st.radio(
            "Your prediction",
            range(len(asked.options)),
            index=None,
            format_func=asked.options.__getitem__,
            key=f"guess_{asked.name}",
        )
        st.button(
            "Reveal",
            key=f"reveal_{asked.name}",
            disabled=guess is None,
            on_click=_reveal,
            args=(asked.name,),
        )
        if guess is None or not st.session_state.get(f"shown_{asked.name}"):
            return
        if guess == asked.right:
            st.success(f"✓ Right. {asked.because}")
        else:
            st.info(f"✗ The simulator says: {asked.options[asked.right]} {asked.because}")
        st.html(_answer_table(asked))


def _reveal(name: str) -> None:
    st.session_state[f"shown_{name}"] = True


def _answer_table(asked: LessonTask) -> str:
    head = "".join(f'<th scope="col">{html.escape(c)}</th>' for c in asked.columns)
    body = "".join(
        f'<tr><th scope="row" style="white-space: normal">{html.escape(label)}</th>'
        f"<td>{html.escape(a)}</td><td>{html.escape(b)}</td></tr>"
        for label, a, b in asked.found
    )
    return table_markup(f"<th></th>{head}", body, asked.title)


@st.cache_data(max_entries=1, show_spinner=False)
def _facts() -> dict[str, str]:
    return facts()
