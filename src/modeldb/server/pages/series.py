"""Learning curves, thinned so that hundreds fit on a page and each keeps its shape.

They are metrics logged more than once, metrics of a model that went on learning, and the losses a model holds itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from modeldb.query.directions import higher_is_better
from modeldb.server.http.schemas import Series, SeriesList
from modeldb.server.pages.briefs import metric_name
from modeldb.server.pages.find import IN_ONE_GO, rows_in
from modeldb.server.pages.learning import LOSS_CURVE, Stages, kept_losses, runs_of
from modeldb.server.source import Source
from modeldb.server.tables.sqltext import quote

MAX_NAMES = 500

Key = tuple[str, str | None, str | None, str]
"""Run, model, dataset and name of a curve."""
Point = tuple[int | None, float | None, float]
"""Step, value and when."""


def series_list(
    source: Source,
    run_ids: Sequence[str],
    model_ids: Sequence[str],
    names: Sequence[str],
    points: int,
    limit: int,
    hidden: Set[str] = frozenset(),
) -> SeriesList:
    """The curves of these runs and models, at most `limit` of them with at most `points` points each.

    Those of the models in `hidden` are left out and counted.

    A curve has more than one value under one name for one run, model and dataset. Of an object that was one model after
    the other, a run has the curve up to the last of them, and each model that is asked for the curve up to itself.
    """
    histories = _histories(source, run_ids, model_ids)
    passed = {id for history in histories.values() for id in history} - {*histories, *model_ids}
    # A point of a model that is asked for by its run too counts once.
    of_models = [*model_ids, *(id for asked in model_ids for id in histories.get(asked, ()))]
    rows = dict.fromkeys([*_points(source, "run_id", run_ids), *_points(source, "model_id", of_models)])
    grouped: dict[Key, list[Point]] = {}
    for row in rows:
        grouped.setdefault((row[0], row[1], row[2], metric_name(row[3], row[4])), []).append(row[5:8])
    _join_stages(grouped, histories)
    for key, ids in (("run_id", run_ids), ("model_id", model_ids)):
        for row in kept_losses(source, key, ids):
            if row["model_id"] not in passed:
                points_of = [(step, value, row["created_at"]) for step, value in enumerate(row["losses"])]
                grouped[row["run_id"], row["model_id"], row["train_dataset_id"], LOSS_CURVE] = points_of
    asked = {*run_ids, *model_ids}
    curves = {key: found for key, found in grouped.items() if len(found) > 1 and not asked.isdisjoint(key[:2])}
    named = [key for key in curves if not names or key[3] in names]
    wanted = [key for key in named if key[1] not in hidden]
    runs = {key[0] for key in wanted}
    started = {row["run_id"]: row for row in rows_in(source, "run_id, name, started_at", "runs", "run_id", runs)}
    first = {last: history[0] for last, history in histories.items()}
    return SeriesList(
        series=[
            _series(key, curves[key], first.get(key[1] or ""), started.get(key[0]), points) for key in wanted[:limit]
        ],
        total=len(wanted),
        names=sorted({key[3] for key in curves})[:MAX_NAMES],
        hidden=len(named) - len(wanted),
        sql=_sql(run_ids, model_ids, names),
    )


def curve_names(source: Source, run_ids: Sequence[str], model_ids: Sequence[str]) -> list[str]:
    """The names of the curves that `series_list` finds, without reading their points."""
    histories = _histories(source, run_ids, model_ids)
    of_models = [*model_ids, *(id for asked in model_ids for id in histories.get(asked, ()))]
    columns = "run_id, model_id, dataset_id, name, label, count(*) AS n"
    by = "GROUP BY run_id, model_id, dataset_id, name, label"
    counts: Counter[Key] = Counter()
    for key, ids in (("run_id", run_ids), ("model_id", of_models)):
        for row in rows_in(source, columns, "metrics", key, ids, by):
            name = metric_name(row["name"], row["label"])
            counts[row["run_id"], row["model_id"], row["dataset_id"], name] = row["n"]
    for last, history in histories.items():
        passed = set(history[:-1])
        for run_id, model_id, dataset_id, name in list(counts):
            if model_id in passed:
                counts[run_id, last, dataset_id, name] += counts[run_id, model_id, dataset_id, name]
    losses = kept_losses(source, "run_id", run_ids) or kept_losses(source, "model_id", model_ids)
    return sorted({key[3] for key, n in counts.items() if n > 1} | ({LOSS_CURVE} if losses else set()))


def _histories(source: Source, run_ids: Sequence[str], model_ids: Sequence[str]) -> dict[str, list[str]]:
    """By model, what its object was up to it, where that is more than one model."""
    in_runs, of_models = Stages(source, run_ids), Stages(source, runs_of(source, model_ids))
    found = {id: in_runs.up_to(id) for id in in_runs.last()} | {id: of_models.up_to(id) for id in model_ids}
    return {id: history for id, history in found.items() if len(history) > 1}


def _join_stages(grouped: dict[Key, list[Point]], histories: Mapping[str, list[str]]) -> None:
    """Makes one curve of what the stages of a model were measured at, where none of them has steps of its own."""
    by_model: dict[str | None, list[Key]] = {}
    for key in grouped:
        by_model.setdefault(key[1], []).append(key)
    joined: dict[Key, list[Point]] = {}
    for last, history in histories.items():
        for stage in history:
            for run_id, _, dataset_id, name in by_model.get(stage, ()):
                values = grouped[run_id, stage, dataset_id, name]
                joined.setdefault((run_id, last, dataset_id, name), []).extend(values)
    joined = {key: values for key, values in joined.items() if all(step is None for step, _, _ in values)}
    for run_id, last, dataset_id, name in joined:
        for stage in histories[last]:
            grouped.pop((run_id, stage, dataset_id, name), None)
    grouped |= joined


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


def _series(key: Key, rows: list[Point], first: str | None, run: dict[str, Any] | None, points: int) -> Series:
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
        run_id=run_id, run_name=run["name"] if run else None, model_id=model_id, first_model_id=first,
        name=name, higher_is_better=higher_is_better(name), dataset_id=dataset_id,
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
