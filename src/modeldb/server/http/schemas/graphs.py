"""The pipeline as a graph, and the way of one column through it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from modeldb.server.http.schemas.common import DatasetBrief, ModelBrief


class GraphNode(Struct, frozen=True, kw_only=True):
    id: str
    """Unique in the graph: an action, dataset, model or file id; `metric:` and a name for a metric."""
    kind: str
    """`file`, `dataset`, `action`, `model` or `metric`. (The unfitted estimator is the fit's own.)"""
    label: str
    detail: str | None = None
    """A second line: `1,438 x 64`, `C=10`, `0.974`."""
    parent: str | None = None
    """The enclosing action's node: collapse by this."""
    depth: int = 0
    n_children: int = 0
    action_kind: str | None = None
    status: str | None = None
    inferred: bool = False
    started_at: float | None = None
    duration_s: float | None = None
    run_id: str | None = None
    value: float | None = None
    """Of a metric."""
    n_rows: int | None = None
    n_columns: int | None = None
    focus: bool = False
    """True for the model the graph was asked for."""
    facts: dict[str, Any] = {}
    """Hyperparameters that are not at their default; file and line."""


class GraphEdge(Struct, frozen=True, kw_only=True):
    source: str
    target: str
    role: str
    columns: list[str] | None = None
    """Which columns flow, when only some do and they are known."""
    n_columns: int | None = None
    inferred: bool = False
    changed: bool = False
    """True when the action changed this input in place."""


class Graph(Struct, frozen=True, kw_only=True):
    nodes: list[GraphNode]
    edges: list[GraphEdge]
    n_actions: int
    truncated: bool
    """True when only the first actions are drawn (`?limit=`)."""
    sql: str


class TraceNode(Struct, frozen=True, kw_only=True):
    """A column in a dataset."""

    id: str
    """`dataset_id` and the column's name, joined by `/`."""
    dataset: DatasetBrief
    column: str
    digest: str
    dtype: str
    same: bool
    """True when the content is that of the column asked about."""
    direction: str
    """`before`, `here` or `after`."""


class TraceEdge(Struct, frozen=True, kw_only=True):
    source: str
    target: str
    action_id: str
    operation: str
    run_id: str
    relation: str
    """`same` (content unchanged) or `derived` (same name, new content)."""
    count: int = 1
    """How often this step happened; `action_id` is the first time."""


class ColumnTrace(Struct, frozen=True, kw_only=True):
    dataset: DatasetBrief
    column: str
    digest: str
    nodes: list[TraceNode]
    edges: list[TraceEdge]
    files: list[str]
    models: list[ModelBrief]
    """Models trained on a dataset that holds this column's content or one derived from it."""
    truncated: bool
    sql: str
