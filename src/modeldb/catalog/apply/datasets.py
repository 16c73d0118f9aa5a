"""Datasets, their columns, and files."""

from __future__ import annotations

from modeldb.catalog.batch import Batch, insert
from modeldb.core import codec
from modeldb.core.actions import Action, DatasetDescribed, DatasetKept, DatasetSeen, FileSeen

# Who meets a dataset first need not know what it is called or where it is from; who does, fills it in.
_DATASET = insert(
    "datasets",
    "dataset_id, digest, name, source, container, n_rows, n_columns, weak, kept, first_seen_run, created_at, entry",
    """DO UPDATE SET name = coalesce(datasets.name, excluded.name),
        source = coalesce(datasets.source, excluded.source), entry = excluded.entry
    WHERE datasets.name IS NULL AND excluded.name IS NOT NULL
        OR datasets.source IS NULL AND excluded.source IS NOT NULL""",
    key="dataset_id",
)
_COLUMN = insert("dataset_columns", "dataset_id, position, name, dtype, digest, entry")
_FILE = insert("files", "file_id, path, size, digest, weak, first_seen_run, entry")


def seen(batch: Batch, dataset: DatasetSeen, action: Action) -> None:
    n_columns = len(dataset.columns) if dataset.n_columns is None else dataset.n_columns
    row = (
        dataset.dataset_id,
        dataset.digest,
        dataset.name,
        dataset.source,
        dataset.container,
        dataset.n_rows,
        n_columns,
        dataset.weak,
        False,
        action.run_id,
        action.started_at + action.duration_s,
        batch.entry,
    )
    batch.add("datasets", _DATASET, row)
    if dataset.dataset_id in batch.datasets:
        return
    batch.datasets.add(dataset.dataset_id)
    # Index levels count backwards from -1, so that columns keep their positions.
    columns = [*enumerate(dataset.columns), *((-1 - level, index) for level, index in enumerate(dataset.index))]
    for position, column in columns:
        described_column = (column.name, column.dtype, column.digest)
        batch.add("dataset_columns", _COLUMN, (dataset.dataset_id, position, *described_column, batch.entry))
    batch.arrived(dataset.dataset_id)


def file_seen(batch: Batch, file: FileSeen, action: Action) -> None:
    row = (file.file_id, file.path, file.size, file.digest, file.weak, action.run_id, batch.entry)
    batch.add("files", _FILE, row)


_DESCRIBE = """
    UPDATE datasets SET kept = CASE WHEN ? THEN ? ELSE kept END, rows_digest = coalesce(?, rows_digest), entry = ?
    WHERE dataset_id = ?"""
_STATISTICS = """
    UPDATE dataset_columns SET n_null = ?, n_distinct = ?, min = ?, max = ?, min_text = ?, max_text = ?,
        mean = ?, std = ?, entry = ?
    WHERE dataset_id = ? AND position = ?"""


def described(batch: Batch, record: DatasetDescribed) -> None:
    if record.dataset_id not in batch.datasets:
        batch.wait(record.dataset_id, record)
        return
    entry = batch.entry
    row = (record.kept, record.kept, record.rows_digest, entry, record.dataset_id)
    batch.add("datasets", _DESCRIBE, row)
    for column in record.statistics:
        numbers = (_number(column.min), _number(column.max), _text(column.min), _text(column.max))
        facts = (column.n_null, column.n_distinct, *numbers, column.mean, column.std)
        batch.add("dataset_columns", _STATISTICS, (*facts, entry, record.dataset_id, column.position))


_KEEP = "UPDATE datasets SET kept = ?, kept_digests = ?, stored_bytes = ?, entry = ? WHERE dataset_id = ?"


def kept(batch: Batch, record: DatasetKept) -> None:
    if record.dataset_id not in batch.datasets:
        batch.wait(record.dataset_id, record)
        return
    digests = codec.to_json(record.digests)
    batch.add("datasets", _KEEP, (True, digests, record.stored_bytes, batch.entry, record.dataset_id))


def _number(value: float | str | None) -> float | None:
    return None if isinstance(value, str) else value


def _text(value: float | str | None) -> str | None:
    return value if isinstance(value, str) else None
