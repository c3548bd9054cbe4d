"""The mixture-of-experts FFN whose experts and hidden units can be used in part.

Axes: B image, N token, C width, E expert, H hidden unit, K experts of a token.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cmn_core.architecture import BLOCKS

FEW = (1, 2)  # experts of a token that sparse training draws
# Experts of a token: all (None), as many in every block, or as many in each.
Routing = int | Sequence[int | None] | None


def per_block(routing: Routing) -> tuple[int | None, ...]:
    """Experts of a token in each block; None: all of them."""
    if routing is None or isinstance(routing, int):
        return (routing,) * BLOCKS
    if len(routing) != BLOCKS:
        raise ValueError(f"{len(routing)} numbers of experts for {BLOCKS} blocks")
    return tuple(routing)


class MoeFfn(nn.Module):
    """E two-layer experts of H hidden units and a router; the leading slice of it is a smaller one.

    Output: sum over experts of gate_e(x) * (gelu(x W1_e + b1_e) W2_e + b2_e), with gates the
    softmax of the router over the experts in use (Jacobs et al., 1991). Because the gate of an
    expert multiplies its hidden units, all experts together are one wide FFN: two matrix products
    whatever the number of experts. Where a token uses only its K first choices, each expert works
    on its own tokens alone, so that the work falls with K.
    """

    def __init__(self, width: int, experts: int, hidden: int) -> None:
        super().__init__()
        self.experts, self.hidden = experts, hidden
        self.w1 = nn.Parameter(torch.zeros(experts, hidden, width))
        self.b1 = nn.Parameter(torch.zeros(experts, hidden))
        self.w2 = nn.Parameter(torch.zeros(experts, hidden, width))
        self.b2 = nn.Parameter(torch.zeros(experts, width))
        self.router = nn.Parameter(torch.zeros(experts, width))
        self.router_bias = nn.Parameter(torch.zeros(experts))
        self.trust = 1.0  # of the router; the rest of a gate is equal for all experts
        # Of the last pass of training: mean of the softmax over all tokens, and the share of the
        # tokens' choices that fell on each expert. Both add up to 1.
        self.load: Tensor | None = None
        self.chosen: Tensor | None = None

    def gates(self, x: Tensor, experts: int, top_k: int | None = None) -> Tensor:
        """x: [B, N, C] -> [B, N, E], rows add up to 1; with top_k only the k largest are kept.

        In training the kept ones are divided by their sum as a constant: the router then hears
        whether a token's experts helped even where K is 1 and the gate is 1 (Fedus et al., 2022,
        multiply by the softmax itself).
        """
        gates = torch.softmax(F.linear(x, self.router[:experts], self.router_bias[:experts]), -1)
        if self.trust < 1.0:
            gates = self.trust * gates + (1.0 - self.trust) / experts
        if self.training:
            self._count(gates, top_k)
        if top_k is None or top_k >= experts:
            return gates
        best = gates.topk(top_k, dim=-1)
        kept = torch.zeros_like(gates).scatter(-1, best.indices, best.values)
        total = best.values.sum(-1, keepdim=True)
        return kept / (total.detach() if self.training else total)

    def _count(self, gates: Tensor, top_k: int | None) -> None:
        experts = gates.shape[-1]
        first = gates.detach().topk(min(top_k or 1, experts), dim=-1).indices
        self.load = gates.float().mean((0, 1))
        self.chosen = torch.bincount(first.flatten(), minlength=experts) / first.numel()

    def forward(
        self,
        x: Tensor,
        experts: int | None = None,
        hidden: int | None = None,
        top_k: int | None = None,
    ) -> Tensor:
        """x: [B, N, C] -> [B, N, C] through the first `experts` experts of `hidden` units each."""
        e = self.experts if experts is None else experts
        h = self.hidden if hidden is None else hidden
        self.load = self.chosen = None
        if e == 1:
            inner = F.gelu(F.linear(x, self.w1[0, :h], self.b1[0, :h]))
            return F.linear(inner, self.w2[0, :h].t(), self.b2[0])
        gates = self.gates(x, e, top_k)
        # A traced graph must not depend on which tokens an example sends to which expert.
        if top_k is not None and top_k < e and not torch.onnx.is_in_onnx_export():
            return self._expert_by_expert(x, gates, h)
        return self._at_once(x, gates, h)

    def _at_once(self, x: Tensor, gates: Tensor, hidden: int) -> Tensor:
        """All experts on every token, as one wide FFN."""
        e, width = gates.shape[-1], x.shape[-1]
        w1 = self.w1[:e, :hidden].reshape(e * hidden, width)
        w2 = self.w2[:e, :hidden].reshape(e * hidden, width)
        inner = F.gelu(F.linear(x, w1, self.b1[:e, :hidden].reshape(e * hidden)))
        gates = gates.to(inner.dtype)
        inner = (inner.unflatten(-1, (e, hidden)) * gates.unsqueeze(-1)).flatten(-2)
        return F.linear(inner, w2.t()) + F.linear(gates, self.b2[:e].t())

    def _expert_by_expert(self, x: Tensor, gates: Tensor, hidden: int) -> Tensor:
        """Each expert on the tokens whose gate for it is not zero."""
        tokens, shares = x.flatten(0, 1), gates.flatten(0, 1)
        out = torch.zeros_like(tokens)
        for i in range(gates.shape[-1]):
            mine = shares[:, i].nonzero().squeeze(1)
            inner = F.gelu(F.linear(tokens[mine], self.w1[i, :hidden], self.b1[i, :hidden]))
            answer = F.linear(inner, self.w2[i, :hidden].t(), self.b2[i])
            out = out.index_add(0, mine, (answer * shares[mine, i, None]).to(out.dtype))
        return out.unflatten(0, x.shape[:2])

    def load_slice(self, source: MoeFfn) -> None:
        """Copy the leading experts and hidden units of a larger FFN of the same width."""
        e, h = self.experts, self.hidden
        with torch.no_grad():
            self.w1.copy_(source.w1[:e, :h])
            self.b1.copy_(source.b1[:e, :h])
            self.w2.copy_(source.w2[:e, :h])
            self.b2.copy_(source.b2[:e])
            self.router.copy_(source.router[:e])
            self.router_bias.copy_(source.router_bias[:e])
