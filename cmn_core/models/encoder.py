"""A network of our own search space, written as a list of layers.

`cim.price` knows these networks by equations of their own; priced as a list of layers they must
come out the same, which holds both to account.
"""

from __future__ import annotations

from typing import Any

from cmn_core.architecture import Architecture, SearchSpace
from cmn_core.cim.workload import CLASSES, DEPTHWISE_TAPS, OTHER, Layout, Product, lay_out
from cmn_core.design import Workload
from cmn_core.models.layers import SCHEMA


def describe(
    space: SearchSpace,
    architecture: Architecture,
    workload: Workload = Workload(),
    *,
    classes: int = CLASSES,
    **head: Any,
) -> dict[str, Any]:
    """JSON of that network (schema cmn.model/1). head: name and other keys of the file."""
    layout = lay_out(space, workload, classes)
    layers: list[dict[str, Any]] = []
    for b, heads in enumerate(space.heads):
        layers += _patch_embedding(layout, b)
        layers += _block(layout, b, heads, architecture, workload)
    for b in range(len(space.heads)):
        layers += _decoder(layout, b)
    return {
        "schema": SCHEMA,
        **head,
        "weight_bits": workload.weight_bits,
        "activation_bits": workload.activation_bits,
        "layers": layers,
    }


def _block(
    layout: Layout, b: int, heads: int, architecture: Architecture, workload: Workload
) -> list[dict[str, Any]]:
    width, tokens = int(layout.width[b]), int(layout.tokens[b])
    kv_tokens, depth = int(layout.kv_tokens[b]), int(layout.depth[b])
    reduced = bool(layout.reduced[b])
    place = {"block": f"block {b + 1}", "count": depth}

    def product(name: str, k: int, vectors: int, branch: str | None) -> dict[str, Any]:
        side = {} if branch is None else {"branch": branch}
        shape = {"k": k, "n": width, "vectors": vectors}
        return {"kind": "product", "name": name, **place, **shape, **side}

    elements = tokens * width
    norm = {
        "kind": "elementwise",
        "name": "norms and residuals",
        "op": "norm",
        **place,
        "elements": 2 * elements + (kv_tokens * width if reduced else 0),
        "reads": 3 * elements,
        "writes": 2 * elements,
    }
    layers = [product("query", width, tokens, "query")]
    if reduced:
        layers.append(product("reduction", int(layout.reduction.k[b]), kv_tokens, "key"))
    layers += [
        product("key", width, kv_tokens, "key"),
        product("value", width, kv_tokens, "value"),
        {
            "kind": "attention",
            "name": "attention",
            **place,
            "tokens": tokens,
            "kv_tokens": kv_tokens,
            "heads": heads,
            "width": width,
        },
        product("projection", width, tokens, None),
        {
            "kind": "depthwise",
            "name": "3 x 3 depthwise",
            **place,
            "channels": width,
            "positions": tokens,
            "taps": DEPTHWISE_TAPS,
        },
    ]
    experts = architecture.experts[b]
    ffn: dict[str, Any] = {
        "kind": "ffn",
        "name": "experts",
        **place,
        "width": width,
        "hidden": architecture.hidden[b],
        "tokens": tokens,
        "experts": experts,
    }
    if (used := workload.experts_of_token) is not None:
        ffn["top_k"] = min(experts, used[b])
    return [*layers, ffn, norm]


def _patch_embedding(layout: Layout, b: int) -> list[dict[str, Any]]:
    place = _place(b)
    layers = [_product(layout, "patch", b, "patch embedding")]
    elements = int(layout.tokens[b] * layout.width[b])
    layers.append(
        {
            "kind": "elementwise",
            "name": "norms of the maps",
            "op": "norm",
            **place,
            "elements": 2 * elements,
            "reads": int(layout.other_reads[b]),
            "writes": int(layout.other_writes[b]),
        }
    )
    return layers


def _decoder(layout: Layout, b: int) -> list[dict[str, Any]]:
    layers = [_product(layout, "linear", b, "decoder linear")]
    if b > 0:
        return layers
    resampled = {
        "kind": "elementwise",
        "name": "enlarging of decoder maps",
        "op": "resample",
        **_place(b),
        "elements": int(layout.resampled[b]),
        "reads": 0,
        "writes": 0,
    }
    held = {
        "kind": "buffer",
        "name": "shared maps",
        **_place(b),
        "elements": int(layout.buffered),
    }
    rest = [_product(layout, name, b, name) for name in OTHER[2:]]
    return [*layers, resampled, *rest, held]


def _product(layout: Layout, name: str, b: int, title: str) -> dict[str, Any]:
    product: Product = getattr(layout, name)
    shape = {"k": int(product.k[b]), "n": int(product.n[b]), "vectors": int(product.vectors[b])}
    return {"kind": "product", "name": title, **_place(b), **shape}


def _place(b: int) -> dict[str, Any]:
    return {"block": f"block {b + 1}", "region": f"other {b + 1}"}
