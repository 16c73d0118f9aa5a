"""A catalog with a known history, written as rows, and one with many models for speed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert

from modeldb.catalog.schema import metadata
from modeldb.core.sqlite import driver


class RowCatalog:
    """Reads like a catalog; rows are put in directly."""

    def __init__(self, path: Path) -> None:
        self._engine = create_engine(f"sqlite:///{path}", module=driver())
        metadata.create_all(self._engine)
        self._columns = {table.name: set(table.columns.keys()) for table in metadata.sorted_tables}
        self.entry = 0
        self.put("counters", [{"name": "entry", "value": 0}])

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
        connection = self._engine.raw_connection()
        try:
            return connection.cursor().execute(sql, dict(params or {})).fetchall()
        finally:
            connection.close()

    def put(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert or replace rows, filling what is required and not given with something neutral."""
        statement = insert(metadata.tables[table]).prefix_with("OR REPLACE")
        rows = [self._filled(table, dict(row)) for row in rows]
        with self._engine.begin() as connection:
            if rows:
                connection.execute(statement, rows)

    def commit(self, **tables: list[dict[str, Any]]) -> int:
        """One journal entry that touches rows of these tables."""
        self.entry += 1
        for table, rows in tables.items():
            self.put(table, [{"entry": self.entry, **row} for row in rows])
        self.put("counters", [{"name": "entry", "value": self.entry}])
        return self.entry

    def _filled(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        unknown = set(row) - self._columns[table]
        assert not unknown, f"{table} has no {unknown}"
        for column in metadata.tables[table].columns:
            if column.name not in row:
                row[column.name] = None if column.nullable else column.type.python_type()
        return row

    def close(self) -> None:
        self._engine.dispose()


def action(action_id: str, run_id: str, seq: int, kind: str, operation: str, **more: Any) -> dict[str, Any]:
    return {
        "action_id": action_id, "run_id": run_id, "seq": seq, "kind": kind, "operation": operation,
        "library": operation.split(".")[0], "status": "ok", "started_at": 1_700_000_000.0 + seq,
        "duration_s": 0.5, "depth": 0, "recipe_key": f"recipe-{operation}", **more,
    }  # fmt: skip


def used(action_id: str, *inputs: tuple[str, str, str, str | None]) -> list[dict[str, Any]]:
    """Rows of action_inputs: (role, artifact, kind, producer)."""
    return [
        {"action_id": action_id, "position": i, "role": role, "artifact_id": artifact, "artifact_kind": kind,
         "producer_id": producer}
        for i, (role, artifact, kind, producer) in enumerate(inputs)
    ]  # fmt: skip


def made(action_id: str, *outputs: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Rows of action_outputs: (role, artifact, kind)."""
    return [
        {"action_id": action_id, "position": i, "role": role, "artifact_id": artifact, "artifact_kind": kind}
        for i, (role, artifact, kind) in enumerate(outputs)
    ]  # fmt: skip


def params(**values: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "value": value if isinstance(value, str) else json.dumps(value),
            "value_double": value if isinstance(value, int | float) and not isinstance(value, bool) else None,
            "type": type(value).__name__,
            "is_default": False,
        }
        for name, value in values.items()
    ]


MANY = 1000


def many_models(catalog: RowCatalog, n: int = MANY) -> None:
    """`n` models with 10 hyperparameters and 5 metrics each, in n / 10 runs."""
    runs = [
        {"run_id": f"r-{i:016x}", "project_id": "p", "experiment_id": "e", "status": "finished",
         "started_at": 1.7e9 + i, "ended_at": 1.7e9 + i + 5}
        for i in range(n // 10)
    ]  # fmt: skip
    models = [
        {"model_id": f"m-{i:016x}", "run_id": f"r-{i // 10:016x}", "project_id": "p", "action_id": f"a{i}",
         "role": "model", "type": ["Ridge", "SVC", "RandomForestClassifier"][i % 3],
         "qualified_type": "x", "library": "sklearn", "created_at": 1.7e9 + i, "version_id": f"v{i % 500}"}
        for i in range(n)
    ]  # fmt: skip
    hyperparameters = [
        {"model_id": model["model_id"], **param}
        for i, model in enumerate(models)
        for param in params(**{f"p{j}": (i * 7 + j) % 5 / 2 for j in range(10)})
    ]
    metrics = [
        {"position": i * 5 + j, "run_id": model["run_id"], "model_id": model["model_id"], "name": f"metric{j}",
         "value": (i * 37 + j) % 1000 / 1000, "logged_at": 1.7e9 + i}
        for i, model in enumerate(models)
        for j in range(5)
    ]  # fmt: skip
    catalog.commit(
        projects=[{"project_id": "p", "name": "churn", "created_at": 1.7e9}],
        experiments=[{"experiment_id": "e", "project_id": "p", "name": "default"}],
        runs=runs, models=models, hyperparameters=hyperparameters, metrics=metrics,
    )  # fmt: skip
