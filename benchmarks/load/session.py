"""A visitor without a browser: Streamlit's own messages over one WebSocket.

The protocol is internal to Streamlit, whose version is pinned; thirty browsers would need more
than the machine that is measured has.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Mapping
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

GENERATION = re.compile(r"Generation (\d+) of")
PATIENCE_S = 60.0
DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class Session:
    """Opens a page and keeps it up to date as a browser does.

    updates: times at which a redraw was complete; seen: (time, generation) when a generation
    appeared first; received: bytes
    """

    def __init__(self, stream: str, page: str, query: str = "") -> None:
        self.stream, self.page, self.query = stream, page, query
        self.updates: list[float] = []
        self.seen: list[tuple[float, int]] = []
        self.received = 0
        self.sliders: dict[str, str] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._known: dict[str, ForwardMsg] = {}
        self._script = ""
        self._pending: tuple[float, int] | None = None
        self._whole = asyncio.Event()
        self._figures = asyncio.Event()
        self._widgets: dict[str, WidgetState] = {}
        self._reader: asyncio.Task[None] | None = None
        self._socket: Any = None

    async def open(self) -> float:
        """Connect and draw the page once; seconds until it was complete."""
        begun = time.monotonic()
        self._socket = await connect(
            self.stream, subprotocols=["streamlit"], max_size=None, compression=None
        )
        self._reader = asyncio.create_task(self._read())
        await self._ask()
        await asyncio.wait_for(self._whole.wait(), PATIENCE_S)
        return time.monotonic() - begun

    async def move(self, key: str, value: float) -> tuple[float, float]:
        """Move the slider of that key; seconds until its figures came, and until the page was
        complete."""
        state = WidgetState(id=self.sliders[key])
        state.double_array_value.data.append(value)
        self._widgets[key] = state
        self._whole.clear()
        self._figures.clear()
        begun = time.monotonic()
        await self._ask()
        await asyncio.wait_for(self._figures.wait(), PATIENCE_S)
        figures = time.monotonic() - begun
        await asyncio.wait_for(self._whole.wait(), PATIENCE_S)
        return figures, time.monotonic() - begun

    async def close(self) -> None:
        for task in [*self._timers.values(), self._reader]:
            if task is not None:
                task.cancel()
        await self._socket.close()

    async def _ask(self, fragment: str = "") -> None:
        message = BackMsg()
        wanted = message.rerun_script
        wanted.query_string = self.query
        if self._script:
            wanted.page_script_hash = self._script
        else:
            wanted.page_name = self.page
        wanted.cached_message_hashes.extend(self._known)
        wanted.widget_states.widgets.extend(self._widgets.values())
        if fragment:
            wanted.fragment_id, wanted.is_auto_rerun = fragment, True
        await self._socket.send(message.SerializeToString())

    async def _read(self) -> None:
        try:
            async for raw in self._socket:
                self.received += len(raw)
                message = ForwardMsg.FromString(raw)
                if message.WhichOneof("type") == "ref_hash":  # the browser has it already
                    message = self._known[message.ref_hash]
                elif message.metadata.cacheable:
                    self._known[message.hash] = message
                kind = message.WhichOneof("type")
                if kind == "new_session":
                    self._begin(message)
                elif kind == "navigation":
                    self._script = message.navigation.page_script_hash
                elif kind == "auto_rerun":
                    self._tick(message.auto_rerun.fragment_id, message.auto_rerun.interval)
                elif kind == "delta":
                    self._delta(message.delta)
                elif kind == "page_info_changed":
                    self.query = message.page_info_changed.query_string
                elif kind == "script_finished" and message.script_finished in DONE:
                    self._finished(message.script_finished)
        except ConnectionClosed:
            return

    def _begin(self, message: ForwardMsg) -> None:
        if not message.metadata.run.fragment_ids:
            self._stop_timers()

    def _delta(self, delta: Any) -> None:
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "progress" and (found := GENERATION.search(element.progress.text)):
            self._pending = time.monotonic(), int(found.group(1))
        elif kind == "html" and "data-figure" in element.html.body:
            self._figures.set()
        elif kind == "slider":
            self.sliders[element.slider.id.rpartition("-")[2]] = element.slider.id

    def _finished(self, how: int) -> None:
        now = time.monotonic()
        self.updates.append(now)
        if self._pending and (not self.seen or self.seen[-1][1] != self._pending[1]):
            self.seen.append((now, self._pending[1]))
        if how == ForwardMsg.FINISHED_SUCCESSFULLY:
            self._whole.set()

    def _tick(self, fragment: str, interval: float) -> None:
        if fragment not in self._timers:
            self._timers[fragment] = asyncio.create_task(self._every(fragment, interval))

    def _stop_timers(self) -> None:
        for task in self._timers.values():
            task.cancel()
        self._timers.clear()

    async def _every(self, fragment: str, interval: float) -> None:
        """As the browser's setInterval: whether or not the last answer has come."""
        begun, count = time.monotonic(), 0
        while True:
            count += 1
            await asyncio.sleep(max(0.0, begun + count * interval - time.monotonic()))
            try:
                await self._ask(fragment)
            except ConnectionClosed:
                return


def gaps(session: Session, since: float, until: float) -> list[float]:
    """Seconds between complete redraws within a time, its ends included, so that a session that
    stood still counts."""
    times = [since, *(t for t in session.updates if since <= t <= until), until]
    return [b - a for a, b in itertools.pairwise(times)]


def ages(sessions: list[Session], stored: Mapping[int, float], since: float) -> list[float]:
    """Seconds from the moment a generation was stored until a session had drawn it."""
    found = [(t, n) for session in sessions for t, n in session.seen if t >= since]
    return [t - stored[n] for t, n in found if n in stored]
