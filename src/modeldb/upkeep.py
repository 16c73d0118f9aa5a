"""Checking, clearing up and measuring a store as a whole: the catalog says what its objects are needed for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modeldb.core.actions import Annotated
from modeldb.core.ids import now
from modeldb.core.users import user_name
from modeldb.errors import ModelDBError

if TYPE_CHECKING:
    from modeldb.database import Database
    from modeldb.objects.fsck import FsckReport
    from modeldb.objects.gc import GcReport

REMOVED = "content-removed"
"""The tag of a model whose content was cleared away on purpose."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Something in the catalog that needs an object."""

    digest: str
    owner: str
    """The id of the model, run or dataset."""
    what: str


@dataclass(frozen=True, slots=True)
class PartProblem:
    """A Parquet part that is not as it should be."""

    digest: str
    what: str
    """ "damaged" or "missing"."""
    owner: str
    """The prediction set that needs it; empty when none does."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a check of a whole store found."""

    objects: FsckReport
    missing: tuple[Reference, ...]
    """What the catalog names and the object store does not have."""
    parts: tuple[PartProblem, ...] = ()
    """Parquet parts of predictions that are damaged or missing."""
    catalog: tuple[str, ...] = ()
    """What the database says is wrong with itself."""
    repaired_parts: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.objects.ok and not self.missing and not self.parts and not self.catalog


@dataclass(frozen=True, slots=True)
class Share:
    """Bytes of one project."""

    project: str
    models: int
    size_bytes: int
    """What its models would take as a pickle each."""
    added_bytes: int
    """What storing them added."""


@dataclass(frozen=True, slots=True)
class Space:
    """Where the bytes of a store are."""

    projects: tuple[Share, ...]
    kinds: tuple[tuple[str, int], ...]
    """(catalog, objects, examples, journals, cache) and their bytes on disk."""
    size_bytes: int
    """What everything in the object store would take one by one."""
    stored_bytes: int
    shared_bytes: int
    """What was not written because it was there already."""


def _take_in(db: Database) -> None:
    """Move what the journals hold into the catalog, of a store that is not only for reading."""
    if not db.catalog.readonly:
        db.sync()


def references(db: Database) -> Iterator[Reference]:
    """Every object the catalog needs. Raises StoreDamaged for a prediction set that cannot be read."""
    yield from _named(db)
    for set_id, digest in _prediction_sets(db):
        needed, _ = _needs(db, digest)
        yield from (Reference(inner, set_id, "rows") for inner in needed)


def _named(db: Database) -> Iterator[Reference]:
    """The objects the catalog names itself."""
    removed = f"select target_id from annotations where kind = 'tag' and key = '{REMOVED}' and value is not null"
    models = db.catalog.query(
        f"select model_id, digest from models where digest is not null and model_id not in ({removed})"
    )
    yield from (Reference(row[1], row[0], "model") for row in models)
    yield from (
        Reference(row[1], row[0], row[2]) for row in db.catalog.query("select run_id, digest, path from run_code")
    )
    for dataset_id, digests in db.catalog.query("select dataset_id, kept_digests from datasets where kept = 1"):
        yield from (Reference(digest, dataset_id, "column") for digest in json.loads(digests or "[]"))
    yield from (Reference(digest, set_id, "predictions") for set_id, digest in _prediction_sets(db))


def _prediction_sets(db: Database) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in db.catalog.query("select set_id, digest from prediction_sets")]


def _needs(db: Database, digest: str) -> tuple[list[str], list[str]]:
    """The objects and the Parquet parts a prediction set needs; none when it is not there itself."""
    from modeldb.examples import sets

    if not db.objects.exists(digest):
        return [], []
    return sets.references(sets.read(db.example_tables.reader.place, digest))


def check(db: Database, *, repair: bool = False, copy: Database | None = None) -> Health:
    """Read and verify everything: every object and part byte by byte, that all the catalog names are there, and the
    catalog itself.

    With `repair`, what is damaged or missing is replaced where an intact copy is found: in this store, or in `copy`.
    """
    from modeldb.objects.fsck import fsck

    _take_in(db)
    needed = list(_named(db))
    other = None if copy is None else copy.objects
    report = fsck(db.objects, repair, other, [reference.digest for reference in needed])
    parts: dict[str, str] = {}
    for set_id, digest in _prediction_sets(db):
        try:
            inner, held = _needs(db, digest)
        except ModelDBError:
            continue  # damaged, and reported as such
        needed += [Reference(name, set_id, "rows") for name in inner]
        parts |= dict.fromkeys(held, set_id)
    missing = tuple(reference for reference in needed if not db.objects.exists(reference.digest))
    problems, repaired = _check_parts(db, parts, copy if repair else None)
    return Health(report, missing, problems, _check_catalog(db), repaired)


