"""The pipeline of a run or model as a graph: files, datasets, actions, models and metrics, and what flows."""

from __future__ import annotations

from typing import Any

from modeldb.core.codec import from_json
from modeldb.server.http.schemas import Graph, GraphEdge, GraphNode
from modeldb.server.pages.briefs import metric_name, parameters_of, steps_of
from modeldb.server.pages.find import dicts, full_id, rows_in
from modeldb.server.source import Source
from modeldb.server.tables.fields import THEN

_ACTION = (
    "action_id, run_id, parent_id, depth, kind, operation, status, error, file, line, started_at, duration_s, "
    "inferred, seq"
)


def run_graph(source: Source, text: str, depth: int, limit: int) -> Graph:
    """The pipeline of a run: its first actions, down to a depth."""
    run_id = full_id(source, "run", text)
    rows = dicts(
        source,
        _ACTION,
        "FROM actions WHERE run_id = :id AND depth <= :depth ORDER BY seq LIMIT :limit",
        {"id": run_id, "depth": depth, "limit": limit + 1},
    )
    sql = f"SELECT * FROM actions WHERE run_id = '{run_id}' ORDER BY seq"
    return _graph(source, rows[:limit], None, len(rows) > limit, sql)


def model_graph(source: Source, text: str, depth: int, limit: int) -> Graph:
    """What led to a model and what was done with it: ancestors, its fit, and the actions that used it directly."""
    model_id = full_id(source, "model", text)
    ids, truncated = _actions_around(source, model_id, limit)
    rows = rows_in(source, _ACTION, "actions", "action_id", ids)
    inside = _actions_inside(source, rows, depth, limit - len(rows))
    rows = list({row["action_id"]: row for row in [*rows, *inside]}.values())
    rows.sort(key=lambda row: (row["started_at"], row["seq"]))
    sql = f"SELECT * FROM ancestors('{model_id}')"
    return _graph(source, rows, model_id, truncated, sql)


def _actions_around(source: Source, model_id: str, limit: int) -> tuple[list[str], bool]:
    """Ids of the fit, everything before it, and what used the model."""
    fit = source.query("SELECT action_id FROM models WHERE model_id = :id", {"id": model_id})[0][0]
    uses = source.query(
        "SELECT action_id FROM action_inputs WHERE artifact_id = :id AND action_id <> :fit LIMIT :limit",
        {"id": model_id, "fit": fit, "limit": limit},
    )
    judged = source.query(
        "SELECT DISTINCT action_id FROM metrics WHERE model_id = :id AND action_id IS NOT NULL LIMIT :limit",
        {"id": model_id, "limit": limit},
    )
    found = dict.fromkeys([fit, *(row[0] for row in uses), *(row[0] for row in judged)])
    frontier = list(found)
    while frontier and len(found) < limit:
        edges = rows_in(
            source, "action_id, producer_id", "action_inputs", "action_id", frontier, "AND producer_id IS NOT NULL"
        )
        frontier = [id for id in dict.fromkeys(edge["producer_id"] for edge in edges) if id not in found]
        found.update(dict.fromkeys(frontier))
    return list(found)[:limit], len(found) > limit


def _actions_inside(source: Source, rows: list[dict[str, Any]], depth: int, limit: int) -> list[dict[str, Any]]:
    """The actions nested in these, and those these are nested in, so that everything has its parent."""
    out: list[dict[str, Any]] = []
    missing = {row["parent_id"] for row in rows} - {row["action_id"] for row in rows} - {None}
    while missing:
        found = rows_in(source, _ACTION, "actions", "action_id", missing)
        out += found
        missing = {row["parent_id"] for row in found} - {row["action_id"] for row in out} - {None}
    parents = [row["action_id"] for row in rows]
    for _ in range(depth):
        found = rows_in(source, _ACTION, "actions", "parent_id", parents, "ORDER BY seq")
        out += found[: max(limit - len(out), 0)]
        parents = [row["action_id"] for row in found]
    return out


