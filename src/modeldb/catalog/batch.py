"""The rows a batch of records leaves, collected so that each table is written by few calls of the driver."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from modeldb.core import codec
from modeldb.core.actions import Record

_CHUNK = 500
"""Ids per `IN (...)`: every SQLite allows 999 parameters."""


class Cursor(Protocol):
    """What we need of a DB-API cursor, with `?` for parameters."""

    def execute(self, sql: str, row: Sequence[Any] = ..., /) -> Any: ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def fetchone(self) -> Any: ...


class Batch:
    """What applying a few records needs to know and what it leaves to be written.

    Statements are kept in order per table and may read no table but the one they write; then writing table after
    table leaves the same rows as writing record after record, however the records were cut into batches.
    """

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
        self.entry = 0
        """The number of the record being applied."""
        self.runs: dict[str, str | None] = {}
        """The runs the catalog has, of those the batch mentions, with their projects."""
        self.models: dict[str, str] = {}
        """The same for models, with their runs."""
        self.actions: dict[str, str] = {}
        """The same for actions, with their runs."""
        self.datasets: set[str] = set()
        self._waiting: dict[str, list[Record]] = {}
        self._released: list[Record] = []
        self._tables: dict[str, list[tuple[str, list[Sequence[Any]]]]] = {}

    def look_up(
        self,
        cursor: Cursor,
        *,
        runs: Iterable[str],
        models: Iterable[str],
        actions: Iterable[str],
        datasets: Iterable[str],
    ) -> None:
        """Asks the catalog which of these it has and which records wait for them."""
        runs, models, actions, datasets = set(runs), set(models), set(actions), set(datasets)
        self.runs = dict(_select(cursor, "SELECT run_id, project_id FROM runs WHERE run_id", runs))
        self.models = dict(_select(cursor, "SELECT model_id, run_id FROM models WHERE model_id", models))
        self.actions = dict(_select(cursor, "SELECT action_id, run_id FROM actions WHERE action_id", actions))
        found = _select(cursor, "SELECT dataset_id, NULL FROM datasets WHERE dataset_id", datasets)
        self.datasets = {dataset_id for dataset_id, _ in found}
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pending_records)")
        if cursor.fetchone()[0]:
            self._look_up_waiting(cursor, runs | models | actions | datasets)

    def _look_up_waiting(self, cursor: Cursor, targets: set[str]) -> None:
        select = "SELECT target_id, arrived, payload FROM pending_records WHERE target_id"
        for target_id, _, payload in sorted(_select(cursor, select, targets), key=lambda row: row[1]):
            record = codec.decode(payload)
            assert not isinstance(record, codec.Unknown)
            self._waiting.setdefault(target_id, []).append(record)

    def add(self, table: str, sql: str, *rows: Sequence[Any]) -> None:
        """These rows are to be written to the table by this statement."""
        self.extend(table, sql, rows)

    def extend(self, table: str, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        statements = self._tables.setdefault(table, [])
        if not statements or statements[-1][0] is not sql:
            statements.append((sql, []))
        statements[-1][1].extend(rows)

    def wait(self, target_id: str, record: Record) -> None:
        """The record is about something that is not there yet: keep it until `arrived` names that."""
        self._waiting.setdefault(target_id, []).append(record)
        self.add("pending_records", _KEEP, (target_id, self.entry, codec.encode(record)))

    def arrived(self, target_id: str) -> None:
        """What waited for this can be applied now."""
        records = self._waiting.pop(target_id, None)
        if records:
            self._released += records
            self.add("pending_records", _RELEASE, (target_id,))

    def released(self) -> list[Record]:
        """The records that need wait no longer, once."""
        released, self._released = self._released, []
        return released

    def write(self, cursor: Cursor) -> None:
        for statements in self._tables.values():
            for sql, rows in statements:
                cursor.executemany(sql, rows)
        self._tables = {}


_KEEP = "INSERT INTO pending_records (target_id, arrived, payload) VALUES (?, ?, ?)"
_RELEASE = "DELETE FROM pending_records WHERE target_id = ?"


def insert(table: str, columns: str, conflict: str = "DO NOTHING", *, key: str = "") -> str:
    """An INSERT of the named columns, doing nothing (or as said) where the key exists."""
    names = [name.strip() for name in columns.split(",")]
    marks = ", ".join("?" for _ in names)
    target = f" ({key})" if key else ""
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT{target} {conflict}"


def _select(cursor: Cursor, sql: str, ids: Iterable[str]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    wanted = list(ids)
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        cursor.execute(f"{sql} IN ({', '.join('?' * len(chunk))})", chunk)
        rows += cursor.fetchall()
    return rows
