"""The tables of models and runs, and what charts draw from them.

A column has a key: a bare word for a field (`type`, `created_at`), else a kind and a name: `param.C`,
`param.clf__alpha`, `metric.accuracy`, `metric.accuracy@X_test` (on the datasets of that name), `tag.stage`,
`feature.age` (importance, or coefficient when there is none).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class ValueCount(Struct, frozen=True, kw_only=True):
    value: Any
    count: int


class TableColumn(Struct, frozen=True, kw_only=True):
    key: str
    kind: str
    """`field`, `param`, `metric`, `tag` or `feature`."""
    name: str
    """The key without its kind."""
    type: str
    """`number`, `text`, `boolean`, `time`, `duration`, `bytes`, `id` or `json`."""
    count: int
    """Rows that have a value."""
    distinct: int
    min: float | None = None
    max: float | None = None
    varies: bool = False
    """False when every row has the same value, or none has one."""
    log_scale: bool = False
    """True for positive numbers spanning two decades or more."""
    integer: bool = False
    higher_is_better: bool | None = None
    default: bool = False
    """Shown when nobody has chosen columns."""
    values: list[ValueCount] = []
    """The most frequent values, when there are few enough to offer as filters."""


class ColumnList(Struct, frozen=True, kw_only=True):
    columns: list[TableColumn]
    """Fields, then metrics, parameters, tags and features."""
    total: int
    """Rows of the table without a filter."""
    main_metric: str | None
    """The metric column to sort and colour by when nobody has said."""


class Table(Struct, frozen=True, kw_only=True):
    """A page of rows. When grouped, a row is a group and `ids` is empty."""

    columns: list[TableColumn]
    ids: list[str]
    """The id of each row's model or run."""
    rows: list[list[Any]]
    """One list per row, aligned with `columns`."""
    total: int
    """Rows, or groups, that pass the filter."""
    unfiltered: int
    offset: int
    limit: int
    sort: list[str]
    """Column keys, `-` in front for descending; what was really used."""
    grouped: bool = False
    group_filters: list[str] = []
    """When grouped: for each group the filter expression that selects its rows."""
    main_metric: str | None = None
    hidden: int = 0
    """Rows left out because somebody hid them."""
    sql: str = ""
    """The same rows as SQL on the public views."""
    python: str = ""


class ChartData(Struct, frozen=True, kw_only=True):
    """Values of some columns over all rows that pass the filter, column by column."""

    columns: list[TableColumn]
    ids: list[str]
    values: list[list[Any]]
    """One list per column, aligned with `ids`."""
    total: int
    """Rows that pass the filter."""
    truncated: bool
    """True when `total` exceeds the cap; the rows are then an even sample over time."""
    hidden: int = 0
    """Rows left out because somebody hid them."""
    sql: str = ""
