"""The catalog: the relational database that everything recorded ends up in."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

import msgspec

from modeldb.catalog import forking
from modeldb.catalog.apply import apply, set_aside
from modeldb.catalog.dialect import SQLite
from modeldb.core.actions import Record, RunEnded
from modeldb.core.codec import Unknown
from modeldb.errors import StoreError, StoreReadOnly


class Cursor(msgspec.Struct, frozen=True):
    """How far a client's journal has been applied."""

    segment: int = 0
    position: int = 0
    records: int = 0
    """How many of the client's records have been applied; the next one has this number."""
    ended: bool = False
    """True once the client was found dead with runs it had not ended; nothing more of it is applied."""


class Catalog:
    """Rows derived from records; made by `open_catalog`, closed by `with` or `close`.

    Atomicity: the rows of a batch, the client's cursor and the entry number are committed together, durably, or
    not at all.

    Order: records get consecutive entry numbers in the order they are applied. Who has seen everything up to an
    entry finds what is new by `entry > ?`; an entry once visible is never followed by a lower one.

    Threads: all methods may be called from any thread. Writers of all threads and processes queue; readers do not
    wait for them and see the last commit.

    Forks: a child opens connections of its own; see `forking`.

    Errors: StoreReadOnly when writing where only reading is possible, StoreDamaged, StoreError for a full disk or
    when another process blocks the catalog for a minute. What was recorded then waits in the journal.
    """

    def __init__(self, dialect: SQLite, *, readonly: bool = False) -> None:
        self.dialect = dialect
        self.readonly = readonly
        self._lock = threading.RLock()
        self._writer: Any = None
        self._watch: Any = None
        self._idle: list[Any] = []
        self._lent = 0
        self._closed = False
        forking.watch(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def apply(
        self,
        client_id: str,
        batch: Sequence[Record | Unknown],
        *,
        cursor: tuple[int, int],
        first: int | None = None,
    ) -> int:
        """Writes the rows of a client's next records; returns how many of them were new.

        `cursor` is the segment and position behind the last of them, `first` the number of the first one, counted
        over the client's journal. Records the catalog has already are skipped, so a batch may be delivered again,
        in pieces or overlapping. Without `first` the batch is either known as a whole (its cursor is not beyond the
        stored one) or new as a whole.

        A record that cannot be applied is kept in `unknown_records` with the reason and does not hold up the rest.
        """
        try:
            return self._deliver(client_id, batch, cursor, first, apply)
        except _Refused:
            # Undone as a whole and done again with care: savepoints for every batch would halve the speed.
            return self._deliver(client_id, batch, cursor, first, self._apply_singly)

    def end_client(self, client_id: str, ended_at: float) -> list[str]:
        """Ends the runs a dead client began and did not end, as `killed` at the time given; returns them.

        For when its journal has been applied to the end: nothing more of it is applied after this. Doing it again
        changes nothing.
        """
        if not self.query(_RUNNING, [client_id]):
            return []
        with self._transaction() as sql:
            stored = _read_cursor(sql, client_id)
            sql.execute(_RUNNING, (client_id,))
            runs = [row[0] for row in sql.fetchall()]
            self._number(sql, client_id, [RunEnded(run, "killed", ended_at) for run in runs], apply)
            done = Cursor(stored.segment, stored.position, stored.records, ended=True)
            _write_cursor(sql, client_id, done)
            return runs

    def cursor(self, client_id: str) -> Cursor:
        """How far this client's journal has been applied."""
        with self._reader() as sql:
            return _read_cursor(sql.cursor(), client_id)

    def query(self, sql: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> list[Any]:
        """The rows of a SELECT with `?` or `:name` parameters, from the last committed state.

        A row gives its values by position and by column name; `dict(row)` and `tuple(row)` work. Truth values are
        0 and 1. Raises QueryError for SQL the database does not understand.
        """
        with self._reader(of_query=True) as connection:
            rows: list[Any] = connection.execute(sql, params).fetchall()
            return rows

    def last_entry(self) -> int:
        """The number of the last entry applied; 0 for an empty catalog."""
        rows = self.query("SELECT value FROM counters WHERE name = 'entry'")
        return int(rows[0][0]) if rows else 0

    def data_version(self) -> int:
        """A number that changes whenever anybody has committed something; takes microseconds."""
        with self._lock, self.dialect.errors():
            self._check_open()
            if self._watch is None:
                self._watch = self.dialect.connect(readonly=True)
            return self.dialect.data_version(self._watch)

    def close(self) -> None:
        """Closes all connections. Closing again does nothing."""
        with self._lock:
            self._closed = True
            self.release()

    def release(self) -> None:
        """Closes the connections that are not in use; they are opened again when needed."""
        with self._lock:
            open_connections = [*self._idle, self._watch, self._writer]
            self._idle, self._watch, self._writer = [], None, None
            for connection in open_connections:
                if connection is not None:
                    connection.close()

    def pause(self, deadline: float) -> bool:
        """Before a fork: keeps other threads out and closes every connection; False if one stays in use."""
        while self._lock.acquire(timeout=max(deadline - time.monotonic(), 0.0)):
            if self._lent == 0:
                self.release()
                return True
            self._lock.release()
            if time.monotonic() >= deadline:
                break
            time.sleep(0.001)
        return False

    def resume(self, *, paused: bool, in_child: bool) -> None:
        """After a fork: lets other threads in again."""
        if not in_child:
            if paused:
                self._lock.release()
            return
        self._lock = threading.RLock()
        self.dialect.forget_queue()
        if not paused:
            # Not closed either: closing would tell SQLite to undo what the parent is doing.
            forking.leave_alone(self.dialect.path, [self._writer, self._watch, *self._idle])
            self._writer, self._watch, self._idle, self._lent = None, None, [], 0

    def _deliver(
        self,
        client_id: str,
        batch: Sequence[Record | Unknown],
        cursor: tuple[int, int],
        first: int | None,
        apply_records: Callable[[Any, str, Sequence[Record | Unknown], int], None],
    ) -> int:
        with self._transaction() as sql:
            stored = _read_cursor(sql, client_id)
            fresh = batch[_known(stored, len(batch), cursor, first, client_id) :]
            if not fresh or stored.ended:
                return 0
            self._number(sql, client_id, fresh, apply_records)
            _write_cursor(sql, client_id, Cursor(*cursor, records=stored.records + len(fresh)))
            return len(fresh)

    def _number(
        self,
        sql: Any,
        client_id: str,
        records: Sequence[Record | Unknown],
        apply_records: Callable[[Any, str, Sequence[Record | Unknown], int], None],
    ) -> None:
        """Applies records with the next entry numbers."""
        sql.execute("SELECT value FROM counters WHERE name = 'entry'")
        entry = int(sql.fetchone()[0]) + 1
        try:
            apply_records(sql, client_id, records, entry)
        except Exception as error:
            if self.dialect.is_bad_value(error):
                raise _Refused from error
            raise
        sql.execute("UPDATE counters SET value = ? WHERE name = 'entry'", (entry + len(records) - 1,))

    def _apply_singly(self, sql: Any, client_id: str, records: Sequence[Record | Unknown], entry: int) -> None:
        """One record was refused: find it and keep it where it does no harm."""
        for number, record in enumerate(records, entry):
            try:
                with self.dialect.savepoint(sql):
                    apply(sql, client_id, [record], number)
            except Exception as error:
                if not self.dialect.is_bad_value(error):
                    raise
                set_aside(sql, record, number, f"{type(error).__name__}: {error}")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Any]:
        if self.readonly:
            raise StoreReadOnly(
                f"The catalog {self.dialect} was opened for reading only. Open it without `readonly` to write."
            )
        with self._lock, self.dialect.errors():
            self._check_open()
            if self._writer is None:
                self._writer = self.dialect.connect()
            with self.dialect.transaction(self._writer) as sql:
                yield sql

    @contextlib.contextmanager
    def _reader(self, *, of_query: bool = False) -> Iterator[Any]:
        with self.dialect.errors(of_query=of_query):
            with self._lock:
                self._check_open()
                connection = self._idle.pop() if self._idle else self.dialect.connect(readonly=True)
                self._lent += 1
            try:
                yield connection
            finally:
                with self._lock:
                    self._lent -= 1
                    if self._closed:
                        connection.close()
                    else:
                        self._idle.append(connection)

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"The catalog {self.dialect} is closed. Open it again to use it.")


