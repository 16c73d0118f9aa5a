"""One run in full, and its actions page by page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from modeldb.core.codec import from_json
from modeldb.server.http.schemas import ActionPage, ActionRow, Artifact, Measured, RunDetail
from modeldb.server.pages.briefs import (
    METRIC,
    annotations_of,
    datasets_by_id,
    last_values,
    metric_name,
    models_where,
    parameter,
    runs_by_id,
    runs_where,
)
from modeldb.server.pages.find import dicts, full_id, rows_in
from modeldb.server.pages.models import code_refs, environment
from modeldb.server.pages.series import curve_names
from modeldb.server.source import Source

FIRST_ACTIONS = 200
MAX_MODELS = 200
MAX_DATASETS = 200

_ACTION = (
    "action_id, seq, parent_id, depth, kind, operation, library, status, error, file, line, started_at, duration_s, "
    "inferred"
)


def run_detail(source: Source, text: str) -> RunDetail:
    """Everything about the run with this id or prefix. Raises NotFound or Ambiguous."""
    run_id = full_id(source, "run", text)
    id = {"id": run_id}
    row = dicts(
        source,
        "project_id, experiment_id, host, pid, command, cwd, exit_code, error, parent_run_id",
        "FROM runs WHERE run_id = :id",
        id,
    )[0]
    command = row.pop("command")
    metrics = last_values(
        dicts(
            source,
            METRIC,
            "FROM metrics x LEFT JOIN datasets d ON d.dataset_id = x.dataset_id WHERE x.run_id = :id "
            "ORDER BY x.entry, x.position",
            id,
        )
    )
    own = {"id": run_id, "limit": MAX_MODELS}
    models = models_where(
        source, "m.run_id = :id AND m.role = 'model' ORDER BY m.created_at DESC, m.model_id LIMIT :limit", own
    )
    n_fits, n_models = source.query(
        "SELECT count(*), coalesce(sum(CASE WHEN role = 'model' THEN 1 ELSE 0 END), 0) FROM models WHERE run_id = :id",
        id,
    )[0]
    annotations, hidden = annotations_of(source, run_id)
    actions = action_page(source, run_id, 0, FIRST_ACTIONS)
    return RunDetail(
        **row,
        run=runs_by_id(source, [run_id])[run_id],
        command=[str(word) for word in from_json(command)] if command else [],
        children=runs_where(source, "r.parent_run_id = :id ORDER BY r.started_at LIMIT 100", id),
        parameters=[parameter(p) for p in _logged(source, run_id)],
        metrics=metrics[:1000],
        curves=curve_names(source, [run_id], []),
        models=models,
        n_models=n_models,
        n_fits=n_fits,
        datasets=_datasets(source, run_id),
        n_actions=actions.total,
        actions=actions.actions,
        annotations=annotations,
        hidden=hidden,
        code=code_refs(source, run_id),
        environment=environment(source, run_id),
        sql=f"SELECT * FROM actions WHERE run_id = '{run_id}' ORDER BY seq",
    )


def action_page(source: Source, text: str, offset: int, limit: int) -> ActionPage:
    """Actions of a run in the order they began."""
    run_id = full_id(source, "run", text)
    total = source.query("SELECT count(*) FROM actions WHERE run_id = :id", {"id": run_id})[0][0]
    rows = dicts(
        source,
        _ACTION,
        "FROM actions WHERE run_id = :id ORDER BY seq, started_at, action_id LIMIT :limit OFFSET :offset",
        {"id": run_id, "limit": limit, "offset": offset},
    )
    return ActionPage(actions=action_rows(source, rows), total=total, offset=offset, limit=limit)


def action_rows(source: Source, rows: list[dict[str, Any]]) -> list[ActionRow]:
    """Actions with their arguments, what went in and came out, and what they measured."""
    ids = [row["action_id"] for row in rows]
    order = "ORDER BY action_id, position"
    edge = "action_id, role, artifact_id, artifact_kind AS kind"
    inputs = rows_in(source, f"{edge}, inferred, columns", "action_inputs", "action_id", ids, order)
    outputs = rows_in(source, edge, "action_outputs", "action_id", ids, order)
    columns = "action_id, name, value, value_double, type, is_default"
    params = rows_in(
        source, columns, "action_params JOIN actions USING (entry)", "action_id", ids, "ORDER BY is_default, name"
    )
    columns = "a.action_id, x.name, x.label, x.value, x.model_id"
    measured = rows_in(
        source, columns, "metrics x JOIN actions a USING (entry)", "a.action_id", ids, "ORDER BY x.position"
    )
    names = artifact_names(source, [*inputs, *outputs])
    taken, given, said, found = (_by_action(rows) for rows in (inputs, outputs, params, measured))
    return [
        ActionRow(
            **{**row, "inferred": bool(row["inferred"])},
            inputs=[_artifact(edge, names) for edge in taken.get(row["action_id"], ())],
            outputs=[_artifact(edge, names) for edge in given.get(row["action_id"], ())],
            metrics=_measured(found.get(row["action_id"], ())),
            parameters=[parameter(value) for value in said.get(row["action_id"], ())],
        )
        for row in rows
    ]


def _by_action(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        out.setdefault(row["action_id"], []).append(row)
    return out


def _measured(rows: Iterable[dict[str, Any]]) -> list[Measured]:
    """What one action measured; of a curve its end."""
    last = {(metric_name(row["name"], row["label"]), row["model_id"]): row["value"] for row in rows}
    return [Measured(name=name, value=value, model_id=model_id) for (name, model_id), value in last.items()]


def artifact_names(source: Source, edges: Iterable[dict[str, Any]]) -> dict[str, str]:
    """What to call the artifacts of these edges: a variable, a class, a file's name."""
    by_kind: dict[str, list[str]] = {}
    for edge in edges:
        by_kind.setdefault(edge["kind"], []).append(edge["artifact_id"])
    names: dict[str, str] = {}
    for row in rows_in(source, "dataset_id, name", "datasets", "dataset_id", by_kind.get("dataset", [])):
        names[row["dataset_id"]] = row["name"]
    for row in rows_in(source, "model_id, type", "models", "model_id", by_kind.get("model", [])):
        names[row["model_id"]] = row["type"]
    for row in rows_in(source, "file_id, path", "files", "file_id", by_kind.get("file", [])):
        names[row["file_id"]] = row["path"].replace("\\", "/").rpartition("/")[2]
    return {id: name for id, name in names.items() if name}


