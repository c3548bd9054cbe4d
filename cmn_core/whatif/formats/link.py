"""A design as a short text for an address: compressed JSON, checked like any file on its way in."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from dataclasses import replace
from typing import Any

from cmn_core.design import MEMORIES, Design, parse_design, parse_json
from cmn_core.errors import FieldError, one_line
from cmn_core.whatif.edits import used_only

MAX_TOKEN = 4000  # characters
MAX_TEXT = 20_000  # bytes of JSON that a token may unfold to
MAX_NAME = 60
_ALPHABET = re.compile(r"[A-Za-z0-9_-]+")
# What most designs have in common, so that a link need not say it. Links in use depend on every
# character of it: a change needs another version letter.
_COMMON = (
    b'"name":"","rram":{"rows":128,"cols":128,"active_rows":64,"adc_bits":7,"columns_per_adc":8,'
    b'"cell_bits":1,"dac_bits":1,"vdd_v":0.9},"sram":{"rows":128,"cols":128,"rows_per_tree":4,'
    b'"input_bits_per_step":1,"vdd_v":0.9}},"replicas":[1,1,1,1]}}'
    b'{"schema":"cmn.design/1","space":"b0","workload":{"image":[480,640],"weight_bits":8,'
    b'"activation_bits":8,"routing":"dense"},"architecture":{"experts":[1,1,1,1],'
    b'"hidden":[16,16,16,16]},"hardware":{"memory":["rram","rram","sram","sram"],"macros":{"rram":'
    b'{"rows":128,"cols":128,"active_rows":64,"adc_bits":7,"columns_per_adc":8,"cell_bits":1,'
    b'"dac_bits":1,"vdd_v":0.9}},"replicas":[1,1,1,1]}}'
)
_VERSION = "a"


def pack_design(design: Design) -> str:
    """Text of letters, digits, - and _ that `unpack_design` reads; metrics are left out, of the
    provenance the name is kept."""
    bare = replace(used_only(design), metrics=None, provenance=None)
    document = bare.to_json()
    if name := design_name(design):
        document["provenance"] = {"name": name}
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_DEFAULT_STRATEGY, _COMMON)
    packed = packer.compress(text) + packer.flush()
    return _VERSION + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def unpack_design(token: str) -> Design:
    """The design of such a text; FieldError for whatever else somebody writes into an address."""
    if len(token) > MAX_TOKEN:
        raise _damaged(f"found {len(token)} characters")
    if not token.startswith(_VERSION) or not _ALPHABET.fullmatch(token):
        raise _damaged(f"found '{one_line(token, 24)}'")
    try:
        padded = token[1:] + "=" * (-len(token[1:]) % 4)
        reader = zlib.decompressobj(15, _COMMON)
        text = reader.decompress(base64.urlsafe_b64decode(padded), MAX_TEXT)
    except (binascii.Error, zlib.error, ValueError):
        raise _damaged("the text cannot be unfolded") from None
    if not reader.eof:
        raise _damaged("the text ends early or is too long")
    return parse_design(parse_json(text, "design"))


def design_name(design: Design) -> str:
    """The name that somebody gave it, from its provenance; empty where there is none."""
    name = (design.provenance or {}).get("name")
    return " ".join(name.split())[:MAX_NAME] if isinstance(name, str) else ""


def named(design: Design, name: str) -> Design:
    """The design under a name; an empty one takes the name away."""
    facts: dict[str, Any] = {k: v for k, v in (design.provenance or {}).items() if k != "name"}
    if clean := " ".join(name.split())[:MAX_NAME]:
        facts["name"] = clean
    return replace(design, provenance=facts or None)


def short_text(design: Design) -> str:
    """Such as "SSRR, experts 1 1 2 1, hidden 25 58 613 568"."""
    letters = ""
    if design.hardware is not None:  # H: experts on both memories
        entries = design.hardware.entries
        letters = "".join(m[0].upper() if isinstance(m, str) else "H" for m in entries)
    experts = " ".join(map(str, design.architecture.experts))
    hidden = " ".join(map(str, design.architecture.hidden))
    family = "" if design.space == "b0" else f"{design.space.upper()}, "
    return f"{family}{letters + ', ' if letters else ''}experts {experts}, hidden {hidden}"


def memory_kind(design: Design) -> str:
    """rram, sram, or hybrid where both are used or nothing is stated."""
    used = set(design.hardware.technologies) if design.hardware else set(MEMORIES)
    return used.pop() if len(used) == 1 else "hybrid"


def _damaged(found: str) -> FieldError:
    return FieldError("design", found, "a link made by this app is expected")
