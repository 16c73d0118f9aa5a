"""Every difference between the databases a catalog can live in.

The rest of the catalog writes SQL both understand, with `?` for parameters and quotes around `"user"`. SQLite is
all there is today; a second database is a second class with these methods.

SQLite rules kept here: one library per process and file (`core.sqlite`), nobody opens or copies the file by other
means, no transaction that begins by reading and then writes, writers queue at a side file, because SQLite's own
waiting is neither fair nor, under load, short.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from modeldb.catalog import forking
from modeldb.core.sqlite import driver
from modeldb.errors import ModelDBError, QueryError, StoreDamaged, StoreError, StoreReadOnly

WAIT_S = 60.0
"""How long a writer waits for the others before it gives up."""

_OPENING = (
    f"PRAGMA busy_timeout = {int(WAIT_S * 1000)}",
    # Committed means on disk: only then may the journal it came from be removed.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32768",
    "PRAGMA wal_autocheckpoint = 4000",
)

METRICS_AT_ONCE = 64
"""Metric points of one record per statement."""


@functools.cache
def insert_metrics(start: int, count: int) -> str:
    """An INSERT of `count` points of one record, the first of which has position `start`.

    Parameters: entry, run, action, model, dataset, step, time; then name and value of each point. Numbered
    parameters bind what the points share once, which makes the rows that are written most five times cheaper.
    """
    points = (f"(?1, {start + n}, ?2, ?3, ?4, ?5, ?{8 + 2 * n}, ?{9 + 2 * n}, ?6, ?7)" for n in range(count))
    return (
        "INSERT INTO metrics (entry, position, run_id, action_id, model_id, dataset_id, name, value, step, logged_at) "
        f"VALUES {', '.join(points)}"
    )


class SQLite:
    """A catalog in one file, `catalog.sqlite`, in write-ahead mode, with `catalog.lock` beside it."""

    name = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock_path = path.with_suffix(".lock")
        self._queue_fd = -1

    def __str__(self) -> str:
        return str(self.path)

    def exists(self) -> bool:
        try:
            return self.path.stat().st_size > 0
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise StoreError(
                f"The catalog {self.path} cannot be read: {error.strerror}. Check its permissions and its directory's."
            ) from error

    def connect(self, *, readonly: bool = False) -> Any:
        """A DB-API connection in autocommit mode that threads may hand to each other."""
        if self.path.absolute() in forking.IN_USE_AT_FORK:
            raise StoreError(
                f"The catalog {self.path} was in use by another thread when this process was forked, so it cannot be "
                "opened safely here. Start processes with the `spawn` method."
            )
        mode = "ro" if readonly else "rwc"
        try:
            return self._connect(f"mode={mode}", writable=not readonly)
        except driver().OperationalError:
            if not readonly or not self._is_at_rest():
                raise
            # Write-ahead mode wants to write even to read; a file nobody can write to need not be watched.
            return self._connect("mode=ro&immutable=1", writable=False)

    def _connect(self, options: str, *, writable: bool) -> Any:
        uri = f"file:{quote(str(self.path.absolute()))}?{options}"
        connection = driver().connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            for pragma in _OPENING:
                connection.execute(pragma)
            if not writable:
                connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except BaseException:
            connection.close()
            raise
        connection.row_factory = driver().Row
        return connection

    def _is_at_rest(self) -> bool:
        log = self.path.with_name(self.path.name + "-wal")
        return self.exists() and not (log.exists() and log.stat().st_size > 0)

    def prepare(self, connection: Any) -> None:
        """What a new, empty database needs before its first table; call with the queue held."""
        if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise StoreError(
                f"The file system of {self.path} cannot share memory between processes, which SQLite's "
                "write-ahead log needs. Put the store on a local disk."
            )

    @contextlib.contextmanager
    def queue(self) -> Iterator[None]:
        """Holds the writers' place in the queue, across processes. Raises StoreError after `WAIT_S`."""
        try:
            fd = os.open(self.lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._cannot_write(error.strerror or str(error), error) from error
        try:
            _wait_for(fd, self.lock_path)
            self._queue_fd = fd
            yield
        finally:
            self._queue_fd = -1
            os.close(fd)

    def forget_queue(self) -> None:
        """In a forked child: the place in the queue is the parent's, and keeping it open would keep it taken."""
        if self._queue_fd >= 0:
            os.close(self._queue_fd)
            self._queue_fd = -1

    @contextlib.contextmanager
    def transaction(self, connection: Any) -> Iterator[Any]:
        """A cursor in a write transaction, committed at the end, undone by any exception."""
        with self.queue():
            cursor = connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(driver().Error):
                    if connection.in_transaction:
                        cursor.execute("ROLLBACK")
                raise
            finally:
                cursor.close()

    @contextlib.contextmanager
    def savepoint(self, cursor: Any) -> Iterator[None]:
        """A part of a transaction that can be undone alone."""
        cursor.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            cursor.execute("ROLLBACK TO part")
            cursor.execute("RELEASE part")
            raise
        cursor.execute("RELEASE part")

    def has_table(self, connection: Any, name: str) -> bool:
        found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
        return found.fetchone() is not None

    def data_version(self, connection: Any) -> int:
        """A number that changes when another connection, of any process, has committed."""
        return int(connection.execute("PRAGMA data_version").fetchone()[0])

    def back_up(self, connection: Any, target: Path) -> None:
        """A consistent copy, through the library: copying the file would drop this process's locks on it."""
        copy = driver().connect(str(target))
        try:
            connection.backup(copy)
        finally:
            copy.close()

    def engine(self) -> Any:
        """A SQLAlchemy engine for migrations."""
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        return create_engine("sqlite://", module=driver(), creator=self.connect, poolclass=NullPool)

    def is_bad_value(self, error: Exception) -> bool:
        """True when a row was refused for what is in it, and not because of the state of the database."""
        refused = (driver().IntegrityError, driver().DataError, driver().InterfaceError)
        values = (OverflowError, TypeError, ValueError, AttributeError, KeyError)
        programming = isinstance(error, driver().ProgrammingError) and "closed" not in str(error)
        return isinstance(error, (*refused, *values)) or programming

    @contextlib.contextmanager
    def errors(self, *, of_query: bool = False) -> Iterator[None]:
        """The driver's errors as ours."""
        try:
            yield
        except driver().Error as error:
            raise self._as_ours(error, of_query) from error

    def _as_ours(self, error: Exception, of_query: bool) -> ModelDBError:
        text = str(error)
        code = getattr(error, "sqlite_errorname", "") or ""
        if "readonly" in text or code.startswith("SQLITE_READONLY"):
            return self._cannot_write(text, error)
        if code in ("SQLITE_CORRUPT", "SQLITE_NOTADB") or "malformed" in text or "not a database" in text:
            return StoreDamaged(
                f"The catalog {self.path} is damaged: {text}. Put it aside and restore a backup; journals not yet "
                "drained are not affected."
            )
        if code == "SQLITE_FULL" or "disk is full" in text or "disk I/O" in text:
            return StoreError(
                f"The catalog {self.path} could not be written: {text}. Free some space on that disk; "
                "what was recorded waits in the journal."
            )
        if "locked" in text or code.startswith("SQLITE_BUSY"):
            return StoreError(
                f"The catalog {self.path} was locked for {WAIT_S:.0f} s by another process. Try again when that "
                "process has finished; what was recorded waits in the journal."
            )
        if "unable to open" in text:
            return StoreError(
                f"The catalog {self.path} cannot be opened: {text}. Check that the directory exists "
                "and that you may read it."
            )
        if of_query:
            return QueryError(f"The catalog cannot answer this: {text}.")
        return StoreError(f"The catalog {self.path} failed: {text}.")

    def _cannot_write(self, reason: str, error: Exception) -> StoreError:
        if isinstance(error, OSError) and not (isinstance(error, PermissionError) or error.errno == errno.EROFS):
            return StoreError(
                f"The catalog's lock {self.lock_path} cannot be opened: {reason}. "
                "Free some space on that disk or check the path."
            )
        return StoreReadOnly(
            f"The catalog {self.path} cannot be written: {reason}. Make the file and its directory writable, "
            "or open the store for reading only."
        )


def _wait_for(fd: int, path: Path) -> None:
    deadline = time.monotonic() + WAIT_S
    pause = 0.0005
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StoreError(
                    f"Another process has held {path} for {WAIT_S:.0f} s. Try again when it has finished; "
                    "what was recorded waits in the journal."
                ) from None
            time.sleep(pause)
            pause = min(pause * 1.5, 0.004)
