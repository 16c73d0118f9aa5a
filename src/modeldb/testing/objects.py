"""What every object store does, whatever its packs lie in.

A place's test file subclasses ObjectStoreSuite and says how to open one:

    class TestMine(ObjectStoreSuite):
        @pytest.fixture
        def url(self, tmp_path): return f"mine://{tmp_path}"
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from modeldb.errors import NotFound, StoreDamaged
from modeldb.objects import capture, open_store
from modeldb.objects.fsck import fsck
from modeldb.objects.gc import gc
from modeldb.objects.usage import usage


@dataclass
class Toy:
    """Stands for a fitted model: a few small values and some arrays."""

    arrays: list[np.ndarray[Any, Any]]
    notes: dict[str, Any] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Toy) and pickle.dumps(self) == pickle.dumps(other)


def toy(seed: int = 0, size: int = 2000) -> Toy:
    """A model whose first array every seed shares."""
    rng = np.random.default_rng(seed)
    shared = np.random.default_rng(99).normal(size=size)
    return Toy([shared, rng.normal(size=(size, 2))], {"seed": seed})


class ObjectStoreSuite:
    """The promises of ObjectStore, checked through any place."""

    @pytest.fixture
    def url(self) -> str:
        """Where a new, empty store is opened."""
        raise NotImplementedError

    def reopened(self, url: str) -> Any:
        """The store as another process would find it."""
        return open_store(url, trusted=True)

    def test_a_model_comes_back_as_it_was(self, url: str) -> None:
        with open_store(url, trusted=True) as store:
            digest = store.put(capture(toy())).digest
            store.flush()
            assert store.load(digest) == toy()
            assert self.reopened(url).load(digest) == toy()

    def test_changes_after_the_capture_do_not_matter(self, url: str) -> None:
        with open_store(url, trusted=True) as store:
            model = toy()
            frozen = capture(model)
            model.arrays[0][:] = -1
            assert store.load(store.put(frozen).digest) == toy()

    def test_what_is_loaded_can_be_written_to(self, url: str) -> None:
        with open_store(url, trusted=True) as store:
            loaded = store.load(store.put(capture(toy())).digest)
            loaded.arrays[0] += 1

    def test_equal_content_is_stored_once(self, url: str) -> None:
        with open_store(url, trusted=True) as store:
            first = store.put(capture(toy(1)))
            again = store.put(capture(toy(1)))
            other = store.put(capture(toy(2)))
            assert again.digest == first.digest
            assert again.stored_bytes < 1000
            assert other.shared_bytes >= toy().arrays[0].nbytes
            assert other.stored_bytes < first.stored_bytes

    @pytest.mark.parametrize("size", [0, 1, 1000, 300_000])
    def test_bytes_come_back(self, url: str, size: int) -> None:
        data = np.random.default_rng(size).bytes(size)
        with open_store(url) as store:
            digest = store.put_bytes(data)
            assert store.put_bytes(data) == digest
            store.flush()
            assert self.reopened(url).get_bytes(digest) == data
            assert store.info(digest).size_bytes == size

    def test_several_bytes_come_back_each_stored_once(self, url: str) -> None:
        rng = np.random.default_rng(0)
        long = rng.bytes(200_000)
        several = [b"", b"short", long, b"short", long[:150_000] + b"another end", rng.bytes(40_000)]
        with open_store(url) as store:
            known = store.put_bytes(several[1])
            before = usage(store).stored_bytes
            digests = store.put_all_bytes(several)
            assert usage(store).stored_bytes - before < 300_000
            assert digests[1] == digests[3] == known and len(set(digests)) == 5
            assert store.put_all_bytes(several) == digests and store.put_all_bytes([]) == []
            store.flush()
            assert [self.reopened(url).get_bytes(digest) for digest in digests] == several
            assert set(store.digests()) == set(digests) and fsck(store).ok

    def test_bytes_with_a_change_in_the_middle_share_the_rest(self, url: str) -> None:
        data = np.random.default_rng(0).bytes(400_000)
        with open_store(url) as store:
            store.put_bytes(data)
            before = usage(store).stored_bytes
            store.put_bytes(data[:200_000] + b"inserted" + data[200_000:])
            assert usage(store).stored_bytes - before < 100_000

    def test_what_is_not_there_is_not_found(self, url: str) -> None:
        with open_store(url) as store:
            assert not store.exists("0" * 32)
            with pytest.raises(NotFound):
                store.load("0" * 32)
            with pytest.raises(NotFound):
                store.get_bytes("0" * 32)

    def test_bytes_are_no_model_even_if_they_look_like_one(self, url: str) -> None:
        with open_store(url, trusted=True) as store:
            from modeldb.objects import manifest, parts

            made, _ = parts.take_apart(capture({"a": 1}))
            digest = store.put_bytes(manifest.encode(made))
            with pytest.raises(NotFound):
                store.load(digest)

    def test_lists_and_describes_what_it_holds(self, url: str) -> None:
        with open_store(url, trusted=True) as store:
            model, text = store.put(capture(toy())).digest, store.put_bytes(b"text")
            assert set(store.digests()) == {model, text}
            info = store.info(model)
            assert info.type_name.endswith("Toy")
            assert info.kind == "model"
            assert len(info.parts) == 2
            assert info.stored_bytes > 0
            told = usage(store)
            assert (told.models, told.other_objects, told.parts) == (1, 1, 2)

    def test_a_sound_store_passes_its_check(self, url: str) -> None:
        with open_store(url, trusted=True) as store:
            for seed in range(3):
                store.put(capture(toy(seed)))
            store.put_bytes(np.random.default_rng(0).bytes(100_000))
            store.flush()
            report = fsck(store)
            assert report.ok and not report.problems
            assert report.objects == 4

    def test_collection_keeps_what_is_named_and_what_is_new(self, url: str) -> None:
        with open_store(url, trusted=True) as store:
            digests = [store.put(capture(toy(seed))).digest for seed in range(4)]
            assert gc(store, [digests[0]]).removed == 0, "everything is within the grace period"
            report = gc(store, [digests[0]], grace_s=-1)
            assert report.removed == 6  # three models and the part of each that nothing shared
            assert store.load(digests[0]) == toy(0)
            assert [store.exists(digest) for digest in digests] == [True, False, False, False]
            assert self.reopened(url).load(digests[0]) == toy(0)
            assert fsck(store).ok
            assert store.load(store.put(capture(toy(3))).digest) == toy(3), "what was removed can be put again"

    def test_damage_is_found_and_never_returned(self, url: str) -> None:
        with open_store(url, trusted=True) as store:
            digest = store.put(capture(toy())).digest
            store.flush()
        broken = self.reopened(url)
        part = bytes.fromhex(broken.info(digest).parts[1][0])
        where = broken.directory_entry(part)
        read = broken.place.read

        def flipped(name: str, offset: int, length: int) -> bytes:
            data = bytearray(read(name, offset, length))
            at = where.entry.offset + where.entry.stored // 2 - offset
            if name == where.pack and 0 <= at < len(data):
                data[at] ^= 1
            return bytes(data)

        broken.place.read = flipped
        try:
            with pytest.raises(StoreDamaged):
                broken.load(digest)
            report = fsck(broken)
            assert not report.ok
            assert part.hex() in [problem.digest for problem in report.problems]
        finally:
            broken.place.read = read
