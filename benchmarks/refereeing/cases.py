"""Arrays and layers that every tool prices: plain numbers, so that any Python can read them.

Conditions that all share: 28 nm, 0.9 V, 25 degrees, 8-bit weights and activations of which half the
bits are ones, one MAC is two operations. An array counts 1-bit cells: 128 columns hold 16 weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

NODE_NM, SUPPLY_V, BITS, ACTIVITY = 28, 0.9, 8, 0.5


@dataclass(frozen=True)
class Array:
    """memory: of ours; rows, cols: cells; adc_bits: 0 of a digital array; columns_per_adc: columns
    that share a converter. All rows are summed at once, inputs come bit by bit."""

    name: str
    memory: str
    rows: int
    cols: int
    adc_bits: int = 0
    columns_per_adc: int = 1


@dataclass(frozen=True)
class Gemm:
    """A matrix that stays in arrays: k inputs, n outputs, `vectors` pass through each of `count`.

    kernel, map: of a convolution, whose k is channels x kernel area
    """

    name: str
    k: int
    n: int
    vectors: int
    count: int = 1
    kernel: tuple[int, int] = (1, 1)
    map: tuple[int, int] = (1, 1)

    @property
    def macs(self) -> int:
        return self.k * self.n * self.vectors * self.count


@dataclass(frozen=True)
class Work:
    """What is priced as one: a layer, or the layers of a block of a network."""

    name: str
    layers: tuple[Gemm, ...]

    @property
    def macs(self) -> int:
        return sum(layer.macs for layer in self.layers)


@dataclass(frozen=True)
class AnalogProduct:
    """An analog product whose error is compared: K inputs, and the macro on RRAM that forms it."""

    name: str
    k: int
    active_rows: int
    adc_bits: int
    cells: bool


ARRAYS = (
    Array("RRAM, 8-bit ADC for 8 columns", "rram", 128, 128, adc_bits=8, columns_per_adc=8),
    Array("analog SRAM, 8-bit ADC per column", "sram_analog", 128, 128, adc_bits=8),
    Array("analog SRAM, 5-bit ADC per column", "sram_analog", 128, 128, adc_bits=5),
    Array("digital SRAM, adder trees", "sram", 128, 128),
)
PRODUCTS = (
    AnalogProduct("128 rows, 5-bit ADC, perfect cells", 512, 128, 5, cells=False),
    AnalogProduct("128 rows, 4-bit ADC, perfect cells", 512, 128, 4, cells=False),
    AnalogProduct("256 rows, 4-bit ADC, perfect cells", 512, 256, 4, cells=False),
    AnalogProduct("64 rows, 7-bit ADC, written cells", 512, 64, 7, cells=True),
    AnalogProduct("128 rows, 4-bit ADC, written cells", 512, 128, 4, cells=True),
)


def works(block: Sequence[Gemm]) -> tuple[Work, ...]:
    """What is priced; block: the matrices of a block of ViT-MoE B0."""
    three = (3, 3)
    return (
        Work("linear 192 to 192, 196 vectors", (Gemm("linear", 192, 192, 196),)),
        Work("linear 768 to 3072, 197 vectors", (Gemm("linear", 768, 3072, 197),)),
        Work(
            "convolution 3 x 3, 64 to 64, 56 x 56",
            (Gemm("conv", 576, 64, 3136, kernel=three, map=(56, 56)),),
        ),
        Work("block 3 of ViT-MoE B0, 240 x 320", tuple(block)),
    )


def to_json(item: Any) -> dict[str, Any]:
    return asdict(item)
