"""Kills, damage and many writers at once: what is visible is whole, and what is damaged is never returned."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from modeldb.errors import ModelDBError, StoreDamaged, StoreReadOnly, StoreTooNew
from modeldb.objects import capture, local, manifest, open_store, packs
from modeldb.objects.fsck import fsck
from modeldb.objects.gc import gc
from modeldb.objects.rewrite import rewrite
from modeldb.testing.objects import toy

WRITER = """
import sys
import numpy as np
from modeldb.objects import capture, open_store
store = open_store(sys.argv[1], fsync=False)
seed = int(sys.argv[2])
for number in range(int(sys.argv[3])):
    shared = np.random.default_rng(number).normal(size=500)
    own = np.random.default_rng(seed * 10_000 + number).normal(size=20_000)
    print(store.put(capture([shared, own])).digest, flush=True)
"""


def writer(path: Path, seed: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), str(seed), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_writers_killed_at_any_moment_leave_nothing_half(tmp_path: Path) -> None:
    told: list[str] = []
    for round_ in range(3):
        processes = [writer(tmp_path, 10 * round_ + n, 100_000) for n in range(2)]
        for process in processes:
            assert process.stdout is not None
            told.append(process.stdout.readline().strip())
        time.sleep(random.Random(round_).random() * 0.2)
        for process in processes:
            process.send_signal(signal.SIGKILL)
            rest, _ = process.communicate()
            told += [line for line in rest.splitlines() if len(line) == 32]
    with open_store(tmp_path, trusted=True) as store:
        report = fsck(store)
        assert report.ok, report.problems
        visible = set(store.digests())
        assert visible >= set(told), "what put returned from is there"
        for digest in visible:
            shared, own = store.load(digest)
            assert (len(shared), len(own)) == (500, 20_000)
        packs = list((tmp_path / "packs").iterdir())
        assert len(packs) <= 6


def test_many_writers_share_what_they_have_in_common(tmp_path: Path) -> None:
    processes = [writer(tmp_path, seed, 8) for seed in range(3)]
    digests = [line for process in processes for line in process.communicate()[0].split()]
    with open_store(tmp_path, trusted=True) as store:
        assert len(set(digests)) == 24
        assert all(len(store.load(digest)) == 2 for digest in digests)
        assert fsck(store).ok


def test_a_thousand_small_models_are_a_handful_of_files(tmp_path: Path) -> None:
    for number in range(30):
        with open_store(tmp_path / "store", fsync=False) as store:
            for inner in range(10):
                store.put(capture({"number": number, "inner": inner}))
    assert len(list((tmp_path / "store").rglob("*"))) <= 4
    assert len(list(open_store(tmp_path / "store").digests())) == 300


def test_collection_beside_a_reader_and_a_writer(tmp_path: Path) -> None:
    reader = open_store(tmp_path, trusted=True)
    other = open_store(tmp_path, trusted=True)
    kept = other.put(capture(toy(1))).digest
    dropped = other.put(capture(toy(2))).digest
    assert reader.load(kept) == toy(1)
    other.close()
    with open_store(tmp_path, trusted=True) as cleaner:
        gc(cleaner, [kept], grace_s=-1)
    assert reader.load(kept) == toy(1), "the reader finds what has moved"
    stored = reader.put(capture(toy(2)))
    assert stored.digest == dropped
    assert stored.stored_bytes > 0, "a writer does not rely on what has been removed"
    assert reader.load(dropped) == toy(2)
    assert fsck(reader).ok


@pytest.mark.parametrize("sealed", [False, True])
def test_any_flipped_byte_is_found(tmp_path: Path, sealed: bool) -> None:
    with open_store(tmp_path, trusted=True) as store:
        digests = [store.put(capture(toy(seed, 60))).digest for seed in range(3)]
        if sealed:
            gc(store, [digests[0]], grace_s=-1)
            digests = digests[:1]
    [pack] = (tmp_path / "packs").iterdir()
    sound = pack.read_bytes()
    rng = random.Random(0)
    places = {0, 9, 20, 40, len(sound) - 1, len(sound) - 20, *(rng.randrange(len(sound)) for _ in range(60))}
    for place in places - {12, 13, 14, 15}:  # reserved bytes of the header
        damaged = bytearray(sound)
        damaged[place] ^= 1 << rng.randrange(8)
        pack.write_bytes(damaged)
        store = open_store(tmp_path, trusted=True, readonly=True)
        report = fsck(store)
        assert report.problems, f"byte {place} of {len(sound)}"
        for seed, digest in enumerate(digests):
            try:
                assert store.load(digest) == toy(seed, 60)
            except ModelDBError:
                pass
        store.close()
    pack.write_bytes(sound)


def test_repair_takes_what_another_copy_holds(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with open_store(tmp_path / name, trusted=True) as store:
            digests = [store.put(capture(toy(seed))).digest for seed in range(3)]
    [pack] = (tmp_path / "a" / "packs").iterdir()
    damaged = bytearray(pack.read_bytes())
    damaged[len(damaged) // 2] ^= 255
    pack.write_bytes(damaged)
    with open_store(tmp_path / "a", trusted=True) as store, open_store(tmp_path / "b", trusted=True) as other:
        assert not fsck(store).ok
        begun = int(time.time())
        report = fsck(store, repair=True, other=other)
        assert len(report.repaired) == 1
        assert fsck(store).ok
        assert [store.load(digest) for digest in digests] == [toy(seed) for seed in range(3)]
        places = [store.directory_entry(bytes.fromhex(digest)) for digest in report.repaired]
        assert [place.created >= begun for place in places if place] == [True], "a collection spares what is new"


def test_a_repair_does_not_hide_what_it_had_to_leave_alone(tmp_path: Path) -> None:
    with open_store(tmp_path, trusted=True) as writing:
        writing.put(capture(toy()))
        writing.flush()
        [pack] = (tmp_path / "packs").iterdir()
        pack.write_bytes(b"?" + pack.read_bytes()[1:])
        with open_store(tmp_path, trusted=True) as store:
            assert not fsck(store, repair=True).ok, "the pack may still be added to, so it was not written anew"
            assert not fsck(store).ok
    with open_store(tmp_path, trusted=True) as store:
        assert fsck(store, repair=True).ok and fsck(store).ok


def test_a_pack_that_does_not_fit_on_the_disk_leaves_nothing_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with open_store(tmp_path, trusted=True) as store:
        digests = [store.put(capture(toy(seed))).digest for seed in range(3)]
        store.flush()
        before = sorted(path.name for path in tmp_path.rglob("*"))
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="space"):
                gc(store, digests[:1], grace_s=-1)
        assert sorted(path.name for path in tmp_path.rglob("*")) == before
        assert [store.load(digest) for digest in digests] == [toy(seed) for seed in range(3)]


def test_a_cut_off_end_hides_only_itself(tmp_path: Path) -> None:
    with open_store(tmp_path, trusted=True) as store:
        first = store.put(capture(toy(1))).digest
        second = store.put(capture(toy(2))).digest
    [pack] = (tmp_path / "packs").iterdir()
    pack.write_bytes(pack.read_bytes()[:-5])
    with open_store(tmp_path, trusted=True) as store:
        assert store.load(first) == toy(1)
        assert not store.exists(second)
        assert store.put(capture(toy(2))).digest == second
        assert store.load(second) == toy(2)
        report = fsck(store)
        assert report.ok
        assert [problem.what for problem in report.problems] == ["cut off"]


@pytest.mark.parametrize("sealed", ["open", "sealed", "sealed by an earlier version"])
def test_a_damaged_block_hides_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sealed: str) -> None:
    with open_store(tmp_path, trusted=True) as store:
        digests = [store.put_bytes(b"object %d" % number) for number in range(3)]
        [pack] = (tmp_path / "packs").iterdir()
        with pack.open("r+b") as file:  # within the first block's entries
            file.seek(packs.HEADER.size + packs.BLOCK.size + 3)
            file.write(b"\xff\xff")
        if sealed != "open":
            monkeypatch.setattr(local, "SEAL_AT", 1)
            if sealed == "sealed by an earlier version":
                monkeypatch.setattr(local, "scan_past_damage", packs.scan)
            digests.append(store.put_bytes(b"object 3"))
    with open_store(tmp_path, trusted=True) as store:
        assert not store.exists(digests[0])
        assert [store.get_bytes(digest) for digest in digests[1:]] == [b"object 1", b"object 2", b"object 3"][
            : len(digests) - 1
        ]
        assert [problem.what for problem in fsck(store).problems] == ["unreadable"]


def test_a_check_names_what_a_model_lacks_whose_manifest_cannot_be_read(tmp_path: Path) -> None:
    model = [toy(1), *(f"{number:05} {number * number}" for number in range(9_000))]
    with open_store(tmp_path, trusted=True) as store:
        digest = store.put(capture(model)).digest
        [chunk, *_] = sorted(store.chunks(bytes.fromhex(digest)))
        others = store.references(bytes.fromhex(digest)) - store.chunks(bytes.fromhex(digest))
        rewrite(store, list(store.directory.packs), lambda _, entry: entry.digest not in {chunk, *others})
        problems = fsck(store).problems
    assert {(problem.what, problem.digest) for problem in problems} == {
        ("missing", chunk.hex()),
        ("unreadable", digest),
    }
    assert "nobody knows" in next(problem.detail for problem in problems if problem.what == "unreadable")


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.put_bytes(b"x")
    [pack] = (tmp_path / "packs").iterdir()
    pack.write_bytes(pack.read_bytes()[:8] + b"\x63" + pack.read_bytes()[9:])
    with pytest.raises(StoreTooNew, match="Upgrade"):
        list(open_store(tmp_path).digests())


def test_a_model_of_a_later_format_is_refused_and_keeps_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(tmp_path, trusted=True) as store:
        with monkeypatch.context() as later:
            later.setattr(manifest, "_VERSION", 99)
            digest = store.put(capture(toy(1))).digest
        for refused in (store.load, store.info, lambda digest: gc(store, [digest], grace_s=0)):
            with pytest.raises(StoreTooNew, match=r"format 99; .* up to 1\. Upgrade"):
                refused(digest)
        monkeypatch.setattr(manifest, "_VERSION", 99)
        assert store.load(digest) == toy(1)
    with pytest.raises(StoreDamaged, match="version 0"):
        manifest.decode(b"MDBM" + bytes(40))


def test_a_store_for_reading_is_not_written_to(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with pytest.raises(StoreReadOnly):
        open_store(tmp_path, readonly=True).put_bytes(b"x")


def test_a_fork_writes_to_a_pack_of_its_own(tmp_path: Path) -> None:
    script = """
