"""What `import cmn_core as cmn` offers beside the search: designs and models read and priced.

Every function gives what the command of its name prints with --json, and refuses bad input by a
FieldError, whose text is one sentence. Nothing here is written, nor taken from the network.
"""

from cmn_core.api.designs import compare, evaluate, examples, load_design, phase, predict
from cmn_core.api.models import load_model, price, search_hardware

__all__ = [
    "compare",
    "evaluate",
    "examples",
    "load_design",
    "load_model",
    "phase",
    "predict",
    "price",
    "search_hardware",
]
