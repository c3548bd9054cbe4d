"""search: the nested search in this process, registered in the run store from its start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

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
from cmn_core.cli.output import writable
from cmn_core.cli.parsing import real
from cmn_core.cli.searching.inputs import begin, stated_routing, with_start, with_table
from cmn_core.cli.searching.stored_run import carry_out, resumable, show, take_up
from cmn_core.errors import FieldError
from cmn_core.quantities import LIFTED

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
IMPORTANCE = "how often each --model is used against the others, in their order [all alike]"
AS_PAPER = "as the paper's tables imply: dense, no pause, any die, mIoU without the chip's error"

ROUTINGS = "dense|1..5|K/K/K/K|searched"

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
    weight: Annotated[list[str] | None, text(IMPORTANCE, "W")] = None,
    image: Annotated[Text, text("size of the images [240x320]", "HxW")] = None,
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
        others = {"accuracy_table": accuracy_table, "workers": workers, "executor": executor}
        others |= {"resume": resume, "paper": paper or None}
        given |= {name: value for name, value in others.items() if value}
        return _of_models(given, technology or [], out, json)
    for name, stray in (("dim", dim), ("weight", weight)):
        if stray:
            raise FieldError(name, f"found '{stray[0]}'", "it belongs to --model")
    processes = _processes(workers, executor)
    target = None if out is None else writable(Path(out))
    asked = settings_of(given, paper)
    if technology:
        from cmn_core.cim.technologies.parameters import read_technologies

        asked["technology"] = read_technologies(technology)
    table = None if accuracy_table is None else with_table(accuracy_table, asked)

    from cmn_core.runs.store.store import Store
    from cmn_core.search.dispatch.pool import pool

    store = Store()
    if resume is not None and resumable(store, resume, asked).state == "done":
        return show(store, resume, target, json)
    with pool(processes, executor) as shared:  # first: a run whose workers are not there is none
        if resume is None:
            claim, source = begin(store, asked, table)
        else:
            claim, source = take_up(store, resume), None
        return carry_out(store, claim, source, shared, target, json)


def _of_models(given: dict[str, Any], technology: list[str], out: str | None, json: bool) -> int:
    """Hardware for networks that are given."""
    from cmn_core.cli.searching.networks import begin_chip
    from cmn_core.runs.store.store import Store

    target = None if out is None else writable(Path(out))
    place = conditions(
        *(given.get(n) for n in ("images_per_second", "temperature", "node", "activity"))
    )
    store = Store()
    claim = begin_chip(store, given, technology, place)
    return carry_out(store, claim, None, None, target, json)


def _processes(workers: int | None, executor: str | None) -> int:
    if executor is not None and workers is not None:
        raise FieldError(
            "workers", f"found {workers} beside an executor", "the cluster has workers of its own"
        )
    return workers or 1


def settings_of(given: dict[str, Any], paper: bool) -> dict[str, Any]:
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
