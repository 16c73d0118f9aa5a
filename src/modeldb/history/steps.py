"""Actions with what they read and made, and the way from one to another, by the catalog's indexes.

For one thing this is quicker than the closure of everything: only its own ancestors are looked at, a generation at a
time. The rule is the same: an input leads to the action that produced that very value; content alone leads nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from modeldb.query.replica import CatalogReader


@dataclass(frozen=True)
class Edge:
    """An input or output of an action."""

    role: str
    artifact_id: str
    artifact_kind: str
    producer_id: str | None = None
    inferred: bool = False
    changed: bool = False
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Step:
    """One action."""

    action_id: str
    run_id: str
    seq: int
    parent_id: str | None
    depth: int
    kind: str
    operation: str
    status: str
    error: str | None
    file: str | None
    line: int | None
    started_at: float
    duration_s: float
    recipe_key: str | None
    value_key: str | None
    inferred: bool
    params: dict[str, str] = field(default_factory=dict)
    """What the script chose: parameters left at their defaults are not here."""
    inputs: tuple[Edge, ...] = ()
    outputs: tuple[Edge, ...] = ()

    @property
    def short_operation(self) -> str:
        """The last two parts of the name for methods, the last one for functions: `Pipeline.fit`, `read_csv`."""
        parts = self.operation.split(".")
        return ".".join(parts[-2:]) if len(parts) > 1 and parts[-2][:1].isupper() else parts[-1]


@dataclass(frozen=True)
class Way:
    """Everything on the ways up from, or down from, one thing."""

    steps: list[Step]
    """In the order they happened."""
    distance: dict[str, int]
    """Of every action and artifact on the way."""
    kinds: dict[str, str]


_STEP_COLUMNS = (
    "action_id, run_id, seq, parent_id, depth, kind, operation, status, error, file, line, started_at, duration_s, "
    "recipe_key, value_key, inferred"
)


def select_in(catalog: CatalogReader, sql: str, ids: Iterable[str], **params: Any) -> list[Any]:
    """The rows of a SELECT that holds `IN :ids`, for any number of ids."""
    values = list(dict.fromkeys(ids))
    if not values:
        return []
    text = sql.replace("IN :ids", "IN (SELECT value FROM json_each(:ids))")
    return list(catalog.query(text, {**params, "ids": json.dumps(values)}))


def load(catalog: CatalogReader, action_ids: Iterable[str]) -> dict[str, Step]:
    """These actions by id."""
    ids = list(dict.fromkeys(action_ids))
    inputs: dict[str, list[Edge]] = {}
    for row in select_in(
        catalog,
        "SELECT action_id, role, artifact_id, artifact_kind, producer_id, inferred, changed, columns "
        "FROM action_inputs WHERE action_id IN :ids ORDER BY action_id, position",
        ids,
    ):
        columns = tuple(json.loads(row[7])) if row[7] else None
        edge = Edge(row[1], row[2], row[3], row[4], bool(row[5]), bool(row[6]), columns)
        inputs.setdefault(row[0], []).append(edge)
    outputs: dict[str, list[Edge]] = {}
    for row in select_in(
        catalog,
        "SELECT action_id, role, artifact_id, artifact_kind FROM action_outputs WHERE action_id IN :ids "
        "ORDER BY action_id, position",
        ids,
    ):
        outputs.setdefault(row[0], []).append(Edge(row[1], row[2], row[3], row[0]))
    params: dict[str, dict[str, str]] = {}
    for row in select_in(
        catalog,
        "SELECT action_id, name, value FROM action_params JOIN actions USING (entry) "
        "WHERE action_id IN :ids AND NOT is_default",
        ids,
    ):
        params.setdefault(row[0], {})[row[1]] = row[2]
    steps = {}
    for row in select_in(catalog, f"SELECT {_STEP_COLUMNS} FROM actions WHERE action_id IN :ids", ids):
        key = row[0]
        facts: dict[str, Any] = dict(row)
        facts["inferred"] = bool(facts["inferred"])
        facts["params"] = params.get(key, {})
        facts["inputs"], facts["outputs"] = tuple(inputs.get(key, ())), tuple(outputs.get(key, ()))
        steps[key] = Step(**facts)
    return steps


def of_run(catalog: CatalogReader, run_id: str, depth: int = 0) -> list[Step]:
    """A run's actions down to a depth, in order."""
    rows = catalog.query(
        "SELECT action_id FROM actions WHERE run_id = :run AND depth <= :depth", {"run": run_id, "depth": depth}
    )
    return in_order(load(catalog, (row[0] for row in rows)).values())


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Steps in the order they began."""
    return sorted(steps, key=lambda step: (step.started_at, step.seq, step.action_id))


def producers(catalog: CatalogReader, kind: str, identifier: str) -> list[str]:
    """The actions a thing came from directly; the thing itself for an action."""
    if kind == "action":
        return [identifier]
    if kind == "model":
        rows = catalog.query("SELECT action_id FROM models WHERE model_id = :id", {"id": identifier})
    else:
        rows = catalog.query(
            "SELECT DISTINCT action_id FROM action_outputs WHERE artifact_id = :id", {"id": identifier}
        )
    return [row[0] for row in rows]


def ancestors(catalog: CatalogReader, kind: str, identifier: str, actions: Sequence[str] | None = None) -> Way:
    """Everything a thing came from. `actions` names its producers, when not all of them are meant."""
    starts = producers(catalog, kind, identifier) if actions is None else list(actions)
    distance, kinds = {identifier: 0}, {identifier: kind}
    steps: dict[str, Step] = {}
    frontier, depth = starts, 0 if kind == "action" else 1
    while frontier:
        loaded = load(catalog, frontier)
        steps |= loaded
        for action in loaded:
            distance.setdefault(action, depth)
            kinds.setdefault(action, "action")
        edges = [edge for step in loaded.values() for edge in step.inputs]
        for edge in edges:
            distance.setdefault(edge.artifact_id, depth + 1)
            kinds.setdefault(edge.artifact_id, edge.artifact_kind)
        frontier = list({e.producer_id for e in edges if e.producer_id and e.producer_id not in steps})
        depth += 2
    return Way(in_order(steps.values()), distance, kinds)


def descendants(catalog: CatalogReader, kind: str, identifier: str) -> Way:
    """Everything that came of a thing."""
    distance, kinds = {identifier: 0}, {identifier: kind}
    steps: dict[str, Step] = {}
    if kind == "action":
        frontier, depth = [identifier], 0
    else:
        readers = "SELECT DISTINCT action_id FROM action_inputs WHERE artifact_id = :id"
        frontier, depth = [row[0] for row in catalog.query(readers, {"id": identifier})], 1
    while frontier:
        loaded = load(catalog, frontier)
        steps |= loaded
        for step in loaded.values():
            distance.setdefault(step.action_id, depth)
            kinds.setdefault(step.action_id, "action")
            for edge in step.outputs:
                distance.setdefault(edge.artifact_id, depth + 1)
                kinds.setdefault(edge.artifact_id, edge.artifact_kind)
        rows = select_in(catalog, "SELECT DISTINCT action_id FROM action_inputs WHERE producer_id IN :ids", loaded)
        frontier = [row[0] for row in rows if row[0] not in steps]
        depth += 2
    return Way(in_order(steps.values()), distance, kinds)
