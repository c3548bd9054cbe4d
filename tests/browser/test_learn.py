"""A lesson in a real browser: the class link, the board, chapters on a phone, a photograph."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cmn_core.classroom.texts import CHAPTERS, chapter

pytestmark = pytest.mark.browser


def heading(page: Any, name: str) -> None:
    page.get_by_role("heading", level=1, name=name).wait_for()


def sideways(page: Any) -> int:
    script = """() => {
        const main = document.querySelector('[data-testid="stMain"]');
        return main.scrollWidth - main.clientWidth;
    }"""
    return int(page.evaluate(script))


def made_links(page: Any, address: str) -> list[str]:
    """The pupils' and the teacher's link of a new class, made on Start."""
    page.goto(address)
    heading(page, "CMN Explorer")
    page.get_by_text("Make a class link").click()
    page.get_by_label("Name of the class").fill("Physics 7b")
    page.get_by_role("button", name="Make the links").click()
    codes = page.locator('[data-testid="stCode"] code')
    codes.nth(1).wait_for()
    return [str(codes.nth(i).inner_text()).strip() for i in range(2)]


def test_a_class_hands_in_and_its_teacher_clears_the_board(server: Any, visitor: Any) -> None:
    teacher, pupil = visitor(), visitor(width=390)
    pupils, teachers = made_links(teacher, server.address)
    assert pupils.startswith(server.address) and "key=" not in pupils

    pupil.goto(pupils)
    heading(pupil, "Class Physics 7b")
    pupil.get_by_text("Nobody has handed in a design yet").wait_for()
    pupil.get_by_role("link", name="Change a design by hand").click()
    heading(pupil, "Explore")
    pupil.get_by_text("Energy (µJ) sim.").first.wait_for()
    pupil.go_back()
    heading(pupil, "Class Physics 7b")
    nickname = pupil.get_by_role("textbox", name="Your nickname")
    nickname.fill("Ada")
    nickname.press("Enter")
    pupil.get_by_role("button", name="Hand in my design of Explore").click()
    board = pupil.get_by_role("table", name="Best of each nickname")
    board.get_by_text("Ada", exact=True).wait_for()
    assert sideways(pupil) <= 0
    assert pupil.get_by_role("button", name="Clear the board").count() == 0

    teacher.goto(teachers)
    heading(teacher, "Class Physics 7b")
    teacher.get_by_role("table", name="Best of each nickname").get_by_text("Ada").wait_for()
    teacher.wait_for_url(re.compile(r"lesson\?(?!.*key=)"))
    teacher.get_by_role("button", name="Clear the board").click()
    teacher.get_by_role("button", name="Clear it").click()
    teacher.get_by_text("Nobody has handed in a design yet").wait_for()
    pupil.get_by_text("Nobody has handed in a design yet").wait_for()  # by itself


def test_every_chapter_is_read_on_a_phone_and_a_task_is_solved(server: Any, visitor: Any) -> None:
    page = visitor(width=390, scheme="dark")
    page.goto(f"{server.address}/learn?chapter={CHAPTERS[-2]}")  # a deep link, then on by button
    for name, following in zip(CHAPTERS[-2:], ("Waiting", "Tasks"), strict=True):
        page.get_by_role("heading", level=2, name=chapter(name).title).wait_for()
        page.locator('[data-testid="stVegaLiteChart"] svg').first.wait_for()
        assert sideways(page) <= 0
        # By its whole name: until the page is drawn, the last chapter's button still stands.
        page.get_by_role("button", name=f"Next: {following}").click()
    page.get_by_text("Energy falls, and the network is nearly blind.").click()
    page.get_by_role("button", name="Reveal").first.click()
    page.get_by_role("table", name="Task 1: save on the ADC").wait_for()
    assert "chapter=tasks" in page.url
    page.reload()
    page.get_by_role("heading", level=2, name="Predict, then reveal").wait_for()
    for name in CHAPTERS[:-2]:
        page.goto(f"{server.address}/learn?chapter={name}")
        page.get_by_role("heading", level=2, name=chapter(name).title).wait_for()
        page.locator('[data-testid="stVegaLiteChart"] svg').first.wait_for()
        assert sideways(page) <= 0, name


def test_a_photograph_is_looked_at(server: Any, visitor: Any, tmp_path: Path) -> None:
    y, x = np.mgrid[0:240, 0:320]
    room = np.stack([90 + y / 3, 80 + x / 4, np.full_like(x, 120.0)], -1)
    photograph = tmp_path / "room.jpg"
    Image.fromarray(room.astype(np.uint8)).save(photograph)
    page = visitor()
    page.goto(f"{server.address}/results?batch=example")
    page.get_by_role("heading", name="What the network sees").wait_for()
    page.locator("input[type=file]").set_input_files(photograph)
    picture = page.get_by_test_id("stImage").locator("img")
    picture.wait_for(timeout=150_000)
    assert picture.evaluate("e => e.decode().then(() => e.naturalWidth)") > 600


def test_the_menu_of_a_phone_closes_on_a_choice(server: Any, visitor: Any) -> None:
    page = visitor(width=390)
    page.goto(server.address)
    heading(page, "CMN Explorer")
    page.locator('[data-testid="stExpandSidebarButton"]').click()
    page.locator('[data-testid="stSidebarNavLink"]', has_text="Learn").click()
    heading(page, "Learn")
    left = "document.querySelector('[data-testid=\"stSidebar\"]').getBoundingClientRect().right"
    page.wait_for_function(f"() => {left} <= 0")


CONTRAST = """(element) => {
    const parts = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = (text) => {
        const [r, g, b] = parts(text).map(v => v / 255)
            .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const style = getComputedStyle(element);
    const both = [light(style.color), light(style.backgroundColor)].sort((a, b) => b - a);
    return (both[0] + 0.05) / (both[1] + 0.05);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_keyboards_see_where_they_are_and_buttons_can_be_read(
    server: Any, visitor: Any, scheme: str
) -> None:
    page = visitor(scheme=scheme)
    page.goto(server.address)
    heading(page, "CMN Explorer")
    # While it is still drawn, what has the focus may be replaced, and the body has it.
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    seen = []
    for _ in range(8):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "() => { const e = document.activeElement, s = getComputedStyle(e);"
                " return [s.outlineStyle, parseFloat(s.outlineWidth), e.outerHTML.slice(0, 200)]; }"
            )
        )
    marked = [(style, width) for style, width, html in seen if not html.startswith("<body")]
    assert len(marked) >= 4
    assert all(style == "solid" and width >= 2 for style, width in marked), seen
    page.goto(f"{server.address}/search")
    heading(page, "Search")
    button = page.get_by_role("button", name="Start search")
    button.wait_for()
    assert button.evaluate(CONTRAST) >= 4.5
