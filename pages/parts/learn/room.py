"""A class link for the people in a room: as a QR code, under an address that their phones reach."""

from __future__ import annotations

import io
import socket
from functools import lru_cache
from urllib.parse import urlsplit

import segno
import streamlit as st

OWN = {"localhost", "127.0.0.1", "::1"}
SIDE = 280  # pixels on the screen; a projector enlarges them
NOWHERE = ("192.0.2.1", 9)  # set aside for examples: nothing is sent, the system only picks a way


def show_code(address: str) -> None:
    """The QR code of a class link, and what to do where phones cannot open it."""
    st.image(qr_svg(address), width=SIDE, caption="Point a phone's camera at it.")
    if note := unreachable(address, own_address()):
        st.warning(note)


@lru_cache(maxsize=50)
def qr_svg(address: str) -> str:
    """Black on white in either theme, with the quiet zone of four modules that readers need."""
    out = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(out, kind="svg", scale=4, border=4, light="#ffffff", xmldecl=False, title=address)
    return out.getvalue().decode("utf-8")


def unreachable(address: str, here: str | None) -> str:
    """Why that address opens on this computer alone, and what to do; empty where others reach it.

    here: this computer's address in its network, if it has one
    """
    parts = urlsplit(address)
    if (parts.hostname or "") not in OWN:
        return ""
    port = f":{parts.port}" if parts.port else ""
    place = f"{parts.scheme}://{here or 'ADDRESS'}{port}"
    return (
        f"This link says {parts.hostname}, which is every computer's name for itself: no phone in"
        " the room can open it. End the server and start it with `CMN_SHARED=1 make run"
        f" ADDRESS=0.0.0.0`. Then open `{place}` here and make the link again"
        " (docs/deploy.md, In a classroom)."
    )


def own_address() -> str | None:
    """This computer's address in its network; None without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(NOWHERE)
        except OSError:
            return None
        found = str(way.getsockname()[0])
    return None if found in OWN or found == "0.0.0.0" else found
