"""A page of the table of models or runs: filtered, sorted, grouped, with the columns somebody wants to see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from modeldb.errors import InvalidInput
from modeldb.query.directions import higher_is_better, main_metric
from modeldb.server.http.schemas import ChartData, ColumnList, Table, TableColumn
from modeldb.server.tables.column import Codes, Column, Mask
from modeldb.server.tables.expressions import Expression
from modeldb.server.tables.fields import FROM_RUN, STEPS
from modeldb.server.tables.grouping import Aggregate, aggregate, make_groups, parse_aggregate
from modeldb.server.tables.masks import SEARCHED, passing
from modeldb.server.tables.parser import parse
from modeldb.server.tables.pivot import Snapshot

MAX_PARAMS_SHOWN = 12
MAX_METRICS_SHOWN = 5
MAX_DATASET_NAMES = 20
DEFAULT_FIELDS = {"models": ("name", "type", "steps", "status", "run", "dataset", "created_at"),
                  "runs": ("name", "status", "script", "n_models", "duration_s", "started_at")}  # fmt: skip
ALWAYS = ("name", "type", "run", "created_at", "status", "started_at", "duration_s", "n_models")


@dataclass(frozen=True)
class Scope:
    """Which rows a table is about, before any filter."""

    of: str
    """`models` or `runs`."""
    project: str | None = None
    """A project's name."""
    roles: tuple[str, ...] = ("model",)
    run_id: str | None = None
    dataset: str | None = None
    """A dataset's name: metrics are those on datasets of that name."""
    hidden: bool = False


@dataclass(frozen=True)
class View:
    """What somebody wants to see of the rows."""

    filter: str = ""
    columns: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    aggregates: tuple[str, ...] = ()
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True)
class Chosen:
    """A view whose blanks are filled in: what is really shown."""

    scope: Scope
    view: View
    expression: Expression | None
    columns: list[str]
    sort: list[str]
    main_metric: str | None
    aggregates: list[Aggregate] = field(default_factory=list)


class Rows:
    """The rows of a scope that pass a filter, and what is worth knowing about them."""

    def __init__(self, snapshot: Snapshot, scope: Scope, filter: str = "") -> None:
        self.snapshot = snapshot
        self.scope = scope
        self.expression = parse(filter)
        shown, self.hidden = snapshot.remembered(("shown", scope), self._shown)
        self.unfiltered = int(shown.sum())
        mask = shown
        if self.expression is not None:
            searched = [column for key in SEARCHED if (column := snapshot.find(key)) is not None]
            mask = shown & passing(self.expression, self.column, searched, snapshot.n)
        self.rows: Codes = np.flatnonzero(mask)
        self.all_rows: Codes = np.flatnonzero(shown)

    def column(self, key: str, position: int = 0) -> Column:
        """A column by its key; a metric is that on the scope's dataset, when it has one."""
        if self.scope.dataset and key.startswith("metric.") and "@" not in key:
            named = self.snapshot.find(f"{key}@{self.scope.dataset}")
            found = named.values if named is not None else [None] * self.snapshot.n
            return Column(key, "number", found)
        return self.snapshot.column(key, position)

    def main_metric(self) -> str | None:
        """The metric column to sort by when nobody has said."""
        return self.snapshot.remembered(("main", self.scope), self._main_metric)

    def describe(self) -> list[TableColumn]:
        """Every column that has a value in some row: fields, metrics, parameters, tags."""
        return self.snapshot.remembered(("describe", self.scope), self._describe)

    def _main_metric(self) -> str | None:
        counts: dict[str, int] = {}
        for key in self.snapshot.of_kind("metric"):
            if "@" not in key:
                counts[key[7:]] = int(self.column(key).present[self.all_rows].sum())
        name = main_metric({name: n for name, n in counts.items() if n})
        return f"metric.{name}" if name else None

    def _describe(self) -> list[TableColumn]:
        out = []
        main = self.main_metric()
        for key in self._keys():
            column = self.column(key)
            if key.split(".")[0] in ("metric", "param", "tag") and not column.present[self.all_rows].any():
                continue
            out.append(column.describe(self.all_rows, higher_is_better=_direction(key)))
        shown = set(default_columns(out, self.scope.of, main, self.snapshot.chosen))
        return [_with_default(column, column.key in shown) for column in out]

    def _keys(self) -> list[str]:
        fields = [*self.snapshot.types, *([*FROM_RUN, STEPS] if self.scope.of == "models" else ())]
        named = {kind: sorted(self.snapshot.of_kind(kind)) for kind in ("metric", "param", "tag")}
        named["metric"] = _telling(named["metric"])
        return [*fields, *named["metric"], *named["param"], *named["tag"]]

    def _shown(self) -> tuple[Mask, int]:
        """The rows of the scope, and how many are left out because they are hidden."""
        base = self._base()
        shown = base if self.scope.hidden else base & ~self._is_hidden()
        return shown, int(base.sum() - shown.sum())

    def _base(self) -> Mask:
        mask = self.snapshot.everything()
        if self.scope.of == "models" and self.scope.roles:
            mask &= _is_one_of(self.snapshot.column("role"), self.scope.roles)
        if self.scope.project is not None:
            mask &= _is_one_of(self.snapshot.column("project"), (self.scope.project,))
        if self.scope.run_id is not None:
            key = "run_id" if self.scope.of == "models" else "id"
            mask &= _is_one_of(self.snapshot.column(key), (self.scope.run_id,))
        return mask

    def _is_hidden(self) -> Mask:
        hidden = self.snapshot.find("hidden")
        return np.zeros(self.snapshot.n, dtype=np.bool_) if hidden is None else hidden.present


