"""Records to rows: the only place that says what an action leaves in the catalog.

One small function per record type, in a file per noun. A function adds rows to the batch; it reads nothing but what
the batch has looked up beforehand, so that the rows do not depend on how the records were cut into batches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from modeldb.catalog.apply import actions, datasets, models, notes, runs
from modeldb.catalog.batch import Batch, Cursor, insert
from modeldb.core import codec
from modeldb.core.actions import (
    Action,
    Annotated,
    DatasetDescribed,
    DatasetKept,
    Metrics,
    ModelIndexed,
    ModelStored,
    PredictionsStored,
    Record,
    RunDescribed,
    RunEnded,
    RunStarted,
)

_APPLY: dict[type, Callable[[Batch, Any], None]] = {
    Action: actions.action,
    Metrics: actions.metrics,
    RunStarted: runs.started,
    RunDescribed: runs.described,
    RunEnded: runs.ended,
    DatasetDescribed: datasets.described,
    DatasetKept: datasets.kept,
    ModelStored: models.stored,
    ModelIndexed: models.indexed,
    PredictionsStored: models.predictions,
    Annotated: notes.annotated,
}

_UNKNOWN = insert("unknown_records", "entry, type, payload, reason")


def apply(cursor: Cursor, client_id: str, records: Sequence[Record | codec.Unknown], entry: int) -> None:
    """Writes the rows of these records, numbering them from `entry` on."""
    batch = Batch(client_id)
    _look_up(batch, cursor, records)
    for batch.entry, record in enumerate(records, entry):
        _apply_one(batch, record)
    batch.write(cursor)


def set_aside(cursor: Cursor, record: Record | codec.Unknown, entry: int, reason: str) -> None:
    """Keeps a record that cannot be applied."""
    kind = type(record).__struct_config__.tag
    cursor.execute(_UNKNOWN, (entry, str(kind), codec.encode(record), reason))


def _apply_one(batch: Batch, record: Record | codec.Unknown) -> None:
    if isinstance(record, codec.Unknown):
        batch.add("unknown_records", _UNKNOWN, (batch.entry, record.type, record.payload, None))
        return
    _APPLY[type(record)](batch, record)
    for waiting in batch.released():
        _apply_one(batch, waiting)


def _look_up(batch: Batch, cursor: Cursor, records: Sequence[Record | codec.Unknown]) -> None:
    run_ids: set[str] = set()
    model_ids: set[str] = set()
    action_ids: set[str] = set()
    dataset_ids: set[str] = set()
    for record in records:
        match record:
            case Action():
                run_ids.add(record.run_id)
                action_ids.add(record.action_id)
                model_ids.update(model.model_id for model in record.models)
                dataset_ids.update(dataset.dataset_id for dataset in record.datasets)
            case RunStarted() | RunDescribed() | RunEnded():
                run_ids.add(record.run_id)
            case DatasetDescribed() | DatasetKept():
                dataset_ids.add(record.dataset_id)
            case ModelStored() | ModelIndexed():
                model_ids.add(record.model_id)
            case PredictionsStored():
                model_ids.add(record.model_id)
                if record.action_id is not None:
                    action_ids.add(record.action_id)
    batch.look_up(cursor, runs=run_ids, models=model_ids, actions=action_ids, datasets=dataset_ids)
