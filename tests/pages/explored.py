"""What a person reads on Explore, and how they unfold it."""

from __future__ import annotations

import json
import re
from typing import Any

from cmn_core.design import Design
from cmn_core.whatif.edits import completed
from cmn_core.whatif.formats.link import pack_design, unpack_design


def cards(at: Any) -> dict[str, str]:
    """Words of each figure's card, by its name, without what was before."""
    [body] = [
        e.proto.body
        for e in at.get("html")
        if "cmn-cards" in e.proto.body and "<article" in e.proto.body
    ]
    found = re.findall(r'data-figure="(\w+)">(.*?)</article>', body, re.S)
    return {
        name: re.sub(r"<[^>]+>", " ", re.sub(r"<p>(as )?before.*?</p>", "", text))
        for name, text in found
    }


def specs(at: Any) -> dict[str, dict[str, Any]]:
    """Charts by what they draw."""
    found = [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]
    out = {}
    for one in found:
        text = json.dumps(one)
        kind = "place" if "this design" in text else "steps" if "Step of" in text else "blocks"
        out[kind] = one
    return out


def shown(at: Any) -> Design:
    token = at.query_params["design"]
    return unpack_design(token[0] if isinstance(token, list) else token)


def link(design: Design) -> str:
    return pack_design(completed(design))


def unfolded(at: Any, *names: str) -> Any:
    """What is folded away is not drawn, so that a moved slider has less to redraw."""
    for name in names:
        at.session_state[name] = True
    return at.run()


def open_macros(at: Any) -> Any:
    return unfolded(at, "macros")
