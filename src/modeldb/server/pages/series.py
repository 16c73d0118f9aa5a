"""Learning curves, thinned so that hundreds fit on a page and each keeps its shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from modeldb.server.http.schemas import Series, SeriesList
from modeldb.server.pages.briefs import metric_name
from modeldb.server.pages.find import IN_ONE_GO, rows_in
from modeldb.server.source import Source
from modeldb.server.tables.sqltext import quote

MAX_NAMES = 500


def series_list(
    source: Source, run_ids: Sequence[str], model_ids: Sequence[str], names: Sequence[str], points: int, limit: int
) -> SeriesList:
    """The curves of these runs and models, at most `limit` of them with at most `points` points each.

    A curve has more than one value under one name for one run, model and dataset.
    """
    # A point of a model that is asked for by its run too counts once.
    rows = dict.fromkeys([*_points(source, "run_id", run_ids), *_points(source, "model_id", model_ids)])
    started = {
        row["run_id"]: row
        for row in rows_in(source, "run_id, name, started_at", "runs", "run_id", {r[0] for r in rows})
    }
    grouped: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        grouped.setdefault((row[0], row[1], row[2], metric_name(row[3], row[4])), []).append(row[5:])
    curves = {key: values for key, values in grouped.items() if len(values) > 1}
    wanted = [key for key in curves if not names or key[3] in names]
    return SeriesList(
        series=[_series(key, curves[key], started.get(key[0]), points) for key in wanted[:limit]],
        total=len(wanted),
        names=sorted({key[3] for key in curves})[:MAX_NAMES],
        sql=_sql(run_ids, model_ids, names),
    )


def thin(x: npt.NDArray[Any], y: npt.NDArray[Any], points: int) -> npt.NDArray[np.int64]:
    """The numbers of the points to keep: of every stretch the lowest and the highest, and both ends.

    A spike survives, which it would not if every n-th point were taken. Missing values are kept as gaps.
    """
    n = len(y)
    if n <= points:
        return np.arange(n)
    edges = np.linspace(0, n, max(points // 2, 2) + 1).astype(np.int64)
    keep = {0, n - 1}
    for start, end in pairwise(edges):
        part = y[start:end]
        if end > start and not np.all(np.isnan(part)):
            keep.add(int(start + np.nanargmin(part)))
            keep.add(int(start + np.nanargmax(part)))
        elif end > start:
            keep.add(int(start))
    return np.array(sorted(keep), dtype=np.int64)


def _points(source: Source, key: str, ids: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Rows of metrics in the order they were logged. As tuples: there may be very many."""
    for start in range(0, len(ids), IN_ONE_GO):
        params = {f"v{i}": id for i, id in enumerate(ids[start : start + IN_ONE_GO])}
        rows = source.query(
            "SELECT run_id, model_id, dataset_id, name, label, step, value, logged_at, entry, position FROM metrics "
            f"WHERE {key} IN ({', '.join(':' + name for name in params)}) ORDER BY entry, position",
            params,
        )
        yield from map(tuple, rows)


def _series(key: tuple[Any, ...], rows: list[Any], run: dict[str, Any] | None, points: int) -> Series:
    run_id, model_id, dataset_id, name = key
    value = np.array([np.nan if row[1] is None else row[1] for row in rows], dtype=np.float64)
    step = np.array([i if row[0] is None else row[0] for i, row in enumerate(rows)], dtype=np.int64)
    order = np.argsort(step, kind="stable")
    begun = run["started_at"] if run else rows[0][2]
    at = np.array([row[2] - begun for row in rows], dtype=np.float64)
    value, step, at = value[order], step[order], at[order]
    kept = thin(step, value, points)
    finite = value[np.isfinite(value)]
    last = float(value[-1]) if np.isfinite(value[-1]) else None
    return Series(
        run_id=run_id, run_name=run["name"] if run else None, model_id=model_id, name=name, dataset_id=dataset_id,
        step=step[kept].tolist(), value=[v if np.isfinite(v) else None for v in value[kept].tolist()],
        at=np.round(at[kept], 3).tolist(), count=len(rows), last=last,
        min=float(finite.min()) if len(finite) else None, max=float(finite.max()) if len(finite) else None,
    )  # fmt: skip


def _sql(run_ids: Sequence[str], model_ids: Sequence[str], names: Sequence[str]) -> str:
    tests = []
    for key, ids in (("run_id", run_ids), ("model_id", model_ids)):
        if ids:
            tests.append(f"{key} IN ({', '.join(map(quote, ids[:100]))})")
    where = " OR ".join(tests) or "true"
    if names:
        where = f"({where}) AND name IN ({', '.join(quote(n.partition('[')[0]) for n in names)})"
    columns = "run_id, model_id, name, label, step, value, logged_at"
    return f"SELECT {columns}\nFROM metrics\nWHERE {where}\nORDER BY run_id, name, step"