class _Refused(Exception):
    """A row of the batch cannot be written because of a value in it."""


def _known(stored: Cursor, count: int, cursor: tuple[int, int], first: int | None, client_id: str) -> int:
    """How many of a batch's records the catalog has already."""
    if first is None:
        return count if cursor <= (stored.segment, stored.position) else 0
    if first > stored.records:
        raise StoreError(
            f"Record {first} of client {client_id} cannot be applied: the records from {stored.records} on are "
            "missing. Deliver those first."
        )
    return stored.records - first


def _read_cursor(sql: Any, client_id: str) -> Cursor:
    sql.execute("SELECT segment, position, records, ended FROM journal_cursors WHERE client_id = ?", (client_id,))
    row = sql.fetchone()
    return Cursor() if row is None else Cursor(row[0], row[1], row[2], bool(row[3]))


_RUNNING = "SELECT run_id FROM runs WHERE client_id = ? AND status = 'running'"
_WRITE_CURSOR = """
    INSERT INTO journal_cursors (client_id, segment, position, records, ended, updated_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (client_id) DO UPDATE SET segment = excluded.segment, position = excluded.position,
        records = excluded.records, ended = excluded.ended, updated_at = excluded.updated_at"""


def _write_cursor(sql: Any, client_id: str, cursor: Cursor) -> None:
    place = (cursor.segment, cursor.position, cursor.records)
    sql.execute(_WRITE_CURSOR, (client_id, *place, cursor.ended, time.time()))
