"""Rules of the house that import-linter cannot express."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from cmn_core.design import design_schema
from cmn_core.quantities import GOALS, LIMITS, OBJECTIVES, QUANTITIES, TITLES

ROOT = Path(__file__).resolve().parents[1]
TORCH_FREE = (
    "cmn_core.search.codesign",
    "cmn_core.search.scenario",
    "cmn_core.predictor",
    "cmn_core.charts",
    "cmn_core.runs.store.store",
    "cmn_core.runs.workers.launch",
    "cmn_core.cim.chip",
    "cmn_core.cli",
)
BINARY = {".png", ".safetensors", ".npz", ".parquet", ".ico", ".woff2"}
INSTALLERS = ("requirements*.txt", "constraints.txt", "Makefile", "pyproject.toml", ".ci/run")
# A folder of somebody's machine, at the start of a path: not the end of a longer one, or of a URL.
MACHINE_PATH = re.compile(r"(?<![\w./~-])/(?:root|home|work|opt|tmp|Users)/\w")
# Tests of the whole product or of faults, and of what is no module.
WHOLE = {"browser", "deploy", "faults", "fuzz", "golden"}
NO_MODULE = {"tests/test_house.py", "tests/test_readme.py"}
ADDRESS = re.compile(r"https?://(?!localhost)|--(?:extra-)?index-url|--find-links|--trusted-host")


def ours() -> Iterator[Path]:
    """Every text file of the checkout that git would track, relative to its root."""
    rules = (ROOT / ".gitignore").read_text().split()
    ignored = [rule.strip("/") for rule in rules] + [".git"]
    todo = [ROOT]
    while todo:
        for path in sorted(todo.pop().iterdir()):
            if any(fnmatch(path.name, rule) for rule in ignored):
                continue
            if path.is_dir():
                todo.append(path)
            elif path.suffix not in BINARY:
                yield path.relative_to(ROOT)


def imported(source: str) -> Iterator[str]:
    """Names of the modules that a source imports, wherever it does."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("module", TORCH_FREE)