def _check_parts(
    db: Database, owners: dict[str, str], copy: Database | None
) -> tuple[tuple[PartProblem, ...], tuple[str, ...]]:
    from modeldb.examples import parts

    problems, repaired = [], []
    for digest in sorted({*owners, *parts.digests(db.layout.examples)}):
        what = parts.flaw(db.layout.examples, digest)
        if what is None:
            continue
        if copy is not None and parts.take(db.layout.examples, digest, copy.layout.examples):
            repaired.append(digest)
        else:
            problems.append(PartProblem(digest, what, owners.get(digest, "")))
    return tuple(problems), tuple(repaired)


def _check_catalog(db: Database) -> tuple[str, ...]:
    """What SQLite finds wrong with the pages and indexes of the catalog."""
    try:
        rows = db.catalog.query("PRAGMA integrity_check(20)")
    except Exception as error:  # a damaged database may fail in any way the driver has
        return (f"{type(error).__name__}: {error}",)
    return tuple(str(row[0]) for row in rows if row[0] != "ok")


def collect(db: Database, *, older_than_days: float | None = None, grace_s: float = 86_400.0) -> GcReport:
    """Remove the objects nothing needs.

    With `older_than_days`, the contents of models fitted before that go too, but never those of a model that has a
    tag or a note or belongs to one that has. What is known of such a model stays; only its content is gone, and a
    tag says so. Objects younger than `grace_s` stay: their record may still be on its way.

    Raises StoreDamaged when a prediction set cannot be read: nobody knows then what it needs.
    """
    from dataclasses import replace

    from modeldb.examples import parts
    from modeldb.objects.gc import gc

    before = time.time() - grace_s
    db.sync()
    if older_than_days is not None:
        outdated, today = _outdated(db, time.time() - older_than_days * 86_400.0), time.strftime("%Y-%m-%d")
        db.annotate(Annotated(model_id, "tag", REMOVED, today, user_name(), now()) for model_id in outdated)
    needed = [reference.digest for reference in references(db)]
    held = {part for _, digest in _prediction_sets(db) for part in _needs(db, digest)[1]}
    report = gc(db.objects, needed, grace_s=grace_s)
    removed, freed = parts.remove_unused(db.layout.examples, held, before)
    return replace(report, removed=report.removed + removed, freed_bytes=report.freed_bytes + freed)


def _outdated(db: Database, before: float) -> list[str]:
    rows = db.catalog.query(
        """
        select model_id from models m
        where digest is not null and created_at < :before
          and not exists (
            select 1 from annotations a
            where a.value is not null and a.target_id in (m.model_id, m.parent_model_id, m.run_id)
              and not (a.kind = 'tag' and a.key = 'hidden')
          )
        """,
        {"before": before},
    )
    return [row[0] for row in rows]


def measure(db: Database) -> Space:
    """Bytes by project and by kind, and what sharing saves."""
    from modeldb.objects.usage import usage

    _take_in(db)
    rows = db.catalog.query(
        """
        select p.name, count(m.digest), coalesce(sum(m.size_bytes), 0), coalesce(sum(m.stored_bytes), 0)
        from projects p left join models m using (project_id) group by p.name order by 3 desc
        """
    )
    layout = db.layout
    kinds = {
        "catalog": [layout.catalog, *layout.catalog.parent.glob(layout.catalog.name + "-*")],
        "objects": layout.objects.rglob("*"),
        "examples": layout.examples.rglob("*"),
        "journals": layout.journal.rglob("*"),
        "cache": layout.cache.rglob("*"),
    }
    sizes = tuple((kind, sum(path.stat().st_size for path in paths if path.is_file())) for kind, paths in kinds.items())
    try:
        used = usage(db.objects)
    except ModelDBError:
        return Space(tuple(Share(*row) for row in rows), sizes, 0, 0, 0)
    # The object store counts a repeated model once; without sharing each repeat would be a pickle of its own.
    repeats, single = db.catalog.query(
        """
        select coalesce(sum(n * s), 0), coalesce(sum(s), 0)
        from (select count(*) as n, max(size_bytes) as s from models where digest is not null group by digest) d
        """
    )[0]
    size = used.size_bytes + (repeats - single)
    return Space(tuple(Share(*row) for row in rows), sizes, size, used.stored_bytes, used.shared_bytes)
