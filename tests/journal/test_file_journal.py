"""The file journal keeps the promises of journals, and those of its format."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from modeldb.core import codec
from modeldb.errors import StoreError, StoreReadOnly
from modeldb.journal import JournalWriter, clients, is_alive, read
from modeldb.journal.format import FRAME, HEADER, MAGIC, segment_path
from modeldb.testing.journal import FileJournals, JournalSuite


class TestFileJournal(JournalSuite):
    @pytest.fixture
    def journal(self, tmp_path: Path) -> FileJournals:
        return FileJournals(tmp_path / "journal")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The directory of a closed journal of 20 records in one segment."""
    writer = JournalWriter.create(tmp_path)
    for n in range(20):
        writer.append(b"record %04d " % n * 3)
    writer.close()
    return writer.directory


def _payloads(client_dir: Path) -> list[bytes]:
    return [payload for payload, _, _ in read(client_dir)]


def test_every_cut_loses_only_the_last_record(written: Path) -> None:
    whole = segment_path(written, 0).read_bytes()
    records = _payloads(written)
    frame = FRAME.size + len(records[0])
    for size in random.Random(1).sample(range(HEADER.size, len(whole)), 60):
        segment_path(written, 0).write_bytes(whole[:size])
        reading = read(written)
        kept = [payload for payload, _, _ in reading]
        n_whole, rest = divmod(size - HEADER.size, frame)
        assert kept == records[:n_whole]
        assert reading.tail is not None
        assert (reading.tail.kind, reading.tail.lost) == ("torn" if rest else "end", rest)


def test_zeros_that_a_power_loss_leaves_are_a_torn_tail(written: Path) -> None:
    with open(segment_path(written, 0), "ab") as file:
        file.write(bytes(1000))
    reading = read(written)
    assert len(list(reading)) == 20
    assert reading.tail is not None
    assert (reading.tail.kind, reading.tail.lost) == ("torn", 1000)


def test_every_flipped_byte_is_noticed_and_never_taken_for_a_torn_tail(written: Path) -> None:
    whole = segment_path(written, 0).read_bytes()
    records = _payloads(written)
    frame = FRAME.size + len(records[0])
    last = len(whole) - frame
    for at in random.Random(2).sample(range(HEADER.size, last), 80):
        damaged = bytearray(whole)
        damaged[at] ^= 0x41
        segment_path(written, 0).write_bytes(damaged)
        reading = read(written)
        n_before = (at - HEADER.size) // frame
        assert [payload for payload, _, _ in reading] == records[:n_before]
        assert reading.tail is not None
        assert reading.tail.kind == "damaged", at
        assert reading.tail.position == HEADER.size + n_before * frame
        assert reading.tail.lost == len(whole) - reading.tail.position


def test_a_segment_of_another_format_is_left_to_a_later_version(written: Path) -> None:
    path = segment_path(written, 0)
    whole = path.read_bytes()
    path.write_bytes(HEADER.pack(MAGIC, codec.FORMAT + 1, 0) + whole[HEADER.size :])
    reading = read(written)
    assert list(reading) == []
    assert reading.tail is not None
    assert reading.tail.kind == "newer"
    path.write_bytes(b"SQLite format 3\0" + whole)
    reading = read(written)
    assert list(reading) == []
    assert reading.tail is not None
    assert reading.tail.kind == "damaged"


def test_a_record_too_short_before_another_segment_is_damage(tmp_path: Path) -> None:
    writer = JournalWriter.create(tmp_path, segment_bytes=100)
    for _ in range(10):
        writer.append(b"x" * 50)
    writer.close()
    path = segment_path(writer.directory, 0)
    path.write_bytes(path.read_bytes()[:-7])
    reading = read(writer.directory)
    assert len(list(reading)) == 1
    assert reading.tail is not None
    assert reading.tail.kind == "damaged"


