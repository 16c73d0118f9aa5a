"""The rows of a dataset with what models said about each: who is right where."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from modeldb.errors import InvalidInput
from modeldb.server.http.respond import plain
from modeldb.server.http.schemas import (
    DatasetRows,
    ExampleHistory,
    ExampleMoment,
    ExamplePrediction,
    ExampleRow,
    ExampleTable,
    Flip,
    Flips,
    ModelBrief,
    SliceBar,
)
from modeldb.server.pages.briefs import datasets_by_id, models_by_id
from modeldb.server.pages.find import full_id
from modeldb.server.pages.predictions import Predicted, Sql, kept_row, kept_rows, predicted, predicted_about, same_label
from modeldb.server.source import Source
from modeldb.server.tables.column import as_text, sort_key

SHOW = ("all", "disagree", "all_wrong", "any_wrong", "all_right", "a_right_b_wrong", "a_wrong_b_right")
MAX_CANDIDATES = 200
MAX_SLICES = 12

Mask = npt.NDArray[np.bool_]


def example_table(
    source: Source, sql: Sql, dataset: str, models: Sequence[str], show: str, slice: str, offset: int, limit: int
) -> ExampleTable:
    """A page of a dataset's examples with the predictions of some models, by default the two newest.

    Raises NotFound or Ambiguous; InvalidInput for a `show` or `slice` that makes no sense here.
    """
    if show not in SHOW:
        raise InvalidInput(f"{show!r} is not something to show. Choose from {', '.join(SHOW)}.")
    dataset_id = full_id(source, "dataset", dataset)
    brief = datasets_by_id(source, [dataset_id])[dataset_id]
    candidates = _candidates(source, dataset_id)
    chosen = [full_id(source, "model", m) for m in models] or [m.model_id for m in candidates[:2]]
    found = {id: data for id in chosen if (data := predicted(sql, id, dataset_id)) is not None}
    base: dict[str, Any] = {
        "dataset": brief,
        "candidates": candidates,
        "offset": offset,
        "limit": limit,
        "filter": show,
    }
    if not found:
        reason = "No predictions on this dataset are stored." if not candidates else "Those models have none here."
        return ExampleTable(available=False, reason=reason, **base)
    kept = kept_rows(sql, dataset_id)
    briefs = models_by_id(source, list(found))
    sides = list(found.values())
    rows = _common_rows(sides)
    right = np.array([_right(side, rows) for side in sides])
    wrong = np.array([_wrong(side, rows) for side in sides])
    passing = rows[_passes(show, sides, rows, right, wrong)]
    page = [_example(sides, kept, int(row)) for row in passing[offset : offset + limit]]
    return ExampleTable(
        available=True,
        models=[briefs[id] for id in found],
        columns=kept[0] if kept else [],
        rows=page,
        total=len(passing),
        n_rows=len(rows),
        slice_column=slice or None,
        slices=_slices(slice, kept, rows, right, wrong) if slice else [],
        sql=_sql(dataset_id, list(found), show),
        **base,
    )


def example_history(source: Source, sql: Sql, dataset: str, row: int) -> ExampleHistory:
    """What every model with stored predictions said about one row, oldest model first."""
    dataset_id = full_id(source, "dataset", dataset)
    brief = datasets_by_id(source, [dataset_id])[dataset_id]
    moments, label, example = [], None, None
    said = predicted_about(sql, dataset_id, row)
    for model in sorted(_candidates(source, dataset_id), key=lambda m: m.created_at or 0):
        data = said.get(model.model_id)
        if data is None:
            continue
        label, example = data.labels[0], data.examples[0]
        moments.append(ExampleMoment(model=model, prediction=_prediction(data, 0)))
    if not moments:
        reason = f"No predictions about row {row} are stored."
        return ExampleHistory(available=False, reason=reason, dataset=brief, row=row)
    names, values = kept_row(sql, dataset_id, row)
    return ExampleHistory(
        available=True, dataset=brief, row=row, example=example, label=plain(label), values=plain(values),
        columns=names, moments=moments,
        sql=f"SELECT * FROM predictions WHERE dataset_id = '{dataset_id}' AND \"row\" = {row}",
    )  # fmt: skip


def dataset_rows(source: Source, sql: Sql, text: str, offset: int, limit: int) -> DatasetRows:
    """A page of a dataset's kept values."""
    dataset_id = full_id(source, "dataset", text)
    kept, total = source.query("SELECT kept, n_rows FROM datasets WHERE dataset_id = :id", {"id": dataset_id})[0]
    where = f"FROM examples('{dataset_id}') ORDER BY \"row\" LIMIT {limit:d} OFFSET {offset:d}"
    if not kept:
        return DatasetRows(available=False, reason="The values of this dataset are not kept.", total=total or 0)
    result = sql(f"SELECT * {where}")
    table = result.arrow()
    names = list(result.columns)
    shown = [i for i, name in enumerate(names) if name not in ("row", "example")]
    number = names.index("row") if "row" in names else None
    rows = list(result)
    return DatasetRows(
        available=True,
        columns=[names[i] for i in shown],
        types=[str(table.schema.field(i).type) for i in shown],
        rows=[[plain(row[i]) for i in shown] for row in rows],
        row_numbers=[row[number] if number is not None else offset + i for i, row in enumerate(rows)],
        total=total or 0,
        offset=offset,
        limit=limit,
    )


