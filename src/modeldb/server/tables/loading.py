"""Brings the pivots of models and runs up to date with the catalog.

Everything is read by entry number: what landed since the last time is one indexed range per table. Rows that refer to
others are read before them, so that whatever is referred to is there when the cells are set.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from modeldb.core.codec import from_json
from modeldb.server.source import Row, Source
from modeldb.server.tables import stored
from modeldb.server.tables.column import Column, type_of
from modeldb.server.tables.fields import (
    FROM_RUN,
    HIDDEN,
    MODEL_FIELDS,
    RUN_FIELDS,
    STEPS,
    THEN,
    parameter_value,
    step_name,
)
from modeldb.server.tables.pivot import Pivot, Snapshot

WORTH_KEEPING = 5000
"""Entries after which the tables are written to their file again: so many are read in no time."""
OWN_AND_OTHER_DATA = 3
"""The best evidence for a run's metric: a model the script fitted itself, judged on other than its training data."""


class Tables:
    """The pivots of all models and all runs in a store.

    `models()` and `runs()` give a snapshot that has everything the catalog had when they were called. Threads: any.
    """

    def __init__(self, source: Source, file: Path | None = None) -> None:
        """`file` is where `keep` writes and the first call looks."""
        self._source = source
        self._file = file
        self._kept_entry = 0
        self._lock = threading.Lock()
        self._entry = -1
        self._runs = Pivot(RUN_FIELDS)
        self._models = Pivot(MODEL_FIELDS)
        self._weak: dict[tuple[int, str, int], int] = {}
        self._newest_model: dict[int, int] = {}
        self._names: dict[str, dict[str, str | None]] = {"project": {}, "experiment": {}, "dataset": {}}
        self._json: dict[tuple[str, str], Any] = {}
        self._snapshots: tuple[Snapshot, Snapshot] | None = None

    def models(self) -> Snapshot:
        return self._current()[0]

    def runs(self) -> Snapshot:
        return self._current()[1]

    def keep(self) -> None:
        """Writes the tables to the file, when much has landed since that was done."""
        with self._lock:
            if self._file is None or self._entry - self._kept_entry < WORTH_KEEPING:
                return
            stored.write(self._file, self._as_stored())
            self._kept_entry = self._entry

    def _as_stored(self) -> stored.Stored:
        return stored.Stored(
            format=stored.FORMAT,
            entry=self._entry,
            last_action=stored.last_action(self._source, self._entry),
            runs=stored.from_pivot(self._runs),
            models=stored.from_pivot(self._models),
            weak=[(*place, rank) for place, rank in self._weak.items()],
            newest_model=self._newest_model,
            names=self._names,
        )

    def _recall(self, known: stored.Stored) -> None:
        self._entry = self._kept_entry = known.entry
        self._runs = stored.to_pivot(known.runs, RUN_FIELDS)
        self._models = stored.to_pivot(known.models, MODEL_FIELDS)
        self._weak = {(which, key, row): rank for which, key, row, rank in known.weak}
        self._newest_model, self._names = known.newest_model, known.names

    def _current(self) -> tuple[Snapshot, Snapshot]:
        entry = self._source.last_entry()
        snapshots = self._snapshots
        if snapshots is not None and entry == self._entry:
            return snapshots
        with self._lock:
            if self._snapshots is None and self._file is not None:
                known = stored.read(self._file, self._source)
                if known is not None:
                    self._recall(known)
            entry = self._source.last_entry()
            if self._snapshots is None or entry != self._entry:
                self._refresh()
                self._snapshots = self._new_snapshots(*(self._snapshots or (None, None)))
                self._entry = entry
            return self._snapshots

    def _new_snapshots(self, models_before: Snapshot | None, runs_before: Snapshot | None) -> tuple[Snapshot, Snapshot]:
        newest = dict(self._newest_model)
        logged = ["param." + key[7:] for key in self._runs.cells if key.startswith("logged.")]
        self._runs.chosen = self._models.chosen | {key[6:] for key in logged}
        from_models = [key for key in self._models.cells if key.startswith("param.")]

        def of_run(key: str, runs: Snapshot) -> Column | None:
            return self._run_parameter(key, runs, models, newest) if key.startswith("param.") else None

        def of_model(key: str, models: Snapshot) -> Column | None:
            if key in FROM_RUN:
                return self._from_run(key, models, runs)
            if key == STEPS:
                return _steps(models)
            return self._feature(key, models) if key.startswith("feature.") else None

        runs = Snapshot(self._runs, of_run, [*logged, *from_models], runs_before)
        models = Snapshot(self._models, of_model, [*FROM_RUN, STEPS], models_before)
        return models, runs

    def _from_run(self, key: str, models: Snapshot, runs: Snapshot) -> Column:
        column = runs.column(FROM_RUN[key])
        rows = map(self._runs.index.get, models.column("run_id").values)
        values = [column.values[row] if row is not None and row < runs.n else None for row in rows]
        return Column(key, column.type, values)

    def _run_parameter(self, key: str, runs: Snapshot, models: Snapshot, newest: dict[int, int]) -> Column | None:
        """What the script logged, else the hyperparameter of the newest model it fitted itself."""
        logged, fitted = runs.find("logged." + key[6:]), models.find(key)
        if logged is None and fitted is None:
            return None
        values: list[Any] = [None] * runs.n
        if fitted is not None:
            for run, row in newest.items():
                if run < runs.n and row < models.n:
                    values[run] = fitted.values[row]
        if logged is not None:
            values = [old if new is None else new for old, new in zip(values, logged.values, strict=True)]
        return Column(key, type_of(values), values)

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
        # The index on `entry` is right for what is new and slow for everything; a plus keeps it out.
        is_new = "+entry > :since" if self._entry < 0 else "entry > :since"

        def read(sql: str) -> Sequence[Row]:
            return self._source.query(sql.replace("IS_NEW", is_new), since)

        annotations, logged, metrics, parameters = (read(sql) for sql in (_ANNOTATIONS, _LOGGED, _METRICS, _PARAMETERS))
        models, runs = read(_MODELS), read(_RUNS)
        for kind, sql in _NAMES.items():
            self._names[kind].update((id, name) for id, name in read(sql))
        self._set_runs(runs)
        self._set_models(models)
        self._set_parameters(parameters)
        self._set_logged(logged)
        self._set_metrics(metrics)
        self._set_annotations(annotations)

    def _set_runs(self, rows: Sequence[Row]) -> None:
        pivot = self._runs
        places = [pivot.row(fields[0]) for fields in rows]
        for key, column in zip(_RUN_COLUMNS, zip(*rows, strict=True), strict=bool(rows)):
            _assign(pivot.cells_of(key), places, _convert_run(key, column, self._names))
        if rows:
            started, ended = pivot.cells["started_at"], pivot.cells["ended_at"]
            duration, n_models = pivot.cells_of("duration_s"), pivot.cells_of("n_models")
            for row in places:
                if ended[row] is not None:
                    duration[row] = ended[row] - started[row]
                n_models[row] = n_models[row] or 0

    def _set_models(self, rows: Sequence[Row]) -> None:
        pivot, runs = self._models, self._runs
        new = [fields for fields in rows if fields[0] not in pivot.index]
        places = [pivot.row(fields[0]) for fields in rows]
        for key, column in zip(_MODEL_COLUMNS, zip(*rows, strict=True), strict=bool(rows)):
            _assign(pivot.cells_of(key), places, column)
            if key == "train_dataset_id":
                _assign(pivot.cells_of("dataset"), places, map(self._names["dataset"].get, column))
        n_models = runs.cells_of("n_models")
        for model_id, run_id, role in ((fields[0], fields[1], fields[4]) for fields in new):
            run = runs.index.get(run_id)
            if run is not None and role == "model":
                n_models[run] = (n_models[run] or 0) + 1
                self._newest_model[run] = pivot.index[model_id]

    def _set_parameters(self, rows: Sequence[Row]) -> None:
        pivot = self._models
        cells: dict[str, list[Any]] = {}
        for model_id, name, text, number, type, is_default in rows:
            row = pivot.index.get(model_id)
            if row is not None:
                if not is_default:
                    pivot.chosen.add(name)
                column = cells.get(name)
                if column is None:
                    column = cells[name] = pivot.cells_of("param." + name)
                column[row] = self._value(text, number, type)

    def _set_logged(self, rows: Sequence[Row]) -> None:
        for run_id, name, text, number, type in rows:
            run = self._runs.index.get(run_id)
            if run is not None:
                self._runs.set("logged." + name, run, self._value(text, number, type))

    def _set_metrics(self, rows: Sequence[Row]) -> None:
        models, runs, names = self._models, self._runs, self._names["dataset"]
        train, role = models.cells_of("train_dataset_id"), models.cells_of("role")
        cells: dict[tuple[str, str | None], tuple[str, list[Any], list[Any]]] = {}
        on_data: dict[tuple[str, str], dict[int, Any]] = {}
        for run_id, model_id, dataset_id, name, label, value in rows:
            found = cells.get((name, label))
            if found is None:
                key = f"metric.{name}[{label}]" if label else "metric." + name
                found = cells[name, label] = key, models.cells_of(key), runs.cells_of(key)
            key, of_models, of_runs = found
            rank = OWN_AND_OTHER_DATA
            row = models.index.get(model_id) if model_id is not None else None
            if row is not None:
                other_data = dataset_id is None or dataset_id != train[row]
                rank = 2 * (role[row] == "model") + other_data
                self._put(of_models, 0, key, row, value, 2 + other_data)
                if dataset_id is not None and (dataset_name := names.get(dataset_id)):
                    few = on_data.get((key, dataset_name))
                    if few is None:
                        whole_key = f"{key}@{dataset_name}"
                        few = on_data[key, dataset_name] = models.sparse.setdefault(whole_key, {})
                        models.touched.add(whole_key)
                    few[row] = value
            run = runs.index.get(run_id)
            if run is not None:
                self._put(of_runs, 1, key, run, value, rank)

    def _put(self, cells: list[Any], which: int, key: str, row: int, value: Any, rank: int) -> None:
        """Sets a metric's cell unless what is there is better evidence; the newest of the best kind stays.

        Only weaker evidence is remembered: there is little of it.
        """
        if rank == OWN_AND_OTHER_DATA:
            cells[row] = value
            self._weak.pop((which, key, row), None)
        elif cells[row] is None or rank >= self._weak.get((which, key, row), OWN_AND_OTHER_DATA):
            cells[row] = value
            self._weak[which, key, row] = rank

    def _set_annotations(self, rows: Sequence[Row]) -> None:
        for target_id, kind, name, value in rows:
            for pivot in (self._models, self._runs):
                row = pivot.index.get(target_id)
                if row is not None and kind == "tag":
                    pivot.set("hidden" if name == HIDDEN else "tag." + name, row, value)
                elif row is not None and kind == "note":
                    pivot.set("note", row, value)

    def _value(self, text: str | None, number: float | None, type: str) -> Any:
        """A JSON value; equal texts share one object."""
        if text is None:
            return number
        key = (type, text)
        if key not in self._json:
            self._json[key] = parameter_value(text, number, type)
        return self._json[key]


