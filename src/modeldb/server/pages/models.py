"""One model in full."""

from __future__ import annotations

from typing import Any

from modeldb.core.codec import from_json
from modeldb.errors import NotFound
from modeldb.query.lists import NOT_HIDDEN
from modeldb.server.http.schemas import (
    CodeRef,
    DatasetBrief,
    Environment,
    Feature,
    Judged,
    MetricValue,
    ModelBrief,
    ModelDetail,
    Part,
)
from modeldb.server.pages.briefs import (
    annotations_of,
    datasets_by_id,
    metrics_of,
    models_where,
    parameters_of,
    runs_by_id,
)
from modeldb.server.pages.find import dicts, full_id
from modeldb.server.pages.learning import LOSS_CURVE
from modeldb.server.pages.series import curve_names
from modeldb.server.source import Source

MAX_FEATURES = 1000
MAX_PARTS = 200
SHOWN_OTHERWISE = ("splits", LOSS_CURVE)
"""What the index found and the page shows among features and curves."""
MAX_CHILDREN = 500
MAX_SIBLINGS = 20

_FIELDS = (
    "model_id, name, type, qualified_type, library, library_version, problem_type, role, project_id, created_at, "
    "n_features, digest, size_bytes, stored_bytes, store_error, version_id, action_id, run_id, train_dataset_id, "
    "parent_model_id, summary"
)


def model_detail(source: Source, text: str) -> ModelDetail:
    """Everything about the model with this id or prefix. Raises NotFound or Ambiguous."""
    model_id = full_id(source, "model", text)
    row = dicts(source, _FIELDS, "FROM models WHERE model_id = :id", {"id": model_id})[0]
    run_id, train_id, parent_id = (
        row.pop("run_id"), row.pop("train_dataset_id"), row.pop("parent_model_id")
    )  # fmt: skip
    found = from_json(summary) if (summary := row.pop("summary")) else {}
    run = runs_by_id(source, [run_id]).get(run_id)
    if run is None:
        raise NotFound(f"The run {run_id} of model {model_id} has not arrived yet. Ask again in a moment.")
    metrics = metrics_of(source, [model_id]).get(model_id, [])
    datasets = datasets_by_id(source, [train_id or "", *(m.dataset_id or "" for m in metrics)])
    annotations, hidden = annotations_of(source, model_id)
    n_parts = source.query("SELECT count(*) FROM model_parts WHERE model_id = :id", {"id": model_id})[0][0]
    return ModelDetail(
        **row,
        **_fit(source, row["action_id"]),
        project=run.project,
        run=run,
        trained_on=datasets.get(train_id),
        judged=_judged(metrics, datasets, train_id),
        metrics=metrics,
        parameters=parameters_of(source, [model_id]).get(model_id, []),
        features=_features(source, model_id),
        n_parts=n_parts,
        parts=_parts(source, model_id),
        summary={name: fact for name, fact in found.items() if name not in SHOWN_OTHERWISE},
        curves=curve_names(source, [], [model_id]),
        annotations=annotations,
        hidden=hidden,
        parent=next(iter(models_where(source, "m.model_id = :id", {"id": parent_id})), None),
        children=models_where(
            source,
            "m.parent_model_id = :id ORDER BY m.created_at, m.model_id LIMIT :limit",
            {"id": model_id, "limit": MAX_CHILDREN},
        ),
        siblings=_siblings(source, model_id, run_id, train_id, row["created_at"]),
        same_content=_same_content(source, model_id, row["digest"]),
        code=code_refs(source, run_id),
        environment=environment(source, run_id),
        load=f'import modeldb\n\nmodel = modeldb.open().model("{model_id}").load()\n',
        sql=f"SELECT * FROM models WHERE model_id = '{model_id}'",
    )


def code_refs(source: Source, run_id: str) -> list[CodeRef]:
    """The sources a run used, the script first."""
    rows = dicts(
        source,
        "position, path, kind, digest, size",
        "FROM run_code WHERE run_id = :id ORDER BY position",
        {"id": run_id},
    )
    return [CodeRef(**row) for row in rows]


def environment(source: Source, run_id: str) -> Environment:
    """Where and with what a run took place."""
    row = dicts(
        source,
        "r.environment_id, r.python, r.host, r.git_commit, r.git_branch, r.git_dirty, e.value",
        "FROM runs r LEFT JOIN environments e ON e.environment_id = r.environment_id WHERE r.run_id = :id",
        {"id": run_id},
    )[0]
    value = row.pop("value")
    dirty = row.pop("git_dirty")
    return Environment(
        **row, git_dirty=None if dirty is None else bool(dirty), details=from_json(value) if value else None
    )


def features_of(source: Source, model_id: str, limit: int) -> list[dict[str, Any]]:
    """The strongest features of a model, strongest first."""
    return dicts(
        source,
        "position, name, importance, coefficient",
        "FROM features WHERE model_id = :id "
        "ORDER BY abs(coalesce(importance, coefficient, 0)) DESC, position LIMIT :limit",
        {"id": model_id, "limit": limit},
    )


def _features(source: Source, model_id: str) -> list[Feature]:
    return [Feature(**row) for row in features_of(source, model_id, MAX_FEATURES)]


def _fit(source: Source, action_id: str) -> dict[str, Any]:
    rows = dicts(
        source,
        "duration_s AS fit_s, operation, file, line",
        "FROM actions WHERE action_id = :id",
        {"id": action_id},
    )
    return rows[0] if rows else {"fit_s": None, "operation": None, "file": None, "line": None}


def _judged(metrics: list[MetricValue], datasets: dict[str, DatasetBrief], train_id: str | None) -> list[Judged]:
    """Metrics by the dataset they were measured on, the training data last."""
    by_dataset: dict[str | None, list[MetricValue]] = {}
    for metric in metrics:
        by_dataset.setdefault(metric.dataset_id, []).append(metric)
    judged = [
        Judged(dataset=datasets.get(id or ""), is_training=id is not None and id == train_id, metrics=found)
        for id, found in by_dataset.items()
    ]
    return sorted(judged, key=lambda item: (item.is_training, item.dataset is None))


def _parts(source: Source, model_id: str) -> list[Part]:
    rows = dicts(
        source,
        "path, type, dtype, shape, digest, size_bytes, min, max, mean, std, norm",
        "FROM model_parts WHERE model_id = :id ORDER BY position LIMIT :limit",
        {"id": model_id, "limit": MAX_PARTS},
    )
    return [Part(**row) for row in rows]


def _siblings(source: Source, model_id: str, run_id: str, train_id: str | None, at: float) -> list[ModelBrief]:
    return models_where(
        source,
        "m.role = 'model' AND m.model_id <> :id AND (m.run_id = :run OR m.train_dataset_id = :train) "
        f"AND {NOT_HIDDEN.format(column='m.model_id')} "
        "ORDER BY abs(m.created_at - :at), m.model_id LIMIT :limit",
        {"id": model_id, "run": run_id, "train": train_id or "", "at": at, "limit": MAX_SIBLINGS},
    )


def _same_content(source: Source, model_id: str, digest: str | None) -> list[ModelBrief]:
    if digest is None:
        return []
    return models_where(
        source,
        "m.digest = :digest AND m.model_id <> :id ORDER BY m.created_at DESC LIMIT :limit",
        {"digest": digest, "id": model_id, "limit": MAX_SIBLINGS},
        details=False,
    )
