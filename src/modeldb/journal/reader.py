"""Reads the journals that recording processes write, while they write them or after their death.

Reading stops at the first record that is not whole and says how it stopped (`Tail`): a live writer's unfinished tail
means "wait", a dead one's means "that was all".
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from zlib import crc32

import msgspec

from modeldb.core import codec
from modeldb.journal.format import (
    DAMAGED,
    FRAME,
    HEADER,
    LOCK,
    MAGIC,
    MAX_RECORD,
    segment_path,
    segments,
)

_SCAN_LIMIT = 1 << 16
"""How far behind an unfinished record we look for a whole one, in bytes."""


class Tail(msgspec.Struct, frozen=True):
    """How a journal ended for its reader."""

    kind: Literal["end", "torn", "damaged", "newer", "gone"]
    """`end`: behind a whole record. `torn`: in a record that was not finished (a live writer may be at it).
    `damaged`: at bytes that are not what was written. `newer`: at a segment of a later format. `gone`: the segment
    is no longer there, because a drainer removed it."""
    path: Path
    position: int
    lost: int = 0
    """Bytes from `position` to the end of the journal."""
    reason: str = ""


class Reading(Iterator[tuple[bytes, int, int]]):
    """Payloads with the segment and position after each; `tail` says how it ended once it has."""

    def __init__(self, client_dir: Path, segment: int, position: int) -> None:
        self.tail: Tail | None = None
        self._records = self._read(Path(client_dir), segment, position)

    def __next__(self) -> tuple[bytes, int, int]:
        return next(self._records)

    def _read(self, client_dir: Path, segment: int, position: int) -> Iterator[tuple[bytes, int, int]]:
        while True:
            # Asked before reading: a writer begins a new segment only after the last write to this one.
            is_last = not segment_path(client_dir, segment + 1).exists()
            path = segment_path(client_dir, segment)
            try:
                with open(path, "rb") as file:
                    file.seek(position)
                    data = file.read()
            except FileNotFoundError:
                self._stop("gone", client_dir, segment, position, "the segment is missing")
                return
            offset = 0
            if position < HEADER.size:
                kind, reason = _check_header(data)
                if kind != "end":
                    torn_before_next = kind == "torn" and not is_last
                    self._stop("damaged" if torn_before_next else kind, client_dir, segment, 0, reason)
                    return
                offset = HEADER.size
            base = position
            for start, end in _frames(data, offset):
                offset = end
                yield data[start:end], segment, base + end
            if offset < len(data):
                torn = is_last and _is_torn(data, offset)
                reason = "the last record is incomplete" if torn else "a record does not match its checksum"
                self._stop("torn" if torn else "damaged", client_dir, segment, base + offset, reason)
                return
            if is_last:
                self.tail = Tail("end", path, base + offset)
                return
            segment, position = segment + 1, 0

    def _stop(
        self,
        kind: Literal["end", "torn", "damaged", "newer", "gone"],
        client_dir: Path,
        segment: int,
        position: int,
        reason: str,
    ) -> None:
        path = segment_path(client_dir, segment)
        lost = max(_size(path) - position, 0)
        lost += sum(_size(segment_path(client_dir, n)) for n in segments(client_dir) if n > segment)
        self.tail = Tail(kind, path, position, lost, reason)


def read(client_dir: Path, segment: int = 0, position: int = 0) -> Reading:
    """The records behind a position, each as (payload, segment, position after it).

    Stops at the first record that is not whole; `tail` of what is returned says why it stopped.
    """
    return Reading(client_dir, segment, position)


def clients(journal_root: Path) -> list[Path]:
    """The directories of the journals below this one, oldest name first; what is put aside or unfinished is not."""
    try:
        found = [path for path in Path(journal_root).iterdir() if path.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(path for path in found if not path.name.startswith(".") and path.suffix != DAMAGED)


def is_alive(client_dir: Path) -> bool:
    """True while the process that writes this journal lives and has not closed it.

    To read an orphan to its end ask this first and read afterwards.
    """
    try:
        fd = os.open(client_dir / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two who ask at the same time do not see each other.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def _frames(data: bytes, offset: int) -> Iterator[tuple[int, int]]:
    """Start and end of each whole payload from `offset` on."""
    unpack, prefix, total = FRAME.unpack_from, FRAME.size, len(data)
    view = memoryview(data)
    while offset + prefix <= total:
        size, checksum = unpack(data, offset)
        start = offset + prefix
        end = start + size
        if not 0 < size <= MAX_RECORD or end > total or crc32(view[start:end]) != checksum:
            return
        yield start, end
        offset = end


def _is_torn(data: bytes, offset: int) -> bool:
    """True when what is left looks like one record cut short rather than like records with a wrong byte."""
    rest = data[offset:]
    if not rest.strip(b"\0"):
        return True
    if len(rest) >= FRAME.size:
        size, _ = FRAME.unpack_from(rest)
        if FRAME.size + size < len(rest):
            return False
    # A flipped bit in a length can reach beyond the end too, but then whole records follow.
    return not any(True for start in range(1, min(len(rest), _SCAN_LIMIT)) for _ in _frames(rest, start))


def _check_header(data: bytes) -> tuple[Literal["end", "torn", "damaged", "newer"], str]:
    if len(data) < HEADER.size:
        return "torn", "the segment's header is incomplete"
    magic, version, _ = HEADER.unpack_from(data)
    if magic != MAGIC:
        return "damaged", "the segment does not begin like a journal"
    if version > codec.FORMAT:
        return "newer", f"the journal has format {version}, this version of ModelDB reads up to {codec.FORMAT}"
    return "end", ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