def _steps(models: Snapshot) -> Column:
    """What each model is made of, in the order it was fitted: what sets one pipeline apart from another."""
    parents, roles, names, types = (
        models.column(key).values for key in ("parent_model_id", "role", "name", "type")
    )  # fmt: skip
    found: dict[str, list[str]] = {}
    for parent, role, name, type in zip(parents, roles, names, types, strict=True):
        if parent is not None and role == "step" and type:
            found.setdefault(parent, []).append(step_name(name, type))
    return Column(STEPS, "text", [THEN.join(found[id]) if id in found else None for id in models.ids])


def _assign(cells: list[Any], places: list[int], values: Iterable[Any]) -> None:
    for row, value in zip(places, values, strict=True):
        cells[row] = value


def _convert_run(key: str, column: Iterable[Any], names: dict[str, dict[str, str | None]]) -> Iterable[Any]:
    match key:
        case "project" | "experiment":
            return map(names[key].get, column)
        case "git_dirty":
            return (None if value is None else bool(value) for value in column)
        case "command":
            return (" ".join(map(str, from_json(value))) if value else None for value in column)
    return column


_RUN_COLUMNS = (
    "id", "project", "experiment", "parent_run_id", "name", "status", "started_at", "ended_at", "user", "host",
    "command", "script", "python", "git_commit", "git_branch", "git_dirty", "environment_id", "exit_code",
    "error",
)  # fmt: skip
_RUNS = """
    SELECT run_id, project_id, experiment_id, parent_run_id, name, status, started_at, ended_at, "user",
           host, command, script, python, git_commit, git_branch, git_dirty, environment_id, exit_code, error
    FROM runs WHERE IS_NEW ORDER BY started_at, run_id
"""
_MODEL_COLUMNS = (
    "id", "run_id", "action_id", "parent_model_id", "role", "name", "type", "qualified_type", "library",
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
_PARAMETERS = "SELECT model_id, name, value, value_double, type, is_default FROM hyperparameters WHERE IS_NEW"
_LOGGED = """
    SELECT a.run_id, p.name, p.value, p.value_double, p.type
    FROM action_params p JOIN actions a USING (entry)
    WHERE p.entry > :since AND a.kind = 'log' ORDER BY p.entry, p.position
"""
_METRICS = """
    SELECT run_id, model_id, dataset_id, name, label, value
    FROM metrics WHERE IS_NEW ORDER BY entry, position
"""
_ANNOTATIONS = "SELECT target_id, kind, key, value FROM annotations WHERE IS_NEW ORDER BY at"
_NAMES = {
    "project": "SELECT project_id, name FROM projects WHERE IS_NEW",
    "experiment": "SELECT experiment_id, name FROM experiments WHERE IS_NEW",
    "dataset": "SELECT dataset_id, name FROM datasets WHERE IS_NEW",
}
