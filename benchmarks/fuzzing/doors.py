"""Every way in which something of a person's reaches the program, with a right example each."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.fuzzing import mutation
from benchmarks.fuzzing.files import hostile_npz, measured, npz, photo, safetensors, zipped
from benchmarks.fuzzing.onnx_files import hostile_networks, network
from cmn_core.cim.technologies.parameters import read_technology
from cmn_core.classroom.lesson import Lesson, code_of, read_lesson
from cmn_core.classroom.specimen import specimen
from cmn_core.cli import main as command_line
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.npz import load_npz
from cmn_core.design import parse_json
from cmn_core.errors import FieldError
from cmn_core.models.assigning.steps import settings
from cmn_core.models.assigning.task import HardwareTask
from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.exchange.dialects import written_as
from cmn_core.models.exchange.neurosim import read_neurosim
from cmn_core.models.exchange.zigzag import read_zigzag
from cmn_core.models.file import parse_model
from cmn_core.models.graph.read import parse_onnx
from cmn_core.models.layers import SCHEMA, Model
from cmn_core.models.report import assess
from cmn_core.runs.backup import backup, restore
from cmn_core.runs.exchange import MEMBER, export_run, import_run
from cmn_core.runs.store.store import Store
from cmn_core.search.codesign import codesign
from cmn_core.search.scenario import Scenario
from cmn_core.silicon.chips import read_chips
from cmn_core.silicon.own_chip.technology import chosen, from_chip
from cmn_core.whatif.answer import answer
from cmn_core.whatif.edits import completed
from cmn_core.whatif.formats.exchange import read_designs
from cmn_core.whatif.formats.link import pack_design, unpack_design
from cmn_core.whatif.formats.measured import read_measured

ASSETS = Path(__file__).resolve().parents[2] / "assets"


@dataclass(frozen=True)
class Door:
    """case: something spoilt, made from a generator; enter: hand it over, may raise a refusal."""

    name: str
    case: Callable[[random.Random], Any]
    enter: Callable[[Any], object]
    share: int = 1  # of all cases


def doors(folder: Path) -> list[Door]:
    """All of them; files go into that folder."""
    design = json.loads(json.dumps(completed(specimen("rram")).to_json()))
    example = json.loads(next(iter(sorted((ASSETS / "examples").glob("*.json")))).read_text())
    run = {**example["run"], "best": design, "front": [], "history": []}
    model = json.loads((ASSETS / "models" / "vit-moe-b0.json").read_text())
    own = 'schema = "cmn.technology/1"\nbase = "rram"\ntitle = "mine"\n[constants]\n'
    own += 'read_v = { value = 0.15, unit = "V", source = "own" }\n'
    own += "[knobs.adc_bits]\nlevels = [5, 6]\ndefault = 6\n"
    header, *rows = (ASSETS / "silicon" / "chips.csv").read_text().splitlines()
    chips = "\n".join((header, *rows[:3]))
    first = rows[0].partition(",")[0]
    one_chip = "\n".join((header, *(row for row in rows if row.partition(",")[0] == first)))
    scenario = Scenario(goal="energy", memory="rram").to_json()
    begun = {**scenario, "start": design, "accuracy_table": "0" * 64}
    lesson = Lesson("class 8b", code_of("k"), Scenario(goal="energy", memory="sram"))
    return [
        Door("design", _document(design), _design, 4),
        Door("run file", _document(run), read_designs, 2),
        Door("list of designs", _document([design, design]), read_designs),
        Door("workload model", _document(model), lambda raw: parse_model(parse_json(raw)), 3),
        Door("ONNX", _bytes(network()), lambda raw: _priced(parse_onnx(raw, "own.onnx")), 4),
        Door("hostile ONNX", lambda rng: rng.choice(hostile_networks()),
             lambda raw: _priced(parse_onnx(raw, "own.onnx")), 1),
        Door("ZigZag workload", lambda rng: mutation.spoil_table(_foreign("zigzag"), rng),
             lambda raw: _priced(read_zigzag(raw, "own.yaml")), 2),
        Door("NeuroSim network", lambda rng: mutation.spoil_table(_foreign("neurosim"), rng),
             lambda raw: _priced(read_neurosim(raw, "own.csv")), 1),
        Door("scenario", _document(scenario), lambda raw: Scenario.from_json(parse_json(raw)), 2),
        Door("search from a design", _document(begun),
             lambda raw: Scenario.from_json(parse_json(raw)), 2),
        Door("technology", lambda rng: mutation.spoil_bytes(own.encode(), rng),
             lambda raw: read_technology(_file(folder, "own.toml", raw)), 1),
        Door("chip table", lambda rng: mutation.spoil_table(chips, rng),
             lambda raw: read_chips(_file(folder, "chips.csv", raw)), 2),
        Door("accuracy table", lambda rng: mutation.spoil_table(measured(), rng),
             lambda raw: read_measured(raw, "own.csv", space="b0"), 2),
        Door("design in an address", _token(pack_design(completed(specimen("sram")))),
             unpack_design, 2),
        Door("class link", lambda rng: mutation.spoil_query(lesson.query, rng), read_lesson, 2),
        Door("npz", _bytes(npz()), lambda raw: load_npz(
            _file(folder, "set.npz", raw), dataset_info("nyuv2")), 2),
        Door("hostile npz", lambda rng: rng.choice(hostile_npz()), lambda raw: load_npz(
            _file(folder, "set.npz", raw), dataset_info("nyuv2")), 1),
        Door("safetensors", _bytes(safetensors()), lambda raw: _weights(
            _file(folder, "own.safetensors", raw)), 2),
        Door("photograph", _bytes(photo()), _read_photo, 2),
        Door("backup of a store", _bytes(_backup(folder)), lambda raw: restore(
            Store(folder / "restored" / "runs.sqlite"), _file(folder, "b.sqlite", raw)), 1),
        Door("whole run", _whole_run(folder), lambda raw: import_run(
            Store(folder / "imported" / "runs.sqlite"), raw), 2),
        Door("whole search for a chip", _whole_chip(folder), lambda raw: import_run(
            Store(folder / "imported" / "runs.sqlite"), raw), 2),
        Door("search for a chip", _document({**HardwareTask().to_json(), "weights": [2.0, 1.0]}),
             lambda raw: HardwareTask.from_json(parse_json(raw)), 2),
        Door("technology of a chip", lambda rng: mutation.spoil_table(one_chip, rng),
             lambda raw: from_chip(chosen(read_chips(_file(folder, "one.csv", raw)), None),
                                   noise=0.1, title=None), 1),
        Door("command line", _words, _call, 1),
    ]  # fmt: skip


def _document(value: Any) -> Callable[[random.Random], bytes]:
    """Spoilt in what it says, or in its bytes."""

    def case(rng: random.Random) -> bytes:
        if rng.random() < 0.3:
            return mutation.spoil_bytes(mutation.json_bytes(value), rng)
        return mutation.json_bytes(mutation.spoil_json(value, rng))

    return case


def _bytes(data: bytes) -> Callable[[random.Random], bytes]:
    return lambda rng: mutation.spoil_bytes(data, rng)


def _token(token: str) -> Callable[[random.Random], str]:
    return lambda rng: mutation.spoil_bytes(token.encode(), rng).decode("latin-1")


def _design(raw: bytes) -> None:
    """What is taken is also priced: no value may slip through that the cost model chokes on."""
    for design in read_designs(raw):
        answer(completed(design))


def _file(folder: Path, name: str, raw: bytes) -> Path:
    path = folder / name
    path.write_bytes(raw)
    return path


@cache
def _foreign(dialect: str) -> str:
    """A small network in the words of another simulator."""
    return written_as(parse_onnx(network(), "net.onnx"), dialect)[0]


def _priced(model: Model) -> object:
    """What is taken is also priced."""
    return assess(model, with_macros(Chip(uniform("sram"))))


def _weights(path: Path) -> object:
    from cmn_core.supernet.network.checkpoint import load

    return load(path)


def _read_photo(raw: bytes) -> object:
    from cmn_core.supernet.measure.overlay import read_photo

    return read_photo(raw)


def _backup(folder: Path) -> bytes:
    store = Store(folder / "made" / "runs.sqlite")
    store.create(Scenario(goal="energy", memory="sram").to_json())
    target = folder / "whole.sqlite"
    target.unlink(missing_ok=True)
    backup(store, target)
    return target.read_bytes()


def _whole_run(folder: Path) -> Callable[[random.Random], bytes]:
    """A run of two generations as a zip, spoilt in its bytes or in what it says."""
    store = Store(folder / "searched" / "runs.sqlite")
    small = {"population": 4, "generations": 2, "particles": 3, "iterations": 2}
    scenario = Scenario.from_json({"scenario": "energy", "memory": "sram", **small})
    run_id = store.create(scenario.to_json())
    for generation in codesign(scenario):
        store.append(run_id, generation, seconds=0.1)
    return _spoilt(export_run(store, run_id))


def _whole_chip(folder: Path) -> Callable[[random.Random], bytes]:
    """A search for the chip of a small network that has not begun, spoilt likewise."""
    layer = {"kind": "product", "k": 64, "n": 64, "vectors": 400}
    network = {"schema": SCHEMA, "name": "own", "layers": [layer]}
    stated = settings(HardwareTask(memory="sram"), [parse_model(network)])
    store = Store(folder / "chips" / "runs.sqlite")
    return _spoilt(export_run(store, store.create(stated, networks=[network])))


def _spoilt(whole: bytes) -> Callable[[random.Random], bytes]:
    """The zip of a run, spoilt in its bytes or in what it says."""
    said = json.loads(_unzipped(whole))

    def case(rng: random.Random) -> bytes:
        if rng.random() < 0.3:
            return mutation.spoil_bytes(whole, rng)
        return zipped({MEMBER: mutation.json_bytes(mutation.spoil_json(said, rng))})

    return case


def _unzipped(raw: bytes) -> bytes:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        return packed.read(MEMBER)


def _words(rng: random.Random) -> list[str]:
    commands = ("evaluate", "macro", "predict", "model", "runs", "search", "paper")
    words = [rng.choice((*commands, *mutation.TEXTS))]
    options = ("--json", "--memory", "--seed", "--population", "--data", "--out", "list", "show")
    for _ in range(rng.randrange(4)):
        words.append(rng.choice((*options, *mutation.TEXTS, *map(str, mutation.NUMBERS[:20]))))
    return [word.replace("\0", "") for word in words]


def _call(words: list[str]) -> None:
    """The command line keeps its promise: exit 2 with one line, or it does what it was asked."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = command_line([*words, "--no-such-option"])
    lines = err.getvalue().splitlines()
    if code != 2 or len(lines) != 1 or not lines[0].startswith("error: "):
        raise AssertionError(f"exit {code} with {lines[:3]}")
    raise FieldError("command", "refused", "as it should be")
