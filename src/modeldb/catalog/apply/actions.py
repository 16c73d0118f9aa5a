"""Actions with everything first seen in them, and metrics."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from modeldb.catalog.apply import datasets, models
from modeldb.catalog.apply.values import json_or_null, typed
from modeldb.catalog.batch import Batch, insert
from modeldb.catalog.dialect import METRICS_AT_ONCE, insert_metrics
from modeldb.core import codec
from modeldb.core.actions import Action, Metrics

_ACTION = insert(
    "actions",
    "action_id, run_id, seq, parent_id, depth, kind, operation, library, status, error, file, line, code, rng, "
    "started_at, duration_s, recipe_key, value_key, inferred, extra, entry",
)
_INPUT = insert(
    "action_inputs",
    "action_id, position, role, artifact_id, artifact_kind, producer_id, inferred, changed, columns, entry",
)
_OUTPUT = insert("action_outputs", "action_id, position, role, artifact_id, artifact_kind, entry")
_PARAM = insert("action_params", "entry, position, name, value, value_double, type, is_default")
_METRIC = insert(
    "metrics",
    "entry, position, run_id, action_id, model_id, dataset_id, name, label, value, step, logged_at",
)


def action(batch: Batch, record: Action) -> None:
    """An action that is there already changes nothing, whoever brings it."""
    if record.action_id in batch.actions:
        return
    batch.actions[record.action_id] = record.run_id
    batch.add("actions", _ACTION, _action_row(record, batch.entry))
    _add_edges(batch, record)
    batch.extend("action_params", _PARAM, _param_rows(record, batch.entry))
    for dataset in record.datasets:
        datasets.seen(batch, dataset, record)
    for file in record.files:
        datasets.file_seen(batch, file, record)
    for model in record.models:
        models.made(batch, model, record)
    _add_metrics(batch, record)
    batch.arrived(record.action_id)


def _action_row(record: Action, entry: int) -> tuple[object, ...]:
    return (
        record.action_id,
        record.run_id,
        record.seq,
        record.parent_id,
        record.depth,
        record.kind,
        record.operation,
        record.library,
        record.status,
        record.error,
        record.file,
        record.line,
        record.code,
        json_or_null(record.rng),
        record.started_at,
        record.duration_s,
        record.recipe_key,
        record.value_key,
        record.inferred,
        json_or_null(record.extra),
        entry,
    )


def _param_rows(record: Action, entry: int) -> Iterator[tuple[object, ...]]:
    for position, value in enumerate(record.params):
        yield (entry, position, *typed(value))


def _add_edges(batch: Batch, record: Action) -> None:
    for position, item in enumerate(record.inputs):
        columns = None if item.columns is None else codec.to_json(item.columns)
        edge = (record.action_id, position, item.role, item.artifact_id, item.artifact_kind)
        batch.add(
            "action_inputs",
            _INPUT,
            (*edge, item.producer_id, item.inferred, item.changed, columns, batch.entry),
        )
    for position, output in enumerate(record.outputs):
        edge = (record.action_id, position, output.role, output.artifact_id, output.artifact_kind)
        batch.add("action_outputs", _OUTPUT, (*edge, batch.entry))


def _add_metrics(batch: Batch, record: Action) -> None:
    at = record.started_at + record.duration_s
    for position, metric in enumerate(record.metrics):
        judged = (record.run_id, record.action_id, metric.model_id, metric.dataset_id)
        measured = (metric.name, metric.label, metric.value, metric.step, at)
        batch.add("metrics", _METRIC, (batch.entry, position, *judged, *measured))


def metrics(batch: Batch, record: Metrics) -> None:
    shared = (
        batch.entry,
        record.run_id,
        record.action_id,
        record.model_id,
        record.dataset_id,
        record.step,
        record.logged_at,
    )
    if len(record.names) != len(record.values):
        raise ValueError(f"{len(record.names)} names for {len(record.values)} values")
    for start in range(0, len(record.names), METRICS_AT_ONCE):
        end = start + METRICS_AT_ONCE
        points = zip(record.names[start:end], record.values[start:end], strict=True)
        row = (*shared, *chain.from_iterable(points))
        batch.add("metrics", insert_metrics(start, (len(row) - len(shared)) // 2), row)