def test_importing_it_brings_neither_torch_nor_streamlit(module: str) -> None:
    code = (
        f"import sys, {module}; "
        "print([m for m in ('torch', 'streamlit', 'cmn_core.supernet') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_the_app_never_imports_torch() -> None:
    sources = [p for p in ours() if p.suffix == ".py" and p.parts[0] in ("app.py", "pages")]
    assert sources
    forbidden = ("torch", "cmn_core.supernet", "cmn_core.runs.workers.worker")
    found = [
        (str(path), name)
        for path in sources
        for name in imported((ROOT / path).read_text(encoding="utf-8"))
        if any(name == f or name.startswith(f + ".") for f in forbidden)
    ]
    assert found == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = [
        (str(path), number)
        for path in ours()
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


def test_installing_names_packages_and_no_registry() -> None:
    files = [p for p in ours() if any(fnmatch(p.as_posix(), rule) for rule in INSTALLERS)]
    assert len(files) >= len(INSTALLERS)
    assert [str(p) for p in files if ADDRESS.search((ROOT / p).read_text(encoding="utf-8"))] == []


def test_every_requirement_is_pinned() -> None:
    pinned = re.compile(r"[A-Za-z0-9_.-]+==[\w.]+")
    loose = [
        line
        for path in [*ROOT.glob("requirements*.txt"), ROOT / "constraints.txt"]
        for line in path.read_text().splitlines()
        if line and not line.startswith(("#", "-r ", "-c ")) and not pinned.fullmatch(line)
    ]
    assert loose == []


def test_every_package_the_product_imports_is_a_requirement() -> None:
    required = {
        line.split("==")[0]
        for name in ("requirements.txt", "requirements-cluster.txt")
        for line in (ROOT / name).read_text().splitlines()
        if line and not line.startswith(("#", "-c ", "-r "))
    }
    modules = {
        name.split(".")[0]
        for path in ours()
        if path.suffix == ".py" and path.parts[0] in ("app.py", "pages", "cmn_core")
        for name in imported((ROOT / path).read_text(encoding="utf-8"))
    }
    foreign = modules - set(sys.stdlib_module_names) - {"cmn_core", "pages"}
    owners = packages_distributions()
    unlisted = {m for m in foreign if not required & {o.lower() for o in owners.get(m, ())}}
    assert unlisted == set()


def test_the_shipped_schema_is_the_one_the_code_writes() -> None:
    shipped = (ROOT / "assets" / "design.schema.json").read_text(encoding="utf-8")
    assert shipped == json.dumps(design_schema(), indent=2) + "\n", "run: make schema"


def test_no_folder_is_too_full_to_be_read_at_a_glance() -> None:
    folders = [
        p.parent
        for p in ours()
        if p.suffix == ".py" and p.parts[0] in ("benchmarks", "cmn_core", "pages")
    ]
    counts = Counter(folders)
    full = {
        str(folder): count
        for folder, count in counts.items()
        if count - (ROOT / folder / "__init__.py").exists() > 12
    }
    assert full == {}


def test_a_class_name_means_one_thing_in_the_house() -> None:
    names = Counter(
        node.name
        for path in ours()
        if path.suffix == ".py" and path.parts[0] in ("app.py", "benchmarks", "cmn_core", "pages")
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert {name: count for name, count in names.items() if count > 1} == {}


def test_array_types_are_written_out_in_one_place_alone() -> None:
    spelled = re.compile(r"NDArray\[np\.(?:float64|int64|bool_|uint8)\]")
    found = [
        str(path)
        for path in ours()
        if path.suffix == ".py" and spelled.search((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert found == ["cmn_core/arrays.py"]


def test_tests_lie_at_the_path_of_their_source() -> None:
    """A module's, or a folder's where they ask it as a whole."""
    tests = [p for p in ours() if p.parts[0] == "tests" and p.name.startswith("test_")]
    assert len(tests) > 200
    lost = []
    for path in tests:
        place = path.relative_to("tests").with_name(path.stem.removeprefix("test_"))
        found = [
            source
            for base in (ROOT / "cmn_core", ROOT)
            for source in (base / place, (base / place).with_suffix(".py"))
            if source.exists()
        ]
        if not found and not WHOLE & set(path.parts) and str(path) not in NO_MODULE:
            lost.append(str(path))
    assert lost == []


def test_metrics_limits_and_goals_are_put_into_words_in_quantities_alone() -> None:
    names = {*QUANTITIES, *LIMITS, *GOALS, *OBJECTIVES}
    titles = [title for title in TITLES.values() if title.endswith(")")]
    sources = [
        (str(path), ast.parse((ROOT / path).read_text(encoding="utf-8")))
        for path in ours()
        if path.suffix == ".py" and path.parts[0] in ("cmn_core", "pages")
    ]
    found = [
        (path, node.lineno)
        for path, tree in sources
        for node in ast.walk(tree)
        if isinstance(node, ast.expr)
        if path != "cmn_core/quantities.py"
        if sum(name in names for name in named(node)) >= 3 or titled(node, titles)
    ]
    assert found == [], "its words stand in cmn_core/quantities.py"


def named(node: ast.expr) -> Iterator[object]:
    """Keys of a table that maps names to texts: of a dict, or of tuples that begin with them."""
    pairs: list[tuple[ast.expr | None, list[ast.expr]]] = []
    if isinstance(node, ast.Dict):
        pairs = [(key, [value]) for key, value in zip(node.keys, node.values, strict=True)]
    elif isinstance(node, ast.Tuple | ast.List):
        rows = [item.elts for item in node.elts if isinstance(item, ast.Tuple) and item.elts]
        pairs = [(first, rest) for first, *rest in rows]
    for key, values in pairs:
        flat = [v for value in values for v in getattr(value, "elts", [value])]
        if isinstance(key, ast.Constant) and any(map(is_text, flat)):
            yield key.value


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def titled(node: ast.expr, titles: list[str]) -> bool:
    """Whether it is a text with the title of a metric in it, such as "Energy (µJ)"."""
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, str) and any(title in value for title in titles)
