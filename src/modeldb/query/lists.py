"""The lists people look at first, answered by the catalog's indexes: no engine has to start for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from modeldb.errors import InvalidInput
from modeldb.query.misnamed import misnamed
from modeldb.query.replica import CatalogReader
from modeldb.query.result import Result

RUNS = ("run_id", "status", "name", "started_at", "duration_s", "n_models", "project", "script", "user", "git_commit")
MODELS = ("model_id", "type", "name", "metrics", "created_at", "run_id", "project", "role", "train_dataset_id")
DATASETS = ("dataset_id", "name", "n_rows", "n_columns", "kept", "source", "created_at", "first_seen_run")
PROJECTS = ("id", "name", "runs", "models", "last_run_at", "description")
ACTIONS = ("action_id", "kind", "operation", "status", "duration_s", "started_at", "run_id", "file", "line")

NOT_HIDDEN = """NOT EXISTS (SELECT 1 FROM annotations h WHERE h.target_id = {column} AND h.kind = 'tag'
    AND h.key = 'hidden' AND h.value IS NOT NULL)"""
"""A test of the id in `column`: that nobody hid what it names."""
_TAGGED = """EXISTS (SELECT 1 FROM annotations t WHERE t.target_id = {column} AND t.kind = 'tag' AND t.key = :tag
    AND t.value IS NOT NULL)"""

_MET = """d.dataset_id IN (
    SELECT e.artifact_id
    FROM runs r JOIN actions a ON a.run_id = r.run_id JOIN action_inputs e ON e.action_id = a.action_id
    WHERE {which}
    UNION
    SELECT e.artifact_id
    FROM runs r JOIN actions a ON a.run_id = r.run_id JOIN action_outputs e ON e.action_id = a.action_id
    WHERE {which})"""


def projects(catalog: CatalogReader) -> Result:
    """Projects, the most recently used first."""
    rows = catalog.query(
        """
SELECT p.project_id, p.name, (SELECT count(*) FROM runs r WHERE r.project_id = p.project_id),
       (SELECT count(*) FROM models m WHERE m.project_id = p.project_id AND m.role = 'model'),
       (SELECT max(r.started_at) FROM runs r WHERE r.project_id = p.project_id) AS last, p.description
FROM projects p ORDER BY last DESC, p.name"""
    )
    return _result(PROJECTS, rows, None)


def runs(catalog: CatalogReader, limit: int | None = 50, hidden: bool = False, **filters: Any) -> Result:
    """Runs, newest first. Filters: project, experiment, status, name, script, user, host, git_commit, tag."""
    where, values = _where(
        filters,
        {
            "project": "p.name = :project",
            "experiment": "x.name = :experiment",
            "status": "r.status = :status",
            "name": "r.name = :name",
            "script": "(r.script = :script OR r.script LIKE '%/' || :script)",
            "user": 'r."user" = :user',
            "host": "r.host = :host",
            "git_commit": "r.git_commit LIKE :git_commit || '%'",
            "tag": _TAGGED.format(column="r.run_id"),
        },
        None if hidden else NOT_HIDDEN.format(column="r.run_id"),
    )
    rows = catalog.query(
        f"""
SELECT r.run_id, r.status, r.name, r.started_at, r.ended_at - r.started_at,
       (SELECT count(*) FROM models m WHERE m.run_id = r.run_id AND m.role = 'model'),
       p.name, r.script, r."user", r.git_commit
FROM runs r
LEFT JOIN projects p ON p.project_id = r.project_id
LEFT JOIN experiments x ON x.experiment_id = r.experiment_id
WHERE {where} ORDER BY r.started_at DESC, r.run_id LIMIT :limit""",
        {**values, "limit": _limit(limit)},
    )
    return _result(RUNS, rows, limit, lambda: misnamed(catalog, filters))


def models(
    catalog: CatalogReader,
    limit: int | None = 50,
    by: str | None = None,
    ascending: bool = False,
    hidden: bool = False,
    role: str | None = "model",
    **filters: Any,
) -> Result:
    """Models, newest first, or ordered by a metric's value with `by`.

    Filters: project, run, type, name, library, problem_type, dataset, version, tag; `role` is `model` (what scripts
    fitted themselves), `step`, `candidate`, or None for all.
    """
    where, values = _where(
        {"role": role, **filters},
        {
            "role": "m.role = :role",
            "project": "m.project_id IN (SELECT project_id FROM projects WHERE name = :project)",
            "run": "m.run_id = :run",
            "type": "(m.type = :type OR m.qualified_type = :type)",
            "name": "m.name = :name",
            "library": "m.library = :library",
            "problem_type": "m.problem_type = :problem_type",
            "dataset": "m.train_dataset_id = :dataset",
            "version": "m.version_id = :version",
            "tag": _TAGGED.format(column="m.model_id"),
        },
        None if hidden else NOT_HIDDEN.format(column="m.model_id"),
    )
    columns = "m.model_id, m.type, m.name, m.created_at, m.run_id, m.project_id, m.role, m.train_dataset_id"
    if by is None:
        sql = f"SELECT {columns} FROM models m WHERE {where} ORDER BY m.created_at DESC, m.model_id LIMIT :limit"
        rows = [tuple(row) for row in catalog.query(sql, {**values, "limit": _limit(limit)})]
    else:
        sql = f"""