def flips(source: Source, sql: Sql, model_ids: Sequence[str], dataset: str, limit: int) -> Flips:
    """The examples on which some of the models differ, on the dataset most of them have predictions for."""
    shared = _shared_datasets(source, model_ids)
    wanted = full_id(source, "dataset", dataset) if dataset else next(iter(shared), None)
    if wanted is None or wanted not in shared:
        return Flips(available=False, reason="These models have no stored predictions on the same data.")
    sides = [predicted(sql, id, wanted) for id in model_ids]
    there = [side for side in sides if side is not None]
    if len(there) < 2:
        return Flips(available=False, reason="These models have no stored predictions on the same data.")
    rows = _common_rows(there)
    right = np.array([_right(side, rows) for side in there])
    wrong = np.array([_wrong(side, rows) for side in there])
    differ = rows[_passes("disagree", there, rows, right, wrong)]
    name = datasets_by_id(source, [wanted])[wanted].name
    return Flips(
        available=True, dataset_id=wanted, dataset_name=name, total=len(differ), n_rows=len(rows),
        all_wrong=int(wrong.all(axis=0).sum()), flips=[_flip(sides, int(row)) for row in differ[:limit]],
    )  # fmt: skip


def _candidates(source: Source, dataset_id: str) -> list[ModelBrief]:
    rows = source.query(
        "SELECT DISTINCT s.model_id, m.created_at FROM prediction_sets s JOIN models m ON m.model_id = s.model_id "
        "WHERE s.dataset_id = :id ORDER BY m.created_at DESC, s.model_id LIMIT :limit",
        {"id": dataset_id, "limit": MAX_CANDIDATES},
    )
    briefs = models_by_id(source, [row[0] for row in rows])
    return [briefs[row[0]] for row in rows if row[0] in briefs]


def _shared_datasets(source: Source, model_ids: Sequence[str]) -> list[str]:
    """Datasets at least two of the models have predictions on; the most shared first."""
    params = {f"m{i}": id for i, id in enumerate(model_ids)}
    rows = source.query(
        "SELECT dataset_id, count(DISTINCT model_id) AS n, max(n_labelled) AS labelled FROM prediction_sets "
        f"WHERE model_id IN ({', '.join(':' + name for name in params)}) "
        "GROUP BY dataset_id HAVING count(DISTINCT model_id) > 1 ORDER BY n DESC, labelled DESC",
        params,
    )
    return [row[0] for row in rows]


def _common_rows(sides: Sequence[Predicted]) -> npt.NDArray[np.int64]:
    rows = sides[0].rows
    for side in sides[1:]:
        rows = np.intersect1d(rows, side.rows)
    return rows


def _at(side: Predicted, row: int) -> int | None:
    at = int(np.searchsorted(side.rows, row))
    return at if at < len(side.rows) and side.rows[at] == row else None


def _right(side: Predicted, rows: npt.NDArray[np.int64]) -> Mask:
    correct = np.array([c is True for c in side.correct], dtype=np.bool_)
    return correct[np.searchsorted(side.rows, rows)]


def _wrong(side: Predicted, rows: npt.NDArray[np.int64]) -> Mask:
    wrong = np.array([c is False for c in side.correct], dtype=np.bool_)
    return wrong[np.searchsorted(side.rows, rows)]


def _passes(show: str, sides: Sequence[Predicted], rows: npt.NDArray[np.int64], right: Mask, wrong: Mask) -> Mask:
    passing: Mask = np.ones(len(rows), dtype=np.bool_)
    match show:
        case "disagree":
            first = [sides[0].predictions[i] for i in np.searchsorted(sides[0].rows, rows)]
            differ = np.zeros(len(rows), dtype=np.bool_)
            for side in sides[1:]:
                said = [side.predictions[i] for i in np.searchsorted(side.rows, rows)]
                pairs = zip(first, said, strict=True)
                differ |= np.array([not same_label(a, b) for a, b in pairs], dtype=np.bool_)
            return differ
        case "all_wrong":
            passing = np.logical_and.reduce(wrong)
            return passing
        case "any_wrong":
            passing = np.logical_or.reduce(wrong)
            return passing
        case "all_right":
            passing = np.logical_and.reduce(right)
            return passing
        case "a_right_b_wrong" | "a_wrong_b_right":
            if len(sides) < 2:
                raise InvalidInput(f"{show!r} needs two models; {len(sides)} is given. Choose another one.")
            a, b = (right[0], wrong[1]) if show == "a_right_b_wrong" else (wrong[0], right[1])
            both: Mask = np.logical_and(a, b)
            return both
    return passing


