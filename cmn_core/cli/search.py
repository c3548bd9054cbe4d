"""search: the nested search in this process, registered in the run store from its start."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cmn_core.cli.exit_codes import FAILED
from cmn_core.cli.options import (
    Activity,
    ImageRate,
    Json,
    Node,
    Technology,
    Temperature,
    conditions,
    flag,
    lifted_by_word,
    number,
    text,
    whole_number,
    with_limits,
)
from cmn_core.cli.output import document, facts, program_name, put, put_json, table
from cmn_core.cli.parsing import real
from cmn_core.cli.search_inputs import begin, stated_routing, with_start, with_table
from cmn_core.errors import FieldError, LostWorkersError
from cmn_core.quantities import ARRAYS, COSTS, LIFTED, MIOU
from cmn_core.runs.home import StoreError

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from cmn_core.runs.lock import Claim
    from cmn_core.runs.store.record import RunRow
    from cmn_core.runs.store.store import Store
    from cmn_core.search.accuracy import Accuracy

MAX_WORKERS = 256
_NOT_OF_THE_SCENARIO = (
    "paper",
    "technology",
    "accuracy_table",
    "workers",
    "executor",
    "out",
    "resume",
    "json",
    "limits",
)

QUIET = "generations without progress that end it [10; none: all are run]"
CHIP = "judge mIoU with the chip's own output error [on where it is known]"
GIVEN = "a network whose hardware is searched; may be repeated, one chip for all"
AS_PAPER = "as the paper's tables imply: dense, no pause, any die, mIoU without the chip's error"

ROUTINGS = "dense|1..5|searched"

Text = str | None
Whole = int | None
Real = float | None


def _count(told: str) -> Any:
    """A whole number; its range is the scenario's to know."""
    return whole_number(0, None, told)


def _real(told: str, metavar: str) -> Any:
    return number(0.0, None, told, metavar)


@with_limits
def command(
    scenario: Annotated[Text, text("what is sought", "latency|energy|performance")] = None,
    memory: Annotated[Text, text("technology", "rram|sram|hybrid")] = None,
    space: Annotated[Text, text("backbone [b0]", "b0|b1|b2")] = None,
    dataset: Annotated[Text, text("what mIoU is of [nyuv2]", "nyuv2|camvid|scenes")] = None,
    population: Annotated[Whole, _count("architectures per generation [50]")] = None,
    generations: Annotated[Whole, _count("[30]")] = None,
    particles: Annotated[Whole, _count("of each hardware search [30]")] = None,
    iterations: Annotated[Whole, _count("of each hardware search [50]")] = None,
    seed: Annotated[Whole, _count("[0]")] = None,
    patience: Annotated[Whole, lifted_by_word(_count(QUIET))] = None,
    method: Annotated[Text, text("of the outer loop [nsga2]", "nsga2|algorithm1")] = None,
    inner: Annotated[Text, text("hardware by proof or swarm [exact]", "exact|swarm|both")] = None,
    accuracy: Annotated[Text, text("where mIoU comes from", "predictor|supernet")] = None,
    data: Annotated[Text, text("images for supernet", "FILE.npz")] = None,
    weights: Annotated[Text, text("of train, for supernet [those that ship]", "FILE")] = None,
    accuracy_table: Annotated[Text, text("mIoU measured by oneself", "FILE.csv")] = None,
    start: Annotated[Text, text("a design to begin with", "DESIGN.json")] = None,
    parameters: Annotated[Text, text("constants of the simulator", "silicon|paper")] = None,
    technology: Technology = None,
    robust: Annotated[Text, text("what is judged", "nominal|quantile|worst")] = None,
    quantile: Annotated[Real, _real("of a robust search [0.9]", "0.5..0.999")] = None,
    write_noise: Annotated[Real, _real("of RRAM weights, over the largest", "0..0.2")] = None,
    read_noise: Annotated[Real, _real("the same at every read", "0..0.2")] = None,
    noise_per_block: Annotated[Text, text("factors on noise", "F,F,F,F")] = None,
    chip_miou: Annotated[bool | None, flag("--chip-miou/--no-chip-miou", CHIP)] = None,
    paper: Annotated[bool, flag("--paper", AS_PAPER)] = False,
    model: Annotated[list[str] | None, text(GIVEN, "FILE|PRESET")] = None,
    dim: Annotated[list[str] | None, text("of an ONNX file of --model", "NAME=N")] = None,
    image: Annotated[Text, text("size of the images [480x640]", "HxW")] = None,
    routing: Annotated[
        Text, text("experts of a token: all, so many, or genes of each block", ROUTINGS)
    ] = None,
    placement: Annotated[
        Text, text("of a hybrid: a memory for each block, or for each expert", "block|expert")
    ] = None,
    images_per_second: ImageRate = None,
    temperature: Temperature = None,
    node: Node = None,
    activity: Activity = None,
    workers: Annotated[Whole, whole_number(1, MAX_WORKERS, "processes [1]")] = None,
    executor: Annotated[Text, text("a cluster instead", "dask://HOST:PORT")] = None,
    out: Annotated[Text, text("write the result there too", "RUN.json")] = None,
    resume: Annotated[Text, text("continue this run", "RUN_ID")] = None,
    json: Json = False,
    **limits: Real,
) -> int:
    """Search for the best architecture and hardware; Ctrl-C leaves a run that can be resumed."""
    given = {
        name: value
        for name, value in {**locals(), **limits}.items()
        if value is not None and name not in _NOT_OF_THE_SCENARIO
    }
    if model:
        others = {
            "workers": workers,
            "executor": executor,
            "resume": resume,
            "paper": paper or None,
        }
        given |= {n: v for n, v in {**others, "accuracy_table": accuracy_table}.items() if v}
        return _of_models(given, technology or [], out, json)
    if dim:
        raise FieldError("dim", f"found '{dim[0]}'", "it belongs to an ONNX file of --model")
    processes = _processes(workers, executor)
    target = None if out is None else writable(Path(out))
    asked = _typed(given, paper)
    if technology:
        from cmn_core.cim.technologies.parameters import read_technologies

        asked["technology"] = read_technologies(technology)
    table = None if accuracy_table is None else with_table(accuracy_table, asked)

    from cmn_core.runs.store.store import Store
    from cmn_core.search.dispatch.pool import pool

    store = Store()
    if resume is not None and _resumable(store, resume, asked).state == "done":
        return _show(store, resume, target, json)
    with pool(processes, executor) as shared:  # first: a run whose workers are not there is none
        if resume is None:
            claim, source = begin(store, asked, table)
        else:
            claim, source = _take_up(store, resume), None
        return _carry_out(store, claim, source, shared, target, json)


