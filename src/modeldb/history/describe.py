"""Everything known about one thing, as plain values: what `modeldb show` prints and the interface serves."""

from __future__ import annotations

import json
from typing import Any

from modeldb.history import steps as ways
from modeldb.history.names import call
from modeldb.history.steps import Step, Way, select_in
from modeldb.query.lists import when
from modeldb.query.replica import CatalogReader

Facts = dict[str, Any]


def describe(catalog: CatalogReader, kind: str, identifier: str) -> Facts:
    """The facts of a run, model, dataset, action, file, version, project or experiment."""
    facts = _OF[kind](catalog, identifier)
    if kind == "action":
        facts["action_kind"] = facts.pop("kind")
    return {"kind": kind, **facts}


def _model(catalog: CatalogReader, model_id: str) -> Facts:
    facts = _row(catalog, "models", "model_id", model_id, leave=("sketch", "entry"))
    made = ways.ancestors(catalog, "model", model_id)
    metrics = _metrics(catalog, "model_id", model_id)
    judged = _judging(catalog, [m["action_id"] for m in metrics if m["action_id"]], made)
    facts["run"] = _brief_run(catalog, facts["run_id"])
    facts["summary"] = json.loads(facts["summary"]) if facts.get("summary") else None
    facts["hyperparameters"] = _rows(
        catalog,
        "SELECT name, value, type, is_default FROM hyperparameters WHERE model_id = :id ORDER BY is_default, name",
        model_id,
    )
    facts["metrics"] = metrics
    facts["features"] = _rows(
        catalog,
        "SELECT name, importance, coefficient FROM features WHERE model_id = :id "
        "ORDER BY max(abs(coalesce(importance, 0)), abs(coalesce(coefficient, 0))) DESC, position LIMIT 20",
        model_id,
    )
    facts["parts"] = _rows(
        catalog,
        "SELECT model_id, role, type, name FROM models WHERE parent_model_id = :id "
        "ORDER BY role DESC, created_at, entry",
        model_id,
    )
    facts["lineage"] = _story(catalog, made.steps, judged)
    facts["annotations"] = _annotations(catalog, model_id)
    return facts


def _run(catalog: CatalogReader, run_id: str) -> Facts:
    facts = _row(catalog, "runs", "run_id", run_id, leave=("entry", "client_id"))
    facts["command"] = json.loads(facts["command"]) if facts.get("command") else None
    names = catalog.query(
        "SELECT p.name, x.name FROM runs r LEFT JOIN projects p ON p.project_id = r.project_id "
        "LEFT JOIN experiments x ON x.experiment_id = r.experiment_id WHERE r.run_id = :id",
        {"id": run_id},
    )[0]
    facts["project"], facts["experiment"] = names[0], names[1]
    facts["models"] = _rows(
        catalog,
        "SELECT model_id, type, name FROM models WHERE run_id = :id AND role = 'model' ORDER BY created_at",
        run_id,
    )
    facts["metrics"] = _metrics(catalog, "run_id", run_id, but=_OF_CANDIDATES)
    facts["code"] = _rows(
        catalog, "SELECT path, kind, digest, size FROM run_code WHERE run_id = :id ORDER BY position", run_id
    )
    facts["environment"] = _environment(catalog, facts.get("environment_id"))
    facts["lineage"] = _story(catalog, ways.of_run(catalog, run_id), [])
    facts["annotations"] = _annotations(catalog, run_id)
    return facts


def _dataset(catalog: CatalogReader, dataset_id: str) -> Facts:
    facts = _row(catalog, "datasets", "dataset_id", dataset_id, leave=("entry", "kept_digests"))
    facts["columns"] = _columns(catalog, dataset_id)
    facts["trained"] = _rows(
        catalog,
        "SELECT model_id, type, name FROM models WHERE train_dataset_id = :id AND role = 'model' "
        "ORDER BY created_at DESC LIMIT 20",
        dataset_id,
    )
    facts["metrics"] = _metrics(catalog, "dataset_id", dataset_id, limit=20)
    # The same content may have been made many times; one way to it, the first, tells the story.
    makers = ways.producers(catalog, "dataset", dataset_id)
    first = ways.in_order(ways.load(catalog, makers).values())[:1]
    made = ways.ancestors(catalog, "dataset", dataset_id, [step.action_id for step in first])
    facts["made_by"] = len(makers)
    facts["lineage"] = _story(catalog, made.steps, [])
    facts["annotations"] = _annotations(catalog, dataset_id)
    return facts


def _columns(catalog: CatalogReader, dataset_id: str) -> list[Facts]:
    return _rows(
        catalog,
        "SELECT position, name, dtype, n_null, n_distinct, coalesce(min, min_text) AS min, "
        "coalesce(max, max_text) AS max, mean, std, digest FROM dataset_columns WHERE dataset_id = :id "
        "ORDER BY position < 0, position",
        dataset_id,
    )


