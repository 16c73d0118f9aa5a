"""The lineage of one thing as rows, and what is new in the catalog."""

from __future__ import annotations

from typing import Any

from modeldb.history import steps as ways
from modeldb.history.names import call
from modeldb.query.replica import CatalogReader
from modeldb.query.result import Result

MOST_NEW = 1000
"""So many ids of each kind are named."""


def lineage(catalog: CatalogReader, kind: str, identifier: str, direction: str) -> Result:
    """Rows (id, kind, distance, what): ancestors at a positive distance, descendants at a negative one."""
    rows: list[tuple[Any, ...]] = []
    if direction in ("up", "both"):
        rows += _rows(catalog, ways.ancestors(catalog, kind, identifier), identifier, 1)
    if direction in ("down", "both"):
        rows += _rows(catalog, ways.descendants(catalog, kind, identifier), identifier, -1)
    return Result(("id", "kind", "distance", "what"), rows)


def _rows(catalog: CatalogReader, way: ways.Way, start: str, sign: int) -> list[tuple[Any, ...]]:
    operations = {step.action_id: step.operation for step in way.steps}
    names = call(catalog, way.distance)

    def what(identifier: str) -> str | None:
        called = names.get(identifier)
        if called is None:
            return operations.get(identifier)
        return " ".join(filter(None, [called.name, called.size])) or None

    nearest = sorted((distance, identifier) for identifier, distance in way.distance.items() if identifier != start)
    return [(identifier, way.kinds[identifier], sign * distance, what(identifier)) for distance, identifier in nearest]


def changed(catalog: CatalogReader, since: int) -> dict[str, Any]:
    """The present entry, and the ids of what was touched since an earlier one."""
    rows = catalog.query("SELECT value FROM counters WHERE name = 'entry'")
    found: dict[str, Any] = {"entry": int(rows[0][0]) if rows else 0}
    for name, key, table in (
        ("runs", "run_id", "runs"),
        ("models", "model_id", "models"),
        ("datasets", "dataset_id", "datasets"),
        ("annotations", "DISTINCT target_id", "annotations"),
    ):
        new = catalog.query(
            f"SELECT {key} FROM {table} WHERE entry > :since ORDER BY entry LIMIT {MOST_NEW}", {"since": since}
        )
        found[name] = [row[0] for row in new]
    counted = catalog.query("SELECT count(*) FROM metrics WHERE entry > :since", {"since": since})
    return {**found, "metrics": counted[0][0]}
