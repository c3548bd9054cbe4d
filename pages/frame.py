"""The frame around every page: title, navigation at the top, style. Run by app.py."""

from __future__ import annotations

import streamlit as st

from cmn_core.runs.home import StoreError
from pages.parts.chrome import calm, style

NAME = "CMN Explorer"

page = st.navigation(
    [
        st.Page("start.py", title="Start", default=True),
        st.Page("search.py", title="Search", url_path="search"),
        st.Page("results.py", title="Results", url_path="results"),
        st.Page("hybrid.py", title="Hybrid", url_path="hybrid"),
    ],
    position="top",
)
title = NAME if page.title == "Start" else f"{page.title} · {NAME}"
st.set_page_config(page_title=title, layout="wide", initial_sidebar_state="collapsed")
calm()
style()
try:
    page.run()
except StoreError as error:
    st.error(f"The run store cannot be read. {error}")
