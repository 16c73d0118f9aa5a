"""The object store: captured models and bytes in, the same models and bytes out."""

from __future__ import annotations

import pickle
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from modeldb.errors import MissingDependency, NotFound, StoreDamaged
from modeldb.objects import codecs, manifest
from modeldb.objects.base import PackPlace
from modeldb.objects.digest import BYTES, MODEL, PART, SIZE, checksum, digest_of
from modeldb.objects.directory import BYTES_KIND, MODEL_KIND, PART_KIND, TOUCH, Directory, Location
from modeldb.objects.packs import Block, Payload, encode_block, shifted

# What takes models apart is loaded with the first model: bytes are stored without numpy.
if TYPE_CHECKING:
    from modeldb.objects import parts
    from modeldb.objects.freeze import Capture

T = TypeVar("T")

TOUCH_AFTER = 3600.0
"""A model put again is marked as in use if its last mark is older than these seconds."""
REFRESH_AFTER = 1.0
"""Seconds after which a writer looks again at what others have stored."""
CHUNKED_FROM = 32 << 10
"""Shorter opaque bytes are kept in one piece."""
_GAP = 64 << 10
DOMAINS = {PART_KIND: PART, MODEL_KIND: MODEL, BYTES_KIND: BYTES}


class Stored(msgspec.Struct, frozen=True):
    """What storing a model came to."""

    digest: str
    size_bytes: int
    """What a plain pickle of it would take."""
    stored_bytes: int
    """What the store grew by."""
    n_parts: int
    shared_bytes: int
    """How many of the model's bytes were in the store already, before encoding."""


class ObjectInfo(msgspec.Struct, frozen=True):
    """What the store knows of an object without loading it."""

    digest: str
    kind: str
    """ "model" or "bytes"."""
    type_name: str
    """The class of a model; empty for bytes."""
    size_bytes: int
    stored_bytes: int
    """What its own parts take, shared ones included."""
    parts: tuple[tuple[str, int], ...]
    """Digest and size of each part."""


