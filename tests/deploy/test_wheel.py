"""The wheel in a fresh environment, with no checkout near: commands, a search, a worker, the app.

It is quick, because nothing is downloaded: hatchling builds it here, and the new environment sees
the packages of this one through a .pth file. This one holds no installed cmn_core of its own.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

import cmn_core

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--population", "6", "--generations", "2", "--particles", "6", "--iterations", "5")
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=150)
    [built] = folder.glob("*.whl")
    return built


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, and a folder that has nothing to do with it."""

    binaries: Path
    elsewhere: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "STREAMLIT"))}
        home = str(self.elsewhere / "home")
        return {**kept, "CMN_HOME": home, "CMN_WORKERS": "1", "CMN_WORKER_IDLE_S": "5"}

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.binaries / words[0]), *words[1:]],
            cwd=self.elsewhere,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    place = sysconfig.get_path("purelib", "venv", {"base": str(folder)})
    Path(place, "tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run(
        [*pip, "--no-deps", "--no-index", "--no-compile", "--force-reinstall", str(wheel)],
        check=True,
        capture_output=True,
        timeout=150,
    )
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name in ("pages", "cmn_core"):  # what lies where it is called is not taken for ours
        (elsewhere / name).mkdir()
        (elsewhere / name / "__init__.py").write_text("raise RuntimeError('not this one')\n")
    return Installed(folder / "bin", elsewhere)


def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        [name] = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def pins(name: str) -> set[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return set(re.findall(r"^[A-Za-z0-9_.-]+==\S+$", text, re.M))


def test_the_wheel_asks_for_what_the_requirements_pin(wheel: Path) -> None:
    found = metadata(wheel)
    asked: dict[str, set[str]] = {}
    for line in found.get_all("Requires-Dist") or []:
        pin, _, extra = line.partition("; extra == ")
        asked.setdefault(extra.strip("'"), set()).add(pin)
    own = pins("requirements.txt")
    assert "torch==2.13.0" in own
    assert asked == {
        "": own - {"torch==2.13.0"},
        "train": {"torch==2.13.0"},
        "cluster": pins("requirements-cluster.txt"),
        "login": pins("requirements-login.txt"),
    }
    assert found["Version"] == cmn_core.__version__
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["build-system"]["requires"] == [
        pin for pin in pins("requirements-dev.txt") if pin.startswith("hatchling==")
    ]


def test_all_that_the_app_reads_is_in_the_wheel_below_one_name(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = {n for n in archive.namelist() if ".dist-info/" not in n}
    assert {name.split("/")[0] for name in names} == {"cmn_core"}
    tracked = subprocess.run(
        ["git", "ls-files", "cmn_core", "pages", "assets", "app.py", ".streamlit"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    if not any(tracked):
        pytest.skip("no git here, so nobody says what belongs to the project")
    place = {"app.py": "cmn_core/app/", "pages": "cmn_core/app/", ".streamlit": "cmn_core/app/"}
    place |= {"cmn_core": "", "assets": "cmn_core/"}
    left_out = ("assets/screenshots/", "assets/training/")  # for readers and for training alone
    wanted = {
        place[name.split("/")[0]] + name
        for name in tracked
        if name and (ROOT / name).exists() and not name.startswith(left_out)
    }
    assert wanted <= names


def test_every_command_is_there_from_any_folder(installed: Installed) -> None:
    shown = installed.call("cmn", "--help")
    assert shown.returncode == 0, shown.stderr
    assert "Usage: cmn [OPTIONS] COMMAND" in shown.stdout
    assert all(f" {name} " in shown.stdout for name in ("run", "search", "evaluate", "train"))
    refused = installed.call("cmn", "run", "--port", "0")
    assert (refused.returncode, refused.stderr) == (
        2,
        "error: port: found 0; 1 to 65535 is allowed\n",
    )


def test_a_search_works_and_counts_as_the_same_code_as_the_checkout(installed: Installed) -> None:
    words = ("cmn", "search", "--scenario", "energy", "--memory", "sram", *SMALL, "--json")
    done = installed.call(*words)
    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)
    assert run["feasible"]
    design = installed.elsewhere / "design.json"
    design.write_text(json.dumps(run["best"]))
    priced = installed.call("cmn", "evaluate", str(design), "--json")
    assert json.loads(priced.stdout)["energy_uj"] == run["best"]["metrics"]["energy_uj"]
    code = (
        "import cmn_core; from cmn_core.search.dispatch.code_version import fingerprint;"
        "print(fingerprint(), cmn_core.__file__)"
    )
    mark, file = installed.call("python", "-P", "-c", code).stdout.split()
    from cmn_core.search.dispatch.code_version import fingerprint

    assert mark == fingerprint()
    assert ROOT not in Path(file).parents


@pytest.fixture
def served(installed: Installed) -> Iterator[int]:
    """Port of the app, started by `cmn run`."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    log = installed.elsewhere / "app.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(installed.binaries / "cmn"), "run", "--port", str(port), "--address", "127.0.0.1"],
            cwd=installed.elsewhere,
            env=installed.environment,
            stdout=out,
            stderr=out,
        )
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not answers(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as found:
            return bool(found.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def first_page(port: int) -> tuple[Any, list[Any]]:
    """What a browser is told when it opens the app: its set-up, and the elements it shows."""
    wanted = BackMsg()
    wanted.rerun_script.query_string = ""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    elements: list[Any] = []
    session = None
    with connect(address, subprotocols=["streamlit"], max_size=None) as stream:  # type: ignore[list-item]
        stream.send(wanted.SerializeToString())
        while True:
            message = ForwardMsg.FromString(bytes(stream.recv(timeout=PATIENCE_S)))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                session = message.new_session
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                elements.append(message.delta.new_element)
            elif kind == "script_finished":
                assert message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
                return session, elements


def test_the_app_starts_shows_its_first_page_and_has_a_worker(
    installed: Installed, served: int
) -> None:
    session, elements = first_page(served)
    kinds = {element.WhichOneof("type") for element in elements}
    assert "exception" not in kinds
    assert "vega_lite_chart" in kinds, "the fronts of the shipped examples"
    # What only .streamlit/config.toml says; it has come along.
    assert session.custom_theme.light.primary_color == "#0072B2"
    home = installed.elsewhere / "home"
    deadline = time.monotonic() + PATIENCE_S
    held = "from cmn_core.runs.lock import is_held; import sys; from pathlib import Path;"
    held += "print(is_held(Path(sys.argv[1])))"
    slot = str(home / "locks" / "worker-0.lock")
    while installed.call("python", "-P", "-c", held, slot).stdout.strip() != "True":
        assert time.monotonic() < deadline, (home / "logs" / "worker-0.log").read_text()
        time.sleep(0.2)
    assert "Traceback" not in (home / "logs" / "worker-0.log").read_text()
