"""News over a real server: live, resumed, and silent while nothing happens."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator

import httpx2
import msgspec
import pytest

from modeldb.core.actions import RunStarted
from modeldb.core.codec import encode
from modeldb.database import Database
from modeldb.errors import StoreError
from modeldb.journal import JournalWriter
from modeldb.server.http import events, opening
from modeldb.server.http.running import Address, serve
from modeldb.server.http.schemas import Event


class Stream:
    """The events of one connection, one after the other."""

    def __init__(self, client: httpx2.Client, **headers: str) -> None:
        self._context = client.stream("GET", "/api/v1/events", headers=headers, timeout=20)
        self._answer = self._context.__enter__()
        assert self._answer.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in self._answer.headers
        self._lines = self._answer.iter_lines()
        self.comment()

    def comment(self) -> str:
        return next(line for line in self._lines if line.startswith(":"))

    def event(self) -> tuple[int, Event]:
        id = next(line for line in self._lines if line.startswith("id: "))
        data = next(line for line in self._lines if line.startswith("data: "))
        return int(id[4:]), msgspec.json.decode(data[6:], type=Event)

    def close(self) -> None:
        self._context.__exit__(None, None, None)


@pytest.fixture
def server(own_db: Database) -> Iterator[httpx2.Client]:
    import modeldb.server.http.running as running

    started, found, servers = threading.Event(), list[Address](), list[object]()
    made = running.Server

    class Remembered(made):
        def __init__(self, config: object, state: object) -> None:
            super().__init__(config, state)
            servers.append(self)

    def announce(address: Address) -> None:
        found.append(address)
        started.set()

    running.Server = Remembered
    try:
        thread = threading.Thread(target=serve, args=(own_db,), kwargs={"port": 0, "announce": announce})
        thread.start()
        assert started.wait(30)
    finally:
        running.Server = made
    address = found[0]
    said: list[str] = []
    listener = logging.Handler()
    listener.emit = lambda record: said.append(record.getMessage())
    logging.getLogger("uvicorn.error").addHandler(listener)
    with httpx2.Client(
        base_url=f"http://127.0.0.1:{address.port}", headers={"x-modeldb-token": address.token}
    ) as client:
        yield client
        servers[0].should_exit = True
    thread.join(30)
    assert not thread.is_alive()
    logging.getLogger("uvicorn.error").removeHandler(listener)
    assert said == []


def test_what_another_process_records_is_told_and_can_be_read(server: httpx2.Client, own_db: Database) -> None:
    stream = Stream(server)
    run = RunStarted("r-00000000000000ff", 1.9e9, "live", "default", "now", "ada", "host", 1, [], None, "/", "3.12")
    journal = JournalWriter.create(own_db.layout.journal)
    journal.append(encode(run))
    entry, event = stream.event()
    assert event.run_ids == [run.run_id] and "runs" in event.tables and "projects" in event.tables
    assert server.get(f"/api/v1/runs/{run.run_id}").json()["run"]["name"] == "now"
    journal.close()
    stream.close()
    assert entry == event.entry == own_db.catalog.last_entry()


def test_who_was_away_is_told_what_was_missed(server: httpx2.Client, own_db: Database) -> None:
    model = server.get("/api/v1/models/table").json()["ids"][0]
    before = own_db.catalog.last_entry()
    change = {"changes": [{"targets": [model], "kind": "tag", "key": "a", "value": "b"}]}
    entry = server.post("/api/v1/annotations", json=change).json()["entry"]
    stream = Stream(server, **{"last-event-id": str(before)})
    assert stream.event() == (entry, Event(entry=entry, tables=["annotations"], run_ids=[]))
    stream.close()
    everything = Stream(server, **{"last-event-id": "0"})
    _, event = everything.event()
    assert len(event.run_ids) == 10 and not event.many
    everything.close()


def test_a_store_that_was_replaced_by_an_older_one_is_all_new(server: httpx2.Client) -> None:
    stream = Stream(server, **{"last-event-id": "999999999"})
    _, event = stream.event()
    assert event.many and "models" in event.tables
    stream.close()


def test_several_listeners_hear_the_same(server: httpx2.Client) -> None:
    model = server.get("/api/v1/models/table").json()["ids"][0]
    streams = [Stream(server) for _ in range(3)]
    change = {"changes": [{"targets": [model], "kind": "note", "value": "heard"}]}
    entry = server.post("/api/v1/annotations", json=change).json()["entry"]
    assert [stream.event()[0] for stream in streams] == [entry] * 3
    for stream in streams:
        stream.close()


class Moving:
    """A source whose entry number moves, or which cannot be read, exactly when it is told to."""

    def __init__(self) -> None:
        self.entry = 1
        self.looks: list[Callable[[], None]] = []
        """What happens while it is looked at, look by look: the number that is told is that of before."""
        self._looking = threading.Lock()  # the hub looks from several threads

    def last_entry(self) -> int:
        with self._looking:
            entry = self.entry
            if self.looks:
                self.looks.pop(0)()
            return entry

    def query(self, sql: str, params: object = None) -> list[object]:
        return []


@pytest.mark.parametrize("locked_at", [None, *range(9)])
@pytest.mark.parametrize("moved_at", range(6))
def test_a_change_while_somebody_looks_is_heard(
    monkeypatch: pytest.MonkeyPatch, moved_at: int, locked_at: int | None
) -> None:
    source = Moving()

    def move() -> None:
        source.entry = 2

    def locked() -> None:
        raise StoreError("The catalog is locked.")

    source.looks = [*[lambda: None] * moved_at, move, *[lambda: None] * 3]
    if locked_at is not None:
        source.looks.insert(locked_at, locked)
    monkeypatch.setattr(events, "POLL_S", 0.001)

    async def first() -> Event | None:
        hub = events.Hub(source)
        heard = hub.listen(1)
        try:
            return await anext(heard)
        finally:
            hub.close()
            await heard.aclose()

    event = asyncio.run(first())
    assert event is not None and event.entry == 2, "a heartbeat came first"


def test_following_goes_on_after_a_failure_nobody_thought_of(own_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = threading.Semaphore(0)

    def fail() -> None:
        tried.release()
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(opening, "FOLLOW_S", 0.001)
    monkeypatch.setattr(own_db, "sync", fail)
    with opening.serving(own_db):
        assert all(tried.acquire(timeout=30) for _ in range(3))


def test_stopping_does_not_wait_for_listeners(server: httpx2.Client) -> None:
    Stream(server)  # still open when the fixture stops the server, which must end within its time
