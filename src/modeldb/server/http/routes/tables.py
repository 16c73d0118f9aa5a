"""The tables of models and runs, and what charts draw from them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from modeldb.errors import InvalidInput
from modeldb.server.http.endpoint import Endpoints
from modeldb.server.http.schemas import ChartData, ColumnList, Table
from modeldb.server.http.state import State
from modeldb.server.pages.find import full_id, project_name
from modeldb.server.tables.pivot import Snapshot
from modeldb.server.tables.sqltext import table_python, table_sql
from modeldb.server.tables.table import Rows, Scope, View, chart_data, choose, column_list, page

endpoints = Endpoints()
MAX_ROWS = 1000
MAX_OFFSET = 10**9
ROLES = ("model", "step", "candidate")

Keys = Annotated[list[str], Meta(max_length=200)]
Filter = Annotated[str, Meta(max_length=10_000)]
Limit = Annotated[int, Meta(ge=1, le=MAX_ROWS)]
Offset = Annotated[int, Meta(ge=0, le=MAX_OFFSET)]


class TableQuery(Struct, frozen=True, kw_only=True):
    project: str = ""
    """An id or a name; all projects when empty."""
    roles: Keys = msgspec.field(default_factory=lambda: ["model"])
    """Of models: `model`, `step`, `candidate`."""
    filter: Filter = ""
    """An expression; see the filter language."""
    sort: Keys = []
    """Column keys, `-` in front for descending."""
    columns: Keys = []
    """Column keys; what varies when there are none."""
    group: Keys = []
    """Column keys to group by."""
    aggregate: Keys = []
    """`mean:metric.accuracy` and so on, for groups."""
    run: str = ""
    """Only this run's."""
    dataset: str = ""
    """Metrics on this dataset only (id or name)."""
    hidden: bool = False
    """Also what somebody hid."""
    offset: Offset = 0
    limit: Limit = 50


class ColumnsQuery(Struct, frozen=True, kw_only=True):
    project: str = ""
    roles: Keys = msgspec.field(default_factory=lambda: ["model"])
    filter: Filter = ""
    run: str = ""
    dataset: str = ""
    hidden: bool = False


class ChartQuery(Struct, frozen=True, kw_only=True):
    fields: Annotated[list[str], Meta(min_length=1, max_length=60)]
    """Column keys."""
    of: Annotated[str, Meta(pattern="^(models|runs)$")] = "models"
    project: str = ""
    roles: Keys = msgspec.field(default_factory=lambda: ["model"])
    filter: Filter = ""
    run: str = ""
    dataset: str = ""
    hidden: bool = False
    limit: Annotated[int, Meta(ge=1, le=20_000)] = 5000


@endpoints.get("/models/table", Table, TableQuery)
def models_table(state: State, query: TableQuery) -> Table:
    """A page of the table of models."""
    return _table(state, query, "models")


@endpoints.get("/runs/table", Table, TableQuery)
def runs_table(state: State, query: TableQuery) -> Table:
    """A page of the table of runs."""
    return _table(state, query, "runs")


@endpoints.get("/models/columns", ColumnList, ColumnsQuery)
def models_columns(state: State, query: ColumnsQuery) -> ColumnList:
    """Every column the table of models could show, with what it holds."""
    return column_list(_rows(state, query, "models"))


@endpoints.get("/runs/columns", ColumnList, ColumnsQuery)
def runs_columns(state: State, query: ColumnsQuery) -> ColumnList:
    """Every column the table of runs could show, with what it holds."""
    return column_list(_rows(state, query, "runs"))


@endpoints.get("/charts/data", ChartData, ChartQuery)
def charts_data(state: State, query: ChartQuery) -> ChartData:
    """Values of some columns over all models or runs that pass a filter."""
    rows = _rows(state, query, query.of)
    data = chart_data(rows, list(dict.fromkeys(query.fields)), query.limit)
    chosen = choose(rows, View(filter=query.filter, columns=tuple(query.fields)))
    return msgspec.structs.replace(data, sql=table_sql(chosen, rows.column, all_rows=True))


def _table(state: State, query: TableQuery, of: str) -> Table:
    rows = _rows(state, query, of)
    view = View(
        filter=query.filter, columns=tuple(query.columns), sort=tuple(query.sort), group=tuple(query.group),
        aggregates=tuple(query.aggregate), offset=query.offset, limit=query.limit,
    )  # fmt: skip
    chosen = choose(rows, view)
    sql = table_sql(chosen, rows.column)
    return msgspec.structs.replace(page(rows, chosen), sql=sql, python=table_python(sql))


def _rows(state: State, query: TableQuery | ColumnsQuery | ChartQuery, of: str) -> Rows:
    snapshot: Snapshot = state.tables.models() if of == "models" else state.tables.runs()
    for role in query.roles:
        if role not in ROLES:
            raise InvalidInput(f"{role[:100]!r} is not a role. Choose from {', '.join(ROLES)}.")
    scope = Scope(
        of=of,
        project=project_name(state.source, query.project) if query.project else None,
        roles=tuple(query.roles),
        run_id=full_id(state.source, "run", query.run) if query.run else None,
        dataset=_dataset_name(state, query.dataset) if query.dataset else None,
        hidden=query.hidden,
    )
    return Rows(snapshot, scope, query.filter)


def _dataset_name(state: State, text: str) -> str:
    """Metrics are laid out by the data's name: a new split of the same data is the same column."""
    named = state.source.query("SELECT 1 FROM datasets WHERE name = :name LIMIT 1", {"name": text})
    if named:
        return text
    id = full_id(state.source, "dataset", text)
    name = state.source.query("SELECT name FROM datasets WHERE dataset_id = :id", {"id": id})[0][0]
    if name is None:
        raise InvalidInput(f"Dataset {id} has no name to tell metrics by. Filter by train_dataset_id instead.")
    return str(name)
