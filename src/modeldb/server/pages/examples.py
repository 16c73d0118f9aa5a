"""The rows of a dataset with what models said about each: who is right where."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from modeldb.errors import InvalidInput
from modeldb.query.directions import higher_is_better, main_metric
from modeldb.query.lists import NOT_HIDDEN
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
)
from modeldb.server.pages.briefs import datasets_by_id, models_by_id
from modeldb.server.pages.find import full_id
from modeldb.server.pages.predictions import (
    Predicted,
    Sql,
    kept_row,
    kept_rows,
    n_outputs,
    of_output,
    predicted,
    predicted_about,
    same_label,
)
from modeldb.server.pages.sides import SHOW, is_regression, sides_of
from modeldb.server.pages.slices import slices, telling_column
from modeldb.server.source import Source
from modeldb.server.tables.sqltext import quote

MAX_CANDIDATES = 200


def example_table(
    source: Source,
    sql: Sql,
    dataset: str,
    models: Sequence[str],
    show: str,
    slice: str,
    offset: int,
    limit: int,
    *,
    label: str = "",
    prediction: str = "",
    order: str = "row",
    output: int = 0,
    any_slice: bool = False,
) -> ExampleTable:
    """A page of a dataset's examples with the predictions of some models, by default the two best.

    `label` and `prediction` keep the rows of one cell of the first model's confusion matrix; `output` says what
    models with several outputs are asked about. `any_slice` slices by a telling column where `slice` names none.
    Raises NotFound or Ambiguous; InvalidInput for a `show` or `slice` that makes no sense here.
    """
    if show not in SHOW:
        raise InvalidInput(f"{show!r} is not something to show. Choose from {', '.join(SHOW)}.")
    dataset_id = full_id(source, "dataset", dataset)
    brief = datasets_by_id(source, [dataset_id])[dataset_id]
    candidates = _candidates(source, dataset_id, NOT_HIDDEN.format(column="m.model_id"))
    chosen = [full_id(source, "model", m) for m in models] or _two_best(candidates, dataset_id)
    found = {id: data for id in chosen if (data := predicted(sql, id, dataset_id, output)) is not None}
    outputs = n_outputs(sql, chosen, dataset_id) if chosen else 1
    base: dict[str, Any] = {
        "dataset": brief,
        "output": output,
        "n_outputs": outputs,
        "candidates": candidates,
        "offset": offset,
        "limit": limit,
        "filter": show,
        "order": order,
    }
    if not found:
        reason = "Those models have none here." if candidates else _why_none(source, dataset_id)
        return ExampleTable(available=False, reason=reason, **base)
    kept = kept_rows(sql, dataset_id)
    briefs = models_by_id(source, list(found))
    sides = sides_of(source, found)
    passing = sides.passing(show) & sides.said(label, prediction)
    places = sides.worst_first() if order == "worst" else np.arange(len(sides.rows))
    listed = sides.rows[places[passing[places]]]
    regression = sides.errors is not None
    if any_slice and not slice and kept is not None:
        slice = telling_column(*kept)
    return ExampleTable(
        available=True,
        models=[briefs[id] for id in found],
        columns=kept[0] if kept else [],
        rows=[_example(sides.each, kept, int(row), regression) for row in listed[offset : offset + limit]],
        total=len(listed),
        n_rows=len(sides.rows),
        counts=sides.counts(),
        problem_type="regression" if regression else "classification",
        slice_column=slice or None,
        slice_metric=sides.measure,
        slices=slices(slice, kept, sides) if slice else [],
        sql=_sql(dataset_id, list(found), show, label, prediction, order, of_output(output, outputs)),
        **base,
    )


def example_history(source: Source, sql: Sql, dataset: str, row: int, output: int = 0) -> ExampleHistory:
    """What every model with stored predictions said about one row, oldest model first."""
    dataset_id = full_id(source, "dataset", dataset)
    brief = datasets_by_id(source, [dataset_id])[dataset_id]
    moments, label, example = [], None, None
    by_output = predicted_about(sql, dataset_id, row)
    said, outputs = by_output.get(output, {}), max(by_output, default=0) + 1
    for model in sorted(_candidates(source, dataset_id), key=lambda m: m.created_at or 0):
        data = said.get(model.model_id)
        if data is None:
            continue
        example = data.examples[0]
        label = data.labels[0] if label is None else label
        regression = is_regression(source, [model.model_id])
        moments.append(ExampleMoment(model=model, prediction=_prediction(data, 0, regression)))
    if not moments:
        reason = f"No predictions about row {row} are stored."
        return ExampleHistory(available=False, reason=reason, dataset=brief, row=row, output=output,
                              n_outputs=outputs)  # fmt: skip
    names, values = kept_row(sql, dataset_id, row)
    return ExampleHistory(
        available=True, dataset=brief, row=row, example=example, label=plain(label), values=plain(values),
        columns=names, moments=moments, output=output, n_outputs=outputs,
        sql=f"SELECT * FROM predictions WHERE dataset_id = '{dataset_id}' AND \"row\" = {row}"
        + of_output(output, outputs),
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


def flips(source: Source, sql: Sql, model_ids: Sequence[str], dataset: str, limit: int, output: int = 0) -> Flips:
    """The examples on which some of the models differ, on the dataset most of them have predictions for.

    `output` says what models with several outputs are compared on.
    """
    shared = _shared_datasets(source, model_ids)
    wanted = full_id(source, "dataset", dataset) if dataset else next(iter(shared), None)
    if wanted is None or wanted not in shared:
        return Flips(available=False, reason="These models have no stored predictions on the same data.")
    each = [predicted(sql, id, wanted, output) for id in model_ids]
    there = {id: side for id, side in zip(model_ids, each, strict=True) if side is not None}
    outputs = n_outputs(sql, model_ids, wanted)
    if len(there) < 2:
        of = f" of output {output}" if outputs > 1 else ""
        reason = f"These models have no stored predictions{of} on the same data."
        return Flips(available=False, reason=reason, output=output, n_outputs=outputs)
    sides = sides_of(source, there)
    won = dict(zip(there, sides.wins(), strict=True))
    name = datasets_by_id(source, [wanted])[wanted].name
    if sides.errors is not None:
        apart = np.argsort(-np.ptp(sides.errors, axis=0), kind="stable")
        differ, regression = sides.rows[apart], True
    else:
        differ, regression = sides.rows[sides.passing("disagree")], False
    return Flips(
        available=True, dataset_id=wanted, dataset_name=name, output=output, n_outputs=outputs,
        total=len(differ), n_rows=len(sides.rows),
        all_wrong=int(sides.passing("all_wrong").sum()), wins=[won.get(id, 0) for id in model_ids],
        problem_type="regression" if regression else "classification",
        flips=[_flip(each, int(row), regression) for row in differ[:limit]],
    )  # fmt: skip


def _candidates(source: Source, dataset_id: str, which: str = "true") -> list[ModelBrief]:
    """The models with predictions on a dataset that `which` allows, the newest first."""
    rows = source.query(
        "SELECT DISTINCT s.model_id, m.created_at FROM prediction_sets s JOIN models m ON m.model_id = s.model_id "
        f"WHERE s.dataset_id = :id AND {which} ORDER BY m.created_at DESC, s.model_id LIMIT :limit",
        {"id": dataset_id, "limit": MAX_CANDIDATES},
    )
    briefs = models_by_id(source, [row[0] for row in rows])
    return [briefs[row[0]] for row in rows if row[0] in briefs]


def _why_none(source: Source, dataset_id: str) -> str:
    stored = source.query("SELECT 1 FROM prediction_sets WHERE dataset_id = :id LIMIT 1", {"id": dataset_id})
    return "All models with predictions on it are hidden." if stored else "No predictions on this dataset are stored."


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


def _at(side: Predicted, row: int) -> int | None:
    at = int(np.searchsorted(side.rows, row))
    return at if at < len(side.rows) and side.rows[at] == row else None


def _two_best(candidates: Sequence[ModelBrief], dataset_id: str) -> list[str]:
    """The two models that did best on the dataset by the metric most of them have; the newest when there is none."""
    measured = {m.model_id: {x.name: x.value for x in m.metrics if x.dataset_id == dataset_id and x.value is not None}
                for m in candidates}  # fmt: skip
    main = main_metric(Counter(name for found in measured.values() for name in found))
    sign = 1 if main is not None and higher_is_better(main) is False else -1
    ranked = sorted(measured, key=lambda id: sign * measured[id].get(main or "", -sign * math.inf))
    return ranked[:2]


def _example(sides: Sequence[Predicted], kept: Any, row: int, regression: bool) -> ExampleRow:
    places = [_at(side, row) for side in sides]
    first, at = next((side, at) for side, at in zip(sides, places, strict=True) if at is not None)
    return ExampleRow(
        row=row,
        example=first.examples[at],
        label=plain(first.labels[at]),
        predictions=[
            None if at is None else _prediction(side, at, regression) for side, at in zip(sides, places, strict=True)
        ],
        values=plain(kept[1][row]) if kept and row < len(kept[1]) else [],
    )


def _prediction(side: Predicted, at: int, regression: bool) -> ExamplePrediction:
    label, said, score = side.labels[at], side.predictions[at], side.scores[at]
    error = float(side.errors[at]) if regression else math.nan
    return ExamplePrediction(
        prediction=plain(said),
        correct=None if label is None or regression else same_label(label, said),
        error=None if math.isnan(error) else error,
        score=None if score is None else [float(value) for value in score],
        loss=side.losses[at],
    )


def _flip(sides: Sequence[Predicted | None], row: int, regression: bool) -> Flip:
    places = [None if side is None else _at(side, row) for side in sides]
    pairs = list(zip(sides, places, strict=True))
    first, at = next((side, at) for side, at in pairs if side is not None and at is not None)
    label = first.labels[at]
    said = [None if side is None or at is None else side.predictions[at] for side, at in pairs]
    return Flip(
        row=row, example=first.examples[at], label=plain(label), predictions=plain(said),
        correct=[
            None if label is None or value is None or regression else same_label(label, value) for value in said
        ],
    )  # fmt: skip


def _sql(dataset_id: str, model_ids: list[str], show: str, label: str, prediction: str, order: str, output: str) -> str:
    said = ",\n       ".join(
        f"max(CASE WHEN model_id = '{id}' THEN prediction END) AS model_{i + 1}" for i, id in enumerate(model_ids)
    )
    having = {
        "disagree": "count(DISTINCT prediction) > 1",
        "all_wrong": "NOT bool_or(correct)",
        "any_wrong": "NOT bool_and(correct)",
        "all_right": "bool_and(correct)",
    }.get(show, "")
    if show.startswith("a_") and len(model_ids) > 1:
        a, b = (f"bool_or(correct) FILTER (model_id = '{id}')" for id in model_ids[:2])
        having = f"{a} AND NOT {b}" if show == "a_right_b_wrong" else f"NOT {a} AND {b}"
    asked = [
        having,
        f"any_value(label) = {quote(label)}" if label else "",
        f"model_1 = {quote(prediction)}" if prediction else "",
    ]
    listed = ", ".join(f"'{id}'" for id in model_ids)
    worst = "sum(coalesce(loss, 0)) DESC, count(*) FILTER (NOT correct) DESC, "
    lines = [
        f'SELECT "row", any_value(example) AS example, any_value(label) AS label,\n       {said}',
        f"FROM predictions\nWHERE dataset_id = '{dataset_id}' AND model_id IN ({listed}){output}",
        'GROUP BY "row"',
        "HAVING " + " AND ".join(filter(None, asked)) if any(asked) else "",
        f'ORDER BY {worst if order == "worst" else ""}"row"',
    ]
    return "\n".join(line for line in lines if line)
