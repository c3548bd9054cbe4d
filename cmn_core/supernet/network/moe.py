"""The mixture-of-experts FFN whose experts and hidden units can be used in part.

Axes: B image, N token, C width, E expert, H hidden unit.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MoeFfn(nn.Module):
    """E two-layer experts of H hidden units and a router; the leading slice of it is a smaller one.

    Output: sum over experts of gate_e(x) * (gelu(x W1_e + b1_e) W2_e + b2_e), with gates the
    softmax of the router over the experts in use (Jacobs et al., 1991). Because the gate of an
    expert multiplies its hidden units, all experts together are one wide FFN: two matrix products
    whatever the number of experts.
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
        self.load: Tensor | None = None  # mean gate of each expert in the last pass of training

    def gates(self, x: Tensor, experts: int, top_k: int | None = None) -> Tensor:
        """x: [B, N, C] -> [B, N, E], rows add up to 1; with top_k only the k largest are kept."""
        gates = torch.softmax(F.linear(x, self.router[:experts], self.router_bias[:experts]), -1)
        if self.trust < 1.0:
            gates = self.trust * gates + (1.0 - self.trust) / experts
        if top_k is None or top_k >= experts:
            return gates
        floor = gates.topk(top_k, dim=-1).values[..., -1:]
        kept = torch.where(gates >= floor, gates, 0.0)
        return kept / kept.sum(-1, keepdim=True)

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
        width = x.shape[-1]
        w1 = self.w1[:e, :h].reshape(e * h, width)
        w2 = self.w2[:e, :h].reshape(e * h, width)
        inner = F.gelu(F.linear(x, w1, self.b1[:e, :h].reshape(e * h)))
        self.load = None
        if e == 1:
            return F.linear(inner, w2.t(), self.b2[0])
        gates = self.gates(x, e, top_k)
        if self.training:
            self.load = gates.float().mean((0, 1))
        gates = gates.to(inner.dtype)
        inner = (inner.unflatten(-1, (e, h)) * gates.unsqueeze(-1)).flatten(-2)
        return F.linear(inner, w2.t()) + F.linear(gates, self.b2[:e].t())

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
