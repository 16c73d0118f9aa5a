"""Rows of data sets with what models said about them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from modeldb.server.http.endpoint import Endpoints
from modeldb.server.http.routes.models import MAX_OUTPUT
from modeldb.server.http.routes.tables import MAX_OFFSET
from modeldb.server.http.schemas import ExampleHistory, ExampleTable
from modeldb.server.http.state import State
from modeldb.server.pages import examples
from modeldb.server.pages.sides import ORDERS, SHOW

endpoints = Endpoints()


class ExamplesQuery(Struct, frozen=True, kw_only=True):
    dataset: Annotated[str, Meta(min_length=1)]
    models: Annotated[list[str], Meta(max_length=20)] = []
    """The two best with predictions when there are none."""
    show: Annotated[str, Meta(pattern=f"^({'|'.join(SHOW)})$")] = "all"
    label: str = ""
    """Only examples with this label."""
    prediction: str = ""
    """Only examples of which the first model says this."""
    order: Annotated[str, Meta(pattern=f"^({'|'.join(ORDERS)})$")] = "row"
    output: Annotated[int, Meta(ge=0, le=MAX_OUTPUT)] = 0
    """What models with several outputs say in one of them."""
    slice: str = ""
    """A column to slice the accuracy by."""
    any_slice: bool = False
    """Slice by a column that has a few values when none is named."""
    offset: Annotated[int, Meta(ge=0, le=MAX_OFFSET)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class HistoryQuery(Struct, frozen=True, kw_only=True):
    dataset: Annotated[str, Meta(min_length=1)]
    row: Annotated[int, Meta(ge=0, le=MAX_OFFSET)]
    output: Annotated[int, Meta(ge=0, le=MAX_OUTPUT)] = 0


@endpoints.get("/examples", ExampleTable, ExamplesQuery)
def example_table(state: State, query: ExamplesQuery) -> ExampleTable:
    """A page of examples with each model's prediction; by who was right, sliced by a column."""
    return examples.example_table(
        state.source, state.sql, query.dataset, query.models, query.show, query.slice, query.offset, query.limit,
        label=query.label, prediction=query.prediction, order=query.order, output=query.output,
        any_slice=query.any_slice,
    )  # fmt: skip


@endpoints.get("/examples/history", ExampleHistory, HistoryQuery)
def example_history(state: State, query: HistoryQuery) -> ExampleHistory:
    """What every model said about one row."""
    return examples.example_history(state.source, state.sql, query.dataset, query.row, query.output)
