"""Brings the pivots of models and runs up to date with the catalog.

Everything is read by entry number: what landed since the last time is one indexed range per table. Rows that refer to
others are read before them, so that whatever is referred to is there when the cells are set.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from modeldb.core.codec import from_json
from modeldb.server.source import Row, Source
from modeldb.server.tables.column import Column
from modeldb.server.tables.pivot import Pivot, Snapshot

MODEL_FIELDS = {
    "id": "id", "name": "text", "type": "text", "role": "text", "problem_type": "text", "library": "text",
    "library_version": "text", "qualified_type": "text", "created_at": "time", "fit_s": "duration",
    "n_features": "number", "size_bytes": "bytes", "stored_bytes": "bytes", "digest": "id", "version_id": "id",
    "run_id": "id", "train_dataset_id": "id", "dataset": "text", "parent_model_id": "id", "action_id": "id",
    "note": "text",
}  # fmt: skip
RUN_FIELDS = {
    "id": "id", "name": "text", "status": "text", "started_at": "time", "ended_at": "time",
    "duration_s": "duration", "user": "text", "host": "text", "script": "text", "command": "text",
    "git_commit": "text", "git_branch": "text", "git_dirty": "boolean", "python": "text", "environment_id": "id",
    "exit_code": "number", "error": "text", "parent_run_id": "id", "project": "text", "experiment": "text",
    "n_models": "number", "note": "text",
}  # fmt: skip
FROM_RUN = {
    "run": "name", "status": "status", "user": "user", "host": "host", "script": "script", "project": "project",
    "experiment": "experiment", "git_commit": "git_commit", "git_dirty": "git_dirty",
}  # fmt: skip
"""Fields of the models' table that are those of their run."""

HIDDEN = "hidden"
"""The tag that hides."""


