"""A design, its JSON and its schema."""

from cmn_core.design.document import (
    MAX_REPLICAS,
    MEMORIES,
    METRICS,
    SCHEMA,
    WITH_BUSY,
    Design,
    Hardware,
    Workload,
    design_schema,
    parse_design,
    parse_workload,
    read_design,
)
from cmn_core.design.text import MAX_FILE_BYTES, parse_json, read_json

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_REPLICAS",
    "MEMORIES",
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
