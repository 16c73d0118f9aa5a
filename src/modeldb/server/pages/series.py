"""Learning curves, thinned so that hundreds fit on a page and each keeps its shape.

They are metrics logged more than once, metrics of a model that went on learning, and the losses a model holds itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec
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
Numbers = npt.NDArray[Any]
_integers = msgspec.json.Decoder(list[int | None])
_floats = msgspec.json.Decoder(list[float | None])


@dataclass(frozen=True)
class Part:
    """Values under one name as they come from the catalog: lists in JSON, which are read only if they are shown."""

    count: int
    n_steps: int
    """How many of them were logged with a step."""
    logged: str
    """Where each is in the catalog; the lists are in no order."""
    step: str
    value: str
    at: str

    def arrays(self) -> tuple[Numbers, Numbers, Numbers]:
        """Step, value and time of each in the order they were logged; NaN for what is no number."""
        order = np.argsort(np.array(_integers.decode(self.logged), dtype=np.int64), kind="stable")
        lists = (_floats.decode(self.step), _floats.decode(self.value), _floats.decode(self.at))
        step, value, at = (np.array(numbers, dtype=np.float64)[order] for numbers in lists)
        return step, value, at


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
    # Of what has one value only stages of a model make a curve.
    least = 1 if histories else 2
    parts = {**_parts(source, "run_id", run_ids, least), **_parts(source, "model_id", of_models, least)}
    grouped: dict[Key, list[Part]] = {}
    for (*what, name, label), part in parts.items():
        grouped.setdefault((what[0], what[1], what[2], metric_name(name, label)), []).append(part)
    _join_stages(grouped, histories)
    for key, ids in (("run_id", run_ids), ("model_id", model_ids)):
        for row in kept_losses(source, key, ids):
            if row["model_id"] not in passed:
                losses = _part_of(row["losses"], row["created_at"])
                grouped[row["run_id"], row["model_id"], row["train_dataset_id"], LOSS_CURVE] = [losses]
    asked = {*run_ids, *model_ids}
    curves = {key: found for key, found in grouped.items() if _count(found) > 1 and not asked.isdisjoint(key[:2])}
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


def _join_stages(grouped: dict[Key, list[Part]], histories: Mapping[str, list[str]]) -> None:
    """Makes one curve of what the stages of a model were measured at, where none of them has steps of its own."""
    by_model: dict[str | None, list[Key]] = {}
    for key in grouped:
        by_model.setdefault(key[1], []).append(key)
    joined: dict[Key, list[Part]] = {}
    for last, history in histories.items():
        for stage in history:
            for run_id, _, dataset_id, name in by_model.get(stage, ()):
                values = grouped[run_id, stage, dataset_id, name]
                joined.setdefault((run_id, last, dataset_id, name), []).extend(values)
    joined = {key: values for key, values in joined.items() if all(part.n_steps == 0 for part in values)}
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


def _parts(source: Source, key: str, ids: Sequence[str], least: int) -> dict[tuple[Any, ...], Part]:
    """By run, model, dataset, name and label what was logged of these runs or models, the first to begin first.

    What has less than `least` values is left out. A row for each of them and not for each value: there may be very
    many values.
    """
    found = []
    for start in range(0, len(ids), IN_ONE_GO):
        params = {f"v{i}": id for i, id in enumerate(ids[start : start + IN_ONE_GO])}
        rows = source.query(
            f"SELECT run_id, model_id, dataset_id, name, label, min({_PLACE}), count(*), count(step), "
            f"json_group_array({_PLACE}), json_group_array(step), "
            # JSON has no infinities.
            "json_group_array(CASE WHEN abs(value) < 9e999 THEN value END), json_group_array(logged_at) FROM metrics "
            f"WHERE {key} IN ({', '.join(':' + name for name in params)}) "
            f"GROUP BY run_id, model_id, dataset_id, name, label HAVING count(*) >= {least:d}",
            params,
        )
        found += sorted(map(tuple, rows), key=lambda row: row[5])
    return {row[:5]: Part(*row[6:]) for row in found}


_PLACE = "entry * 1000000 + position"


def _part_of(values: Sequence[float], at: float) -> Part:
    steps = list(range(len(values)))
    of_each = [msgspec.json.encode(numbers).decode() for numbers in (steps, values, [at] * len(values))]
    return Part(len(values), len(values), of_each[0], *of_each)


def _count(parts: Sequence[Part]) -> int:
    return sum(part.count for part in parts)


def _series(key: Key, parts: list[Part], first: str | None, run: dict[str, Any] | None, points: int) -> Series:
    run_id, model_id, dataset_id, name = key
    step, value, at = map(np.concatenate, zip(*(part.arrays() for part in parts), strict=True))
    step = np.where(np.isnan(step), np.arange(len(step)), step).astype(np.int64)
    at -= run["started_at"] if run else at[0]
    order = np.argsort(step, kind="stable")
    value, step, at = value[order], step[order], at[order]
    value[~np.isfinite(value)] = np.nan
    kept = thin(step, value, points)
    finite = value[~np.isnan(value)]
    last = None if np.isnan(value[-1]) else float(value[-1])
    return Series(
        run_id=run_id, run_name=run["name"] if run else None, model_id=model_id, first_model_id=first,
        name=name, higher_is_better=higher_is_better(name), dataset_id=dataset_id,
        step=step[kept].tolist(), value=[None if number != number else number for number in value[kept].tolist()],
        at=np.round(at[kept], 3).tolist(), count=len(value), last=last,
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