def test_a_full_disk_refuses_the_record_whole_and_takes_the_next(tmp_path: Path) -> None:
    writer = JournalWriter.create(tmp_path)
    acknowledged = []
    with _file_size_limit(40_000), pytest.raises(StoreError, match="Free some space"):
        for n in range(1000):
            payload = b"%05d" % n * random.Random(n).randrange(1, 60)
            writer.append(payload)
            acknowledged.append(payload)
    assert acknowledged
    assert _payloads(writer.directory) == acknowledged
    writer.append(b"space again")
    assert _payloads(writer.directory) == [*acknowledged, b"space again"]
    writer.close()


def test_a_record_that_fits_in_part_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = JournalWriter.create(tmp_path)
    writer.append(b"first")
    really_write, really_truncate = os.write, os.ftruncate

    def refuse(fd: int, size: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "write", lambda fd, data: really_write(fd, data[:6]))
    with pytest.raises(StoreError, match="6 of 15 bytes"):
        writer.append(b"partial")
    # Even when taking back fails too, the next record waits until it has been done.
    monkeypatch.setattr(os, "ftruncate", refuse)
    with pytest.raises(StoreError, match="Input/output"):
        writer.append(b"partial")
    monkeypatch.setattr(os, "write", really_write)
    with pytest.raises(StoreError, match="Input/output"):
        writer.append(b"second")
    monkeypatch.setattr(os, "ftruncate", really_truncate)
    writer.append(b"second")
    writer.close()
    assert _payloads(writer.directory) == [b"first", b"second"]


def test_a_directory_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="Cannot write to the journal"):
        JournalWriter.create(tmp_path / "file" / "journal")


def test_without_descriptors_for_a_new_segment_the_old_one_goes_on(tmp_path: Path) -> None:
    writer = JournalWriter.create(tmp_path, segment_bytes=100)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        for n in range(10):
            writer.append(b"record %d" % n * 5)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert writer.position()[0] == 0
    writer.append(b"more")
    assert writer.position()[0] == 1
    assert len(_payloads(writer.directory)) == 11
    writer.close()


FORK = """
import os, sys
from pathlib import Path
from modeldb.journal import JournalWriter, is_alive, read
root = Path(sys.argv[1])
writer = JournalWriter.create(root)
writer.preamble = lambda: [b"joins"]
parent = writer.client_id
writer.append(b"parent")
for child in range(3):
    pid = os.fork()
    if pid == 0:
        assert writer.client_id != parent
        writer.append(b"child %d" % child)
        grandchild = os.fork()
        if grandchild == 0:
            writer.append(b"grandchild %d" % child)
            os._exit(0)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
silent = os.fork()
if silent == 0:
    os.read(0, 1)
    os._exit(0)
writer.append(b"parent again")
assert writer.client_id == parent
print(parent, flush=True)
os.kill(os.getpid(), 9)
"""


def test_every_fork_has_a_journal_of_its_own(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", FORK, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stdin is not None
    parent = process.stdout.readline().strip()
    assert process.wait() == -signal.SIGKILL
    found = {directory.name: _payloads(directory) for directory in clients(tmp_path)}
    assert found.pop(parent) == [b"parent", b"parent again"]
    children = [[b"joins", f"{who} {n}".encode()] for n in range(3) for who in ("child", "grandchild")]
    assert sorted(found.values()) == sorted(children)
    # A child still lives, but it lets go of the dead parent's journal as soon as it runs.
    until = time.monotonic() + 30
    while is_alive(tmp_path / parent) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_alive(tmp_path / parent)
    process.communicate("x")


def test_a_journal_being_made_is_not_seen(tmp_path: Path) -> None:
    (tmp_path / ".new-0123").mkdir()
    (tmp_path / "0123.damaged").mkdir()
    (tmp_path / "lost.txt").write_text("")
    assert clients(tmp_path) == []
    assert clients(tmp_path / "nowhere") == []


def test_a_directory_nobody_may_write_to_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = JournalWriter.create(tmp_path)

    def refuse(fd: int, data: bytes) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(StoreReadOnly, match="MODELDB_STORE"):
        writer.append(b"x")
    monkeypatch.undo()
    writer.close()


@contextmanager
def _file_size_limit(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
