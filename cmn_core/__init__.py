"""CMN Explorer: co-design of mixture-of-experts vision transformers and CIM chips.

    import cmn_core as cmn

    for generation in cmn.codesign(cmn.Scenario(goal="energy", memory="sram"), seed=0):
        print(generation.index, generation.history.best_objective)
    answer = cmn.evaluate("design.json")

The names below are the whole interface (docs/notebook.md); the rest of the package is internal
and changes without notice. Importing it takes no package along: each name is fetched when it is
first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cmn_core.api import (
        compare,
        evaluate,
        examples,
        load_design,
        load_model,
        predict,
        price,
        search_hardware,
    )
    from cmn_core.design import Design
    from cmn_core.reports.files import figure
    from cmn_core.search.codesign import codesign
    from cmn_core.search.scenario import Scenario

__version__ = "0.1.0"
__all__ = [
    "Design",
    "Scenario",
    "codesign",
    "compare",
    "evaluate",
    "examples",
    "figure",
    "load_design",
    "load_model",
    "predict",
    "price",
    "search_hardware",
]

_ELSEWHERE = {
    "Design": "cmn_core.design",
    "Scenario": "cmn_core.search.scenario",
    "codesign": "cmn_core.search.codesign",
    "figure": "cmn_core.reports.files",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_ELSEWHERE.get(name, "cmn_core.api")), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