def _of_models(given: dict[str, Any], technology: list[str], out: str | None, json: bool) -> int:
    """Hardware for networks that are given; it is no run of the store, as it takes seconds."""
    from cmn_core.cli.pricing.search_model import searched, told

    target = None if out is None else writable(Path(out))
    place = conditions(
        *(given.get(n) for n in ("images_per_second", "temperature", "node", "activity"))
    )
    answer = searched(given, technology, place)
    if target is not None:
        _written(target, answer)
    put_json(answer) if json else put(told(answer))
    return 0


def _written(target: Path, result: dict[str, Any]) -> None:
    import os

    partial = target.with_name(target.name + ".partial")
    partial.write_text(document(result) + "\n", encoding="utf-8")
    os.replace(partial, target)


def _processes(workers: int | None, executor: str | None) -> int:
    if executor is not None and workers is not None:
        raise FieldError(
            "workers", f"found {workers} beside an executor", "the cluster has workers of its own"
        )
    return workers or 1


def writable(path: Path) -> Path:
    """The path, or FieldError when no file can be made there."""
    import tempfile

    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a directory")
        with tempfile.TemporaryFile(dir=path.absolute().parent):
            pass
        if path.exists():
            with path.open("ab"):
                pass
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise FieldError(
            "out", f"{path}: {reason}", "a file that can be written is expected"
        ) from None
    return path


def _typed(given: dict[str, Any], paper: bool) -> dict[str, Any]:
    """Options that were given, as fields of a scenario's JSON; paper: what they are laid over."""
    out: dict[str, Any] = {n: None if v == LIFTED else v for n, v in given.items()}
    if "noise_per_block" in out:
        factors = out["noise_per_block"].split(",")
        out["noise_per_block"] = [real("noise_per_block", factor.strip()) for factor in factors]
    for name in ("data", "weights"):
        if name in out:
            out[name] = str(Path(out[name]).absolute())
    asked: dict[str, Any] = conditions(
        *(out.pop(n, None) for n in ("images_per_second", "temperature", "node", "activity"))
    )
    if out.get("routing") not in (None, "searched"):
        asked["routing"] = stated_routing(out.pop("routing"))
    if "image" in out:
        from cmn_core.design.text import height_and_width

        asked["image"] = list(height_and_width("image", out.pop("image")))
    out = with_start(out) if "start" in out else out
    if paper:
        from cmn_core.search.scenario import PAPER

        out = {**PAPER, **out}
    if asked:
        from cmn_core.design import Workload

        out["workload"] = {**out.get("workload", Workload().to_json()), **asked}
    return out


