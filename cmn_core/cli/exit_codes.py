"""How a command ends: exit codes, and one line on standard error for whatever goes wrong."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from typing import Any

import typer

from cmn_core.cli.output import encodable
from cmn_core.errors import FieldError, LostWorkersError, not_installed, one_line, unknown_key
from cmn_core.runs.home import StoreError

DONE, FAILED, BAD_INPUT = 0, 1, 2
INTERRUPTED = 130  # what typer makes of Ctrl-C


def answered(command: Callable[[], Any]) -> int:
    """Exit code of the command. Exceptions become one line; CMN_DEBUG=1 lets them through."""
    try:
        code = command()
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        sys.stdout.flush()
        return code if isinstance(code, int) else DONE
    except BrokenPipeError:
        # The reader has gone. Python would complain when it flushes at the end, so give it a sink.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except FieldError as error:
        return _say(str(error), BAD_INPUT)
    except typer.TyperException as error:
        return _say(str(usage(error)), BAD_INPUT)
    except (StoreError, LostWorkersError) as error:
        return _say(str(error), FAILED)
    except KeyboardInterrupt:
        return _say("stopped by the keyboard; what was finished is kept", FAILED)
    except Exception as error:
        if os.environ.get("CMN_DEBUG"):
            raise
        missing = not_installed(error) if isinstance(error, ImportError) else None
        if missing is not None:
            return _say(missing, FAILED)
        found = f"{type(error).__name__}: {one_line(error, 200)}"
        return _say(f"unexpected: {found}; CMN_DEBUG=1 shows where", FAILED)


def usage(error: typer.TyperException) -> FieldError:
    """A complaint of the argument parser in the form of all others."""
    message = one_line(error.message).rstrip(".")
    context: Any = getattr(error, "ctx", None)
    command: Any = None if context is None else context.command
    known = [] if command is None else [o for p in command.params for o in p.opts if "-" in o[:1]]
    option: str | None = getattr(error, "option_name", None)
    if option is not None and "equires an argument" in message:
        return FieldError(field_of(option), "no value given", f"{option} expects a value")
    if option is not None and "not take a value" in message:
        return FieldError(field_of(option), "a value was given", f"{option} stands alone")
    if option is not None:
        refusal = unknown_key("", option, [*known, "--help"])
        return FieldError(option, "unknown option", refusal.allowed.replace("keys", "options"))
    parameter: Any = getattr(error, "param", None)
    if parameter is not None:
        name = parameter.metavar or parameter.name
        return FieldError(str(name), "missing", "this argument is required")
    commands = sorted(command.list_commands(context)) if hasattr(command, "list_commands") else []
    unknown = re.search(r"No such command '(.*?)'", message)
    if unknown:
        refusal = unknown_key("", unknown[1], commands)
        return FieldError(
            "command", f"found '{unknown[1]}'", refusal.allowed.replace("keys", "commands")
        )
    if message.startswith("Missing command"):
        return FieldError("command", "missing", f"allowed are {', '.join(commands)}")
    return FieldError(
        "arguments", message[:1].lower() + message[1:], "--help shows what is allowed"
    )


def field_of(option: str) -> str:
    """--max-area-mm2 -> max_area_mm2, the name of the field in JSON and in other refusals."""
    return option.lstrip("-").replace("-", "_")


def _say(line: str, code: int) -> int:
    sys.stderr.write(f"error: {encodable(one_line(line, 600), sys.stderr)}\n")
    return code
