"""How commands refuse: one line, exit code 2, nothing written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cmn_core.cli import main
from cmn_core.runs.store.examples import load_examples

Refused = Callable[..., str]
SEARCH = ("search", "--scenario", "energy", "--memory", "rram")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "command: missing; allowed are "),
        (("searhc",), "command: found 'searhc'; did you mean 'search'?"),
        (("runs",), "command: missing; allowed are "),
        (("runs", "lst"), "command: found 'lst'; did you mean 'list'?"),
        (("search", "--sed", "4"), "--sed: unknown option; did you mean '--seed'?"),
        (("--nonsense",), "--nonsense: unknown option; "),
        (("search", "extra"), "arguments: got unexpected extra argument"),
        (("search", "--scenario"), "scenario: no value given; "),
        (("search", "--json=3"), "json: a value was given; "),
        (("evaluate",), "DESIGN.json: missing; this argument is required"),
        (("predict",), "DESIGN.json: missing; "),
        (("miou",), "DESIGN.json: missing; "),
        (("runs", "show"), "RUN_ID: missing; "),
        (("search",), "scenario: missing; allowed are latency, energy, performance"),
        (("search", "--scenario", "energy"), "memory: missing; allowed are rram, sram, hybrid"),
        (
            ("search", "--scenario", "speed", "--memory", "rram"),
            "scenario: found 'speed'; allowed are latency, energy, performance",
        ),
        (("search", "--scenario", "energy", "--memory", "dram"), "memory: found 'dram'; "),
        ((*SEARCH, "--space", "b9"), "space: found 'b9'; "),
        ((*SEARCH, "--dataset", "coco"), "dataset: found 'coco'; "),
        ((*SEARCH, "--seed", "1.5"), "seed: found '1.5'; a whole number is expected"),
        ((*SEARCH, "--seed", "-1"), "seed: found -1; "),
        ((*SEARCH, "--population", "0"), "population: found 0; "),
        ((*SEARCH, "--population", "1"), "population: found 1; "),
        ((*SEARCH, "--generations", "0"), "generations: found 0; "),
        ((*SEARCH, "--particles", "many"), "particles: found 'many'; "),
        ((*SEARCH, "--min-miou", "nan"), "min_miou: found nan; "),
        ((*SEARCH, "--min-miou", "101"), "min_miou: found 101.0; "),
        ((*SEARCH, "--max-energy-uj", "inf"), "max_energy_uj: found inf; "),
        ((*SEARCH, "--max-latency-us", "-3"), "max_latency_us: found -3.0; "),
        ((*SEARCH, "--max-array-mb", "0"), "max_array_mb: found 0.0; "),
        ((*SEARCH, "--max-area-mm2", "big"), "max_area_mm2: found 'big'; a number is expected"),
        ((*SEARCH, "--accuracy", "guess"), "accuracy: found 'guess'; "),
        ((*SEARCH, "--accuracy", "supernet"), "data: missing; "),
        ((*SEARCH, "--workers", "0"), "workers: found 0; 1 to 256 is allowed"),
        ((*SEARCH, "--workers", "9" * 400), "workers: found 99999"),
        ((*SEARCH, "--seed", "9" * 400), "seed: found 99999"),
        ((*SEARCH, "--seed", "9" * 5000), "seed: found '99999"),
        ((*SEARCH, "--seed", "1_0"), "seed: found '1_0'; a whole number is expected"),
        ((*SEARCH, "--seed", " 1"), "seed: found '1'; "),
        ((*SEARCH, "--seed", "\u0663"), "seed: found '\u0663'; "),
        ((*SEARCH, "--max-area-mm2", "1_0.5"), "max_area_mm2: found '1_0.5'; "),
        ((*SEARCH, "--max-area-mm2", "\u0663"), "max_area_mm2: found '\u0663'; "),
        ((*SEARCH, "--workers", "two"), "workers: found 'two'; "),
        ((*SEARCH, "--out", "nowhere/run.json"), "out: nowhere/run.json: no such file"),
        ((*SEARCH, "--out", "."), "out: .: it is a directory; "),
        (("search", "--resume", "nix"), "resume: there is no run 'nix'; "),
        (("runs", "show", "nix"), "run_id: there is no run 'nix'; "),
        (("runs", "cancel", "nix"), "run_id: there is no run 'nix'; "),
    ],
)
def test_bad_words(refused: Refused, words: tuple[str, ...], line: str) -> None:
    assert refused(*words).startswith(line)


def test_space_without_a_predictor(refused: Refused) -> None:
    assert refused(*SEARCH, "--space", "b2", "--dataset", "camvid").startswith("accuracy: ")


def test_a_larger_space_is_searched_at_the_size_it_was_measured_at(refused: Refused) -> None:
    found = refused(*SEARCH, "--space", "b1")
    assert found.startswith("workload.image: found [240, 320]; mIoU was measured on images of 120")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"no zip"])
def test_empty_or_truncated_npz(refused: Refused, home: Path, content: bytes) -> None:
    file = home.parent / "images.npz"
    file.write_bytes(content)
    line = refused(*SEARCH, "--accuracy", "supernet", "--data", file)
    assert line.startswith("data: images.npz ")


def test_home_that_cannot_be_used_is_one_sentence_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CMN_HOME", str(tmp_path / "file" / "home"))
    assert main([*SEARCH, "--generations", "1", "--population", "2"]) == 1
    text = capsys.readouterr()
    assert text.out == ""
    assert text.err.startswith("error: CMN_HOME: ")
    assert text.err.count("\n") == 1


@pytest.mark.parametrize(
    "words", [("runs", "list"), ("search", "--resume", "x"), ("runs", "show", "x")]
)
def test_home_that_is_no_directory_is_no_empty_store(
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CMN_HOME", str(tmp_path / "file"))
    assert main(words) == 1
    text = capsys.readouterr()
    assert text.out == ""
    assert text.err.startswith(f"error: CMN_HOME: {tmp_path / 'file'} cannot be used (not a ")
    assert text.err.count("\n") == 1


def test_reader_that_goes_away_is_no_error(home: Path, call: Callable[..., object]) -> None:
    """As in `cmn_core --help | head -1`, with an output longer than a pipe holds."""
    code = (
        "import sys; from cmn_core.cli.exit_codes import answered\n"
        "sys.exit(answered(lambda: [sys.stdout.write('x' * 70000) for _ in range(9)] and None))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.read(1)
    process.stdout.close()
    assert process.wait(timeout=60) == 1
    assert process.stderr is not None
    assert process.stderr.read() == b""


def test_listing_loads_neither_numpy_nor_torch(home: Path) -> None:
    code = (
        "import sys; from cmn_core.cli import main\n"
        "assert main(['runs', 'list', '--json']) == 0\n"
        "heavy = {'numpy', 'torch', 'pymoo', 'pyswarms', 'streamlit'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b"[]\n"
    assert time.perf_counter() - started < 10.0


def test_module_is_the_command_line(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cmn_core", "evaluate", "--objektive", "edp"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "CMN_HOME": str(home)},
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: --objektive: unknown option; did you mean '--objective'?")


def test_a_set_up_without_torch_says_what_brings_it(home: Path) -> None:
    """As after `pip install .`."""
    file = home.parent / "design.json"
    file.write_text(json.dumps(load_examples()[0]["run"]["best"]))
    words = ["export", str(file), "--dataset", "nyuv2", "--out", "made"]
    code = (
        "import sys; sys.modules['torch'] = None\n"
        f"from cmn_core.cli import main; sys.exit(main({words!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: torch: not installed; the extra 'train' brings it (pip")
    assert done.stderr.count("\n") == 1
