"""What the processes write down: lines for people, or one JSON object per line (CMN_LOG=json)."""

from __future__ import annotations

import json
import logging
import os
import re

from cmn_core.runs.store.record import utc

NAME = "cmn_core"
_RUN = re.compile(r"^run (\S{22}): ")


class JsonLines(logging.Formatter):
    """time, level, process, logger, message; the run's id and the traceback where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        out = {
            "time": utc(record.created),
            "level": record.levelname.lower(),
            "process": record.process,
            "logger": record.name,
            "message": message,
        }
        run = _RUN.match(message)
        if run:
            out["run_id"] = run[1]
        if record.exc_info:
            out["traceback"] = self.formatException(record.exc_info)
        return json.dumps(out)


def configure() -> None:
    """Write what this project has to say to standard error; asking twice changes nothing."""
    logger = logging.getLogger(NAME)
    if logger.handlers:
        return
    handler = logging.StreamHandler()
    as_json = os.environ.get("CMN_LOG", "") == "json"
    text = logging.Formatter("%(asctime)s %(process)d %(message)s")
    handler.setFormatter(JsonLines() if as_json else text)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