def _graph(source: Source, actions: list[dict[str, Any]], focus: str | None, truncated: bool, sql: str) -> Graph:
    ids = [row["action_id"] for row in actions]
    edge = "action_id, role, artifact_id, artifact_kind AS kind"
    order = "ORDER BY action_id, position"
    inputs = rows_in(
        source, f"{edge}, producer_id, inferred, changed, columns", "action_inputs", "action_id", ids, order
    )
    outputs = rows_in(source, edge, "action_outputs", "action_id", ids, order)
    metrics = _measured(source, actions)
    nodes: dict[str, GraphNode] = {}
    children: dict[str, int] = {}
    for row in actions:
        children[row["parent_id"]] = children.get(row["parent_id"], 0) + 1
    here = set(ids)
    for row in actions:
        nodes[row["action_id"]] = _action_node(row, children.get(row["action_id"], 0), here)
    _add_artifacts(source, nodes, [*inputs, *outputs], focus)
    edges = [_input_edge(row) for row in inputs if row["artifact_id"] in nodes]
    edges += [
        GraphEdge(source=row["action_id"], target=row["artifact_id"], role=row["role"],
                  n_columns=nodes[row["artifact_id"]].n_columns)
        for row in outputs if row["artifact_id"] in nodes
    ]  # fmt: skip
    for row in metrics:
        name = metric_name(row["name"], row["label"])
        id = f"metric:{row['action_id']}:{row['model_id'] or ''}:{name}"
        if id not in nodes:
            edges.append(GraphEdge(source=row["action_id"], target=id, role="metric"))
        value = row["value"]
        detail = None if value is None else f"{value:.4g}"
        nodes[id] = GraphNode(
            id=id, kind="metric", label=name, detail=detail, value=value, parent=nodes[row["action_id"]].parent
        )
    return Graph(nodes=list(nodes.values()), edges=edges, n_actions=len(actions), truncated=truncated, sql=sql)


def _measured(source: Source, actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The metrics these actions computed, run by run: metrics are found by their run, not by their action."""
    by_run: dict[str, list[str]] = {}
    for row in actions:
        by_run.setdefault(row["run_id"], []).append(row["action_id"])
    columns = "action_id, model_id, name, label, value"
    rest = "AND run_id = :run ORDER BY entry, position"
    return [
        metric
        for run_id, ids in by_run.items()
        for metric in rows_in(source, columns, "metrics", "action_id", ids, rest, {"run": run_id})
    ]


def _action_node(row: dict[str, Any], n_children: int, here: set[str]) -> GraphNode:
    facts = {key: row[key] for key in ("file", "line", "error") if row[key] is not None}
    return GraphNode(
        id=row["action_id"],
        kind="action",
        label=row["operation"].rpartition(".")[2] if row["kind"] != "fit" else _fit_label(row["operation"]),
        detail=row["operation"],
        parent=row["parent_id"] if row["parent_id"] in here else None,
        depth=row["depth"],
        n_children=n_children,
        action_kind=row["kind"],
        status=row["status"],
        inferred=bool(row["inferred"]),
        started_at=row["started_at"],
        duration_s=row["duration_s"],
        run_id=row["run_id"],
        facts=facts,
    )


def _fit_label(operation: str) -> str:
    """`sklearn.svm.SVC.fit` is `SVC.fit`: the method alone says nothing."""
    return ".".join(operation.split(".")[-2:])


def _input_edge(row: dict[str, Any]) -> GraphEdge:
    columns = from_json(row["columns"]) if row["columns"] else None
    return GraphEdge(
        source=row["artifact_id"],
        target=row["action_id"],
        role=row["role"],
        columns=columns,
        n_columns=len(columns) if columns is not None else None,
        inferred=bool(row["inferred"]),
        changed=bool(row["changed"]),
    )


def _add_artifacts(source: Source, nodes: dict[str, GraphNode], edges: list[dict[str, Any]], focus: str | None) -> None:
    by_kind: dict[str, list[str]] = {}
    for edge in edges:
        by_kind.setdefault(edge["kind"], []).append(edge["artifact_id"])
    shape = "dataset_id, name, source, container, n_rows, n_columns"
    for row in rows_in(source, shape, "datasets", "dataset_id", by_kind.get("dataset", [])):
        nodes[row["dataset_id"]] = GraphNode(
            id=row["dataset_id"], kind="dataset", label=row["name"] or (row["container"] or "data").rpartition(".")[2],
            detail=f"{row['n_rows']:,} × {row['n_columns']}" if row["n_rows"] is not None else None,
            n_rows=row["n_rows"], n_columns=row["n_columns"],
        )  # fmt: skip
    models = by_kind.get("model", [])
    changed, steps = parameters_of(source, models, changed_only=True), steps_of(source, models)
    for row in rows_in(source, "model_id, type, name, run_id, role", "models", "model_id", models):
        parameters = {p.name: p.value for p in changed.get(row["model_id"], [])}
        nodes[row["model_id"]] = GraphNode(
            id=row["model_id"], kind="model", label=row["type"], run_id=row["run_id"],
            detail=THEN.join(steps.get(row["model_id"], []))
            or ", ".join(f"{name}={value}" for name, value in list(parameters.items())[:3])
            or row["name"],
            focus=row["model_id"] == focus, facts=parameters,
        )  # fmt: skip
    for row in rows_in(source, "file_id, path, size", "files", "file_id", by_kind.get("file", [])):
        name = row["path"].replace("\\", "/").rpartition("/")[2]
        nodes[row["file_id"]] = GraphNode(
            id=row["file_id"], kind="file", label=name, detail=row["path"], facts={"size": row["size"]}
        )
