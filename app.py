"""What `streamlit run app.py` serves.

The script proper is pages/frame.py. Naming it here keeps Streamlit from taking the folder pages/
for its older kind of multi-page app on the first visit (docs/architecture.md).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from pages.parts.frame.background import begin
from pages.parts.frame.security_headers import Guard


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[dict[str, Any]]:
    """What the server does beside answering visitors, for as long as it runs."""
    end = begin()
    yield {}
    end()


app = st.App("pages/frame.py", lifespan=lifespan, middleware=[Middleware(Guard)])