def _action(catalog: CatalogReader, action_id: str) -> Facts:
    facts = _row(catalog, "actions", "action_id", action_id, leave=("entry",))
    for name in ("extra", "rng"):
        facts[name] = json.loads(facts[name]) if facts.get(name) else None
    facts["params"] = _rows(
        catalog,
        "SELECT name, value, type, is_default FROM action_params JOIN actions USING (entry) "
        "WHERE action_id = :id ORDER BY is_default, name",
        action_id,
    )
    facts["metrics"] = _metrics(catalog, "action_id", action_id)
    inside = [row[0] for row in catalog.query("SELECT action_id FROM actions WHERE parent_id = :id", {"id": action_id})]
    way = ways.ancestors(catalog, "action", action_id)
    facts["lineage"] = _story(catalog, way.steps, [])
    facts["inside"] = _story(catalog, ways.in_order(ways.load(catalog, inside).values()), [])
    facts["annotations"] = _annotations(catalog, action_id)
    return facts


def _file(catalog: CatalogReader, file_id: str) -> Facts:
    facts = _row(catalog, "files", "file_id", file_id, leave=("entry",))
    way = ways.descendants(catalog, "file", file_id)
    models = [identifier for identifier, kind in way.kinds.items() if kind == "model"]
    facts["models"] = [
        dict(zip(("model_id", "type", "name"), row, strict=True))
        for row in map(
            tuple,
            select_in(
                catalog,
                "SELECT model_id, type, name FROM models WHERE model_id IN :ids AND role = 'model' "
                "ORDER BY created_at DESC",
                models,
            ),
        )
    ]
    facts["readers"] = len([step for step in way.steps if way.distance[step.action_id] == 1])
    facts["annotations"] = _annotations(catalog, file_id)
    return facts


def _version(catalog: CatalogReader, version_id: str) -> Facts:
    models = _rows(
        catalog,
        "SELECT model_id, run_id, type, name, created_at FROM models WHERE version_id = :id AND role = 'model' "
        "ORDER BY created_at DESC",
        version_id,
    )
    newest = _model(catalog, models[0]["model_id"]) if models else {}
    kept: Facts = {
        name: newest[name] for name in ("type", "name", "hyperparameters", "metrics", "lineage") if name in newest
    }
    return {"version_id": version_id, "models": models, **kept, "annotations": _annotations(catalog, version_id)}


def _project(catalog: CatalogReader, project_id: str) -> Facts:
    facts = _row(catalog, "projects", "project_id", project_id, leave=("entry",))
    facts["runs"] = _count(catalog, "runs", "project_id", project_id)
    facts["models"] = _rows(
        catalog,
        "SELECT model_id, type, name FROM models WHERE project_id = :id AND role = 'model' "
        "ORDER BY created_at DESC LIMIT 20",
        project_id,
    )
    facts["annotations"] = _annotations(catalog, project_id)
    return facts


def _experiment(catalog: CatalogReader, experiment_id: str) -> Facts:
    facts = _row(catalog, "experiments", "experiment_id", experiment_id, leave=("entry",))
    facts["runs"] = _count(catalog, "runs", "experiment_id", experiment_id)
    facts["annotations"] = _annotations(catalog, experiment_id)
    return facts


_OF = {
    "model": _model,
    "run": _run,
    "dataset": _dataset,
    "action": _action,
    "file": _file,
    "version": _version,
    "project": _project,
    "experiment": _experiment,
}


def _story(catalog: CatalogReader, made: list[Step], after: list[Step]) -> list[Facts]:
    """Numbered steps; every input says which step it came from."""
    steps = [*made, *after]
    numbers = {step.action_id: number for number, step in enumerate(steps, 1)}
    ids = [edge.artifact_id for step in steps for edge in (*step.inputs, *step.outputs)]
    named = call(catalog, ids)
    values: dict[str, list[Facts]] = {}
    for row in select_in(
        catalog,
        "SELECT action_id, name, label, value, model_id FROM metrics WHERE action_id IN :ids ORDER BY entry, position",
        numbers,
    ):
        values.setdefault(row[0], []).append(dict(zip(("name", "label", "value", "model_id"), row[1:], strict=True)))

    def measured(step: Step) -> list[Facts]:
        """What a step measured; of a search its own score, not those of all its candidates."""
        made = {edge.artifact_id for edge in step.outputs if edge.artifact_kind == "model"}
        return [m for m in values.get(step.action_id, []) if not made or m["model_id"] in made]

    def artifact(edge: ways.Edge) -> Facts:
        called = named.get(edge.artifact_id)
        return {
            "role": edge.role,
            "id": edge.artifact_id,
            "kind": edge.artifact_kind,
            "name": called.name if called else None,
            "size": called.size if called else None,
        }

    return [
        {
            "step": number,
            "action_id": step.action_id,
            "run_id": step.run_id,
            "kind": step.kind,
            "operation": step.operation,
            "recipe_key": step.recipe_key,
            "short": step.short_operation,
            "status": step.status,
            "error": step.error,
            "file": step.file,
            "line": step.line,
            "duration_s": step.duration_s,
            "inferred": step.inferred,
            "params": step.params,
            "inputs": [
                {
                    **artifact(edge),
                    "from_step": numbers.get(edge.producer_id or ""),
                    "inferred": edge.inferred,
                    "columns": edge.columns,
                }
                for edge in step.inputs
            ],
            "outputs": [artifact(edge) for edge in step.outputs],
            "metrics": measured(step),
            "afterwards": number > len(made),
        }
        for number, step in enumerate(steps, 1)
    ]


