"""What runs on a chip, and its part of a design's JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from cmn_core.architecture import MAX_EXPERTS
from cmn_core.design.validation import Strict, Words
from cmn_core.quantities import ACTIVITY, BASE_NM, NODES_NM, RATES, ROOM_C, TEMPERATURES_C


@dataclass(frozen=True)
class Workload:
    """What runs on the chip: image size, precision, routing, and where. The defaults are the
    interface's. images_per_second: None where one image follows the other without a pause;
    activity: ones among the bits of the activations' codes; top_k: experts of a token, one number
    for all blocks or one for each, None where every expert works on every token; four equal numbers
    are kept as one."""

    image: tuple[int, int] = (240, 320)  # height, width in pixels
    weight_bits: int = 8
    activation_bits: int = 8
    top_k: int | tuple[int, int, int, int] | None = None
    images_per_second: float | None = None
    temperature_c: float = ROOM_C
    node_nm: float = BASE_NM
    activity: float = ACTIVITY

    def __post_init__(self) -> None:
        if isinstance(self.top_k, list | tuple):
            a, b, c, d = self.top_k
            object.__setattr__(self, "top_k", a if a == b == c == d else (a, b, c, d))

    @property
    def experts_of_token(self) -> tuple[int, int, int, int] | None:
        """Of each block; None where all work. A block with fewer has all of them work."""
        k = self.top_k
        return (k, k, k, k) if isinstance(k, int) else k

    @property
    def routing_text(self) -> str:
        """dense, top-2 or top-1/2/5/5."""
        if self.top_k is None:
            return "dense"
        each = self.top_k if isinstance(self.top_k, tuple) else (self.top_k,)
        return f"top-{'/'.join(map(str, each))}"

    def dense(self, experts: Sequence[int]) -> bool:
        """Whether every expert works on every token of a network with so many in each block."""
        used = self.experts_of_token
        return used is None or all(k >= e for k, e in zip(used, experts, strict=True))

    def to_json(self) -> dict[str, Any]:
        top_k = list(self.top_k) if isinstance(self.top_k, tuple) else self.top_k
        routing = "dense" if top_k is None else {"top_k": top_k}
        out: dict[str, Any] = {
            "image": list(self.image),
            "weight_bits": self.weight_bits,
            "activation_bits": self.activation_bits,
            "routing": routing,
        }
        if self.images_per_second is not None:
            out["images_per_second"] = self.images_per_second
        if self.temperature_c != ROOM_C:
            out["temperature_c"] = self.temperature_c
        if self.node_nm != BASE_NM:
            out["node_nm"] = self.node_nm
        if self.activity != ACTIVITY:
            out["activity"] = self.activity
        return out

    @classmethod
    def from_stored(cls, data: Mapping[str, Any]) -> Workload:
        """What `to_json` gave, not checked again."""
        height, width = data["image"]
        routing = data["routing"]
        return cls(
            (height, width),
            data["weight_bits"],
            data["activation_bits"],
            None if routing == "dense" else routing["top_k"],
            data.get("images_per_second"),
            data.get("temperature_c", ROOM_C),
            data.get("node_nm", BASE_NM),
            data.get("activity", ACTIVITY),
        )


Bits = Annotated[int, Field(ge=1, le=16)]
Pixels = Annotated[int, Field(ge=32, le=8192)]
Count = Annotated[int, Field(ge=1, le=MAX_EXPERTS)]
Rate = Annotated[float, Field(ge=RATES[0], le=RATES[1])]
Celsius = Annotated[float, Field(ge=TEMPERATURES_C[0], le=TEMPERATURES_C[1])]
Node = Annotated[float, Field(ge=NODES_NM[0], le=NODES_NM[1])]
Share = Annotated[float, Field(ge=0.0, le=1.0)]

_ROUTING = Words('"dense" or {"top_k": 1 to 5, or four of them} is allowed')


class TopK(Strict):
    top_k: Annotated[Count | Annotated[list[Count], Field(min_length=4, max_length=4)], _ROUTING]


class WorkloadModel(Strict):
    image: list[Pixels] = Field(default=[240, 320], min_length=2, max_length=2)
    weight_bits: Bits = 8
    activation_bits: Bits = 8
    routing: Annotated[Literal["dense"] | TopK, _ROUTING] = "dense"
    images_per_second: Rate | None = None
    temperature_c: Celsius = ROOM_C
    node_nm: Node = BASE_NM
    activity: Share = ACTIVITY

    def checked(self) -> Workload:
        top_k: Any = self.routing.top_k if isinstance(self.routing, TopK) else None
        height, width = self.image
        return Workload(
            (height, width),
            self.weight_bits,
            self.activation_bits,
            top_k,
            self.images_per_second,
            self.temperature_c,
            self.node_nm,
            self.activity,
        )
