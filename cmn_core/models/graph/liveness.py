"""How many elements wait at once: what the feature-map memory must hold."""

from __future__ import annotations

from collections.abc import Sequence

from cmn_core.models.graph.tensors import Graph


def most_held(graph: Graph, held: Sequence[bool]) -> int:
    """Most elements that are alive together, nodes taken in their order.

    held: whether what a node makes is stored; what is not is another view of its inputs, or comes
    as it is made. A tensor lives from the node that makes it to the last that reads it.
    """
    roots: dict[str, frozenset[str]] = {t.name: frozenset({t.name}) for t in graph.inputs}
    sizes = {t.name: t.elements for t in graph.inputs}
    born = {t.name: 0 for t in graph.inputs}
    last = dict(born)
    for i, (node, stored) in enumerate(zip(graph.nodes, held, strict=True)):
        read = frozenset[str]().union(*(roots.get(t.name, ()) for t in node.changing))
        for name in read:
            last[name] = i
        for tensor in node.outputs:
            if tensor is None or tensor.fixed:
                continue
            if not stored:
                roots[tensor.name] = read
                continue
            roots[tensor.name] = frozenset({tensor.name})
            sizes[tensor.name] = tensor.elements
            born[tensor.name] = last[tensor.name] = i
    for output in graph.outputs:
        for name in roots.get(output, ()):
            last[name] = len(graph.nodes)
    change = [0] * (len(graph.nodes) + 2)
    for name, size in sizes.items():
        change[born[name]] += size
        change[last[name] + 1] -= size
    most = now = 0
    for step in change:
        now += step
        most = max(most, now)
    return most
