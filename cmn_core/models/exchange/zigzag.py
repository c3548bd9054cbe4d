"""ZigZag's workload YAML, as version 3.9 reads it: one entry per layer with its loops.

It knows multiply-accumulates alone. Its layers form a chain here, because it refuses loose ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from math import prod
from typing import Any

from cmn_core.design.text import shown
from cmn_core.errors import FieldError
from cmn_core.models.exchange.rows import Changing, LeftOut, Weighted, rows_of
from cmn_core.models.layers import SCHEMA, Model

MAX_BYTES = 1_000_000
GEMM = "O[b][k]+=I[b][c]*W[c][k]"
GROUPED_GEMM = "O[g][b][k]+=I[g][b][c]*W[g][c][k]"
CONV = "O[b][k][oy][ox]+=W[k][c][fy][fx]*I[b][c][iy][ix]"
GROUPED_CONV = "O[b][g][k][oy][ox]+=W[g][k][c][fy][fx]*I[b][g][c][iy][ix]"
LOOPS = ("B", "G", "K", "C", "OY", "OX", "FY", "FX")
KNOWN = {"Add", "Conv", "Conv_downsample", "Gemm", "MatMul", "Pooling"}
OPERANDS = re.compile(r"([A-Za-z]\w*)((?:\[\w+\])+)")
STRIDE = re.compile(r"^i([xy])=(?:(\d+)\*)?o\1(?:\+|$)")


def write_zigzag(model: Model) -> tuple[str, list[str]]:
    """The workload, and what it leaves out or says differently."""
    left_out, entries = LeftOut(), list[str]()
    for row in rows_of(model, left_out):
        if isinstance(row, Weighted) and len(row.kernel) > 2:
            left_out.add("convolution", "ZigZag has no third axis")
            continue
        if isinstance(row, Changing):
            left_out.add("dynamic_product", "written, but ZigZag holds one operand as weights")
        entries.append(_entry(len(entries), row, model))
    if not entries:
        raise FieldError("model", "no layer that multiplies", "ZigZag's workload needs one")
    return "\n".join(entries), left_out.sentences


def _entry(number: int, row: Weighted | Changing, model: Model) -> str:
    kind, equation, relations, loops = _loops(row)
    bits = {
        "W": model.weight_bits,
        "I": model.activation_bits,
        "O": model.weight_bits + model.activation_bits,
        "O_final": model.activation_bits,
    }
    lines = [
        f"- id: {number}",
        f"  name: {json.dumps(row.name)}",
        f"  operator_type: {kind}",
        f"  equation: {equation}",
        *([f"  dimension_relations: [{', '.join(relations)}]"] if relations else []),
        f"  loop_dims: [{', '.join(loops)}]",
        f"  loop_sizes: [{', '.join(map(str, loops.values()))}]",
        "  operand_precision:",
        *(f"    {name}: {value}" for name, value in bits.items()),
        "  operand_source:",
        f"    I: {max(number - 1, 0)}",
        f"    W: {number}",
    ]
    return "\n".join(lines) + "\n"


def _loops(row: Weighted | Changing) -> tuple[str, str, list[str], dict[str, int]]:
    if isinstance(row, Changing):
        loops = {"G": row.batch, "B": row.m, "C": row.k, "K": row.n}
        return "Gemm", GROUPED_GEMM, [], loops
    channels, outputs = row.channels // row.groups, row.outputs // row.groups
    group = {"G": row.groups} if row.groups > 1 else {}
    if row.flat:
        loops = {**group, "B": row.map[0] * row.images, "C": channels, "K": outputs}
        return "Gemm", GROUPED_GEMM if group else GEMM, [], loops
    fy, fx = (1, *row.kernel)[-2:]
    oy, ox = (1, *row.map)[-2:]
    sy, sx = (1, *row.stride)[-2:]
    loops = {"B": row.images, **group, "K": outputs, "C": channels}
    loops |= {"OY": oy, "OX": ox, "FY": fy, "FX": fx}
    relations = [f"ix={sx}*ox+1*fx", f"iy={sy}*oy+1*fy"]
    return "Conv", GROUPED_CONV if group else CONV, relations, loops


def read_zigzag(raw: bytes, name: str) -> Model:
    """Model of a workload; FieldError that names the entry and what is wrong with it."""
    from cmn_core.models.file import parse_model

    entries = _yaml(raw, name)
    if not isinstance(entries, list) or not entries:
        raise FieldError(name, "no list of layers", "a ZigZag workload is expected")
    known = {e.get("id") for e in entries if isinstance(e, dict) and isinstance(e.get("id"), int)}
    layers, weights, activations = [], [0], [0]
    for i, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise FieldError(f"[{i}]", f"found {shown(entry)}", "a layer's keys are expected")
        layers.append(_layer(entry, f"[{i}]", known))
        precision = entry.get("operand_precision")
        precision = precision if isinstance(precision, dict) else {}
        for operand, found in (("W", weights), ("I", activations)):
            bits = precision.get(operand, 0)
            if isinstance(bits, bool) or not isinstance(bits, int) or not 0 <= bits <= 16:
                where = f"[{i}].operand_precision.{operand}"
                raise FieldError(where, f"found {shown(bits)}", "0 to 16 bits are expected")
            found.append(bits)
    head = {"schema": SCHEMA, "name": name.rsplit(".", 1)[0][-60:] or "workload"}
    bits = {"weight_bits": max(weights) or 8, "activation_bits": max(activations) or 8}
    mixed = any(len(set(found) - {0}) > 1 for found in (weights, activations))
    highest = " and ".join(map(str, bits.values()))
    note = (
        {"note": f"layers differ in precision; all are priced at {highest} bits"} if mixed else {}
    )
    return parse_model({**head, "source": "ZigZag workload", **note, **bits, "layers": layers})


def _yaml(raw: bytes, name: str) -> Any:
    """Plain YAML: no anchors, which could make much of little, and no objects of Python."""
    import yaml  # type: ignore[import-untyped]

    if len(raw) > MAX_BYTES:
        raise FieldError(name, f"{len(raw):,} bytes", f"at most {MAX_BYTES:,} are read")
    try:
        text = raw.decode("utf-8-sig")
        for token in yaml.scan(text):
            if isinstance(token, yaml.AnchorToken | yaml.AliasToken):
                raise FieldError(name, "an anchor or alias", "plain YAML is expected")
        return yaml.safe_load(text)
    except UnicodeDecodeError:
        raise FieldError(name, "no UTF-8 text", "a ZigZag workload is expected") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, FieldError):
            raise
        raise FieldError(name, f"no YAML ({error})", "a ZigZag workload is expected") from None


def _layer(entry: Mapping[str, Any], where: str, known: set[Any]) -> dict[str, Any]:
    kind = entry.get("operator_type")
    if kind not in KNOWN:
        allowed = f"known are {', '.join(sorted(KNOWN))}"
        raise FieldError(f"{where}.operator_type", f"found {shown(kind)}", allowed)
    loops = _sizes(entry, where)
    label = str(entry.get("name") or f"{kind} {entry.get('id', where)}")[:60]
    if kind in ("Add", "Pooling"):
        op = {"kind": "elementwise", "op": "add", "elements": prod(loops.values())}
        out = prod(n for loop, n in loops.items() if loop not in ("FX", "FY"))
        return {**op, "name": label, "reads": prod(loops.values()), "writes": out}
    if {"OX", "OY", "FX", "FY"} & set(loops):
        return {"name": label, **_convolution(loops, entry, where)}
    return {"name": label, **_product(loops, entry, where, known)}


def _sizes(entry: Mapping[str, Any], where: str) -> dict[str, int]:
    dims, sizes = entry.get("loop_dims"), entry.get("loop_sizes")
    if not isinstance(dims, list) or not isinstance(sizes, list) or len(dims) != len(sizes):
        raise FieldError(
            f"{where}.loop_sizes", "not one for each of loop_dims", "two lists of equal length"
        )
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise FieldError(f"{where}.loop_sizes", f"found {shown(size)}", "whole numbers from 1")
    return dict(zip((str(d).upper() for d in dims), sizes, strict=True))


def _convolution(loops: Mapping[str, int], entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    for loop, size in loops.items():
        if loop not in LOOPS and size > 1:  # a third axis, say: leaving it out would price less
            allowed = f"those of a convolution are {', '.join(LOOPS)}"
            raise FieldError(f"{where}.loop_dims", f"found {shown(loop)}", allowed)
    groups = loops.get("G", 1)
    stride = {"x": 1, "y": 1}
    relations = entry.get("dimension_relations")
    for relation in relations if isinstance(relations, list) else []:
        if match := STRIDE.match(str(relation).replace(" ", "").lower()):
            stride[match[1]] = int(match[2] or 1)
    return {
        "kind": "convolution",
        "channels": loops.get("C", 1) * groups,
        "outputs": loops.get("K", 1) * groups,
        "kernel": [loops.get("FY", 1), loops.get("FX", 1)],
        "map": [loops.get("OY", 1), loops.get("OX", 1)],
        "stride": [max(1, stride["y"]), max(1, stride["x"])],
        "groups": groups,
        "images": loops.get("B", 1),
    }


def _product(
    loops: Mapping[str, int], entry: Mapping[str, Any], where: str, known: set[Any]
) -> dict[str, Any]:
    """A matrix product by the letters of its equation, whatever they are called."""
    equation = str(entry.get("equation", "")).replace(" ", "")
    operands = [
        (found[1], re.findall(r"\w+", found[2].upper())) for found in OPERANDS.finditer(equation)
    ]
    if len(operands) != 3 or not all(d in loops for _, letters in operands for d in letters):
        allowed = f"an equation of three operands with known loops, such as {GEMM}"
        raise FieldError(f"{where}.equation", f"found {shown(entry.get('equation'))}", allowed)
    out = operands[0][1]
    weight = next((o for o in operands[1:] if o[0] == "W"), operands[2])
    given = operands[1] if weight is operands[2] else operands[2]
    both = [d for d in given[1] if d in weight[1]]
    size = {
        "k": prod(loops[d] for d in both if d not in out),
        "batch": prod(loops[d] for d in both if d in out),
        "m": prod(loops[d] for d in given[1] if d in out and d not in both),
        "n": prod(loops[d] for d in weight[1] if d in out and d not in both),
    }
    sources = entry.get("operand_source")
    source = sources.get(weight[0]) if isinstance(sources, dict) else None
    if source in known and source != entry.get("id"):
        return {"kind": "dynamic_product", **size}
    if size["batch"] == 1:
        return {"kind": "product", "k": size["k"], "n": size["n"], "vectors": size["m"]}
    return {
        "kind": "convolution",
        "channels": size["batch"] * size["k"],
        "outputs": size["batch"] * size["n"],
        "kernel": [1],
        "map": [size["m"]],
        "groups": size["batch"],
    }
