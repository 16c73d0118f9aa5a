"""What any journal promises. A test file for one says how to open it:

class TestMyJournal(JournalSuite):
    @pytest.fixture
    def journal(self, tmp_path):
        return FileJournals(tmp_path)
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from modeldb.errors import InvalidInput, StoreError
from modeldb.journal import JournalWriter, is_alive, read


class FileJournals:
    """Opens and reads journals below one directory; what a suite needs of a kind of journal."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def open(self, client_id: str | None = None, segment_bytes: int = 1 << 20) -> JournalWriter:
        return JournalWriter.create(self.root, client_id=client_id, segment_bytes=segment_bytes)

    def payloads(self, client_id: str, segment: int = 0, position: int = 0) -> list[bytes]:
        return [payload for payload, _, _ in read(self.root / client_id, segment, position)]

    def is_alive(self, client_id: str) -> bool:
        return is_alive(self.root / client_id)


class JournalSuite:
    @pytest.fixture
    def journal(self, tmp_path: Path) -> FileJournals:
        raise NotImplementedError("say how to open the journal")

    def test_gives_back_what_was_appended_in_order(self, journal: FileJournals) -> None:
        payloads = [bytes([n % 251]) * (n + 1) for n in range(300)]
        writer = journal.open()
        for payload in payloads:
            writer.append(payload)
        assert journal.payloads(writer.client_id) == payloads
        writer.close()
        assert journal.payloads(writer.client_id) == payloads

    def test_can_be_read_from_any_position_it_named(self, journal: FileJournals) -> None:
        writer = journal.open(segment_bytes=200)
        places = []
        for n in range(40):
            places.append(writer.position())
            writer.append(b"record %02d" % n)
        for n, (segment, position) in enumerate(places):
            assert journal.payloads(writer.client_id, segment, position)[0] == b"record %02d" % n
        assert journal.payloads(writer.client_id, *writer.position()) == []
        writer.close()

    def test_readers_name_the_positions_writers_do(self, journal: FileJournals) -> None:
        writer = journal.open(segment_bytes=200)
        after = []
        for n in range(40):
            writer.append(b"record %02d" % n)
            after.append(writer.position())
        named = [(segment, position) for _, segment, position in read(writer.directory)]
        assert named == after
        writer.close()

    def test_grows_under_a_reader(self, journal: FileJournals) -> None:
        writer = journal.open(segment_bytes=100)
        seen: list[bytes] = []
        place = (0, 0)
        for n in range(50):
            writer.append(b"%d" % n)
            for payload, segment, position in read(writer.directory, *place):
                seen.append(payload)
                place = (segment, position)
        assert seen == [b"%d" % n for n in range(50)]
        writer.close()

    def test_keeps_every_record_of_every_thread(self, journal: FileJournals) -> None:
        writer = journal.open(segment_bytes=5000)

        def record(thread: int) -> None:
            for n in range(200):
                writer.append(b"%d:%d" % (thread, n))

        _in_threads(record, 4)
        payloads = journal.payloads(writer.client_id)
        for thread in range(4):
            own = [payload for payload in payloads if payload.startswith(b"%d:" % thread)]
            assert own == [b"%d:%d" % (thread, n) for n in range(200)]
        writer.close()

    def test_is_alive_until_closed(self, journal: FileJournals) -> None:
        writer = journal.open()
        assert journal.is_alive(writer.client_id)
        writer.close()
        writer.close()
        assert not journal.is_alive(writer.client_id)
        with pytest.raises(StoreError, match="closed"):
            writer.append(b"late")

    def test_refuses_an_empty_record_and_a_second_journal_of_the_same_client(self, journal: FileJournals) -> None:
        writer = journal.open("someone")
        with pytest.raises(InvalidInput, match="0 bytes"):
            writer.append(b"")
        with pytest.raises(StoreError, match="exists already"):
            journal.open("someone")
        writer.append(b"still usable")
        assert journal.payloads("someone") == [b"still usable"]
        writer.close()


def _in_threads(target: Callable[[int], None], count: int) -> None:
    threads = [threading.Thread(target=target, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
