"""Models, runs and datasets as they appear in lists, with their metrics and annotations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from modeldb.query.directions import higher_is_better
from modeldb.server.http.schemas import (
    Annotation,
    DatasetBrief,
    MetricValue,
    ModelBrief,
    Parameter,
    RunBrief,
)
from modeldb.server.pages.find import dicts, rows_in
from modeldb.server.source import Source
from modeldb.server.tables.fields import HIDDEN, parameter_value, step_name

RUN = (
    'r.run_id, r.name, p.name AS project, x.name AS experiment, r.status, r.started_at, r.ended_at, r."user" AS user, '
    "r.script, (SELECT count(*) FROM models m WHERE m.run_id = r.run_id AND m.role = 'model') AS n_models"
)
RUN_FROM = (
    "runs r LEFT JOIN projects p ON p.project_id = r.project_id "
    "LEFT JOIN experiments x ON x.experiment_id = r.experiment_id"
)
DATASET = "dataset_id, name, source, container, n_rows, n_columns, kept, created_at, first_seen_run"
MODEL = (
    "m.model_id, m.name, m.type, m.role, m.run_id, r.name AS run_name, p.name AS project, m.created_at, "
    "m.parent_model_id"
)
MODEL_FROM = "models m LEFT JOIN runs r ON r.run_id = m.run_id LEFT JOIN projects p ON p.project_id = r.project_id"
METRIC = (
    "x.name, x.label, x.value, x.dataset_id, d.name AS dataset_name, x.model_id, x.run_id, x.action_id, x.step, "
    "x.logged_at"
)


def run_brief(row: dict[str, Any]) -> RunBrief:
    ended, started = row["ended_at"], row["started_at"]
    duration = None if ended is None else ended - started
    project, experiment = row["project"] or "", row["experiment"] or ""
    return RunBrief(**{**row, "duration_s": duration, "project": project, "experiment": experiment})


def runs_by_id(source: Source, ids: Iterable[str]) -> dict[str, RunBrief]:
    return {row["run_id"]: run_brief(row) for row in rows_in(source, RUN, RUN_FROM, "r.run_id", ids)}


def runs_where(source: Source, where: str, params: dict[str, Any]) -> list[RunBrief]:
    return [run_brief(row) for row in dicts(source, RUN, f"FROM {RUN_FROM} WHERE {where}", params)]


def datasets_by_id(source: Source, ids: Iterable[str]) -> dict[str, DatasetBrief]:
    rows = rows_in(source, DATASET, "datasets", "dataset_id", ids)
    return {row["dataset_id"]: dataset_brief(row) for row in rows}


def dataset_brief(row: dict[str, Any]) -> DatasetBrief:
    return DatasetBrief(**{**row, "kept": bool(row["kept"])})


def models_by_id(source: Source, ids: Iterable[str], *, details: bool = True) -> dict[str, ModelBrief]:
    """Briefs of these models; with their last metrics and changed hyperparameters unless told otherwise."""
    return {brief.model_id: brief for brief in _model_briefs(
        source, rows_in(source, MODEL, MODEL_FROM, "m.model_id", ids), details)}  # fmt: skip


def models_where(source: Source, where: str, params: dict[str, Any], *, details: bool = True) -> list[ModelBrief]:
    rows = dicts(source, MODEL, f"FROM {MODEL_FROM} WHERE {where}", params)
    return _model_briefs(source, rows, details)


def _model_briefs(source: Source, rows: list[dict[str, Any]], details: bool) -> list[ModelBrief]:
    ids = [row["model_id"] for row in rows]
    metrics = metrics_of(source, ids) if details else {}
    changed = parameters_of(source, ids, changed_only=True) if details else {}
    steps = steps_of(source, ids)
    return [
        ModelBrief(**row, metrics=metrics.get(id, []), changed=changed.get(id, []), steps=steps.get(id, []))
        for id, row in zip(ids, rows, strict=True)
    ]


def steps_of(source: Source, model_ids: Iterable[str]) -> dict[str, list[str]]:
    """What each pipeline or search is made of, in the order it was fitted."""
    columns = "parent_model_id, name, type"
    rest = "AND role = 'step' ORDER BY created_at, model_id"
    out: dict[str, list[str]] = {}
    for row in rows_in(source, columns, "models", "parent_model_id", model_ids, rest):
        out.setdefault(row["parent_model_id"], []).append(step_name(row["name"], row["type"]))
    return out


def parameters_of(
    source: Source, model_ids: Iterable[str], *, changed_only: bool = False
) -> dict[str, list[Parameter]]:
    """Hyperparameters by model, those that are not at their default first."""
    rest = "AND NOT is_default" if changed_only else ""
    columns = "model_id, name, value, value_double, type, is_default"
    out: dict[str, list[Parameter]] = {}
    for row in rows_in(source, columns, "hyperparameters", "model_id", model_ids, rest + " ORDER BY is_default, name"):
        out.setdefault(row["model_id"], []).append(parameter(row))
    return out


def parameter(row: dict[str, Any]) -> Parameter:
    value = parameter_value(row["value"], row["value_double"], row["type"])
    return Parameter(name=row["name"], value=value, type=row["type"], is_default=bool(row["is_default"]))


def metrics_of(source: Source, model_ids: Iterable[str]) -> dict[str, list[MetricValue]]:
    """The last value of every metric by model: one per name, label and dataset."""
    table = "metrics x LEFT JOIN datasets d ON d.dataset_id = x.dataset_id"
    rows = rows_in(source, METRIC, table, "x.model_id", model_ids, "ORDER BY x.entry, x.position")
    out: dict[str, list[MetricValue]] = {}
    for metric in last_values(rows):
        out.setdefault(metric.model_id or "", []).append(metric)
    return out


def last_values(rows: Iterable[dict[str, Any]]) -> list[MetricValue]:
    """The last of the rows of each series, which counts how many there were."""
    last: dict[tuple[Any, ...], dict[str, Any]] = {}
    counts: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = (row["model_id"], row["dataset_id"], row["name"], row["label"])
        counts[key] = counts.get(key, 0) + 1
        last[key] = row
    return [_metric(row, counts[key]) for key, row in last.items()]


def metric_name(name: str, label: str | None) -> str:
    """The name as tables show it: with its label in brackets."""
    return f"{name}[{label}]" if label else name


def _metric(row: dict[str, Any], n: int) -> MetricValue:
    fields = {**row, "name": metric_name(row["name"], row["label"]), "n_points": n}
    del fields["label"]
    return MetricValue(**fields, higher_is_better=higher_is_better(row["name"]))


def annotations_of(source: Source, target_id: str) -> tuple[list[Annotation], bool]:
    """Tags and notes on something, oldest first, and whether it is hidden."""
    rows = dicts(
        source,
        "kind, key, value, author, at",
        "FROM annotations WHERE target_id = :id AND kind IN ('tag', 'note') AND value IS NOT NULL ORDER BY at",
        {"id": target_id},
    )
    hidden = any(row["kind"] == "tag" and row["key"] == HIDDEN for row in rows)
    shown = [row for row in rows if row["key"] != HIDDEN or row["kind"] != "tag"]
    return [Annotation(**{**row, "author": row["author"] or ""}) for row in shown], hidden
