"""The frame around every page: title, navigation at the top, style. Run by app.py."""

from __future__ import annotations

import streamlit as st

from cmn_core.runs.home import StoreError
from pages.parts.common.visitor import gate, leave
from pages.parts.frame.chrome import calm, style
from pages.parts.runs.disk_notice import disk_notice

NAME = "CMN Explorer"
LESSON = "lesson"  # in the session once a class link was opened (pages/parts/learn/class_lesson.py)

# The groups of the menu at the top. A group of one name is a page of its own.
MENU = {
    "": [st.Page("start.py", title="Start", default=True)],
    "Explore": [
        st.Page("explore.py", title="Explore", url_path="explore"),
        st.Page("designs.py", title="Designs", url_path="designs"),
        st.Page("models.py", title="Models", url_path="models"),
        st.Page("hardware.py", title="Hardware", url_path="hardware"),
    ],
    "Search and results": [
        st.Page("search.py", title="Search", url_path="search"),
        st.Page("results.py", title="Results", url_path="results"),
        st.Page("hybrid.py", title="Hybrid", url_path="hybrid"),
    ],
    "The paper": [
        st.Page("validation.py", title="Validation", url_path="validation"),
        st.Page("studies/noise.py", title="Noise", url_path="noise"),
        st.Page("studies/scaling.py", title="Scaling", url_path="scaling"),
        st.Page("studies/compression.py", title="Compression", url_path="compression"),
    ],
    "Learn": [
        st.Page("learn.py", title="Learn", url_path="learn"),
        st.Page(
            "lesson.py",
            title="Class",
            url_path="lesson",
            visibility="visible" if LESSON in st.session_state else "hidden",
        ),
    ],
}
page = st.navigation(MENU, position="top")
title = NAME if page.title == "Start" else f"{page.title} · {NAME}"
st.set_page_config(page_title=title, layout="wide", initial_sidebar_state="collapsed")
calm()
style()
gate()
disk_notice()
try:
    page.run()
    leave()
except StoreError as error:
    st.error(f"The run store cannot be read. {error.told}")
