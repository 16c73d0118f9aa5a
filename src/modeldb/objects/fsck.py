"""Finding everything in a store that is damaged or missing, and repairing what another copy holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from modeldb.errors import ModelDBError
from modeldb.objects import codecs, packs
from modeldb.objects.digest import checksum, digest_of
from modeldb.objects.directory import BYTES_KIND, MODEL_KIND, TOUCH, Location
from modeldb.objects.packs import Block, Entry, Payload
from modeldb.objects.rewrite import rewrite
from modeldb.objects.store import DOMAINS, ObjectStore


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it should be."""

    what: str
    """ "damaged", "missing", "cut off" or "unreadable"."""
    pack: str
    digest: str
    """The object or part concerned; empty when the bytes do not say."""
    detail: str


@dataclass(frozen=True, slots=True)
class FsckReport:
    """What a check of a whole store found."""

    packs: int
    objects: int
    parts: int
    bytes: int
    problems: tuple[Problem, ...]
    repaired: tuple[str, ...] = ()
    """Digests that were damaged and have been replaced by an intact copy."""

    @property
    def ok(self) -> bool:
        """True if nothing is damaged or missing; what a kill cut off was never there."""
        return all(problem.what == "cut off" for problem in self.problems)


def fsck(
    store: ObjectStore, repair: bool = False, other: ObjectStore | None = None, needed: Iterable[str] = ()
) -> FsckReport:
    """Read and verify every byte of a store.

    With `repair`, packs with damage are written anew without it, and damaged objects are taken from another copy in
    this store or in `other`, where there is one. From there come, too, those of the objects `needed` that are gone.
    Packs that another process is writing to are left alone, and their problems stay in the report.
    """
    problems: list[Problem] = []
    intact: set[bytes] = set()
    damaged: dict[str, list[Entry]] = {}
    counts = {"objects": 0, "parts": 0, "bytes": 0}
    listed = store.place.list()
    for info in listed:
        counts["bytes"] += info.size
        for block in _blocks(store, info.name, info.size, info.sealed, problems):
            for entry in block.entries:
                if entry.kind == TOUCH:
                    continue
                counts["objects" if entry.kind in (MODEL_KIND, BYTES_KIND) else "parts"] += 1
                reason = _flaw(store, info.name, entry)
                if reason is None:
                    intact.add(entry.digest)
                else:
                    damaged.setdefault(info.name, []).append(entry)
                    problems.append(Problem("damaged", info.name, entry.digest.hex(), reason))
    repaired: list[str] = []
    gone = _gone(other, intact, needed) if repair and other is not None else set()
    if repair and (damaged or gone or any(problem.what == "unreadable" for problem in problems)):
        affected = {p.pack for p in problems if p.what != "cut off"}
        left = {name for name in affected if store.place.held_by_others(name)}
        repaired = _repair(store, other, damaged, intact, affected - left, gone)
        problems = [p for p in problems if p.what == "cut off" or p.pack in left or p.digest not in ("", *repaired)]
    problems += _missing(store, intact | {bytes.fromhex(digest) for digest in repaired})
    return FsckReport(
        len(listed), counts["objects"], counts["parts"], counts["bytes"], tuple(problems), tuple(repaired)
    )


def _blocks(store: ObjectStore, name: str, size: int, sealed: bool, problems: list[Problem]) -> list[Block]:
    """Every block that can be read, stepping over what cannot."""

    def read(offset: int, length: int) -> bytes:
        return store.place.read(name, offset, length)

    try:
        packs.check_header(read(0, packs.HEADER.size), f"Pack {name}")
    except ModelDBError as error:
        problems.append(Problem("unreadable", name, "", str(error)))
    blocks = packs.read_footer(read, size) if sealed else None
    if sealed and blocks is None:
        problems.append(Problem("unreadable", name, "", "its index is damaged"))
    found: list[Block] = []
    at = packs.HEADER.size
    end = blocks[-1].offset + blocks[-1].length if blocks else size
    while at < end:
        block = packs.read_block(read, at, size)
        if block is None:
            following = packs.find_block(read, at + 1, end)
            if following is None:
                if blocks is None and read(at, 4) == packs.INDEX_MAGIC:
                    break
                what = "unreadable" if sealed else "cut off"
                problems.append(Problem(what, name, "", f"{end - at} bytes from {at} on are no block"))
                break
            problems.append(Problem("unreadable", name, "", f"{following - at} bytes from {at} on are no block"))
            at = following
            continue
        found.append(block)
        at += block.length
    known = {block.offset for block in found}
    return found + [block for block in blocks or [] if block.offset not in known]