SELECT {columns} FROM metrics x JOIN models m ON m.model_id = x.model_id
WHERE x.name = :metric AND x.value IS NOT NULL AND {where}
ORDER BY x.value {"ASC" if ascending else "DESC"} LIMIT :limit"""
        rows = _distinct(catalog, sql, {**values, "metric": by}, _limit(limit))
    measured = metrics_of(catalog, [row[0] for row in rows])
    projects = {row[0]: row[1] for row in catalog.query("SELECT project_id, name FROM projects")}
    full = [
        (row[0], row[1], row[2], measured.get(row[0], {}), row[3], row[4], projects.get(row[5]), row[6], row[7])
        for row in rows
    ]
    return _result(MODELS, full, limit, lambda: misnamed(catalog, {"by": by, **filters}))


def datasets(catalog: CatalogReader, limit: int | None = 50, **filters: Any) -> Result:
    """Datasets, the last one met first. Filters: name, source, kept, tag, column (by name); run and
    project: those that an action there took or gave."""
    where, values = _where(
        filters,
        {
            "name": "d.name = :name",
            "source": "(d.source = :source OR d.source LIKE '%/' || :source)",
            "kept": "d.kept = :kept",
            "run": _MET.format(which="r.run_id = :run"),
            "project": _MET.format(which="r.project_id IN (SELECT project_id FROM projects WHERE name = :project)"),
            "tag": _TAGGED.format(column="d.dataset_id"),
            "column": "d.dataset_id IN (SELECT dataset_id FROM dataset_columns WHERE name = :column)",
        },
    )
    rows = catalog.query(
        "SELECT d.dataset_id, d.name, d.n_rows, d.n_columns, d.kept, d.source, d.created_at, d.first_seen_run "
        f"FROM datasets d WHERE {where} ORDER BY d.created_at DESC, d.dataset_id LIMIT :limit",
        {**values, "limit": _limit(limit)},
    )
    full = [(*row[:4], bool(row[4]), *row[5:]) for row in map(tuple, rows)]
    return _result(DATASETS, full, limit, lambda: misnamed(catalog, filters))


def actions(catalog: CatalogReader, limit: int | None = 50, depth: int | None = None, **filters: Any) -> Result:
    """Actions, newest first. Filters: run, kind, operation (or its end), library, status, file, depth."""
    where, values = _where(
        {"depth": depth, **filters},
        {
            "depth": "a.depth <= :depth",
            "run": "a.run_id = :run",
            "kind": "a.kind = :kind",
            "operation": "(a.operation = :operation OR a.operation LIKE '%.' || :operation)",
            "library": "a.library = :library",
            "status": "a.status = :status",
            "file": "(a.file = :file OR a.file LIKE '%/' || :file)",
        },
    )
    rows = catalog.query(
        "SELECT a.action_id, a.kind, a.operation, a.status, a.duration_s, a.started_at, a.run_id, a.file, a.line "
        f"FROM actions a WHERE {where} ORDER BY a.action_id DESC LIMIT :limit",
        {**values, "limit": _limit(limit)},
    )
    return _result(ACTIONS, rows, limit, lambda: misnamed(catalog, filters))


def metrics_of(catalog: CatalogReader, model_ids: list[str]) -> dict[str, dict[str, float]]:
    """The last value of every metric of these models.

    Of a model that has others, what a metric says class by class is left out: a report of them would fill a table.
    """
    whole: dict[str, dict[str, float]] = {}
    by_class: dict[str, dict[str, float]] = {}
    rows = catalog.query(
        "SELECT model_id, name, label, value FROM metrics WHERE model_id IN (SELECT value FROM json_each(:ids)) "
        "AND value IS NOT NULL ORDER BY entry, position",
        {"ids": json.dumps(model_ids)},
    )
    for model_id, name, label, value in rows:
        if label:
            by_class.setdefault(model_id, {})[f"{name}[{label}]"] = value
        else:
            whole.setdefault(model_id, {})[name] = value
    return by_class | whole


def _distinct(catalog: CatalogReader, sql: str, values: dict[str, Any], wanted: int) -> list[tuple[Any, ...]]:
    """The first `wanted` different rows (all if negative), in order.

    The metric's index gives the best values first, but a model measured again and again comes again and again, so
    more is fetched until there are enough.
    """
    fetched = wanted
    while True:
        rows = catalog.query(sql, {**values, "limit": fetched})
        found = list(dict.fromkeys(tuple(row) for row in rows))
        if fetched < 0 or len(found) >= wanted or len(rows) < fetched:
            return found[:wanted] if wanted >= 0 else found
        fetched *= 10


def when(seconds: float | None) -> datetime | None:
    """Seconds since the epoch as the UTC time the views show."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _where(
    filters: Mapping[str, Any], known: Mapping[str, str], always: str | None = None
) -> tuple[str, dict[str, Any]]:
    unknown = sorted(set(filters) - set(known))
    if unknown:
        raise InvalidInput(
            f"{unknown[0]!r} is no filter here; there are {', '.join(known)}. For anything else use SQL."
        )
    values = {name: value for name, value in filters.items() if value is not None}
    parts = [known[name] for name in values] + ([always] if always else [])
    return " AND ".join(parts) or "1 = 1", values


def _limit(limit: int | None) -> int:
    """How many rows to fetch: one more than wanted tells whether there are more. -1 is all."""
    if limit is not None and limit < 0:
        raise InvalidInput(f"limit is {limit}; give a number of rows, or None for all.")
    return -1 if limit is None else limit + 1


def _result(
    columns: tuple[str, ...], rows: Any, limit: int | None, why_empty: Callable[[], str] = lambda: ""
) -> Result:
    times = [place for place, name in enumerate(columns) if name.endswith("_at")]
    full = []
    for row in rows:
        values = list(row)
        for place in times:
            values[place] = when(values[place])
        full.append(tuple(values))
    truncated = limit is not None and len(full) > limit
    result = Result(columns, full[:limit] if truncated else full, truncated=truncated, listing=True)
    if not full:
        result.why_empty = why_empty()
    return result
