"""AccelForge's workload YAML (successor of Timeloop and CiMLoop): one einsum per layer.

Each einsum has ranks and tensors of its own, so that sizes never meet. Ranks are upper case, their
variables lower case, as AccelForge implies them. Accesses beyond a rank's size are skipped there,
so the rank of a window's input holds every position.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cmn_core.errors import FieldError
from cmn_core.models.exchange.rows import Changing, LeftOut, Weighted, rows_of
from cmn_core.models.layers import Model


@dataclass(frozen=True)
class _Einsum:
    """Ranks with their sizes, and how each tensor is accessed: rank -> expression."""

    sizes: Mapping[str, int]
    reads: Mapping[str, str]
    weight: Mapping[str, str]
    writes: Mapping[str, str]


def write_accelforge(model: Model) -> tuple[str, list[str]]:
    """The workload, and what it leaves out or says differently."""
    left_out, entries = LeftOut(), list[str]()
    for row in rows_of(model, left_out):
        if isinstance(row, Weighted) and len(row.kernel) > 2:
            left_out.add("convolution", "it has a third axis, which is not written")
            continue
        if isinstance(row, Changing):
            left_out.add("dynamic_product", "written, with one operand as weight")
        entries.append("\n".join(_entry(len(entries), row, model)))
    if not entries:
        raise FieldError("model", "no layer that multiplies", "AccelForge's workload needs one")
    said = [
        "layers stand beside each other, no tensor of one is read by the next: none is fused",
        "outputs are written with the bits of a product, not of its sum",
        "an architecture of AccelForge is to be chosen there; ours has no file of that format",
    ]
    head = "workload:\n  einsums:\n"
    return head + "\n".join(entries) + "\n", [*left_out.sentences, *said]


def _entry(number: int, row: Weighted | Changing, model: Model) -> Iterator[str]:
    made = _einsum(row)
    at = f"{number}"
    name = re.sub(r"\W+", "_", row.name).strip("_") or "layer"
    product = model.weight_bits + model.activation_bits
    weight_bits = model.activation_bits if isinstance(row, Changing) else model.weight_bits
    sizes = ", ".join(f"{rank}{at}: {size}" for rank, size in made.sizes.items())
    yield f"  - name: {json.dumps(f'L{at}_{name}')}"
    yield f"    rank_sizes: {{{sizes}}}"
    yield "    tensor_accesses:"
    for tensor, access, bits, extra in (
        (f"I{at}", made.reads, model.activation_bits, ""),
        (f"W{at}", made.weight, weight_bits, ""),
        (f"O{at}", made.writes, product, ", output: True"),
    ):
        places = ", ".join(f"{rank}{at}: {_numbered(e, at)}" for rank, e in access.items())
        yield f"    - {{name: {tensor}, projection: {{{places}}}, bits_per_value: {bits}{extra}}}"
    yield f"    renames: {{input: I{at}, weight: W{at}, output: O{at}}}"


def _numbered(expression: str, at: str) -> str:
    """2*oy+fy -> 2*oy3+fy3"""
    return re.sub(r"[a-z]+", lambda found: found[0] + at, expression)


def _einsum(row: Weighted | Changing) -> _Einsum:
    if isinstance(row, Changing):
        sizes = {"G": row.batch, "B": row.m, "C": row.k, "K": row.n}
        return _Einsum(sizes, _plain("G", "B", "C"), _plain("G", "C", "K"), _plain("G", "B", "K"))
    channels, outputs = row.channels // row.groups, row.outputs // row.groups
    group = ("G",) if row.groups > 1 else ()
    sizes = {"G": row.groups} if group else {}
    if row.flat:
        sizes |= {"B": row.map[0] * row.images, "C": channels, "K": outputs}
        return _Einsum(
            sizes, _plain(*group, "B", "C"), _plain(*group, "C", "K"), _plain(*group, "B", "K")
        )
    fy, fx = (1, *row.kernel)[-2:]
    oy, ox = (1, *row.map)[-2:]
    sy, sx = (1, *row.stride)[-2:]
    sizes |= {"B": row.images, "C": channels, "K": outputs, "P": oy, "Q": ox, "R": fy, "S": fx}
    sizes |= {"Y": (oy - 1) * sy + fy, "X": (ox - 1) * sx + fx}
    reads = {**_plain(*group, "B", "C"), "Y": f"{sy}*p+r", "X": f"{sx}*q+s"}
    return _Einsum(
        sizes, reads, _plain(*group, "C", "K", "R", "S"), _plain(*group, "B", "K", "P", "Q")
    )


def _plain(*ranks: str) -> dict[str, str]:
    """Ranks that their own variables index."""
    return {rank: rank.lower() for rank in ranks}
