"""Moves what journals hold into the catalog, exactly once.

A batch and the journal's cursor are committed together, so it does not matter who drains, how often, or where a
drainer dies. The journal of a dead process is applied to its end, its unfinished runs are ended as `killed`, and
then its directory is removed; what cannot be read is put aside and reported.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

import msgspec

from modeldb.catalog.catalog import Catalog, Cursor
from modeldb.core import codec
from modeldb.core.actions import Record
from modeldb.journal.format import DAMAGED, HEADER, UNFINISHED, segment_path, segments
from modeldb.journal.reader import Reading, Tail, clients, is_alive, read

BATCH_RECORDS = 5000
"""Records per transaction: large enough to share its cost, small enough not to keep other writers waiting."""


class Problem(msgspec.Struct, frozen=True):
    """Something in a journal that could not be applied."""

    kind: Literal["torn", "damaged", "newer", "not removed"]
    client_id: str
    path: Path
    """The segment; for what was put aside, where it is now."""
    position: int
    lost: int
    """Bytes that were not applied."""
    message: str

    def __str__(self) -> str:
        return self.message


class DrainReport(msgspec.Struct, frozen=True):
    """What draining has done."""

    records: int = 0
    """How many records were new."""
    clients: int = 0
    """How many journals were looked at."""
    removed: tuple[str, ...] = ()
    """Dead clients whose journals were applied to the end and removed."""
    killed: tuple[str, ...] = ()
    """Runs that had not ended when their process died."""
    problems: tuple[Problem, ...] = ()

    def __add__(self, other: DrainReport) -> DrainReport:
        return DrainReport(
            self.records + other.records,
            self.clients + other.clients,
            self.removed + other.removed,
            self.killed + other.killed,
            self.problems + other.problems,
        )


def drain(
    journal_root: Path, catalog: Catalog, *, client_id: str | None = None, max_records: int = BATCH_RECORDS
) -> DrainReport:
    """Applies every record not yet applied, of one client or of all; `max_records` per transaction.

    Several may drain at once, in threads and processes. Raises what `Catalog.apply` raises; the journals then stay as
    they are.
    """
    root = Path(journal_root)
    directories = clients(root) if client_id is None else [root / client_id]
    report = DrainReport()
    for directory in directories:
        if directory.is_dir():
            report += _drain_client(directory, catalog, max_records)
    if client_id is None:
        _remove_unfinished(root)
    return report


def waiting(journal_root: Path, catalog: Catalog) -> list[str]:
    """The clients whose journals hold what is not in the catalog yet."""
    return [d.name for d in clients(Path(journal_root)) if _has_news(d, catalog.cursor(d.name))]


def _drain_client(directory: Path, catalog: Catalog, max_records: int) -> DrainReport:
    # Asked before reading: after its death nobody adds to a journal.
    alive = is_alive(directory)
    before = _last_write(directory)
    cursor = catalog.cursor(directory.name)
    if cursor.ended:
        return _remove(directory, DrainReport(clients=1))
    if not alive or _has_news(directory, cursor):
        reading = read(directory, cursor.segment, cursor.position)
        applied = sum(_apply_batches(catalog, directory.name, reading, cursor, max_records))
        report = DrainReport(records=applied, clients=1)
        assert reading.tail is not None
        tail = reading.tail
    else:
        return DrainReport(clients=1)
    if alive:
        _remove_applied_segments(directory, catalog.cursor(directory.name))
        return report + _problems_of_the_living(directory.name, tail)
    return report + _end(directory, catalog, tail, before)


def _has_news(directory: Path, cursor: Cursor) -> bool:
    try:
        size = segment_path(directory, cursor.segment).stat().st_size
    except FileNotFoundError:
        return bool(segments(directory))
    return size > max(cursor.position, HEADER.size) or segment_path(directory, cursor.segment + 1).exists()


def _apply_batches(
    catalog: Catalog, client_id: str, reading: Reading, cursor: Cursor, max_records: int
) -> Iterator[int]:
    first = cursor.records
    while chunk := list(islice(reading, max_records)):
        records = [_decode(payload) for payload, _, _ in chunk]
        _, segment, position = chunk[-1]
        yield catalog.apply(client_id, records, cursor=(segment, position), first=first)
        first += len(chunk)


def _decode(payload: bytes) -> Record | codec.Unknown:
    try:
        return codec.decode(payload)
    except msgspec.DecodeError:
        # Its checksum is right, so somebody wrote it like this; it is kept.
        return codec.Unknown("undecodable", payload)


def _end(directory: Path, catalog: Catalog, tail: Tail, last_write: float) -> DrainReport:
    """A dead client has been read to its end, whatever that was like."""
    client_id = directory.name
    if tail.kind == "newer":
        return DrainReport(problems=(_problem("newer", client_id, tail),))
    if tail.kind == "gone":
        return _end_without_segment(directory, catalog, tail, last_write)
    killed = tuple(catalog.end_client(client_id, last_write))
    if tail.kind == "damaged":
        return DrainReport(killed=killed, problems=(_put_aside(directory, tail),))
    report = DrainReport(killed=killed)
    if tail.kind == "torn" and tail.position >= HEADER.size:
        report += DrainReport(problems=(_problem("torn", client_id, tail),))
    return _remove(directory, report)


def _end_without_segment(directory: Path, catalog: Catalog, tail: Tail, last_write: float) -> DrainReport:
    """Another drainer removes this journal just now, or its files have been lost."""
    cursor = catalog.cursor(directory.name)
    if cursor.ended or not directory.is_dir():
        return _remove(directory, DrainReport())
    if segment_path(directory, cursor.segment) != tail.path:
        return DrainReport()
    killed = tuple(catalog.end_client(directory.name, last_write))
    if not segments(directory):
        # Removed by hand, all of it: nothing is left that could be applied.
        return _remove(directory, DrainReport(killed=killed))
    return DrainReport(killed=killed, problems=(_put_aside(directory, tail),))


def _problems_of_the_living(client_id: str, tail: Tail) -> DrainReport:
    """A live writer's unfinished record is no problem; bytes that changed behind its back are."""
    if tail.kind in ("damaged", "newer"):
        return DrainReport(problems=(_problem(tail.kind, client_id, tail),))
    return DrainReport()


