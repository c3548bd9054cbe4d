"""A Dask cluster as the executor of a search.

What travels: scenario, limits and architectures there, indices of hardware points and mIoU back;
with accuracy `supernet` its weights and images once to every worker. All of it by pickle: a
scheduler and whoever can reach it can run any code on the workers and here (docs/scaling.md).
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

from distributed import Client, KilledWorker, Security, Worker
from distributed.core import rpc
from distributed.diagnostics.plugin import WorkerPlugin

from cmn_core.errors import FieldError, LostWorkersError, one_line
from cmn_core.search.dispatch.code_version import fingerprint
from cmn_core.search.dispatch.retry import Steadfast
from cmn_core.search.dispatch.shared_files import SharedFile, hold

CONNECT_S = 5.0
ANSWER_S = 20.0
PATIENCE_S = 60.0  # without any worker, or any answer of the scheduler
LOOK_S = 2.0
FORM = "dask://HOST:PORT, or dask+tls://HOST:PORT"
_ADDRESS = re.compile(r"dask(\+tls)?://(\[[0-9a-fA-F:.]+\]|[^\s:/@\[\]]+):([0-9]{1,5})/?")
_REASON = re.compile(r"\[Errno -?[0-9]+\] ([^')\]]+)")


def scheduler_address(text: str) -> str:
    """dask://host:8786 -> tcp://host:8786, the address as Dask writes it; FieldError for others."""
    found = _ADDRESS.fullmatch(text)
    if found is None or not 1 <= int(found[3]) <= 65535:
        raise FieldError("executor", f"found '{one_line(text, 60)}'", f"{FORM} is expected")
    return f"{'tls' if found[1] else 'tcp'}://{found[2]}:{found[3]}"


@contextmanager
def connected(executor: Executor | str, *, patience_s: float = PATIENCE_S) -> Iterator[Cluster]:
    """The cluster of that address, or of a Dask client's executor, looked over and ready.

    patience_s: how long tasks wait for a worker. In the end a connection of our own is closed;
    the cluster stays as it is.
    """
    if not isinstance(executor, str):
        client = executor._client  # type: ignore[attr-defined]
        address = str(client.scheduler.address)
        with _looked_over(Cluster(client, address, patience_s=patience_s)) as cluster:
            yield cluster
        return
    target = scheduler_address(executor)
    quiet = logging.getLogger("distributed")
    level = quiet.level
    quiet.setLevel(logging.CRITICAL)  # what goes wrong is said once, by whoever waits for it
    client = None
    try:
        client = _client(target, executor)
        with _looked_over(Cluster(client, executor, patience_s=patience_s)) as cluster:
            yield cluster
    finally:
        if client is not None:
            with suppress(Exception):
                client.close(timeout=LOOK_S)
        quiet.setLevel(level)


@contextmanager
def _looked_over(cluster: Cluster) -> Iterator[Cluster]:
    try:
        cluster.inspect()
        yield cluster
    finally:
        cluster.shutdown()


def _client(target: str, address: str) -> Client:
    try:
        _knock(target)
        with ThreadPoolExecutor(1) as thread:  # a notebook has an event loop here already
            kind = thread.submit(asyncio.run, _kind(target)).result()
        if kind != "Scheduler":
            raise OSError(2, f"it is a {kind.lower()}")
        return Client(target, timeout=CONNECT_S, set_as_default=False, name="cmn-explorer")
    except Exception as error:
        # Refused, no such host, silent, no scheduler at all, or certificates that do not fit.
        raise FieldError(
            "executor",
            f"no Dask scheduler answers at {address} ({_reason(error)})",
            "the address of one that runs is expected",
        ) from None


def _knock(target: str) -> None:
    """OSError where nobody listens. Dask tries again until its time is over, and what the system
    said is lost where that ends in the middle of a try."""
    place = urlsplit(target)
    with socket.create_connection((place.hostname, place.port), CONNECT_S):
        pass


def _reason(error: BaseException | None) -> str:
    """What the system said, somewhere down the chain of causes."""
    while error is not None:
        found = _REASON.search(str(error))
        if found is not None:
            return found[1].lower()
        error = error.__cause__ or error.__context__
    return f"waited {CONNECT_S:.0f} s"


async def _kind(target: str) -> str:
    """What the server at that address says it is. A Client would wait for ever where somebody
    takes a connection and says nothing."""

    async def ask() -> str:
        answer = await server.identity()
        return str(answer["type"])

    secure = Security().get_connection_args("client")
    server: Any = rpc(target, timeout=CONNECT_S / 2, connection_args=secure)
    try:
        return await asyncio.wait_for(ask(), CONNECT_S)
    finally:
        await server.close_rpc()


