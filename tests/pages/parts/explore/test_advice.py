"""What bounds a design and the three changes that help."""

from __future__ import annotations

import re
from typing import Any

from tests.pages import looks
from tests.pages.explored import shown


def test_what_bounds_it_and_what_helps_is_a_press_away(searches: Any, page: Any) -> None:
    at = page("explore")
    [said] = [m.value for m in at.markdown if m.value.startswith("**Latency")]
    assert re.fullmatch(
        r"\*\*Latency [\d,.]+ µs\*\*: [\w' ]+ takes? \d+ %, block \d alone \d+ %\."
        r" \*\*Energy [\d,.]+ µJ\*\*: [\w' ]+ takes? \d+ %, block \d alone \d+ %\.",
        said,
    )
    at.segmented_control(key="quantity").set_value("latency_us").run()
    before, first = shown(at), at.button(key="apply_0")
    told = [c.value for c in at.caption if re.match(r"Latency −.*likely", c.value)]
    assert len(told) == 3
    first.click().run()
    assert not at.exception
    assert shown(at) != before
    saved = re.match(r"Latency (−[\d.]+ %)", told[0])
    assert saved is not None
    assert f": {saved.group(1)}" in looks.bodies(at)  # on the card, beside what was before
    at.button(key="undo").click().run()
    assert shown(at) == before