def _example(sides: Sequence[Predicted], kept: Any, row: int) -> ExampleRow:
    places = [_at(side, row) for side in sides]
    first, at = next((side, at) for side, at in zip(sides, places, strict=True) if at is not None)
    return ExampleRow(
        row=row,
        example=first.examples[at],
        label=plain(first.labels[at]),
        predictions=[None if at is None else _prediction(side, at) for side, at in zip(sides, places, strict=True)],
        values=plain(kept[1][row]) if kept and row < len(kept[1]) else [],
    )


def _prediction(side: Predicted, at: int) -> ExamplePrediction:
    label, said, score = side.labels[at], side.predictions[at], side.scores[at]
    return ExamplePrediction(
        prediction=plain(said),
        correct=None if label is None else same_label(label, said),
        score=None if score is None else [float(value) for value in score],
        loss=side.losses[at],
    )


def _flip(sides: Sequence[Predicted | None], row: int) -> Flip:
    places = [None if side is None else _at(side, row) for side in sides]
    pairs = list(zip(sides, places, strict=True))
    first, at = next((side, at) for side, at in pairs if side is not None and at is not None)
    label = first.labels[at]
    said = [None if side is None or at is None else side.predictions[at] for side, at in pairs]
    return Flip(
        row=row, example=first.examples[at], label=plain(label), predictions=plain(said),
        correct=[None if label is None or value is None else same_label(label, value) for value in said],
    )  # fmt: skip


def _slices(column: str, kept: Any, rows: npt.NDArray[np.int64], right: Mask, wrong: Mask) -> list[SliceBar]:
    """The accuracy of each model in each value, or each of a few ranges, of a column."""
    if kept is None:
        raise InvalidInput("The values of this dataset are not kept, so there is nothing to slice by.")
    if column not in kept[0]:
        raise InvalidInput(f"The dataset has no column {column[:100]!r}. It has {', '.join(kept[0][:30])}.")
    place = kept[0].index(column)
    values = [kept[1][row][place] for row in rows]
    names, codes = _ranges(values) if _is_continuous(values) else _values(values)
    out = []
    for code, name in enumerate(names):
        inside = codes == code
        known = (right | wrong) & inside
        hits, totals = (right & inside).sum(axis=1), known.sum(axis=1)
        accuracy = [float(h / t) if t else None for h, t in zip(hits, totals, strict=True)]
        out.append(SliceBar(value=name, count=int(inside.sum()), accuracy=accuracy))
    return out


def _is_continuous(values: list[Any]) -> bool:
    numbers = {v for v in values if isinstance(v, int | float) and not isinstance(v, bool)}
    return len(numbers) > MAX_SLICES and not any(isinstance(v, str) for v in values)


def _ranges(values: list[Any]) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Up to eight ranges with about equally many values in each."""
    numbers = np.array([np.nan if v is None else float(v) for v in values])
    edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, 9)))
    codes = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, max(len(edges) - 2, 0))
    names = [f"{low:.4g} … {high:.4g}" for low, high in pairwise(edges)]
    if np.isnan(numbers).any():
        codes = np.where(np.isnan(numbers), len(names), codes)
        names.append("missing")
    return names, codes


def _values(values: list[Any]) -> tuple[list[str], npt.NDArray[np.int64]]:
    counts: dict[str, int] = {}
    texts = ["missing" if v is None else as_text(plain(v)) for v in values]
    for text in texts:
        counts[text] = counts.get(text, 0) + 1
    frequent = sorted(counts, key=lambda text: -counts[text])[:MAX_SLICES]
    names = sorted(frequent, key=_text_order) + (["other"] if len(counts) > len(frequent) else [])
    place = {name: i for i, name in enumerate(names)}
    return names, np.array([place.get(text, len(names) - 1) for text in texts])


def _text_order(text: str) -> Any:
    try:
        return sort_key(float(text))
    except ValueError:
        return sort_key(text)


def _sql(dataset_id: str, model_ids: list[str], show: str) -> str:
    said = ",\n       ".join(
        f"max(CASE WHEN model_id = '{id}' THEN prediction END) AS model_{i + 1}" for i, id in enumerate(model_ids)
    )
    having = {
        "disagree": "HAVING count(DISTINCT prediction) > 1",
        "all_wrong": "HAVING NOT bool_or(correct)",
        "any_wrong": "HAVING NOT bool_and(correct)",
        "all_right": "HAVING bool_and(correct)",
    }.get(show, "")
    if show.startswith("a_") and len(model_ids) > 1:
        a, b = (f"bool_or(correct) FILTER (model_id = '{id}')" for id in model_ids[:2])
        having = f"HAVING {a} AND NOT {b}" if show == "a_right_b_wrong" else f"HAVING NOT {a} AND {b}"
    listed = ", ".join(f"'{id}'" for id in model_ids)
    lines = [
        f'SELECT "row", any_value(example) AS example, any_value(label) AS label,\n       {said}',
        f"FROM predictions\nWHERE dataset_id = '{dataset_id}' AND model_id IN ({listed})",
        f'GROUP BY "row"\n{having}'.strip(),
        'ORDER BY "row"',
    ]
    return "\n".join(lines)
