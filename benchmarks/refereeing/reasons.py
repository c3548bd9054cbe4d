"""Why the tools differ, a sentence for each difference; the conditions; what was not run."""

from __future__ import annotations

CONDITIONS = (
    "28 nm, 0.9 V, 25 degrees, 8-bit weights and activations with half of the bits set,"
    " 1 MAC = 2 operations. Energy is that of the arrays alone, without buffers, wires, leakage"
    " and the digital unit; time is that of one array which does all tiles one after the other;"
    " weights are in place."
)
NOT_RUN = [
    {
        "tool": "CrossSim",
        "why": "PyPI has no package of it: cross-sim and crosssim are unknown, simulator is another"
        " program. AIHWKit judges the error of analog products instead.",
    },
    {
        "tool": "ZigZag on RRAM",
        "why": "Its in-memory cores are of SRAM cells alone.",
    },
]
REASONS = [
    {
        "tool": "ZigZag",
        "what": "energy, 8-bit converters",
        "why": "Ours holds a conversion at or above the best published one, 1.1 pJ at 8 bits and"
        " full speed; ZigZag's formula gives 0.70 pJ.",
    },
    {
        "tool": "ZigZag",
        "what": "energy, 5-bit converters",
        "why": "Ours lets converters learn from published chips, which makes few bits cheaper than"
        " the formula that both start from.",
    },
    {
        "tool": "ZigZag",
        "what": "energy, layers that do not fill their tiles",
        "why": "Ours converts every column of a tile that is half full; ZigZag counts it as half a"
        " tile.",
    },
    {
        "tool": "ZigZag",
        "what": "energy, digital",
        "why": "ZigZag lets every full adder switch in every cycle; ours takes the activity of"
        " random bits and learns the tree's energy from published chips.",
    },
    {
        "tool": "ZigZag",
        "what": "time",
        "why": "ZigZag's clock also holds adders behind the converters and the accumulator; ours"
        " lets them work beside the next step.",
    },
    {
        "tool": "ZigZag",
        "what": "area",
        "why": "ZigZag's 8-bit converters are three times as large as those that published chips"
        " teach ours, and its cells have no area.",
    },
    {
        "tool": "AccelForge",
        "what": "energy, RRAM",
        "why": "Converters agree within a fifth. Our cells of up to 40 uS draw 0.56 pJ per MAC from"
        " the supply; those of its example, 4 uS at 0.1 V, a few fJ.",
    },
    {
        "tool": "AccelForge",
        "what": "energy, analog SRAM",
        "why": "At 8 bits both rest on the same survey of converters; below, its regression falls"
        " more slowly than what published chips teach ours.",
    },
    {
        "tool": "AccelForge",
        "what": "energy and time, digital",
        "why": "Its example is Colonnade of 65 nm, with an adder in every cell and a carry that"
        " ripples through rows. Energy is scaled to 28 nm there, the 0.4 ns of an adder are not.",
    },
    {
        "tool": "AccelForge",
        "what": "time, analog",
        "why": "A cycle is what its user says, so no time of an analog array is compared.",
    },
    {
        "tool": "AIHWKit",
        "what": "error of converters",
        "why": "Its codes stand at multiples of the step, so even steps split a sum; ours puts"
        " thresholds between whole sums.",
    },
    {
        "tool": "AIHWKit",
        "what": "error of written cells",
        "why": "Ours takes what cells add as one error of the product; in AIHWKit each read is"
        " rounded anew. Its lowest level, 1 uS, errs twice as much as ours, taken at zero.",
    },
]
