"""study: one of the paper's studies, run here, or a stored one checked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cmn_core.cli.options import Json, Seed, flag, text, whole_number
from cmn_core.cli.output import facts, put, put_json
from cmn_core.errors import FieldError

AGREES, DIFFERS = 0, 1


def command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="silicon, hybrid, discrepancy, noise, compression, scaling; report or figures",
        ),
    ],
    quick: Annotated[bool, flag("--quick", "half a minute, without images")] = False,
    check: Annotated[
        bool, flag("--check", "compare a quick re-run with the stored result")
    ] = False,
    out: Annotated[str | None, text("[local/studies/NAME.json]", "FILE.json")] = None,
    data: Annotated[str | None, text("images of noise and compression", "PATH")] = None,
    seed: Seed = 0,
    processes: Annotated[int, whole_number(1, 256, "steps at a time")] = 1,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="another setting of the study"),
    ] = None,
    json: Json = False,
) -> int:
    """Run a study of the paper; run it again with the same settings to go on where it stopped."""
    if name == "report":
        from cmn_core.studies.reproduction import report

        put(report().rstrip("\n"))
        return AGREES
    if name == "figures":
        return _figures(out)
    from cmn_core.studies.study import study_of

    source = None if data is None else Path(data)
    if source is not None and not source.exists():
        raise FieldError("data", f"{source.name}: no such file", "a file or folder of images")
    study = study_of(name, source)
    if check:
        return _check(study, out, json)

    from cmn_core.studies.runner import run
    from cmn_core.studies.study import Asked

    asked = Asked(quick=quick, seed=seed, data=source, chosen=_chosen(set_ or []))
    file = name if not quick else f"{name}_quick"
    target = Path(f"local/studies/{file}.json" if out is None else out)
    result: Any = None
    for step in run(name, asked, target, processes=processes):
        result = step.result
        if result is None:
            words = "" if step.step is None else f", {_words(step.step)}: {step.seconds:.1f} s"
            sys.stderr.write(f"study {name}: step {step.done} of {step.total}{words}\n")
            sys.stderr.flush()
    if json:
        put_json(result.to_json())
    else:
        more = {"rows": len(result.rows), "seconds": result.seconds, "result": str(target)}
        put(facts({**_flat(result.summary), **more}))
    return AGREES


def _figures(out: str | None) -> int:
    """The tables of figures; with a file, README.md or numbers.md with them in place."""
    from cmn_core.studies.figures import current, tables

    if out is None:
        put(tables().rstrip("\n"))
        return AGREES
    target = Path(out)
    text = current(target.name)
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise FieldError("out", f"{out}: {reason}", "a file that can be written") from None
    return AGREES


def _check(study: Any, out: str | None, json: bool) -> int:
    from cmn_core.studies.check import check
    from cmn_core.studies.result import read_result, stored_path

    found = check(study, read_result(stored_path(study.name) if out is None else Path(out), "out"))
    if json:
        put_json(found.to_json())
    else:
        lines = [*found.differences[:20]] or [f"{found.rows} rows agree"]
        put("\n".join([*lines, *(f"since then: {text}" for text in found.stale)]))
    return AGREES if found.agrees else DIFFERS


def _chosen(texts: list[str]) -> dict[str, str]:
    out = {}
    for given in texts:
        name, mark, value = given.partition("=")
        if not mark:
            raise FieldError("set", f"found '{given}'", "NAME=VALUE is expected")
        out[name.strip()] = value.strip()
    return out


def _words(step: dict[str, Any]) -> str:
    texts = [f"{v:g}" if isinstance(v, float) else str(v) for v in step.values()]
    return " ".join(texts)


def _flat(summary: Any, prefix: str = "") -> dict[str, Any]:
    """Nested figures under names with dots."""
    out: dict[str, Any] = {}
    for name, value in summary.items():
        if isinstance(value, dict) and {"median", "low", "high"} <= set(value):
            middle, low, high = (f"{value[key]:.4g}" for key in ("median", "low", "high"))
            out[f"{prefix}{name}"] = f"{middle} ({low} to {high})"
        elif isinstance(value, dict):
            out |= _flat(value, f"{prefix}{name}.")
        elif not isinstance(value, list) or not any(isinstance(v, dict) for v in value):
            out[f"{prefix}{name}"] = value
    return out
