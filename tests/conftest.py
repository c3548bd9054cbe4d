"""Shared by all tests: a run store of their own, repeatable cases in CI, the browser rule."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:  # one core each, and so for the processes they start
    os.environ.setdefault("OMP_NUM_THREADS", "1")

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

settings.register_profile("house", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if IN_CI else "house")


@pytest.fixture(scope="session", autouse=True)
def own_run_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test, and no process that a test starts, touches the run store of the person at work."""
    home = tmp_path_factory.mktemp("cmn-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CMN_HOME", str(home))
        yield home


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first: then slow ones, then those in a browser. Otherwise the order is kept.
    Where processes share the tests it is the other way round: a long module at the end is one
    process's work, while the others have none."""
    shared = "PYTEST_XDIST_WORKER" in os.environ
    items.sort(
        key=lambda item: 2 * ("browser" in item.keywords) + ("slow" in item.keywords),
        reverse=shared,
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") is None or shutil.which("chromium"):
        return
    missing = "no chromium on this machine; to run the browser tests: apt-get install chromium"
    if IN_CI:
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)
