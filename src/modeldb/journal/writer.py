"""The append-only file a recording process writes.

One `write()` per record and nothing in memory: what `append` returned from is with the operating system and survives
`kill -9` of the process. Power loss may take what was not yet flushed; `sync` flushes. See docs/journal.md.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import threading
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path
from zlib import crc32

from modeldb.core import codec
from modeldb.errors import InvalidInput, StoreError, StoreReadOnly
from modeldb.journal.format import FRAME, HEADER, LOCK, MAGIC, MAX_RECORD, UNFINISHED, segment_path

SEGMENT_BYTES = 16 << 20
"""Size after which a segment is closed and the next one begun, so that a drainer can remove what it has applied."""

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC

# macOS has no fdatasync.
_flush = getattr(os, "fdatasync", os.fsync)


class JournalWriter:
    """The journal of this process.

    Threads: `append` may be called from any of them; records of one thread keep their order.

    Forks: the child has a journal and a `client_id` of its own, made when it first appends; the parent's is left
    alone. `preamble`, if set, gives the records such a journal begins with.

    Errors: a record is either appended whole or, with StoreError, not at all. The journal stays usable: once
    there is space again, the next append succeeds.
    """

    client_id: str
    preamble: Callable[[], Iterable[bytes]] | None = None

    def __init__(self, journal_root: Path, client_id: str, segment_bytes: int) -> None:
        self.client_id = client_id
        self._root = journal_root
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._lock_fd = -1
        self._fd = -1
        self._segment = 0
        self._position = 0
        self._records = 0
        self._partial = False
        self._closed = False
        self._forked = False

    @classmethod
    def create(
        cls, journal_root: Path, *, client_id: str | None = None, segment_bytes: int = SEGMENT_BYTES
    ) -> JournalWriter:
        """A new journal below `journal_root`, locked as long as this process lives.

        Raises StoreReadOnly where the directory cannot be written, StoreError when the disk is full or the client
        has a journal already.
        """
        writer = cls(Path(journal_root), client_id or new_client_id(), segment_bytes)
        writer._begin()
        _writers.add(writer)
        return writer

    @property
    def directory(self) -> Path:
        return self._root / self.client_id

    def append(self, payload: bytes) -> None:
        """Adds one record. When this returns the record survives the death of the process."""
        size = len(payload)
        if not 0 < size <= MAX_RECORD:
            raise InvalidInput(
                f"A journal record of {size:,} bytes cannot be written: it must have 1 to {MAX_RECORD:,}. "
                "Put large values into the object store and record their digest."
            )
        frame = FRAME.pack(size, crc32(payload)) + payload
        with self._lock:
            if self._position >= self._segment_bytes or self._fd < 0 or self._partial:
                self._prepare()
            self._write(frame)

    def position(self) -> tuple[int, int]:
        """The segment and the byte in it where the next record will begin."""
        with self._lock:
            return self._segment, self._position

    def sync(self) -> None:
        """Returns once everything appended so far would survive a power loss."""
        with self._lock:
            if self._fd >= 0:
                _flush(self._fd)

    def close(self) -> None:
        """Gives the journal up for draining. Closing again does nothing; appending after it raises StoreError."""
        with self._lock:
            self._closed = True
            self._release()
        _writers.discard(self)

    def _write(self, frame: bytes) -> None:
        try:
            written = os.write(self._fd, frame)
        except OSError as error:
            raise self._failure(error) from error
        if written != len(frame):
            self._partial = True
            self._take_back()
            raise StoreError(
                f"Only {written} of {len(frame)} bytes fitted into the journal {self._path()}, so nothing of this "
                "record was kept. Free some space on that disk, or choose another store with MODELDB_STORE."
            )
        self._position += written
        self._records += 1

    def _prepare(self) -> None:
        """Brings the journal into a state a record can be written in."""
        if self._closed:
            raise StoreError(f"The journal {self.directory} is closed. Open a new one to record more.")
        if self._forked:
            self._begin_anew()
        if self._partial:
            self._take_back()
        if self._position >= self._segment_bytes:
            try:
                self._next_segment()
            except OSError:
                # Out of file descriptors or space for a new file: the present segment takes more than its share.
                pass

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._fd, self._position)
        except OSError as error:
            raise self._failure(error) from error
        self._partial = False

    def _next_segment(self) -> None:
        fd = self._open_segment(self.directory, self._segment + 1, self._records)
        os.close(self._fd)
        self._fd = fd
        self._segment += 1
        self._position = HEADER.size

    def _begin(self) -> None:
        """Makes the directory under another name first: nobody may meet it unlocked and take it for an orphan."""
        unfinished = self._root / (UNFINISHED + self.client_id)
        try:
            if self.directory.exists():
                raise StoreError(f"The journal {self.directory} exists already. Use another client id.")
            unfinished.mkdir(parents=True)
            self._lock_fd = os.open(unfinished / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._fd = self._open_segment(unfinished, 0, 0)
            unfinished.rename(self.directory)
        except StoreError:
            raise
        except OSError as error:
            self._release()
            shutil.rmtree(unfinished, ignore_errors=True)
            raise self._failure(error) from error
        self._position = HEADER.size

    @staticmethod
    def _open_segment(directory: Path, segment: int, first: int) -> int:
        path = segment_path(directory, segment)
        header = HEADER.pack(MAGIC, codec.FORMAT, first)
        fd = os.open(path, _APPEND, 0o644)
        try:
            if os.write(fd, header) != len(header):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        except OSError:
            os.close(fd)
            path.unlink(missing_ok=True)
            raise
        return fd

    def _release(self) -> None:
        for fd in (self._fd, self._lock_fd):
            if fd >= 0:
                os.close(fd)
        self._fd = self._lock_fd = -1

    def _path(self) -> Path:
        return segment_path(self.directory, self._segment)

    def _failure(self, error: OSError) -> StoreError:
        reason = error.strerror or str(error)
        if isinstance(error, PermissionError) or error.errno == errno.EROFS:
            return StoreReadOnly(
                f"Cannot write to the journal {self._path()}: {reason}. Make the directory writable, or choose "
                "another store with MODELDB_STORE."
            )
        return StoreError(
            f"Cannot write to the journal {self._path()}: {reason}. Nothing of this record was kept. Free some "
            "space on that disk, or choose another store with MODELDB_STORE."
        )

    def reopen_after_fork(self) -> None:
        """In a forked child: lets go of the parent's journal. Called by itself for forks Python knows of."""
        # A thread that exists only in the parent may have held it.
        self._lock = threading.Lock()
        # The descriptors are shared with the parent; closing ours leaves its lock in place, keeping them would
        # make the parent look alive after its death.
        self._release()
        self._forked = True
        self.client_id = new_client_id()

    def _begin_anew(self) -> None:
        self._segment = self._position = self._records = 0
        self._partial = False
        self._begin()
        self._forked = False
        if self.preamble is not None:
            for payload in self.preamble():
                self._write(FRAME.pack(len(payload), crc32(payload)) + payload)


def new_client_id() -> str:
    """16 hexadecimal digits that name one process's journal."""
    return os.urandom(8).hex()


_writers: weakref.WeakSet[JournalWriter] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for writer in list(_writers):
        writer.reopen_after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)