def _judging(catalog: CatalogReader, action_ids: list[str], made: Way) -> list[Step]:
    """The steps that led from a model to the metrics that judge it."""
    known = {step.action_id for step in made.steps}
    steps: dict[str, Step] = {}
    for action_id in dict.fromkeys(action_ids):
        if action_id not in known and action_id not in steps:
            way = ways.ancestors(catalog, "action", action_id)
            steps |= {step.action_id: step for step in way.steps if step.action_id not in known}
    return ways.in_order(steps.values())


def _row(catalog: CatalogReader, table: str, key: str, value: str, leave: tuple[str, ...]) -> Facts:
    row = dict(catalog.query(f"SELECT * FROM {table} WHERE {key} = :id LIMIT 1", {"id": value})[0])
    return {
        name: when(item) if name.endswith("_at") else bool(item) if name in _TRUTHS and item is not None else item
        for name, item in row.items()
        if name not in leave
    }


_TRUTHS = ("git_dirty", "inferred", "kept", "weak")


def _rows(catalog: CatalogReader, sql: str, identifier: str) -> list[Facts]:
    found = []
    for row in catalog.query(sql, {"id": identifier}):
        facts = dict(row)
        if "is_default" in facts:
            facts["is_default"] = bool(facts["is_default"])
        if "created_at" in facts:
            facts["created_at"] = when(facts["created_at"])
        found.append(facts)
    return found


_OF_CANDIDATES = "model_id IN (SELECT model_id FROM models WHERE role <> 'model')"
"""The scores of a search's candidates: of a run one wants to see what it arrived at."""


def _metrics(catalog: CatalogReader, key: str, identifier: str, limit: int = 1000, but: str = "false") -> list[Facts]:
    """The last value of each metric, in the order they were first measured, `but` those of which this is true."""
    rows = catalog.query(
        f"SELECT name, label, value, step, model_id, dataset_id, action_id FROM metrics WHERE {key} = :id "
        f"AND ({but}) IS NOT true ORDER BY entry, position",
        {"id": identifier},
    )
    last: dict[tuple[Any, ...], Facts] = {}
    for row in rows:
        facts = dict(row)
        last[tuple(facts[name] for name in ("name", "label", "model_id", "dataset_id"))] = facts
    names = call(catalog, (facts["dataset_id"] for facts in last.values() if facts["dataset_id"]))
    for facts in last.values():
        called = names.get(facts["dataset_id"])
        facts["dataset"] = called.name if called else None
    return list(last.values())[:limit]


def _environment(catalog: CatalogReader, environment_id: str | None) -> Facts | None:
    if environment_id is None:
        return None
    rows = catalog.query("SELECT value FROM environments WHERE environment_id = :id", {"id": environment_id})
    value: Facts | None = json.loads(rows[0][0]) if rows else None
    return value


def _annotations(catalog: CatalogReader, identifier: str) -> list[Facts]:
    rows = catalog.query(
        "SELECT kind, key, value, author, at FROM annotations WHERE target_id = :id AND value IS NOT NULL ORDER BY at",
        {"id": identifier},
    )
    return [{"kind": r[0], "key": r[1], "value": r[2], "author": r[3], "at": when(r[4])} for r in rows]


def _brief_run(catalog: CatalogReader, run_id: str) -> Facts | None:
    rows = catalog.query("SELECT run_id, name, status, started_at, script FROM runs WHERE run_id = :id", {"id": run_id})
    return {**dict(rows[0]), "started_at": when(rows[0][3])} if rows else None


def _count(catalog: CatalogReader, table: str, key: str, identifier: str) -> int:
    return int(catalog.query(f"SELECT count(*) FROM {table} WHERE {key} = :id", {"id": identifier})[0][0])