import os, sys
from modeldb.objects import open_store
store = open_store(sys.argv[1])
store.put_bytes(b"before")
if (child := os.fork()) == 0:
    for n in range(50):
        store.put_bytes(b"child %d" % n)
    os._exit(0)
for n in range(50):
    store.put_bytes(b"parent %d" % n)
os.waitpid(child, 0)
store.close()
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
    with open_store(tmp_path) as store:
        found = {store.get_bytes(digest) for digest in store.digests()}
        assert len(found) == 101
        assert fsck(store).ok


def test_equal_arrays_of_one_model_come_back_apart() -> None:
    values = np.random.default_rng(0).normal(size=2000)
    with open_store("memory://", trusted=True) as store:
        first, second = store.load(store.put(capture([values, values.copy()])).digest)
    first[:] = 0
    np.testing.assert_array_equal(second, values)


def test_arrays_of_every_layout_come_back() -> None:
    base = np.arange(6000.0).reshape(60, 100)
    values = [base.T, base[::2], base[:, ::3], base.astype(">f8"), base.view("c16"), base > 3, base[:0],
              np.array(["a", None], object), base.astype("f4")[..., None]]  # fmt: skip
    with open_store("memory://", trusted=True) as store:
        for value, back in zip(values, store.load(store.put(capture(values)).digest), strict=True):
            np.testing.assert_array_equal(value, back)
            assert value.dtype == back.dtype
