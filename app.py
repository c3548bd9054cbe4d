"""What `streamlit run app.py` serves.

The script proper is pages/frame.py. Naming it here keeps Streamlit from taking the folder pages/
for its older kind of multi-page app on the first visit (docs/architecture.md).
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st

from pages.parts.store import warm_up


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[dict[str, Any]]:
    """Take up queued runs and keep a worker warm, so that the next Start needs no start-up."""
    threading.Thread(target=warm_up, daemon=True).start()
    yield {}


app = st.App("pages/frame.py", lifespan=lifespan)
