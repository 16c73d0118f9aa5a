"""Data sets."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from msgspec import Meta, Struct

from modeldb.errors import InvalidInput
from modeldb.server.http.endpoint import Endpoints
from modeldb.server.http.routes.tables import MAX_OFFSET
from modeldb.server.http.schemas import DatasetDetail, DatasetDiff, DatasetList, DatasetRows, Distributions
from modeldb.server.http.state import State
from modeldb.server.pages import datasets
from modeldb.server.pages.examples import dataset_rows
from modeldb.server.pages.find import project_name

endpoints = Endpoints()


class ListQuery(Struct, frozen=True, kw_only=True):
    project: str = ""
    q: str = ""
    """Words that name, source or id must hold."""
    kept: bool | None = None
    """Only those whose values are kept, or are not."""
    sort: str = ""
    """`name`, `created_at`, `n_rows`, `n_columns`, `n_trained` or `last_used`; `-` in front for descending."""
    offset: Annotated[int, Meta(ge=0, le=MAX_OFFSET)] = 0
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class ItemQuery(Struct, frozen=True, kw_only=True):
    id: str
    """The data set's id or a unique prefix."""


class DiffQuery(Struct, frozen=True, kw_only=True):
    a: str
    b: str


class RowsQuery(Struct, frozen=True, kw_only=True):
    id: str
    offset: Annotated[int, Meta(ge=0, le=MAX_OFFSET)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


@endpoints.get("/datasets", DatasetList, ListQuery)
def dataset_list(state: State, query: ListQuery) -> DatasetList:
    """Data sets, those that came from somewhere first."""
    if query.sort and query.sort.removeprefix("-") not in datasets.SORTS:
        raise InvalidInput(f"Data sets cannot be sorted by {query.sort[:100]!r}, only by {', '.join(datasets.SORTS)}.")
    project = project_name(state.source, query.project) if query.project else None
    page = partial(
        datasets.dataset_list, state.source, state.shared_data, project, query.q, query.kept, query.sort,
        query.offset, query.limit,
    )  # fmt: skip
    return state.tables.models().remembered(query, page)


@endpoints.get("/datasets/{id}", DatasetDetail, ItemQuery)
def dataset_detail(state: State, query: ItemQuery) -> DatasetDetail:
    """Schema, statistics, versions, and the models trained and judged on it."""
    return datasets.dataset_detail(state.source, query.id)


@endpoints.get("/datasets/{id}/distributions", Distributions, ItemQuery)
def distributions(state: State, query: ItemQuery) -> Distributions:
    """How the values of each column are distributed, where they are kept."""
    return state.distributions.of(state.source, query.id)


@endpoints.get("/datasets/{a}/diff/{b}", DatasetDiff, DiffQuery)
def dataset_diff(state: State, query: DiffQuery) -> DatasetDiff:
    """Which columns changed from one data set to another."""
    return datasets.dataset_diff(state.source, query.a, query.b)


@endpoints.get("/datasets/{id}/rows", DatasetRows, RowsQuery)
def rows(state: State, query: RowsQuery) -> DatasetRows:
    """A page of kept values."""
    return dataset_rows(state.source, state.sql, query.id, query.offset, query.limit)
