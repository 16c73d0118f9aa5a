"""Two to twenty models or runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modeldb.errors import InvalidInput
from modeldb.query.directions import higher_is_better
from modeldb.server.http.schemas import (
    CompareMetric,
    CompareRow,
    Comparison,
    Flips,
    MetricValue,
    ModelBrief,
    Parameter,
    RunBrief,
)
from modeldb.server.pages.briefs import models_by_id, models_where, parameters_of, runs_by_id
from modeldb.server.pages.examples import flips
from modeldb.server.pages.find import full_id, rows_in
from modeldb.server.pages.models import features_of
from modeldb.server.pages.predictions import Sql
from modeldb.server.pages.series import curve_names
from modeldb.server.source import Source
from modeldb.server.tables.column import as_text

MAX_COMPARED = 20
MAX_FEATURES = 100
MAX_FLIPS = 100
FACTS = {
    "type": "m.type", "library": "m.library", "library version": "m.library_version", "data": "d.name",
    "data id": "m.train_dataset_id", "rows": "d.n_rows", "features": "m.n_features", "size": "m.size_bytes",
    "content": "m.digest", "fit seconds": "a.duration_s", "fitted at": "m.created_at", "run": "m.run_id",
    "script": "r.script", "commit": "r.git_commit", "python": "r.python", "environment": "r.environment_id",
    "user": 'r."user"', "host": "r.host",
}  # fmt: skip


def compare(source: Source, sql: Sql, texts: Sequence[str], dataset: str, output: int = 0) -> Comparison:
    """The comparison of these models, or of these runs by the newest own model of each.

    Examples that flipped are looked for in the dataset and, of models with several outputs, in the output.
    Raises NotFound, Ambiguous, and InvalidInput for a mixture or a number that cannot be compared.
    """
    if not 2 <= len(dict.fromkeys(texts)) <= MAX_COMPARED:
        raise InvalidInput(f"{len(set(texts))} ids to compare; it takes 2 to {MAX_COMPARED}. Choose that many.")
    kinds = {text[:2] for text in texts}
    if kinds == {"r-"}:
        ids = [full_id(source, "run", text) for text in dict.fromkeys(texts)]
        models = [_newest_model(source, id) for id in ids]
        return _comparison(source, sql, "runs", ids, models, dataset, output)
    if kinds != {"m-"}:
        raise InvalidInput("Only models (m-…) with models, or runs (r-…) with runs can be compared. Choose one kind.")
    ids = [full_id(source, "model", text) for text in dict.fromkeys(texts)]
    briefs = models_by_id(source, ids)
    return _comparison(source, sql, "models", ids, [briefs[id] for id in ids], dataset, output)


def _comparison(
    source: Source,
    sql: Sql,
    kind: str,
    ids: list[str],
    models: Sequence[ModelBrief | None],
    dataset: str,
    output: int,
) -> Comparison:
    model_ids = [model.model_id if model else "" for model in models]
    known = [model for model in models if model is not None]
    if kind == "runs":
        by_id = runs_by_id(source, ids)
        runs: list[RunBrief] = [by_id[id] for id in ids]
    else:
        runs = list(runs_by_id(source, [model.run_id for model in known]).values())
    metrics = [list(model.metrics) if model else [] for model in models]
    existing = [id for id in model_ids if id]
    comparable = len(existing) > 1
    flipped = flips(source, sql, existing, dataset, MAX_FLIPS, output) if comparable else Flips(available=False)
    listed = ", ".join(f"'{id}'" for id in existing)
    return Comparison(
        kind=kind,
        ids=ids,
        models=known,
        runs=runs,
        facts=_facts(source, model_ids),
        parameters=_parameters(parameters_of(source, existing), model_ids),
        metrics=_metrics(source, metrics, model_ids),
        features=_features(source, model_ids),
        curves=curve_names(source, *((ids, []) if kind == "runs" else ([], ids))),
        flips=flipped,
        sql=f"SELECT name, list(model_id), list(value)\nFROM hyperparameters\nWHERE model_id IN ({listed})\n"
        "GROUP BY name HAVING count(DISTINCT value) > 1 ORDER BY name",
    )


def _newest_model(source: Source, run_id: str) -> ModelBrief | None:
    found = models_where(
        source, "m.run_id = :id AND m.role = 'model' ORDER BY m.created_at DESC, m.model_id LIMIT 1", {"id": run_id}
    )
    return found[0] if found else None


def _facts(source: Source, model_ids: Sequence[str]) -> list[CompareRow]:
    columns = ", ".join(["m.model_id", *(f"{sql} AS f{i}" for i, sql in enumerate(FACTS.values()))])
    table = (
        "models m LEFT JOIN runs r ON r.run_id = m.run_id LEFT JOIN actions a ON a.action_id = m.action_id "
        "LEFT JOIN datasets d ON d.dataset_id = m.train_dataset_id"
    )
    rows = {row["model_id"]: row for row in rows_in(source, columns, table, "m.model_id", model_ids)}
    out = []
    for i, name in enumerate(FACTS):
        values = [rows.get(id, {}).get(f"f{i}") for id in model_ids]
        if any(value is not None for value in values):
            out.append(CompareRow(name=name, values=values, differs=_differ(values)))
    return out


def _parameters(by_model: dict[str, list[Parameter]], model_ids: Sequence[str]) -> list[CompareRow]:
    tables = [{p.name: p for p in by_model.get(id, [])} for id in model_ids]
    out = []
    for name in dict.fromkeys(name for table in tables for name in table):
        found = [table.get(name) for table in tables]
        values = [p.value if p else None for p in found]
        out.append(
            CompareRow(
                name=name, values=values, differs=_differ(values),
                is_default=[p.is_default if p else None for p in found],
            )
        )  # fmt: skip
    return sorted(out, key=lambda row: (not row.differs, all(d is not False for d in row.is_default), row.name))


def _metrics(source: Source, metrics: Sequence[Sequence[MetricValue]], model_ids: Sequence[str]) -> list[CompareMetric]:
    """A line per metric and dataset; datasets of the same name are one, since splits differ from run to run."""
    rows = rows_in(source, "model_id, train_dataset_id", "models", "model_id", model_ids)
    trained = {row["model_id"]: row["train_dataset_id"] for row in rows}
    table: dict[tuple[str, str | None, bool], list[MetricValue | None]] = {}
    for place, (id, found) in enumerate(zip(model_ids, metrics, strict=True)):
        for metric in found:
            is_training = metric.dataset_id is not None and metric.dataset_id == trained.get(id)
            key = (metric.name, metric.dataset_name or metric.dataset_id, is_training)
            table.setdefault(key, [None] * len(model_ids))[place] = metric
    out = []
    for (name, dataset, is_training), line in table.items():
        values = [metric.value if metric else None for metric in line]
        ids = {metric.dataset_id for metric in line if metric}
        out.append(
            CompareMetric(
                name=name, dataset_id=ids.pop() if len(ids) == 1 else None, dataset_name=dataset, values=values,
                best=best_of(values, higher_is_better(name)), higher_is_better=higher_is_better(name),
                is_training=is_training,
            )
        )  # fmt: skip
    return sorted(out, key=lambda line: (line.is_training, -sum(v is not None for v in line.values), line.name))


def best_of(values: Sequence[float | None], higher: bool | None) -> int | None:
    """The place of the best value; None when there are not two or all are equal."""
    known = [(value, place) for place, value in enumerate(values) if value is not None]
    if len(known) < 2 or len({value for value, _ in known}) == 1:
        return None
    if higher is False:
        return min(known)[1]
    return max(known, key=lambda pair: (pair[0], -pair[1]))[1]


def _features(source: Source, model_ids: Sequence[str]) -> list[CompareRow]:
    strengths: dict[str, list[float | None]] = {}
    for place, id in enumerate(model_ids):
        for row in features_of(source, id, MAX_FEATURES) if id else []:
            value = row["importance"] if row["importance"] is not None else row["coefficient"]
            strengths.setdefault(row["name"], [None] * len(model_ids))[place] = value
    ordered = sorted(strengths.items(), key=lambda item: -max(abs(value or 0.0) for value in item[1]))
    return [CompareRow(name=name, values=v, differs=_differ(v)) for name, v in ordered[:MAX_FEATURES]]


def _differ(values: Sequence[Any]) -> bool:
    return len({None if value is None else as_text(value) for value in values}) > 1