def default_columns(columns: list[TableColumn], of: str, main: str | None, chosen: Set[str]) -> list[str]:
    """What to show when nobody has chosen: what it is, the metrics, the parameters that vary, the tags.

    Of the parameters, those that somebody `chosen`; other kinds of model have other defaults, which says little.
    """
    by_key = {column.key: column for column in columns}
    fields = [k for k in DEFAULT_FIELDS[of] if k in by_key and (k in ALWAYS or by_key[k].varies)]
    if "steps" in by_key and by_key["steps"].count and "steps" not in fields:
        fields.insert(fields.index("type") + 1, "steps")
    if "steps" in fields and not by_key["type"].varies:
        fields.remove("type")
    metrics = [c for c in columns if c.kind == "metric" and "@" not in c.key and c.key != main]
    metrics.sort(key=lambda c: (-c.count, c.key))
    params = [c for c in columns if c.kind == "param" and c.varies and c.name in chosen and not _says_how(c.name)]
    params.sort(key=lambda c: (-c.count, c.key))
    tags = [c.key for c in columns if c.kind == "tag" and c.count][:3]
    tags += [c.key for c in columns if c.key == "note" and c.count]
    head, tail = (fields[:-1], fields[-1:]) if fields else ([], [])
    best = [main] if main else []
    return [*head, *best, *(c.key for c in metrics[: MAX_METRICS_SHOWN - 1]),
            *(c.key for c in params[:MAX_PARAMS_SHOWN]), *tags, *tail]  # fmt: skip


HOW = {"n_jobs", "verbose", "pre_dispatch", "copy", "copy_X", "memory", "cache_size", "error_score", "refit"}
"""Parameters that say how something is computed and not what; shown when asked for."""


def _says_how(parameter: str) -> bool:
    return parameter.rpartition("__")[2] in HOW


def column_list(rows: Rows) -> ColumnList:
    return ColumnList(columns=rows.describe(), total=rows.unfiltered, main_metric=rows.main_metric())


def choose(rows: Rows, view: View) -> Chosen:
    """The view with its blanks filled in. Raises InvalidInput for what does not exist."""
    main = rows.main_metric()
    if view.group:
        return _choose_groups(rows, view, main)
    columns = list(dict.fromkeys(view.columns)) or default_columns(
        rows.describe(), rows.scope.of, main, rows.snapshot.chosen
    )
    for key in columns:
        rows.column(key)
    sort = list(view.sort)
    if not sort:
        sort = with_newest_first([_best_first(main)] if main and rows.scope.of == "models" else [], rows.scope.of)
    for key in sort:
        rows.column(key.removeprefix("-"))
    return Chosen(rows.scope, view, rows.expression, columns, sort, main)


def page(rows: Rows, chosen: Chosen) -> Table:
    """One page of the table. `sql` and `python` are left for the caller."""
    view = chosen.view
    if view.group:
        return _group_page(rows, chosen)
    order = sorted_rows(rows, chosen.sort)[view.offset : view.offset + view.limit]
    columns = [rows.column(key) for key in chosen.columns]
    return Table(
        columns=[c.describe(rows.rows, higher_is_better=_direction(c.key), default=True) for c in columns],
        ids=[rows.snapshot.ids[i] for i in order],
        rows=[[column.values[i] for column in columns] for i in order],
        total=len(rows.rows), unfiltered=rows.unfiltered, offset=view.offset, limit=view.limit,
        sort=chosen.sort, main_metric=chosen.main_metric, hidden=rows.hidden,
    )  # fmt: skip


def chart_data(rows: Rows, keys: list[str], limit: int) -> ChartData:
    """The values of some columns over all rows that pass, or over an even sample of them."""
    chosen = rows.rows
    if len(chosen) > limit:
        chosen = chosen[np.linspace(0, len(chosen) - 1, limit).round().astype(np.int64)]
    columns = [rows.column(key) for key in keys]
    return ChartData(
        columns=[column.describe(rows.rows, higher_is_better=_direction(column.key)) for column in columns],
        ids=[rows.snapshot.ids[i] for i in chosen],
        values=[[column.values[i] for i in chosen] for column in columns],
        total=len(rows.rows),
        truncated=len(rows.rows) > limit,
        hidden=rows.hidden,
    )


