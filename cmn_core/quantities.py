"""Every metric, limit and goal once: name, unit, label, sense, number format, and what bounds what.

A name is the key in the JSON and the option of the command line. Whatever shows a figure, asks for
a limit or ranks designs reads its words here; a figure, limit or goal is added here first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

LIFTED = "none"  # what a person writes to go without something that is on by default
ROOM_C = 25.0
RATES = (1e-6, 1e6)  # images per second
TEMPERATURES_C = (-40.0, 125.0)
BASE_NM = 28.0  # of the constants that ship
NODES_NM = (7.0, 130.0)
# Ones among the bits of an activation's code. Measured on the weights that ship, at 8 bits, over
# the products of smallest, middling and largest networks: 0.43 to 0.49 (docs/simulator.md).
ACTIVITY = 0.47
RANDOM_ACTIVITY = 0.5  # of random bits, which published chips are taken to be measured with
MAX_ARRAY_MB = 10.0  # the paper's limit on both memories (supplement, appendix F)
# Largest exposure field of a lithography scanner, 26 mm x 33 mm: no single die is larger.
RETICLE_MM2 = 858.0
MAX_AREA_MM2 = 200.0  # about the die of published computing-in-memory chips
# Measured on val with the shipped weights (docs/nonideal.md): an output error of 5 % costs the
# largest network 0.3 points of mIoU, 10 % costs 1.5, 20 % costs 6.5. Freshly written 1-bit RRAM
# cells alone make 4.8 %; 8 % leaves their ADC somewhat more and costs about 0.9 points.
MAX_SIGMA_REL = 0.08

Steps = tuple[tuple[float, float, str], ...]


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A figure of a design. name: its key, with the unit of the value; label, unit: as people read
    them; scale: factor from the value to the unit shown; digits: format of a column of a table.

    steps: units by size, each its size in the value's unit, the value from which on it is used,
    and its name; part, part_size: its name and unit in the costs of a block; circuit, cause: what
    it is called where published chips calibrate it, and what of an array its error comes from.
    """

    name: str
    label: str
    unit: str = ""
    more_is_better: bool = False
    scale: float = 1.0
    digits: str = "%.2f"
    steps: Steps = ()
    part: str = ""
    part_size: float = 1.0
    circuit: str = ""
    cause: str = ""

    @property
    def title(self) -> str:
        """For an axis or the head of a column, such as "Energy (µJ)"."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def word(self) -> str:
        """The label within a sentence."""
        return self.label[0].lower() + self.label[1:]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A floor or a ceiling of a quantity. default: in force where nobody asks for another; open:
    a scenario holds the default itself, and None lifts the limit; rare: left out of the short
    forms; help: beside its field; called: where it has a name of its own."""

    quantity: Quantity
    help: str
    default: float | None = None
    open: bool = False
    rare: bool = False
    called: str = ""

    @property
    def floor(self) -> bool:
        return self.quantity.more_is_better

    @property
    def name(self) -> str:
        return self.called or f"{'min' if self.floor else 'max'}_{self.quantity.name}"

    @property
    def label(self) -> str:
        """Of a field whose unit is that of the value, such as "Most energy (µJ)"."""
        unit = f" ({self.quantity.unit})" if self.quantity.scale == 1.0 else ""
        return f"{'Least' if self.floor else 'Most'} {self.quantity.word}{unit}"

    @property
    def usual(self) -> str:
        """What an empty field means."""
        if self.open:
            return "no limit"
        return "off" if self.default is None else f"default: {self.default:g}"

    @property
    def begin(self) -> float | None:
        """What a field holds before anybody changes it."""
        return self.default if self.open else None

    def bound(self, value: str) -> str:
        """Such as "at most 950 µJ"; value: a number as text, in the unit shown."""
        return f"at {'least' if self.floor else 'most'} {value} {self.quantity.unit}".rstrip()

    def text(self, value: str) -> str:
        """Such as "energy at most 950 µJ"."""
        return f"{self.quantity.word} {self.bound(value)}"

    def over(self, found: float, allowed: float) -> float:
        """Relative excess, or shortfall of a floor; 0 or less: kept."""
        if not allowed:
            return 0.0 if self.floor else float("inf")
        ratio = found / allowed
        return 1.0 - ratio if self.floor else ratio - 1.0


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A scenario of the paper. quantity: what is sought; then: what ranks equals in a table;
    objective: what the hardware of a network is chosen by; usual: limits that follow from the
    largest network; better: how a design is improved on."""

    number: int
    name: str
    quantity: Quantity
    then: Quantity
    objective: str
    about: str
    better: str
    usual: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.name.capitalize()

    @property
    def cost(self) -> Quantity:
        """The cost that counts first."""
        return self.then if self.quantity.more_is_better else self.quantity

    @property
    def title(self) -> str:
        """Such as "1 Latency"."""
        return f"{self.number} {self.label}"


ENERGY = Quantity(
    name="energy_uj",
    label="Energy",
    unit="µJ",
    digits="%.1f",
    steps=((1e6, 1e6, "J"), (1e3, 1e4, "mJ"), (1.0, 0.1, "µJ"), (1e-3, 0.0, "nJ")),
    part="energy_pj",
    part_size=1e-6,
    circuit="energy",
    cause="the energy of an array",
)
LATENCY = Quantity(
    name="latency_us",
    label="Latency",
    unit="µs",
    digits="%.1f",
    steps=((1e6, 1e6, "s"), (1e3, 1e4, "ms"), (1.0, 0.1, "µs"), (1e-3, 0.0, "ns")),
    part="latency_ns",
    part_size=1e-3,
    circuit="delay",
    cause="the time of a read",
)
AREA = Quantity(
    name="area_mm2",
    label="Area",
    unit="mm²",
    steps=((1e6, 1e6, "m²"), (100.0, 1e4, "cm²"), (1.0, 0.0, "mm²")),
    part="area_um2",
    part_size=1e-6,
    circuit="area",
    cause="the area of an array",
)
ARRAYS = Quantity(name="array_mb", label="Arrays", unit="MB")
MIOU = Quantity(name="miou", label="mIoU", unit="%", more_is_better=True)
SIGMA = Quantity(name="sigma_rel", label="Output error", unit="%", scale=100.0)
NOISE_LOSS = Quantity(name="noise_loss", label="mIoU lost to noise", unit="points")

QUANTITIES: Mapping[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        *(ENERGY, LATENCY, AREA, ARRAYS, MIOU),
        Quantity(name="miou_on_chip", label="mIoU on chip", unit="%", more_is_better=True),
        Quantity(name="weights_mb", label="Weights", unit="MB"),
        Quantity(name="tops_per_mm2", label="TOPS/mm²", more_is_better=True),
        *(SIGMA, NOISE_LOSS),
    )
}
TITLES = {name: quantity.title for name, quantity in QUANTITIES.items()}
COSTS = (ENERGY.name, LATENCY.name, AREA.name)  # what an interval is known of
FIGURES = (*COSTS, ARRAYS.name, MIOU.name)  # of a design, as cards and tables show them

LIMITS: Mapping[str, Limit] = {
    limit.name: limit
    for limit in (
        Limit(quantity=MIOU, help="Accuracy a design must keep. 0 switches the limit off."),
        Limit(quantity=LATENCY, help="Time for one image."),
        Limit(quantity=ENERGY, help="Energy for one image."),
        Limit(
            quantity=AREA,
            default=MAX_AREA_MM2,
            open=True,
            help="Silicon area of the whole chip. 200 mm² is about the die of published"
            " computing-in-memory chips, 858 mm² one exposure field of a scanner. Empty: no limit.",
        ),
        Limit(
            quantity=ARRAYS,
            default=MAX_ARRAY_MB,
            help="Capacity of all arrays, copies included; 10 as in the paper."
            " 1 MB = 1 000 000 bytes.",
        ),
        Limit(
            quantity=SIGMA,
            default=MAX_SIGMA_REL,
            rare=True,
            help="Relative error of what an analog array adds up and its ADC reads; 0.08 costs"
            " about half a point of mIoU.",
        ),
        Limit(quantity=NOISE_LOSS, rare=True, help="A limit like the others; it needs some noise."),
    )
}
# What follows from the workload: a chip that is slower than its images come.
RATE = Limit(
    quantity=Quantity(name="images_per_second", label="Images per second", more_is_better=True),
    help="One image after the other, each done before the next comes.",
    called="images_per_second",
)


def limit_named(name: str) -> Limit:
    """Any limit that a design can break. KeyError for another name."""
    return RATE if name == RATE.name else LIMITS[name]


def reticle_note(area_mm2: float | None) -> str:
    """What a chip larger than one die can be means; empty for one that is not."""
    if area_mm2 is None or area_mm2 <= RETICLE_MM2:
        return ""
    dies = math.ceil(area_mm2 / RETICLE_MM2)
    return f"larger than one die can be (about {RETICLE_MM2:.0f} mm²): at least {dies} dies"


SHORT_LIMITS = tuple(name for name, limit in LIMITS.items() if not limit.rare)

_FLOOR = {"min_miou": "default: largest less 1.0"}
_HALF = "default: half of largest"
GOALS: Mapping[str, Goal] = {
    goal.name: goal
    for goal in (
        Goal(
            number=1,
            name="latency",
            quantity=LATENCY,
            then=ENERGY,
            objective="latency",
            about="Shortest latency with at most 1.0 point of mIoU lost against the largest"
            " network.",
            better="Shorter latency at this mIoU",
            usual=_FLOOR,
        ),
        Goal(
            number=2,
            name="energy",
            quantity=ENERGY,
            then=LATENCY,
            objective="energy",
            about="Least energy with at most 1.0 point of mIoU lost against the largest network.",
            better="Less energy at this mIoU",
            usual=_FLOOR,
        ),
        Goal(
            number=3,
            name="performance",
            quantity=MIOU,
            then=ENERGY,
            objective="edp",
            about="Highest mIoU at no more than half the latency and half the energy of the"
            " largest network.",
            better="Higher mIoU within this energy and latency",
            usual={"max_latency_us": _HALF, "max_energy_uj": _HALF},
        ),
    )
}
OBJECTIVES: Mapping[str, str] = {
    "energy": "least energy",
    "latency": "shortest latency",
    "edp": "least energy × latency",
    "edap": "least energy × latency × area",
}
