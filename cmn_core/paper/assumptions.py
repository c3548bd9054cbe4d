"""What the paper leaves open and we had to choose; changing one of them is a sensitivity."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cmn_core.architecture import SPACES, Architecture, SearchSpace
from cmn_core.design import Workload
from cmn_core.paper.tables import Row, printed_network
from cmn_core.quantities import MAX_ARRAY_MB, RANDOM_ACTIVITY

STUDENT_SHRINK = 0.8


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """The paper preset. Every field is something that the paper does not print.

    image: height and width; layers: per block; top_k: None is dense; performance: what scenario
    3's hardware is found for; unsearched: "default" hardware or what it is found for;
    freed_copies: whether arrays that fewer bits leave free hold further copies; student:
    what a distilled student has half of, "layers" or "hidden"; max_array_mb: of a chip that is
    found, padding and copies counted
    """

    image: tuple[int, int] = (512, 512)
    layers: int = 2
    top_k: int | None = None
    performance: str = "energy"
    unsearched: str = "default"
    freed_copies: bool = True
    student: str = "layers"
    max_array_mb: float = MAX_ARRAY_MB

    @property
    def space(self) -> SearchSpace:
        """SegFormer's B0 with that depth."""
        return replace(SPACES["b0"], depths=(self.layers,) * 4)

    @property
    def words(self) -> str:
        """For people: what holds for every cell."""
        routing = "dense routing" if self.top_k is None else f"top-{self.top_k} routing"
        height, width = self.image
        return f"{height} x {width} pixels, {self.layers} layers per block, {routing}"


PRESET = Assumptions()


@dataclass(frozen=True)
class Case:
    """A network to price for one printed cell.

    hardware: "default", or the objective that it is found for; fitted_bits: precision whose
    arrays the chip has, at least as fine as the workload's; open: what this row leaves open;
    max_array_mb: within which hardware is found
    """

    space: SearchSpace
    architecture: Architecture
    workload: Workload
    memory: str
    hardware: str
    fitted_bits: int
    open: str = ""
    max_array_mb: float = MAX_ARRAY_MB


def case_of(row: Row, quantity: str, chosen: Assumptions) -> Case:
    """The network and hardware that a printed cell belongs to. quantity: as in tables.COSTS."""
    space, full = chosen.space, chosen.space.largest
    searched = printed_network(3, row.memory)
    network, hardware, note = full, chosen.unsearched, "unsearched: 5 experts of 4C everywhere"
    if row.approach == "nas":
        scenario = {"energy_uj": 2, "latency_us": 1}[quantity] if row.table == "G1" else 3
        network = printed_network(scenario, row.memory)
        hardware = {1: "latency", 2: "energy", 3: chosen.performance}[scenario]
        note = f"scenario {scenario}, hardware found for {hardware}"
        note += f" within {chosen.max_array_mb:g} MB"
    elif row.approach == "kd" and chosen.student == "layers":
        space = replace(space, depths=(max(1, chosen.layers // 2),) * 4)
        note = "student not printed: half of the layers assumed"
    elif row.approach == "kd":
        network = shrunk(full, 0.5)
        note = "student not printed: half of the hidden width assumed"
    elif row.approach == "nas+kd":
        network, hardware = shrunk(searched, STUDENT_SHRINK), chosen.performance
        note = f"student not printed: scenario 3 with {STUDENT_SHRINK:g} of each hidden size"
    if hardware == "default" and row.approach != "nas":
        note += "; default hardware, one copy"
    workload = Workload(
        image=chosen.image,
        weight_bits=row.weight_bits,
        top_k=chosen.top_k,
        activity=RANDOM_ACTIVITY,
    )
    fitted = 8 if chosen.freed_copies else row.weight_bits
    if row.approach == "ptq" and row.weight_bits < fitted:
        note += " of INT8, whose freed arrays hold further copies"
    most = chosen.max_array_mb
    return Case(space, network, workload, row.memory, hardware, fitted, note, most)


def shrunk(architecture: Architecture, share: float) -> Architecture:
    """The same experts with that share of each hidden size, rounded."""
    a, b, c, d = (max(1, round(share * h)) for h in architecture.hidden)
    return Architecture(architecture.experts, (a, b, c, d))
