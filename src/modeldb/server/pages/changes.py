"""What landed in the store between two entries."""

from __future__ import annotations

from modeldb.server.http.schemas import Event
from modeldb.server.source import Source

MAX_RUNS = 100
OF_RUNS = ("runs", "actions", "models", "metrics", "run_code", "prediction_sets")
OTHERS = ("projects", "experiments", "datasets", "hyperparameters", "features", "annotations")


def changes(source: Source, known: int, entry: int) -> Event:
    """The tables and runs that entries after `known` touched, as of `entry`.

    When the numbers go backwards the store was replaced: then everything changed.
    """
    if entry < known:
        return Event(entry=entry, tables=[*OF_RUNS, *OTHERS], run_ids=[], many=True)
    since = {"since": known, "limit": MAX_RUNS + 1}
    tables, runs = list[str](), set[str]()
    for table in OF_RUNS:
        rows = source.query(
            f"SELECT DISTINCT run_id FROM {table} WHERE entry > :since AND run_id IS NOT NULL LIMIT :limit", since
        )
        if rows:
            tables.append(table)
            runs.update(row[0] for row in rows)
    for table in OTHERS:
        if source.query(f"SELECT 1 FROM {table} WHERE entry > :since LIMIT 1", {"since": known}):
            tables.append(table)
    many = len(runs) > MAX_RUNS
    return Event(entry=entry, tables=tables, run_ids=[] if many else sorted(runs), many=many)