class Cluster(Steadfast):
    """Tasks on the workers of a Dask scheduler, done again when a worker dies."""

    def __init__(self, client: Client, address: str, *, patience_s: float = PATIENCE_S) -> None:
        super().__init__()
        self._client, self._address, self._patience_s = client, address, patience_s
        # Not pure: two searches that ask alike must not wait for, or cancel, each other.
        self._inner: Executor = client.get_executor(pure=False)
        self._closed = Event()
        self._delivered: set[str] = set()
        Thread(target=self._watch, name="watch-cluster", daemon=True).start()

    def width(self) -> int:
        """Threads of all workers."""
        with suppress(Exception):
            return sum(self._threads().values())
        return 1

    def inspect(self) -> None:
        """FieldError unless there are workers and all of them run the code that is at work here."""
        deadline = time.monotonic() + CONNECT_S
        while not self._threads():
            if time.monotonic() > deadline:
                raise FieldError(
                    "executor",
                    f"the scheduler at {self._address} has no workers",
                    "at least one is needed: dask worker tcp://HOST:PORT --nthreads 1",
                )
            time.sleep(0.1)
        answers = self._client.run(fingerprint, on_error="return")
        for worker, answer in sorted(answers.items()):
            if isinstance(answer, BaseException):
                raise _stranger(f"worker {worker} cannot load it ({one_line(answer, 80)})")
            if answer != fingerprint():
                raise _stranger(f"worker {worker} has another version of it")

    def deliver(self, files: Sequence[SharedFile]) -> None:
        """Bring files to every worker that is there or comes later, each once."""
        for file in files:
            if file.digest not in self._delivered:
                plugin = Delivery(file.here().read_bytes(), file.path.name)
                self._client.register_plugin(plugin, f"cmn-{file.digest}")
                self._delivered.add(file.digest)

    def dispatch(self, work: Callable[[], Any]) -> Future[Any]:
        return self._inner.submit(checked, fingerprint(), work)

    def excused(self, error: BaseException) -> bool:
        return isinstance(error, KilledWorker)

    def told(self, error: BaseException) -> BaseException:
        if isinstance(error, KilledWorker):
            return self._lost("its workers died again and again at the same task")
        if isinstance(error, CancelledError):
            return self._lost("the connection to its scheduler was lost")
        if isinstance(error, ImportError):
            return _stranger(f"a worker cannot load it ({one_line(error, 80)})")
        return error

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster as it is; what is still under way there is called off."""
        self._closed.set()
        with suppress(Exception):
            self._inner.shutdown(wait=False)
        self.give_up(self._lost("it was closed"))

    def _threads(self) -> Mapping[str, int]:
        """Threads by worker; TimeoutError when the scheduler is silent."""
        scheduler: Any = self._client.scheduler
        known: Mapping[str, int] = self._client.sync(scheduler.ncores, callback_timeout=ANSWER_S)
        return known

    def _watch(self) -> None:
        """A search must not wait for ever for workers that do not come back."""
        since = time.monotonic()
        while not self._closed.wait(min(LOOK_S, self._patience_s)):
            reason = "it has had no worker"
            try:
                alive = not self.busy or bool(self._threads())
            except Exception:
                alive, reason = False, "its scheduler has been silent"
            if alive:
                since = time.monotonic()
            elif time.monotonic() - since > self._patience_s:
                self.give_up(self._lost(f"{reason} for {self._patience_s:.0f} s"))

    def _lost(self, why: str) -> LostWorkersError:
        return LostWorkersError(
            f"executor: {self._address}: {why}; the search can be resumed, there or elsewhere"
        )


class Delivery(WorkerPlugin):
    """A file on its way to the workers."""

    idempotent = True

    def __init__(self, content: bytes, name: str) -> None:
        self._content, self._name = content, name

    def setup(self, worker: Worker) -> None:
        hold(self._content, self._name, Path(worker.local_directory) / "cmn")
        self._content = b""


def checked(expected: str, work: Callable[[], Any]) -> Any:
    """The result of the work, done on a worker that runs the code which asks for it."""
    if fingerprint() != expected:
        raise _stranger("a worker has another version of it")
    return work()


def _stranger(found: str) -> FieldError:
    return FieldError("executor", f"code: {found}", "the same checkout on every machine is needed")