class Tables:
    """The pivots of all models and all runs in a store.

    `models()` and `runs()` give a snapshot that has everything the catalog had when they were called. Threads: any.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._entry = -1
        self._runs = Pivot(RUN_FIELDS)
        self._models = Pivot(MODEL_FIELDS)
        self._metric_ranks: dict[tuple[str, int, str], int] = {}
        self._newest_model: dict[int, int] = {}
        self._names: dict[str, dict[str, str | None]] = {"project": {}, "experiment": {}, "dataset": {}}
        self._json: dict[str, Any] = {}
        self._snapshots: tuple[Snapshot, Snapshot] | None = None

    @property
    def entry(self) -> int:
        """The entry the last snapshots stand at."""
        return self._entry

    def models(self) -> Snapshot:
        return self._current()[0]

    def runs(self) -> Snapshot:
        return self._current()[1]

    def project_name(self, project_id: str) -> str | None:
        return self._names["project"].get(project_id)

    def _current(self) -> tuple[Snapshot, Snapshot]:
        entry = self._source.last_entry()
        snapshots = self._snapshots
        if snapshots is not None and entry == self._entry:
            return snapshots
        with self._lock:
            entry = self._source.last_entry()
            if self._snapshots is None or entry != self._entry:
                self._refresh()
                before = self._snapshots or (None, None)
                runs = Snapshot(self._runs, _nothing, before[1])
                models = Snapshot(self._models, self._model_column(runs), before[0])
                self._snapshots = (models, runs)
                self._entry = entry
            return self._snapshots

    def _model_column(self, runs: Snapshot) -> Callable[[str, Snapshot], Column | None]:
        def derived(key: str, models: Snapshot) -> Column | None:
            if key in FROM_RUN:
                run_ids = models.column("run_id").values
                column = runs.column(FROM_RUN[key])
                rows = [self._runs.index.get(run_id) for run_id in run_ids]
                found = [column.values[row] if row is not None and row < runs.n else None for row in rows]
                return Column(key, column.type, found)
            if key.startswith("feature."):
                return self._feature(key, models)
            return None

        return derived

    def _feature(self, key: str, models: Snapshot) -> Column | None:
        rows = self._source.query(
            "SELECT model_id, coalesce(importance, coefficient) FROM features WHERE name = :name",
            {"name": key.partition(".")[2]},
        )
        if not rows:
            return None
        values: list[Any] = [None] * models.n
        for model_id, value in rows:
            row = self._models.index.get(model_id)
            if row is not None and row < models.n:
                values[row] = value
        return Column(key, "number", values)

    def _refresh(self) -> None:
        since = {"since": self._entry}
        read = self._source.query
        annotations = read(_ANNOTATIONS, since)
        logged = read(_LOGGED, since)
        metrics = read(_METRICS, since)
        parameters = read(_PARAMETERS, since)
        models = read(_MODELS, since)
        runs = read(_RUNS, since)
        for kind, sql in _NAMES.items():
            self._names[kind].update((id, name) for id, name in read(sql, since))
        self._set_runs(runs)
        self._set_models(models)
        self._set_parameters(parameters)
        self._set_logged(logged)
        self._set_metrics(metrics)
        self._set_annotations(annotations)

    def _set_runs(self, rows: Sequence[Row]) -> None:
        pivot = self._runs
        for fields in rows:
            values = dict(zip(_RUN_COLUMNS, fields, strict=True))
            row = pivot.row(values["run_id"])
            values["project"] = self._names["project"].get(values.pop("project_id"))
            values["experiment"] = self._names["experiment"].get(values.pop("experiment_id"))
            values["git_dirty"] = None if values["git_dirty"] is None else bool(values["git_dirty"])
            values["id"] = values.pop("run_id")
            if values["ended_at"] is not None:
                values["duration_s"] = values["ended_at"] - values["started_at"]
            if values["command"]:
                values["command"] = " ".join(map(str, from_json(values["command"])))
            for key, value in values.items():
                pivot.set(key, row, value)
            if pivot.get("n_models", row) is None:
                pivot.set("n_models", row, 0)

    def _set_models(self, rows: Sequence[Row]) -> None:
        pivot, runs = self._models, self._runs
        for fields in rows:
            values = dict(zip(_MODEL_COLUMNS, fields, strict=True))
            new = values["model_id"] not in pivot.index
            row = pivot.row(values["model_id"])
            values["id"] = values.pop("model_id")
            values["dataset"] = self._names["dataset"].get(values["train_dataset_id"])
            for key, value in values.items():
                pivot.set(key, row, value)
            run = runs.index.get(values["run_id"])
            if new and run is not None and values["role"] == "model":
                runs.set("n_models", run, (runs.get("n_models", run) or 0) + 1)
                self._newest_model[run] = row

    def _set_parameters(self, rows: Sequence[Row]) -> None:
        runs, models = self._runs, self._models
        for model_id, name, text, number, type in rows:
            row = models.index.get(model_id)
            if row is None:
                continue
            key = "param." + name
            value = self._value(text, number, type)
            models.set(key, row, value)
            run = runs.index.get(models.get("run_id", row))
            if run is not None and self._newest_model.get(run) == row:
                runs.set(key, run, value)

    def _set_logged(self, rows: Sequence[Row]) -> None:
        for run_id, name, text, number, type in rows:
            run = self._runs.index.get(run_id)
            if run is not None:
                self._runs.set("param." + name, run, self._value(text, number, type))

    def _set_metrics(self, rows: Sequence[Row]) -> None:
        runs, models = self._runs, self._models
        datasets = self._names["dataset"]
        for run_id, model_id, dataset_id, name, label, value in rows:
            key = f"metric.{name}[{label}]" if label else f"metric.{name}"
            row = models.index.get(model_id) if model_id else None
            other_data, own = 1, 1
            if row is not None:
                other_data = int(dataset_id is None or dataset_id != models.get("train_dataset_id", row))
                own = int(models.get("role", row) == "model")
                self._best_known(models, "m", key, row, other_data, value)
                if dataset_id and (dataset_name := datasets.get(dataset_id)):
                    models.set(f"{key}@{dataset_name}", row, value)
            run = runs.index.get(run_id)
            if run is not None:
                self._best_known(runs, "r", key, run, 2 * own + other_data, value)

    def _best_known(self, pivot: Pivot, which: str, key: str, row: int, rank: int, value: Any) -> None:
        """Sets the cell unless what is there is better evidence: the newest of the best kind stays."""
        place = (which, row, key)
        if rank >= self._metric_ranks.get(place, 0):
            self._metric_ranks[place] = rank
            pivot.set(key, row, value)

    def _set_annotations(self, rows: Sequence[Row]) -> None:
        for target_id, kind, name, value in rows:
            for pivot in (self._models, self._runs):
                row = pivot.index.get(target_id)
                if row is None:
                    continue
                if kind == "tag":
                    pivot.set("hidden" if name == HIDDEN else "tag." + name, row, value)
                elif kind == "note":
                    pivot.set("note", row, value)

    def _value(self, text: str | None, number: float | None, type: str) -> Any:
        """A JSON value; equal texts share one object."""
        if text is None:
            return number
        key = type + ":" + text
        if key not in self._json:
            self._json[key] = parameter_value(text, number, type)
        return self._json[key]


def parameter_value(text: str | None, number: float | None, type: str) -> Any:
    """The JSON value of a row of hyperparameters or action_params.

    None is the text `None`: a hyperparameter that was set to None is not missing.
    """
    match type:
        case "bool" if number is not None:
            return bool(number)
        case "int" if text is not None and len(text) < 16:
            return int(text)
        case "int" | "float" if number is not None:
            return number
        case "list" | "dict" | "estimator" | "function" | "object" if text is not None and text[:1] in "[{":
            try:
                return from_json(text)
            except ValueError:
                return text
    return text


def _nothing(key: str, snapshot: Snapshot) -> Column | None:
    return None


_RUN_COLUMNS = (
    "run_id", "project_id", "experiment_id", "parent_run_id", "name", "status", "started_at", "ended_at", "user",
    "host", "command", "script", "python", "git_commit", "git_branch", "git_dirty", "environment_id", "exit_code",
    "error",
)  # fmt: skip
_RUNS = """
    SELECT run_id, project_id, experiment_id, parent_run_id, name, status, started_at, ended_at, "user",
           host, command, script, python, git_commit, git_branch, git_dirty, environment_id, exit_code, error
    FROM runs WHERE entry > :since ORDER BY started_at, run_id