class ObjectStore:
    """Models and bytes by digest, over a place for packs.

    Atomicity: an object is visible with everything it needs or not at all.
    Durability: what was put before `flush` returned survives power loss; a kill of the process loses nothing put.
    Threads: every method may be called from any thread. Processes: any number may use one directory at once.
    Errors: NotFound for a digest that is not there; StoreDamaged when what is there is not what was put.
    """

    def __init__(self, place: PackPlace, url: str, trusted: bool = False) -> None:
        self.place, self.url, self.trusted = place, url, trusted
        self.directory = Directory(place)
        self._lock = threading.RLock()
        self._refreshed = 0.0
        self._token = ""

    def __enter__(self) -> ObjectStore:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def put(self, capture: Capture) -> Stored:
        """Store a captured model; nothing but a mark of use is written if it is there already."""
        from modeldb.objects import parts

        made, pieces = parts.take_apart(capture)
        data = manifest.encode(made)
        digest = digest_of(MODEL, [data])
        shared = 0
        wanted: dict[bytes, parts.Part] = {}
        with self._lock:
            self._look_before_writing()
            if digest in self.directory:
                grown = self._touch(digest)
                return Stored(digest.hex(), made.size_bytes, grown, len(pieces), made.size_bytes)
            for part, ref in zip(pieces, made.parts, strict=True):
                if part.digest in self.directory or part.digest in wanted:
                    shared += ref.raw
                else:
                    wanted[part.digest] = part
        everything = {part.digest: part for part in pieces}
        payloads = [*_payloads(wanted.values()), *self._opaque(digest, MODEL_KIND, data, everything)]
        grown = self._append(payloads, everything)
        return Stored(digest.hex(), made.size_bytes, grown, len(pieces), shared)

    def put_bytes(self, data: bytes) -> str:
        """Store bytes and return their digest."""
        return self.put_all_bytes([data])[0]

    def put_all_bytes(self, everything: Sequence[bytes]) -> list[str]:
        """Store several and return their digests; what is new becomes visible at once and costs one write."""
        digests = [digest_of(BYTES, [data]) for data in everything]
        new: dict[bytes, bytes] = {}
        with self._lock:
            self._look_before_writing()
            for digest, data in zip(digests, everything, strict=True):
                if digest in self.directory:
                    self._touch(digest)
                else:
                    new[digest] = data
        needed: dict[bytes, parts.Part] = {}
        payloads: dict[bytes, Payload] = {}
        for digest, data in new.items():
            payloads.update({one.digest: one for one in self._opaque(digest, BYTES_KIND, data, needed)})
        if payloads:
            self._append(list(payloads.values()), needed)
        return [digest.hex() for digest in digests]

    def _opaque(self, digest: bytes, kind: int, data: bytes, everything: dict[bytes, parts.Part]) -> list[Payload]:
        """Payloads for bytes of no known structure: in chunks, of which some may be stored already, if long."""
        if len(data) < CHUNKED_FROM or (kind == BYTES_KIND and "numpy" not in sys.modules):
            return [Payload(digest, kind, *_encoded("opaque", None, data))]
        from modeldb.objects import chunking, parts

        found = [parts.Part(digest_of(PART, [c]), "chunk", None, (c,)) for c in chunking.split(data)]
        everything.update({chunk.digest: chunk for chunk in found})
        with self._lock:
            wanted = {chunk.digest: chunk for chunk in found if chunk.digest not in self.directory}
        names = b"".join([chunk.digest for chunk in found])
        return [*_payloads(wanted.values()), Payload(digest, kind, codecs.CHUNKS, len(data), names)]

    def get_bytes(self, digest: str) -> bytes:
        """The bytes of this digest, verified."""
        return self._again_if_moved(lambda: self._get(bytes.fromhex(digest), BYTES_KIND))

    def load(self, digest: str, *, trust: bool = False) -> Any:
        """The model of this digest, bit for bit as it was captured.

        Raises UntrustedObject when the store is not known to be yours and the model needs more than the classes
        that are safe to make; `trust=True` is consent to run whatever it says.
        """
        from modeldb.objects import parts, safe

        made = self.manifest(digest)
        names = [ref.digest for ref in made.parts]
        found = self._again_if_moved(lambda: self.read_many(names))
        buffers: codecs.Pieces = []
        given: set[bytes] = set()
        for ref in made.parts:
            buffers += parts.buffers_of(ref, found[ref.digest], ref.digest in given)
            given.add(ref.digest)
        if trust or self.trusted:
            return _unpickled(made, buffers)
        return safe.loads(made.skeleton, buffers, made.type_name)

    def references(self, digest: bytes) -> set[bytes]:
        """The parts that an object or part is made of, parts of parts included."""
        found = self.chunks(digest)
        if self._locate(digest).entry.kind == MODEL_KIND:
            found.update(ref.digest for ref in self.manifest(digest.hex()).parts)
        return found

    def chunks(self, digest: bytes) -> set[bytes]:
        """The parts that hold an object's own bytes; none if it lies in one piece."""
        where = self._locate(digest)
        if where.entry.codec != codecs.CHUNKS:
            return set()
        data = self.place.read(where.pack, where.entry.offset, where.entry.stored)
        _check_stored(where, data)
        return set(chunk_names(data))

    def directory_entry(self, digest: bytes) -> Location | None:
        """Where an object or part is stored, or None."""
        return self._find(digest)

    @property
    def lock(self) -> threading.RLock:
        """Held while the store's own view of its packs changes."""
        return self._lock

    def refresh(self) -> None:
        """See what other processes have stored or removed."""
        with self._lock:
            self._look(0)

    def manifest(self, digest: str) -> manifest.Manifest:
        """How the model of this digest is put together."""
        return manifest.decode(self._again_if_moved(lambda: self._get(bytes.fromhex(digest), MODEL_KIND)))

    def _again_if_moved(self, read: Callable[[], T]) -> T:
        """Read, and once more if another process has meanwhile joined or cleaned the packs."""
        try:
            return read()
        except StoreDamaged:
            known = set(self.directory.packs)
            self.refresh()
            if known <= set(self.directory.packs):
                raise
            return read()

    def exists(self, digest: str) -> bool:
        """True if an object of this digest is stored."""
        return self._find(bytes.fromhex(digest)) is not None

    def info(self, digest: str) -> ObjectInfo:
        """Kind, sizes and parts of an object."""
        where = self._locate(bytes.fromhex(digest))
        if where.entry.kind != MODEL_KIND:
            return ObjectInfo(digest, "bytes", "", where.entry.raw, where.entry.stored, ())
        made = self.manifest(digest)
        unique = {ref.digest: ref for ref in made.parts}
        stored = where.entry.stored + sum(self._locate(part).entry.stored for part in unique)
        return ObjectInfo(
            digest,
            "model",
            made.type_name,
            made.size_bytes,
            stored,
            tuple((ref.digest.hex(), ref.raw) for ref in made.parts),
        )

    def digests(self) -> Iterator[str]:
        """Every model and bytes object, in no order."""
        with self._lock:
            self._look(0)
            found = [d for d in self.directory if self._locate(d).entry.kind in (MODEL_KIND, BYTES_KIND)]
        return iter([digest.hex() for digest in found])

    def flush(self) -> None:
        """Make everything put so far survive power loss, and visible to others."""
        with self._lock:
            self.place.flush()

    def close(self) -> None:
        """Flush and let go of files."""
        with self._lock:
            self.place.flush()
            self.place.close()

    def read_many(self, digests: Sequence[bytes]) -> dict[bytes, codecs.Pieces]:
        """Decoded, verified parts by digest, with as few reads as their places allow."""
        stored = self._read_all(self._locate_all(dict.fromkeys(digests)))
        decoded = self._decoded(stored)
        return {where.entry.digest: pieces for (where, _), pieces in zip(stored, decoded, strict=True)}

    def _read_all(self, where: Iterable[Location]) -> list[tuple[Location, memoryview]]:
        """The stored bytes at these places, in the order of their packs; what lies close together is read at once."""
        read: list[tuple[Location, memoryview]] = []
        run: list[Location] = []
        pack, end = "", 0
        for location in sorted(where, key=lambda at: (at.pack, at.entry.offset)):
            entry = location.entry
            if location.pack != pack or entry.offset - end > _GAP:
                read += self._read_run(run)
                run = []
            run.append(location)
            pack, end = location.pack, entry.offset + entry.stored
        return read + self._read_run(run)

    def _read_run(self, run: Sequence[Location]) -> list[tuple[Location, memoryview]]:
        if not run:
            return []
        start, last = run[0].entry.offset, run[-1].entry
        data = memoryview(self.place.read(run[0].pack, start, last.offset + last.stored - start))
        return [(at, data[at.entry.offset - start : at.entry.offset - start + at.entry.stored]) for at in run]

    def _decoded(self, found: Sequence[tuple[Location, bytes | memoryview]]) -> list[codecs.Pieces]:
        for where, data in found:
            _check_stored(where, data)
        decoded = codecs.decode_many([codecs.Coded(w.entry.codec, data, w.entry.raw) for w, data in found])
        for (where, _), pieces in zip(found, decoded, strict=True):
            if digest_of(DOMAINS[where.entry.kind], pieces) != where.entry.digest:
                raise _damaged(where)
        return decoded

    def _get(self, digest: bytes, kind: int) -> bytes:
        where = self._locate(digest)
        entry = where.entry
        if entry.kind != kind:
            raise NotFound(f"Object {digest.hex()} is not of the kind asked for. See its info.")
        data = self.place.read(where.pack, entry.offset, entry.stored)
        if entry.codec != codecs.CHUNKS:
            return b"".join(self._decoded([(where, data)])[0])
        _check_stored(where, data)
        names = chunk_names(data)
        found = self.read_many(names)
        whole = b"".join([piece for name in names for piece in found[name]])
        if digest_of(DOMAINS[kind], [whole]) != digest:
            raise _damaged(where)
        return whole

    def _find(self, digest: bytes) -> Location | None:
        with self._lock:
            where = self.directory.get(digest)
            if where is None:
                self._look(0)
                where = self.directory.get(digest)
        return where

    def _locate(self, digest: bytes) -> Location:
        where = self._find(digest)
        if where is None or len(digest) != SIZE:
            raise NotFound(f'No object {digest.hex()} in {self.url}. "modeldb fsck" tells whether it is missing.')
        return where

    def _locate_all(self, digests: Iterable[bytes]) -> list[Location]:
        with self._lock:
            return [self.directory.get(digest) or self._locate(digest) for digest in digests]

    def _look(self, after: float) -> None:
        now = time.monotonic()
        if not self._refreshed or now - self._refreshed >= after:
            self.directory.refresh()
            self._refreshed = now

    def _look_before_writing(self) -> None:
        with self.place.changing(exclusive=False) as token:
            self._look(REFRESH_AFTER if token == self._token else 0)
            self._token = token

    def _touch(self, digest: bytes) -> int:
        where = self._locate(digest)
        last = max(where.created, self.directory.touched.get(digest, 0.0))
        if time.time() - last < TOUCH_AFTER:
            return 0
        return self._append([Payload(digest, TOUCH, 0, 0, b"")], {})

    def _append(self, payloads: list[Payload], needed: dict[bytes, parts.Part]) -> int:
        """Write a block once every part it needs is certain to stay."""
        with self._lock, self.place.changing(exclusive=False) as token:
            if token != self._token:
                self._token = token
                self._look(0)
            writing = {payload.digest for payload in payloads}
            removed = [part for d, part in needed.items() if d not in writing and d not in self.directory]
            payloads = _payloads(removed) + payloads
            block, entries = encode_block(payloads)
            name, offset = self.place.append(block)
            self.directory.add(name, Block(offset, len(block), time.time(), shifted(entries, offset)))
        return len(block)


