"""A class link as a QR code, read back by hand, and the recipe for a laptop in the room."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import segno

from pages.parts.learn.room import own_address, qr_svg, unreachable

LINK = "http://192.168.1.20:8501/lesson?class=Physics+7b&code=0123456789abcdef&scenario=energy"


def test_the_code_is_a_drawing_of_that_address_in_black_on_white() -> None:
    drawing = ElementTree.fromstring(qr_svg(LINK))
    title = drawing.find("{http://www.w3.org/2000/svg}title")
    assert title is not None and title.text == LINK
    fills = {part.get("fill") for part in drawing.iter() if part.tag.endswith("path")}
    strokes = {part.get("stroke") for part in drawing.iter() if part.tag.endswith("path")}
    assert "#fff" in fills and "#000" in strokes
    modules = segno.make(LINK, error="m", micro=False).symbol_size(border=4)[0]
    assert drawing.get("width") == str(4 * modules), "four modules of white around it"


def test_a_link_that_only_this_computer_opens_comes_with_a_recipe() -> None:
    for host in ("localhost", "127.0.0.1", "[::1]"):
        told = unreachable(f"http://{host}:8501/lesson?class=a", "192.168.1.20")
        assert "ADDRESS=0.0.0.0" in told
        assert "http://192.168.1.20:8501" in told
        assert "http://ADDRESS:8501" in unreachable(f"http://{host}:8501/lesson", None)
    assert unreachable(LINK, "192.168.1.20") == ""
    assert unreachable("https://lab.example.org/cmn/lesson?class=a", None) == ""


def test_the_own_address_is_one_that_others_can_use() -> None:
    found = own_address()
    assert found is None or not found.startswith("127.")
