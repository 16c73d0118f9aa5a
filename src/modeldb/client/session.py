"""Recording in this process: one session, from switching on to switching off.

A session owns the process's journal, the background thread and the object store, and knows the run that is under way.
`switch` starts and stops it. The recorder and the integrations ask `current()`; None means that nothing is recorded
and they step aside.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from modeldb.client import complaints, worker
from modeldb.client.background import Background
from modeldb.client.draining import Drainer
from modeldb.client.scope import Scope
from modeldb.client.secrets import mask_text
from modeldb.client.snapshot import Snapshots
from modeldb.config import Settings
from modeldb.core import codec, ids
from modeldb.core.actions import Annotated, Record, RunEnded
from modeldb.journal.writer import JournalWriter
from modeldb.store import StoreLayout

if TYPE_CHECKING:
    from modeldb.objects import ObjectStore

_current: Session | None = None


def current() -> Session | None:
    """The session of this process while recording is on."""
    return _current


def make_current(session: Session | None) -> None:
    global _current
    _current = session


class Session:
    """Where this process's records go, and what run they belong to.

    Threads: any thread may append, submit and count. Forks: the child goes on in the same run as a worker, with a
    journal of its own.
    """

    run_id: str
    """The run under way; a `with modeldb.run()` block inside it changes this for its duration."""
    next_seq: Callable[[], int]
    """The place of the next action in the run, from 0."""

    def __init__(self, layout: StoreLayout, settings: Settings) -> None:
        self.layout = layout
        self.settings = settings
        self.started_at = time.monotonic()
        self.snapshots = Snapshots()
        self.at_stop: list[Callable[[], None]] = []
        """What else to do before recording is switched off."""
        self.at_tick: list[Callable[[], None]] = []
        """What else the background thread does from time to time."""
        self._scopes: list[Scope] = []
        self._unbegun: Scope | None = None
        """A run that begins with the first record of its own."""
        self._others_begun = False
        """True once runs have begun inside that one."""
        self._joined: Scope | None = None
        """In a worker: the run its journal begins with."""
        self._children = worker.Environment()
        self._journal: _Journal = _Unopened(self)
        self._objects: ObjectStore | None = None
        self._failures: dict[str, BaseException] = {}
        self._lock = threading.Lock()
        self._beginning = threading.RLock()
        self._background = self._new_background()
        self._drainer = Drainer(layout)
        self._inherited: list[Any] = []

    # recording -------------------------------------------------------------------------------------------------------

    def append(self, record: Record) -> None:
        """Write a record. When this returns it survives `kill -9`. Never raises into the caller."""
        if self._unbegun is not None and getattr(record, "run_id", None) == self._unbegun.run_id:
            self.begin_unbegun()
        try:
            payload = codec.encode(record)
        except Exception as error:
            self.failed(f"encoding of {type(record).__name__}", error)
            return
        try:
            self._journal.append(payload)
        except Exception as error:
            self._give_up(error)
        if self._background.rests:
            self._background.wake()

    def submit(self, function: Callable[..., Any], *args: Any, cost: int = 0) -> None:
        """Call a function in the background thread, after what was submitted before. `cost`: bytes it keeps alive."""
        self._background.submit(function, *args, cost=cost)

    def flush(self, timeout_s: float) -> bool:
        """Wait until what was submitted is done, but no longer than this; True if it is."""
        return self._background.flush(timeout_s)

    @property
    def objects(self) -> ObjectStore:
        """The store for models, sources and other bytes."""
        with self._lock:
            if self._objects is None:
                from modeldb.objects import open_store

                self._objects = open_store(self.layout.objects)
            return self._objects

    @property
    def client_id(self) -> str | None:
        """The name of this process's journal, once it has one."""
        return self._journal.client_id if isinstance(self._journal, JournalWriter) else None

    @property
    def is_worker(self) -> bool:
        """True where the run is another process's, which this one has joined."""
        return self._joined is not None

    # our own failures ------------------------------------------------------------------------------------------------

    def failed(self, where: str, error: BaseException) -> None:
        """Note a failure of ours, once per place, in the store's log. Raises it only where the settings are strict;
        one of the background thread then waits for the end of the session."""
        if where not in self._failures:
            self._failures[where] = error
            complaints.log(self.layout.log, where, error)
        if self.settings.strict and not self._background.is_this_thread:
            raise error

    def raise_failures(self) -> None:
        """Raise the first failure of ours, if the settings are strict and there was one."""
        if self.settings.strict and self._failures:
            raise next(iter(self._failures.values()))

    def _give_up(self, error: Exception) -> None:
        if isinstance(self._journal, _Nowhere):
            return
        self._journal = _Nowhere()
        complaints.warn(f"{error} The script goes on; the rest of it is not recorded.")

    # runs ------------------------------------------------------------------------------------------------------------

    @property
    def scope(self) -> Scope:
        """The run under way, in full."""
        return self._scopes[-1]

    def begin_run(self, scope: Scope, script_text: bytes | None = None, *, when_used: bool = False) -> None:
        """Begin a run, inside the present one if there is one. `when_used`: not before something is recorded in it,
        so that runs begun inside it meanwhile stand for themselves and it leaves no trace if that was all.

        Raises StoreError when not even its beginning can be written.
        """
        if isinstance(self._journal, _Unopened) and not self._scopes:
            self._open_journal()
        self._enter(scope)
        self._others_begun = self._unbegun is not None
        if when_used:
            self._unbegun = scope
        else:
            self._write_beginning(scope, script_text)

    def _write_beginning(self, scope: Scope, script_text: bytes | None) -> None:
        self.append(scope.started())
        if self.settings.keep_code:
            self.submit(self.snapshots.take, self, scope, script_text)

    def begin_unbegun(self) -> None:
        """Begin the run that waits for its first record, if there is one."""
        with self._beginning:
            scope, self._unbegun = self._unbegun, None
            if scope is not None:
                self._write_beginning(scope, None)

    def has_begun(self, scope: Scope) -> bool:
        """False for a run that has recorded nothing yet and waits for that."""
        return scope is not self._unbegun

    def join_run(self, scope: Scope) -> None:
        """Take part in a run that was begun elsewhere. Nothing is written until there is something to say."""
        self._joined = scope
        self._enter(scope)

    def end_run(self, status: str, exit_code: int | None = None, error: str | None = None) -> None:
        """End the run under way; the one around it, if there is one, is under way again.

        A worker leaves a run it has only joined without ending it.
        """
        scope = self._scopes.pop()
        if not self.has_begun(scope):
            if self._others_begun:
                self._unbegun = None
                return
            self.begin_unbegun()
        if scope.is_ours:
            message = None if error is None else mask_text(error)[:2000]
            self.append(RunEnded(scope.run_id, status, ids.now(), exit_code, message))
        if self.settings.keep_code and self.client_id:
            self.submit(self.snapshots.finish, self, scope)
        if self._scopes:
            self._point_at(self._scopes[-1])

    def tag(self, tags: dict[str, str]) -> None:
        """Tag the run under way."""
        if tags and not self.has_begun(self.scope):
            self.begin_unbegun()
        for key, value in tags.items():
            self.append(Annotated(self.run_id, "tag", key, str(value), self.scope.user, ids.now()))

    @property
    def depth(self) -> int:
        """How many runs are under way, one inside the other."""
        return len(self._scopes)

    def _enter(self, scope: Scope) -> None:
        self._scopes.append(scope)
        self._point_at(scope)

    def _point_at(self, scope: Scope) -> None:
        self.run_id = scope.run_id
        self.next_seq = scope.next_seq
        self._children.set(worker.variables_for_children(scope.run_id, self.layout.root, self.settings))

    # lifetime --------------------------------------------------------------------------------------------------------

    def _new_background(self) -> Background:
        interval = self.settings.drain_interval_s
        return Background(self.settings.background_bytes, self.failed, self._tick, interval or 60.0)

    def _open_journal(self) -> JournalWriter:
        writer = JournalWriter.create(self.layout.journal)
        writer.preamble = self._preamble
        self._journal = writer
        if self._joined is not None:
            for payload in self._preamble():
                writer.append(payload)
            worker.at_exit_of_multiprocessing(self.close)
        return writer

    def _preamble(self) -> Iterable[bytes]:
        """What the journal of a worker begins with: whose run it is in."""
        joined = self._joined or self.scope
        return [codec.encode(joined.started())]

    def _tick(self) -> None:
        if self._scopes:
            if self.has_begun(self.scope):
                self.snapshots.look_again(self)
            for step in list(self.at_tick):
                step()
        interval = self.settings.drain_interval_s
        if interval and self.client_id and time.monotonic() - self.started_at > 2 * interval:
            self._drainer.drain(self.client_id)

    def release_children(self) -> None:
        """Processes started from here on belong to nobody."""
        self._children.restore()

    def close(self) -> None:
        """Finish what is under way, within the stated bounds, and let go of files and thread."""
        journal = self._journal
        try:
            self._background.flush(self.settings.exit_store_s)
            if self._objects is not None:
                self._objects.close()
            if isinstance(journal, JournalWriter):
                journal.close()
                if self.settings.exit_drain_s:
                    self._background.submit(self._drain_for_good, journal.client_id)
                    self._background.flush(self.settings.exit_drain_s)
        except KeyboardInterrupt:
            pass  # whoever interrupts the end wants it to end now; the journal has everything
        except Exception as error:
            self.failed("end of session", error)
        finally:
            self._journal = _Nowhere()
            self._background.close()

    def _drain_for_good(self, client_id: str) -> None:
        self._drainer.drain(client_id)
        self._drainer.close()

    def hold_background(self) -> Callable[[], None]:
        """Keep the background thread from beginning anything until the function given back is called."""
        return self._background.hold()

    def become_worker(self) -> None:
        """In a forked child: the parent's thread, queue and open files are not ours."""
        self._inherited += [
            self._objects,
            self._background,
            self._drainer,
        ]  # kept, so that nothing of the parent's is closed
        self._lock = threading.Lock()
        self._objects = None
        self._unbegun, self._beginning = None, threading.RLock()
        self._joined = self._scopes[-1] if self._scopes else None
        self.at_stop, self.at_tick = [], []
        self._drainer = Drainer(self.layout)
        self._background = self._new_background()
        if self._joined is not None:
            worker.after_fork_of_multiprocessing(self, Session.close)


class _Journal(Protocol):
    def append(self, payload: bytes) -> None: ...


class _Unopened:
    """A journal that is made when the first record comes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, payload: bytes) -> None:
        self._session._open_journal().append(payload)


class _Nowhere:
    """Takes the records that come after the journal failed or was closed."""

    def append(self, payload: bytes) -> None:
        pass