def chunk_names(data: bytes) -> list[bytes]:
    """The digests that an object stored in chunks is made of."""
    return [data[place : place + SIZE] for place in range(0, len(data), SIZE)]


def _check_stored(where: Location, data: bytes | memoryview) -> None:
    if len(data) != where.entry.stored or checksum(data) & 0xFFFFFFFF != where.entry.check:
        raise _damaged(where)


def _payloads(wanted: Iterable[parts.Part]) -> list[Payload]:
    wanted = list(wanted)
    pieces = [codecs.Uncoded(part.role, part.dtype, part.data) for part in wanted]
    return [
        Payload(part.digest, PART_KIND, codec, len(piece.data), stored)
        for part, piece, (codec, stored) in zip(wanted, pieces, codecs.encode_many(pieces), strict=True)
    ]


def _encoded(role: str, dtype: Any, data: bytes) -> tuple[int, int, bytes]:
    [(codec, stored)] = codecs.encode_many([codecs.Uncoded(role, dtype, data)])
    return codec, len(data), stored


def _unpickled(made: manifest.Manifest, buffers: Sequence[object]) -> Any:
    try:
        return pickle.loads(made.skeleton, buffers=buffers)
    except (ImportError, AttributeError) as error:
        raise MissingDependency(
            f"{made.type_name} cannot be loaded here: {error}. Install the package it comes from, or run where the "
            "module that defines it can be imported."
        ) from error


def _damaged(where: Location) -> StoreDamaged:
    return StoreDamaged(
        f"Object {where.entry.digest.hex()} in pack {where.pack} is not what was stored: its bytes have changed. "
        'Run "modeldb fsck" to find everything that is damaged and repair what another copy holds.'
    )