def _resumable(store: Store, run_id: str, asked: dict[str, Any]) -> RunRow:
    """The run, if these options and this version of the search can go on with it."""
    try:
        row = store.get(run_id)
    except FieldError as error:
        raise FieldError("resume", error.found, error.allowed) from None
    for name, value in asked.items():
        if row.scenario.get(name) != value:
            raise FieldError(
                name,
                f"found {value}",
                f"run {run_id} has {row.scenario.get(name)}, which cannot change",
            )
    if row.state != "done":
        store.checkpoint(run_id)  # of this version, else it is refused
    return row


def _take_up(store: Store, run_id: str) -> Claim:
    """The right to continue that run."""
    claim = store.claim(run_id)
    if claim is None:
        raise FieldError(
            "resume", f"run {run_id} is being worked on", "a run that nobody works on is expected"
        )
    return claim


def _carry_out(
    store: Store,
    claim: Claim,
    source: Accuracy | None,
    shared: Executor | None,
    target: Path | None,
    json: bool,
) -> int:
    from cmn_core.cli.progress import bar
    from cmn_core.runs.store.record import sentence
    from cmn_core.runs.workers.job import work

    run_id = claim.run_id
    row = store.get(run_id)
    with claim:
        try:
            steps = work(store, claim, accuracy=source, executor=shared)
            for _ in bar(steps, run_id, row.generation, row.generations):
                pass
        except KeyboardInterrupt:
            reached = store.get(run_id).generation
            sys.stderr.write(
                f"stopped: run {run_id} after generation {reached} of {row.generations};"
                f" continue with: {program_name()} search --resume {run_id}\n"
            )
            return FAILED
        except (StoreError, LostWorkersError, BrokenPipeError):
            raise  # not the search's fault: the run can be resumed
        except FieldError as error:
            store.fail(run_id, str(error))
            raise
        except Exception as error:
            store.fail(run_id, sentence(error))
            raise
    row = store.get(run_id)
    if row.state == "paused":
        sys.stderr.write(
            f"paused: run {run_id} after generation {row.generation} of {row.generations};"
            f" continue with: {program_name()} search --resume {run_id}\n"
        )
        return FAILED
    return _show(store, run_id, target, json)


def _show(store: Store, run_id: str, target: Path | None, json: bool) -> int:
    result = store.result(run_id)
    if result is None:
        sys.stderr.write(f"run {run_id} ended before its first generation\n")
        return FAILED
    if target is not None:
        _written(target, result)
    if json:
        put_json(result)
    else:
        put(summary(result))
    return 0


def summary(result: dict[str, Any]) -> str:
    """A cmn.run/1 for people: the best design, or what comes nearest, and the limits in force."""
    limits = {k: v for k, v in result["limits"].items() if v is not None}
    head = {
        "run": result["run_id"],
        "scenario": f"{result['scenario']} on {result['memory']}, seed {result['seed']}",
        "generations": len(result["history"]),
        "seconds": result["seconds"],
        **limits,
    }
    parts = [facts(head)]
    start = result.get("start")
    begun = [] if start is None else [("start", start["design"])]
    if result["feasible"]:
        designs = [("best", result["best"]), *begun]
        designs += [("front", d) for d in result["front"][:10]]
        parts.append(table([_line(name, design) for name, design in designs]))
        judged = (result["best"].get("provenance") or {}).get("judged")
        if judged:
            parts.append("the best, as it was judged:\n" + facts(judged))
        if start is not None:
            parts.append("the best less the start:\n" + facts(start["difference"]))
    else:
        nearest = result["nearest"] or {}
        parts.append("no design meets the limits; the nearest one:")
        if "design" in nearest:
            rest = {k: v for k, v in nearest.items() if k != "design"}
            shown = [("nearest", nearest["design"]), *begun]
            parts += [table([_line(name, design) for name, design in shown]), facts(rest)]
        else:
            parts.append(facts(nearest))
    if note := result.get("reticle"):
        parts.append(f"its chip is {note}")
    return "\n\n".join(parts)


def _line(name: str, design: dict[str, Any]) -> dict[str, Any]:
    metrics = design.get("metrics") or {}
    return {
        "": name,
        "experts": design["architecture"]["experts"],
        "hidden": design["architecture"]["hidden"],
        **{key: metrics.get(key) for key in (MIOU.name, *COSTS, ARRAYS.name)},
    }