"""
_MODEL_COLUMNS = (
    "model_id", "run_id", "action_id", "parent_model_id", "role", "name", "type", "qualified_type", "library",
    "library_version", "problem_type", "train_dataset_id", "n_features", "digest", "size_bytes", "stored_bytes",
    "version_id", "created_at", "fit_s",
)  # fmt: skip
_MODELS = """
    SELECT m.model_id, m.run_id, m.action_id, m.parent_model_id, m.role, m.name, m.type, m.qualified_type, m.library,
           m.library_version, m.problem_type, m.train_dataset_id, m.n_features, m.digest, m.size_bytes,
           m.stored_bytes, m.version_id, m.created_at, a.duration_s
    FROM models m LEFT JOIN actions a ON a.action_id = m.action_id
    WHERE m.entry > :since ORDER BY m.created_at, m.model_id
"""
_PARAMETERS = "SELECT model_id, name, value, value_double, type FROM hyperparameters WHERE entry > :since"
_LOGGED = """
    SELECT a.run_id, p.name, p.value, p.value_double, p.type
    FROM action_params p JOIN actions a ON a.action_id = p.action_id
    WHERE p.entry > :since AND a.kind = 'log' ORDER BY p.entry
"""
_METRICS = """
    SELECT run_id, model_id, dataset_id, name, label, value
    FROM metrics WHERE entry > :since ORDER BY entry, position
"""
_ANNOTATIONS = "SELECT target_id, kind, key, value FROM annotations WHERE entry > :since ORDER BY at"
_NAMES = {
    "project": "SELECT project_id, name FROM projects WHERE entry > :since",
    "experiment": "SELECT experiment_id, name FROM experiments WHERE entry > :since",
    "dataset": "SELECT dataset_id, name FROM datasets WHERE entry > :since",
}
