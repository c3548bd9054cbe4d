"""What imperfect hardware does to a network: one definition for measurements, tables and search.

Values only, without torch; `supernet.nonideal.apply` acts them out. What each field means for a
weight or an output stands in docs/nonideal.md.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

from cmn_core.errors import FieldError

PerBlock = tuple[float, float, float, float]

MAX_BITS = 16
MAX_NOISE = 10.0


@dataclass(frozen=True)
class NonIdeal:
    """Bits, noise and faults; the default is ideal hardware in floating point.

    weight_bits, activation_bits: 1 to 16, or None for floating point
    write_noise: standard deviation of a programmed weight, relative to its matrix's largest
        magnitude, which the full conductance range stands for (both cells of a pair together)
    read_noise: the same, drawn anew at every read (once per image)
    per_block: multiplies noise, stuck shares and drift of each block's arrays (0: such as SRAM)
    per_column: spread of the write noise over the columns of an array, as the standard deviation
        of its logarithm; the mean noise power stays
    stuck_low, stuck_high: share of cells that stay at no and at full conductance
    drift: exponent v of a conductance's power law (t / 1 s) ** -v; drift_spread: standard
        deviation of v over cells relative to v; drift_s: seconds between programming and reading
    output_sigma: relative error of every matrix product in arrays (the cost model's sigma_rel),
        one for all or one per block
    """

    weight_bits: int | None = None
    activation_bits: int | None = None
    write_noise: float = 0.0
    read_noise: float = 0.0
    per_block: PerBlock = (1.0, 1.0, 1.0, 1.0)
    per_column: float = 0.0
    stuck_low: float = 0.0
    stuck_high: float = 0.0
    drift: float = 0.0
    drift_spread: float = 0.0
    drift_s: float = 86_400.0
    output_sigma: float | PerBlock = 0.0

    def __post_init__(self) -> None:
        for name in ("weight_bits", "activation_bits"):
            bits = getattr(self, name)
            if bits is not None and not 1 <= bits <= MAX_BITS:
                raise FieldError(name, f"found {bits}", f"1 to {MAX_BITS} is allowed")
        tops = {"stuck_low": 1.0, "stuck_high": 1.0, "per_column": 2.0, "drift_s": 1e10}
        for item in fields(self):
            if item.name.endswith("_bits"):
                continue
            value = getattr(self, item.name)
            top = tops.get(item.name, MAX_NOISE)
            low = 1.0 if item.name == "drift_s" else 0.0
            values = value if isinstance(value, tuple) else (value,)
            if len(values) not in (1, 4):
                raise FieldError(item.name, f"found {len(values)} values", "one or four are meant")
            for v in values:
                if not (math.isfinite(v) and low <= v <= top):
                    raise FieldError(item.name, f"found {v:g}", f"{low:g} to {top:g} is allowed")
        if self.stuck_low + self.stuck_high > 1.0:
            found = f"found {self.stuck_low:g} and {self.stuck_high:g}"
            raise FieldError("stuck_high", found, "both stuck shares together are at most 1")

    @property
    def sigmas(self) -> PerBlock:
        """Output error of each block."""
        s = self.output_sigma
        return s if isinstance(s, tuple) else (s, s, s, s)

    @property
    def in_cells(self) -> bool:
        """Whether stored weights differ from the wanted ones."""
        return self.reads or any(
            v > 0.0 for v in (self.write_noise, self.stuck_low, self.stuck_high, self.drift)
        )

    @property
    def reads(self) -> bool:
        """Whether two reads differ."""
        return self.read_noise > 0.0

    @property
    def in_products(self) -> bool:
        """Whether the products differ beyond their weights."""
        return self.activation_bits is not None or max(self.sigmas) > 0.0

    @property
    def random(self) -> bool:
        """Whether the answer depends on a seed."""
        return self.in_cells or max(self.sigmas) > 0.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


IDEAL = NonIdeal()