def _artifact(edge: dict[str, Any], names: dict[str, str]) -> Artifact:
    columns = edge.get("columns")
    return Artifact(
        role=edge["role"],
        artifact_id=edge["artifact_id"],
        kind=edge["kind"],
        name=names.get(edge["artifact_id"]),
        inferred=bool(edge.get("inferred")),
        columns=from_json(columns) if columns else None,
    )


def _logged(source: Source, run_id: str) -> list[dict[str, Any]]:
    rows = dicts(
        source,
        "p.name, p.value, p.value_double, p.type, p.is_default",
        "FROM action_params p JOIN actions a USING (entry) "
        "WHERE a.run_id = :id AND a.kind = 'log' ORDER BY a.seq, p.name",
        {"id": run_id},
    )
    return list({row["name"]: row for row in rows}.values())


def _datasets(source: Source, run_id: str) -> list[Any]:
    rows = source.query(
        "SELECT i.artifact_id FROM action_inputs i JOIN actions a ON a.action_id = i.action_id "
        "WHERE a.run_id = :id AND i.artifact_kind = 'dataset' "
        "UNION SELECT o.artifact_id FROM action_outputs o JOIN actions a ON a.action_id = o.action_id "
        "WHERE a.run_id = :id AND o.artifact_kind = 'dataset' LIMIT :limit",
        {"id": run_id, "limit": MAX_DATASETS},
    )
    found = datasets_by_id(source, [row[0] for row in rows]).values()
    return sorted(found, key=lambda d: (d.created_at or 0, d.dataset_id))
