"""News of the store as server-sent events: what landed, so that pages need not ask again and again.

One task looks at the store's entry number a few times a second, and only while somebody listens; an idle page costs
one small query shared by all of them. A client that was away says the last entry it knows and is told what it missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from modeldb.errors import ModelDBError
from modeldb.server.http.endpoint import PREFIX
from modeldb.server.http.schemas import Event
from modeldb.server.pages.changes import changes
from modeldb.server.source import Source

POLL_S = 0.25
HEARTBEAT_S = 15.0
PATH = PREFIX + "/events"


class Hub:
    """Tells listeners when the store's entry number moves. Everything here runs on the event loop."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._moved = asyncio.Event()
        self._entry = -1
        self._listeners = 0
        self._task: asyncio.Task[None] | None = None
        self.closing = asyncio.Event()

    async def listen(self, after: int | None) -> AsyncIterator[Event | None]:
        """Events from `after` on, or from now on; None now and then, to keep the connection alive."""
        self._listeners += 1
        try:
            known = after
            self._start()
            while not self.closing.is_set():
                moved = self._moved  # taken before looking, or what moves while we look would not be heard
                entry = await self._look()
                if entry is None:
                    await asyncio.sleep(POLL_S)
                    continue
                if known is None:
                    known = entry
                if entry != known:
                    yield await run_in_threadpool(changes, self._source, known, entry)
                    known = entry
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(moved.wait(), HEARTBEAT_S)
                    continue
                yield None
        finally:
            self._listeners -= 1

    def close(self) -> None:
        """Ends every stream, so that the server can stop."""
        self.closing.set()
        self._wake()

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while self._listeners and not self.closing.is_set():
            entry = await self._look()
            if entry is not None and entry != self._entry:
                self._entry = entry
                self._wake()
            await asyncio.sleep(POLL_S)

    async def _look(self) -> int | None:
        """The store's entry number; None if it cannot be read now: it may be free, or whole, at the next look."""
        try:
            return await run_in_threadpool(self._source.last_entry)
        except ModelDBError:
            return None

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


def events_route() -> Route:
    """`GET /events`."""

    async def events(request: Request) -> Response:
        hub: Hub = request.app.state.hub
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(_stream(hub, last_known(request)), 200, headers, "text/event-stream")

    return Route(PATH, events, methods=["GET"], name="GET /events")


def last_known(request: Request) -> int | None:
    """The entry a client knows: from `Last-Event-ID`, or `?after=` on its first request."""
    text = request.headers.get("last-event-id") or request.query_params.get("after") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def _stream(hub: Hub, after: int | None) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n: hello\n\n"
    async for event in hub.listen(after):
        if event is None:
            yield b": still here\n\n"
        else:
            data = msgspec.json.encode(event)
            yield b"event: change\nid: %d\ndata: %s\n\n" % (event.entry, data)
