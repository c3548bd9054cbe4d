"""Ranges of options: refused under the field's name before the command begins."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
import typer

from cmn_core.cli.options import Space, number, whole_number, with_limits, word
from cmn_core.errors import FieldError

app = typer.Typer(add_completion=False)


@app.command()
def command(
    copies: Annotated[int | None, whole_number(1, 4, "of arrays")] = None,
    index: Annotated[int, whole_number(0, None)] = 7,
    noise_share: Annotated[float, number(0.0, 0.5)] = 0.25,
    kind: Annotated[str, word(("full", "error"))] = "full",
    space: Space = "b0",
) -> tuple[Any, ...]:
    """Gives its options back."""
    return copies, index, noise_share, kind, space


def ask(*arguments: str) -> Any:
    return app(args=list(arguments), standalone_mode=False)


def test_values_come_typed_and_defaults_as_they_are() -> None:
    assert ask() == (None, 7, 0.25, "full", "b0")
    found = ask("--copies", "4", "--index=123456", "--noise-share", "5e-1", "--kind", "error")
    assert found == (4, 123456, 0.5, "error", "b0")
    assert isinstance(found[0], int) and isinstance(found[2], float)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--copies", "5"], "copies: found 5; 1 to 4 is allowed"),
        (["--copies", "1_0"], "copies: found '1_0'; a whole number is expected"),
        (["--index", "1.5"], "index: found '1.5'; a whole number is expected"),
        (["--noise-share", "nan"], "noise_share: found nan; 0 to 0.5 is allowed"),
        (["--noise-share", "x"], "noise_share: found 'x'; a number is expected"),
        (["--kind", "ful"], "kind: found 'ful'; did you mean 'full'? allowed are full, error"),
        (["--space", "b3"], "space: found 'b3'; did you mean 'b2'? allowed are b0, b1, b2"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_in_our_sentence(
    arguments: list[str], sentence: str
) -> None:
    with pytest.raises(FieldError) as refusal:
        ask(*arguments)
    assert str(refusal.value) == sentence


def test_a_command_has_an_option_for_every_limit() -> None:
    search = typer.Typer(add_completion=False)

    @search.command()
    @with_limits
    def asked(seed: Annotated[int, whole_number(0, None)] = 0, **limits: float | None) -> Any:
        """Gives its limits back."""
        return seed, {name: value for name, value in limits.items() if value is not None}

    given = [("min_miou", 36.5), ("max_energy_uj", 950.0), ("max_sigma_rel", 0.05)]
    words = [w for name, value in given for w in (f"--{name.replace('_', '-')}", str(value))]
    assert search(args=[*words, "--seed", "3"], standalone_mode=False) == (3, dict(given))
    with pytest.raises(FieldError, match="max_area_mm2: found 'x'; a number is expected"):
        search(args=["--max-area-mm2", "x"], standalone_mode=False)