def _flaw(store: ObjectStore, name: str, entry: Entry) -> str | None:
    """What is wrong with a stored object or part, or None."""
    data = store.place.read(name, entry.offset, entry.stored)
    if len(data) != entry.stored or checksum(data) & 0xFFFFFFFF != entry.check:
        return "its stored bytes have changed"
    if entry.codec == codecs.CHUNKS:
        return None  # its chunks are parts, and checked as such
    if entry.kind not in DOMAINS:
        return "it is of an unknown kind"
    try:
        decoded = codecs.decode_many([codecs.Coded(entry.codec, data, entry.raw)])[0]
    except ModelDBError as error:
        return str(error)
    return None if digest_of(DOMAINS[entry.kind], decoded) == entry.digest else "its content has changed"


def _missing(store: ObjectStore, intact: set[bytes]) -> list[Problem]:
    """Objects that refer to parts which are not there."""
    try:
        store.refresh()
    except ModelDBError:
        return []  # a pack that cannot be opened has been reported
    problems = []
    for digest in intact:
        where = store.directory.get(digest)
        if where is None or (where.entry.kind != MODEL_KIND and where.entry.codec != codecs.CHUNKS):
            continue
        problems += _missing_of(store, where, intact)
    return problems


def _missing_of(store: ObjectStore, where: Location, intact: set[bytes]) -> list[Problem]:
    """The parts an object lacks, as far as what is left of it tells."""
    name = where.entry.digest.hex()
    needed: set[bytes] = set()
    problems = []
    try:
        needed = store.chunks(where.entry.digest)
        needed |= store.references(where.entry.digest)
    except ModelDBError as error:
        detail = f"what holds its parts together cannot be read, so that nobody knows which others it lacks ({error})"
        problems.append(Problem("unreadable", where.pack, name, detail))
    lacking = sorted(needed - intact)
    return problems + [Problem("missing", where.pack, part.hex(), f"object {name} needs it") for part in lacking]


def _gone(other: ObjectStore, intact: set[bytes], needed: Iterable[str]) -> set[bytes]:
    """What is needed, and what that refers to, that is not intact here and is in another store."""
    roots = {bytes.fromhex(digest) for digest in needed}
    held = {digest for digest in roots if other.directory_entry(digest) is not None}
    for digest in list(held):
        held |= other.references(digest)
    return held - intact


def _repair(
    store: ObjectStore,
    other: ObjectStore | None,
    damaged: dict[str, list[Entry]],
    intact: set[bytes],
    affected: set[str],
    gone: set[bytes],
) -> list[str]:
    found: list[Payload] = []
    wanted = {entry.digest for entries in damaged.values() for entry in entries} | gone
    for digest in wanted - intact:
        where = other.directory_entry(digest) if other is not None else None
        if other is not None and where is not None and _flaw(other, where.pack, where.entry) is None:
            entry = where.entry
            data = other.place.read(where.pack, entry.offset, entry.stored)
            found.append(Payload(digest, entry.kind, entry.codec, entry.raw, data))
    bad = {(name, entry.offset) for name, entries in damaged.items() for entry in entries}
    rewrite(store, affected, lambda name, entry: (name, entry.offset) not in bad, found)
    return sorted(digest.hex() for digest in (wanted & intact) | {payload.digest for payload in found})
