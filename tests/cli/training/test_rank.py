"""What rank refuses before it trains anything."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--data", "nowhere"], "data"),
        (["--data", "nowhere", "--designs", "3"], "designs"),
        (["--data", "nowhere", "--seeds", "0"], "seeds"),
        (["--data", "nowhere", "--epochs", "many"], "epochs"),
        (["--data", "nowhere", "--rate", "0"], "rate"),
        (["--data", "nowhere", "--processes", "-1"], "processes"),
        (["--data", "nowhere", "--trunk", "--encoder", "b0.safetensors"], "encoder"),
    ],
)
def test_refusals(refused: Callable[..., str], arguments: list[str], field: str) -> None:
    assert refused("rank", *arguments).startswith(f"{field}: ")
