"""A design, its JSON and its schema."""

from cmn_core.design.document import (
    METRICS,
    SCHEMA,
    Design,
    design_schema,
    parse_design,
    parse_workload,
    read_design,
)
from cmn_core.design.hardware import (
    HYBRID,
    MAX_REPLICAS,
    MEMORIES,
    MEMORY_CHOICES,
    WITH_BUSY,
    Hardware,
)
from cmn_core.design.text import MAX_FILE_BYTES, parse_json, read_json
from cmn_core.design.workload import Workload

__all__ = [
    "HYBRID",
    "MAX_FILE_BYTES",
    "MAX_REPLICAS",
    "MEMORIES",
    "MEMORY_CHOICES",
    "METRICS",
    "SCHEMA",
    "WITH_BUSY",
    "Design",
    "Hardware",
    "Workload",
    "design_schema",
    "parse_design",
    "parse_json",
    "parse_workload",
    "read_design",
    "read_json",
]
