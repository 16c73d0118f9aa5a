"""Where a column comes from and where it goes, by the digest of its content and by the actions between."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from modeldb.core.codec import from_json
from modeldb.errors import NotFound
from modeldb.server.http.schemas import ColumnTrace, TraceEdge, TraceNode
from modeldb.server.pages.briefs import datasets_by_id, models_where
from modeldb.server.pages.find import full_id, rows_in
from modeldb.server.source import Source
from modeldb.server.tables.sqltext import quote

MAX_NODES = 200
MAX_STEPS = 30
MAX_MODELS = 100


@dataclass
class _Walk:
    """What has been found so far."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By `dataset/column`: the column's row, with its direction."""
    edges: dict[tuple[str, str, str], TraceEdge] = field(default_factory=dict)
    """By source, target and operation: the first action that did it."""
    truncated: bool = False


def column_trace(source: Source, text: str, column: str) -> ColumnTrace:
    """The column's way through the actions, both directions. Raises NotFound or Ambiguous."""
    dataset_id = full_id(source, "dataset", text)
    start = _columns(source, [dataset_id]).get(dataset_id, {}).get(column)
    if start is None:
        raise NotFound(f"Dataset {dataset_id} has no column {column[:100]!r}. Its columns: /datasets/{dataset_id}.")
    walk = _Walk()
    walk.nodes[_id(dataset_id, column)] = {**start, "direction": "here"}
    for direction in ("before", "after"):
        _follow(source, walk, start, direction)
    datasets = datasets_by_id(source, [node["dataset_id"] for node in walk.nodes.values()])
    nodes = [
        TraceNode(
            id=id, dataset=datasets[node["dataset_id"]], column=node["name"], digest=node["digest"],
            dtype=node["dtype"], same=node["digest"] == start["digest"], direction=node["direction"],
        )
        for id, node in walk.nodes.items()
    ]  # fmt: skip
    return ColumnTrace(
        dataset=datasets[dataset_id],
        column=column,
        digest=start["digest"],
        nodes=nodes,
        edges=list(walk.edges.values()),
        files=_files(source, [node.dataset.dataset_id for node in nodes if node.direction != "after"]),
        models=_models(source, [node.dataset.dataset_id for node in nodes if node.direction != "before"]),
        truncated=walk.truncated,
        sql=f"SELECT d.name, c.* FROM dataset_columns c JOIN datasets d USING (dataset_id)\n"
        f"WHERE c.digest = {quote(start['digest'])}",
    )


def _follow(source: Source, walk: _Walk, start: dict[str, Any], direction: str) -> None:
    """Goes from dataset to dataset through actions, keeping the columns that carry the content or the name on."""
    frontier = {start["dataset_id"]: [start]}
    for _ in range(MAX_STEPS):
        steps = _steps(source, list(frontier), direction)
        columns = _columns(source, [step["other"] for step in steps])
        reached: dict[str, list[dict[str, Any]]] = {}
        for step in steps:
            for column in frontier[step["here"]]:
                found = _carried(columns.get(step["other"], {}), column, step["used"])
                if found is None or step["other"] == step["here"]:
                    continue
                if not _add(walk, step, column, found, direction):
                    continue
                reached.setdefault(step["other"], []).append(found)
        if not reached or walk.truncated:
            return
        frontier = reached


def _add(walk: _Walk, step: dict[str, Any], here: dict[str, Any], other: dict[str, Any], direction: str) -> bool:
    """Notes an edge and the node it leads to; True when the node is new."""
    here_id, other_id = _id(here["dataset_id"], here["name"]), _id(other["dataset_id"], other["name"])
    source_id, target_id = (other_id, here_id) if direction == "before" else (here_id, other_id)
    walk.edges[source_id, target_id, step["operation"]] = TraceEdge(
        source=source_id, target=target_id, action_id=step["action_id"], operation=step["operation"],
        run_id=step["run_id"], relation="same" if here["digest"] == other["digest"] else "derived",
        count=step["n"],
    )  # fmt: skip
    if other_id in walk.nodes:
        return False
    if len(walk.nodes) >= MAX_NODES:
        walk.truncated = True
        return False
    walk.nodes[other_id] = {**other, "direction": direction}
    return True


def _carried(
    columns: dict[str, dict[str, Any]], column: dict[str, Any], used: list[str] | None
) -> dict[str, Any] | None:
    """The column on the other side that continues this one: the same content first, then the same name."""
    same = [c for c in columns.values() if c["digest"] == column["digest"]]
    named = columns.get(column["name"])
    found = named if named in same else (same[0] if same else named)
    if found is not None and used is not None and found["name"] not in used and column["name"] not in used:
        return None
    return found


def _steps(source: Source, ids: list[str], direction: str) -> list[dict[str, Any]]:
    """Actions with one of these datasets on this side, and the datasets on the other side."""
    # Scripts repeat the same step on the same data; it is one step of the way, and counted.
    here, other = ("action_outputs", "action_inputs") if direction == "before" else ("action_inputs", "action_outputs")
    used = "o.columns" if direction == "before" else "h.columns"
    rows = rows_in(
        source,
        "h.artifact_id AS here, o.artifact_id AS other, min(a.action_id) AS action_id, a.operation, "
        f"min(a.run_id) AS run_id, {used} AS used, count(*) AS n",
        f"{here} h JOIN {other} o ON o.action_id = h.action_id JOIN actions a ON a.action_id = h.action_id",
        "h.artifact_id",
        ids,
        f"AND o.artifact_kind = 'dataset' GROUP BY h.artifact_id, o.artifact_id, a.operation, {used} LIMIT 2000",
    )
    return [{**row, "used": from_json(row["used"]) if row["used"] else None} for row in rows]


def _columns(source: Source, ids: list[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Columns by dataset and name."""
    out: dict[str, dict[str, dict[str, Any]]] = {}
    columns = "dataset_id, name, digest, dtype, position"
    for row in rows_in(source, columns, "dataset_columns", "dataset_id", ids, "ORDER BY position DESC"):
        out.setdefault(row["dataset_id"], {})[row["name"]] = row
    return out


def _files(source: Source, ids: list[str]) -> list[str]:
    rows = rows_in(
        source,
        "f.path AS path",
        "action_outputs o JOIN action_inputs i ON i.action_id = o.action_id JOIN files f ON f.file_id = i.artifact_id",
        "o.artifact_id",
        ids,
        "AND i.artifact_kind = 'file'",
    )
    return sorted({row["path"] for row in rows})


def _models(source: Source, ids: list[str]) -> list[Any]:
    rows = rows_in(source, "model_id", "models", "train_dataset_id", ids, f"AND role = 'model' LIMIT {MAX_MODELS}")
    found = [row["model_id"] for row in rows][:MAX_MODELS]
    params = {f"m{i}": id for i, id in enumerate(found)}
    if not found:
        return []
    marks = ", ".join(f":{name}" for name in params)
    return models_where(source, f"m.model_id IN ({marks}) ORDER BY m.created_at DESC", params, details=False)


def _id(dataset_id: str, column: str) -> str:
    return f"{dataset_id}/{column}"