def sorted_rows(rows: Rows, sort: list[str]) -> Codes:
    """The rows in order: missing values last either way, equal ones newest first."""
    keys: list[Any] = [rows.column("id").sort_codes()[rows.rows]]
    for text in reversed(with_newest_first(sort, rows.scope.of)):
        column = rows.column(text.removeprefix("-"))
        values = column.sort_codes()[rows.rows].astype(np.float64)
        missing = ~column.present[rows.rows]
        values = np.where(missing, 0.0, -values if text.startswith("-") else values)
        keys += [values, missing]
    return rows.rows[np.lexsort(keys)]


def with_newest_first(sort: list[str], of: str) -> list[str]:
    """The sort keys, and what decides among equals."""
    newest = "created_at" if of == "models" else "started_at"
    return sort if {newest, "-" + newest, "id", "-id"} & set(sort) else [*sort, "-" + newest]


def _choose_groups(rows: Rows, view: View, main: str | None) -> Chosen:
    if len(view.group) > 4:
        raise InvalidInput(f"{len(view.group)} columns to group by; at most 4 make sense. Leave some out.")
    for key in view.group:
        rows.column(key)
    aggregates = [parse_aggregate(text) for text in dict.fromkeys(view.aggregates)]
    if not aggregates and main:
        best = "min" if higher_is_better(main[7:]) is False else "max"
        aggregates = [Aggregate("mean", main), Aggregate(best, main)]
    for item in aggregates:
        if item.key:
            rows.column(item.key)
    columns = list(dict.fromkeys([*view.group, "count", *(item.name for item in aggregates)]))
    sort = list(view.sort) or list(view.group)
    for key in sort:
        if key.removeprefix("-") not in columns:
            raise InvalidInput(f"Groups cannot be sorted by {key!r}; they have {', '.join(columns)}.")
    return Chosen(rows.scope, view, rows.expression, columns, sort, main, aggregates)


def _group_page(rows: Rows, chosen: Chosen) -> Table:
    view = chosen.view
    keys = [rows.column(key) for key in view.group]
    groups = make_groups(keys, rows.rows)
    made = {c.key: Column(c.key, c.type, [v[i] for v in groups.values]) for i, c in enumerate(keys)}
    made["count"] = Column("count", "number", aggregate("count", None, rows.rows, groups))
    for item in chosen.aggregates:
        source = rows.column(item.key) if item.key else None
        kept = source is not None and item.how not in ("count", "variance")
        type = source.type if source is not None and kept else "number"
        made[item.name] = Column(item.name, type, aggregate(item.how, source, rows.rows, groups))
    everything = np.arange(len(groups), dtype=np.int64)
    order = _sorted_groups(made, chosen.sort, everything)[view.offset : view.offset + view.limit]
    columns = [made[key] for key in chosen.columns]
    described = [c.describe(everything, higher_is_better=_direction(c.key), default=True) for c in columns]
    return Table(
        columns=[_as_aggregate(d) if ":" in d.key else d for d in described],
        ids=[],
        rows=[[column.values[i] for column in columns] for i in order],
        total=len(groups), unfiltered=rows.unfiltered, offset=view.offset, limit=view.limit, sort=chosen.sort,
        grouped=True, group_filters=[groups.filters[i] for i in order], main_metric=chosen.main_metric,
        hidden=rows.hidden,
    )  # fmt: skip


def _sorted_groups(columns: dict[str, Column], sort: list[str], everything: Codes) -> Codes:
    keys: list[Any] = [everything]
    for text in reversed(sort):
        column = columns[text.removeprefix("-")]
        values = column.sort_codes().astype(np.float64)
        missing = ~column.present
        keys += [np.where(missing, 0.0, -values if text.startswith("-") else values), missing]
    return everything[np.lexsort(keys)]


def _as_aggregate(column: TableColumn) -> TableColumn:
    import msgspec

    return msgspec.structs.replace(column, kind="aggregate", name=column.key)


def _with_default(column: TableColumn, default: bool) -> TableColumn:
    import msgspec

    return msgspec.structs.replace(column, default=default) if default else column


def _telling(metrics: list[str]) -> list[str]:
    """Without the columns by dataset of metrics that were only ever measured on data of one name."""
    names = Counter(key.partition("@")[0] for key in metrics if "@" in key)
    return [key for key in metrics if "@" not in key or 1 < names[key.partition("@")[0]] <= MAX_DATASET_NAMES]


def _is_one_of(column: Column, wanted: tuple[str, ...]) -> Mask:
    codes, distinct = column.coded
    answers = np.array([value in wanted for value in distinct] + [False], dtype=np.bool_)
    return answers[codes]


def _direction(key: str) -> bool | None:
    kind, _, name = key.rpartition(":")[2].partition(".")
    return higher_is_better(name) if kind == "metric" else None


def _best_first(key: str) -> str:
    return key if higher_is_better(key[7:]) is False else "-" + key