def _problem(kind: Literal["torn", "damaged", "newer"], client_id: str, tail: Tail) -> Problem:
    where = f"{tail.path} at byte {tail.position}"
    message = {
        "torn": f"The journal {where} ends in an unfinished record: its {tail.lost} bytes were cut off. The process "
        "that wrote it died while writing; everything before was kept.",
        "damaged": f"The journal {where} is damaged: {tail.reason}. The {tail.lost} bytes from there on were not "
        "applied; everything before was kept.",
        "newer": f"The journal {tail.path} cannot be read: {tail.reason}. It is left as it is; upgrade ModelDB, then "
        "run `modeldb sync`.",
    }[kind]
    return Problem(kind, client_id, tail.path, tail.position, tail.lost, message)


def _put_aside(directory: Path, tail: Tail) -> Problem:
    aside = directory.with_name(directory.name + DAMAGED)
    problem = _problem("damaged", directory.name, tail)
    try:
        directory.rename(aside)
    except OSError as error:
        note = f" It could not be put aside as {aside}: {error.strerror}."
    else:
        note = f" The journal was put aside as {aside}."
    return Problem("damaged", directory.name, aside / tail.path.name, tail.position, tail.lost, f"{problem}{note}")


def _remove(directory: Path, report: DrainReport) -> DrainReport:
    """Removes a journal that has been applied; somebody else may be doing the same."""
    try:
        for segment in segments(directory):
            segment_path(directory, segment).unlink(missing_ok=True)
        shutil.rmtree(directory)
    except FileNotFoundError:
        pass
    except OSError as error:
        message = (
            f"The journal {directory} was applied but cannot be removed: {error.strerror}. It does no harm; make "
            "the directory writable or remove it."
        )
        problem = Problem("not removed", directory.name, directory, 0, 0, message)
        return report + DrainReport(problems=(problem,))
    return report + DrainReport(removed=(directory.name,))


def _remove_applied_segments(directory: Path, cursor: Cursor) -> None:
    for segment in segments(directory):
        if segment < cursor.segment:
            try:
                segment_path(directory, segment).unlink(missing_ok=True)
            except OSError:
                # Not ours to remove; whoever ends the journal reports it.
                return


def _remove_unfinished(root: Path) -> None:
    """Removes what a process left that died while it made its journal; nothing was in it."""
    for directory in root.glob(UNFINISHED + "*"):
        if not is_alive(directory) and _is_old(directory):
            shutil.rmtree(directory, ignore_errors=True)


def _is_old(directory: Path) -> bool:
    try:
        return time.time() - directory.stat().st_mtime > 60
    except FileNotFoundError:
        return False


def _last_write(directory: Path) -> float:
    """When the journal was last written to: the best guess at when its process died."""
    times = []
    for segment in segments(directory):
        try:
            times.append(segment_path(directory, segment).stat().st_mtime)
        except FileNotFoundError:
            continue
    try:
        return max(times) if times else directory.stat().st_mtime
    except FileNotFoundError:
        return 0.0
