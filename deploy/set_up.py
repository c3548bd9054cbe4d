"""What `make setup` puts into .venv: the packages of requirements.txt, of torch the small build.

    python deploy/set_up.py cpu|cuda|none

cpu: the build without CUDA from PyTorch's own index, where that answers within seconds; else what
the plain index has. Where pip's settings name places to look in, those are followed and nobody
else is asked. cuda: what the plain index has, on Linux a build with CUDA. none: no torch; the app
works without, and what needs it says so. The index's address stands in the Dockerfile alone.

Bytecode is made of what the program imports, instead of everything: half of the time, a quarter
of a GB.
"""

from __future__ import annotations

import logging
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHOICES = ("cpu", "cuda", "none")
PATIENCE_S = 5.0
PLACES = ("index-url", "extra-index-url", "find-links", "no-index")


@dataclass(frozen=True)
class Torch:
    """sentence: what is drawn, for people; settings: of pip, as environment variables."""

    sentence: str
    settings: Mapping[str, str]


def chosen(choice: str, *, index: str, configured: bool) -> Torch:
    """Where torch is drawn from. index: of CPU builds; configured: pip has places of its own."""
    if choice == "none":
        return Torch("torch: left out; the app works without", {})
    if choice == "cuda":
        return Torch("torch: what the plain index has, on Linux with CUDA (several GB)", {})
    if configured:
        return Torch("torch: from where pip's settings look", {})
    if not sys.platform.startswith("linux"):
        return Torch("torch: what the plain index has, without CUDA on this system", {})
    if answers(index):
        settings = {"PIP_EXTRA_INDEX_URL": index}
        return Torch("torch: the CPU build, 0.2 GB, from PyTorch's own index", settings)
    return Torch(
        f"torch: PyTorch's index of CPU builds did not answer within {PATIENCE_S:g} s; what the"
        " plain index has may come with CUDA (several GB; TORCH=none leaves it out)",
        {},
    )


def answers(index: str) -> bool:
    """Whether that index knows torch, and says so in time."""
    try:
        with urllib.request.urlopen(f"{index}/torch/", timeout=PATIENCE_S) as found:
            return bool(found.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def cpu_index() -> str:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    [address] = re.findall(r"^ARG TORCH_INDEX=(\S+)$", text, re.M)
    return address


def has_places() -> bool:
    """Whether pip's settings name indexes or folders."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return any(re.search(rf"^\S+\.{place}=", text, re.M) for place in PLACES)


def requirements() -> list[str]:
    """The pins of requirements.txt, torch among them."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def install(pins: list[str], settings: Mapping[str, str]) -> None:
    quiet = ["--quiet"] if os.environ.get("CI") else []
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *quiet),
            *("--no-compile", "-c", "constraints.txt", *pins),
        ],
        cwd=ROOT,
        env={**os.environ, **settings},
        check=True,
    )


def compile_used() -> None:
    """Import every module of the program once, which leaves the bytecode of all it imports."""
    sys.dont_write_bytecode = False
    logging.disable()  # Streamlit misses its server
    sys.path.insert(0, str(ROOT))
    for package in ("cmn_core", "pages.parts"):
        found = import_module(package)
        for module in pkgutil.walk_packages(found.__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                try:
                    import_module(module.name)
                except ModuleNotFoundError as error:
                    if (error.name or "").split(".")[0] not in ("torch", "distributed"):
                        raise  # those two are for who asks for them
    import_module("streamlit.web.cli")
    import_module("streamlit.web.server.starlette.starlette_server")


def main(choice: str) -> int:
    if choice not in CHOICES:
        sys.stderr.write(f"error: TORCH: found '{choice}'; allowed are {', '.join(CHOICES)}\n")
        return 2
    torch = chosen(choice, index=cpu_index(), configured=has_places())
    sys.stderr.write(torch.sentence + "\n")
    pins = requirements()
    own = [pin for pin in pins if pin.startswith("torch==")]
    try:
        if choice != "none":
            install(own, torch.settings)
            # Programs that test the library itself, 80 MB.
            shutil.rmtree(Path(sysconfig.get_path("purelib"), "torch", "test"), ignore_errors=True)
        install([pin for pin in pins if pin not in own], {})
    except subprocess.CalledProcessError as error:
        return error.returncode
    compile_used()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or ["cpu"]))
