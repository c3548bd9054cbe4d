import pytest
import torch

from cmn_core.supernet.network.moe import MoeFfn, per_block


def filled(experts: int, width: int = 6, hidden: int = 10) -> MoeFfn:
    ffn = MoeFfn(width, experts, hidden)
    rng = torch.Generator().manual_seed(experts)
    with torch.no_grad():
        for parameter in ffn.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=rng))
    return ffn


def looped(ffn: MoeFfn, x: torch.Tensor, experts: int, hidden: int, gates: torch.Tensor):
    """The definition, expert by expert."""
    total = torch.zeros_like(x)
    for e in range(experts):
        inner = torch.nn.functional.gelu(x @ ffn.w1[e, :hidden].T + ffn.b1[e, :hidden])
        total += gates[..., e : e + 1] * (inner @ ffn.w2[e, :hidden] + ffn.b2[e])
    return total


def test_one_wide_product_equals_the_loop_over_experts():
    ffn = filled(4)
    x = torch.randn(2, 5, 6, generator=torch.Generator().manual_seed(0))
    for experts, hidden, top_k in [(4, 10, None), (3, 7, None), (4, 10, 2), (2, 5, 1)]:
        gates = ffn.gates(x, experts, top_k)
        expected = looped(ffn, x, experts, hidden, gates)
        assert torch.allclose(ffn(x, experts, hidden, top_k), expected, atol=1e-5)


def test_gates_by_hand():
    ffn = filled(3, width=2)
    with torch.no_grad():
        ffn.router.copy_(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 9.0]]))
        ffn.router_bias.zero_()
    x = torch.tensor([[[0.6931471805599453, 0.0]]])  # ln 2: logits 0, ln 2, 0
    assert torch.allclose(ffn.gates(x, 3), torch.tensor([[[0.25, 0.5, 0.25]]]))
    assert torch.allclose(ffn.gates(x, 2), torch.tensor([[[1 / 3, 2 / 3]]]))
    assert torch.equal(ffn.gates(x, 2, 1), torch.tensor([[[0.0, 1.0]]]))


def test_one_expert_is_a_dense_ffn_without_a_gate():
    ffn = filled(2)
    x = torch.randn(1, 3, 6, generator=torch.Generator().manual_seed(1))
    expected = looped(ffn, x, 1, 10, torch.ones(1, 3, 1))
    assert torch.allclose(ffn(x, 1, 10), expected, atol=1e-5)


def test_an_untrusted_router_has_equal_gates():
    ffn = filled(4)
    x = torch.randn(2, 5, 6, generator=torch.Generator().manual_seed(0))
    routed = ffn.gates(x, 4)
    ffn.trust = 0.0
    assert torch.allclose(ffn.gates(x, 4), torch.full((2, 5, 4), 0.25))
    ffn.trust = 0.5
    assert torch.allclose(ffn.gates(x, 4), 0.5 * routed + 0.125)


def test_the_load_is_the_mean_gate_in_training_only():
    ffn = filled(4)
    x = torch.randn(2, 5, 6, generator=torch.Generator().manual_seed(0))
    ffn.train()(x, 3)
    assert ffn.load is not None
    assert torch.allclose(ffn.load, ffn.gates(x, 3).mean((0, 1)))
    ffn(x, 1)
    assert ffn.load is None
    ffn.eval()(x, 3)
    assert ffn.load is None


def test_choices_are_counted_in_training():
    """Logits 0, ln 2, 0 and 0, 0, 9 ln 2: first choices are experts 2 and 3, second ones 1 or 3 and
    1 or 2."""
    ffn = filled(3, width=2).train()
    with torch.no_grad():
        ffn.router.copy_(torch.tensor([[0.1, 0.0], [1.0, 0.0], [0.0, 9.0]]))
        ffn.router_bias.zero_()
    x = torch.tensor([[[0.6931471805599453, 0.0], [0.0, 0.6931471805599453]]])
    ffn(x, 3, 10, 1)
    assert ffn.chosen is not None and ffn.chosen.tolist() == [0.0, 0.5, 0.5]
    ffn(x, 3, 10)
    assert ffn.chosen.tolist() == [0.0, 0.5, 0.5]  # dense: of the first choices
    ffn(x, 3, 10, 2)
    assert ffn.chosen[0] >= 0.25 and ffn.chosen.sum() == 1.0


def test_a_router_hears_of_its_only_choice_in_training():
    """With one expert per token the gate is 1 whatever the router says; its gradient is not 0."""
    ffn = filled(3)
    x = torch.randn(2, 5, 6, generator=torch.Generator().manual_seed(0))
    answers = {}
    for training in (True, False):
        ffn.train(training).zero_grad()
        answers[training] = ffn(x, top_k=1)
        answers[training].square().sum().backward()
        assert bool(ffn.router.grad.abs().max() > 1e-3) is training
    assert torch.allclose(answers[True], answers[False])


def test_equal_gates_still_choose_as_many_as_asked():
    ffn = filled(4)
    with torch.no_grad():
        ffn.router.zero_()
        ffn.router_bias.zero_()
    x = torch.randn(2, 5, 6, generator=torch.Generator().manual_seed(0))
    for k in (1, 2, 3):
        assert ((ffn.gates(x, 4, k) > 0).sum(-1) == k).all()


def test_one_number_of_experts_is_that_of_every_block():
    assert per_block(None) == (None,) * 4
    assert per_block(2) == (2, 2, 2, 2)
    assert per_block([1, 2, None, 5]) == (1, 2, None, 5)
    with pytest.raises(ValueError, match="3 numbers"):
        per_block((1, 2, 3))
