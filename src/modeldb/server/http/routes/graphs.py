"""Pipelines, and the way of a column through them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from modeldb.server.http.endpoint import Endpoints
from modeldb.server.http.schemas import ColumnTrace, Graph
from modeldb.server.http.state import State
from modeldb.server.pages.graphs import model_graph, run_graph
from modeldb.server.pages.trace import column_trace

endpoints = Endpoints()


class GraphQuery(Struct, frozen=True, kw_only=True):
    id: str
    depth: Annotated[int, Meta(ge=0, le=20)] = 2
    """How deep nested actions are given."""
    limit: Annotated[int, Meta(ge=1, le=5000)] = 500
    """The most actions."""


class TraceQuery(Struct, frozen=True, kw_only=True):
    dataset: Annotated[str, Meta(min_length=1)]
    column: str


@endpoints.get("/models/{id}/pipeline", Graph, GraphQuery)
def model_pipeline(state: State, query: GraphQuery) -> Graph:
    """What led to a model and what was done with it."""
    return model_graph(state.source, query.id, query.depth, query.limit)


@endpoints.get("/runs/{id}/pipeline", Graph, GraphQuery)
def run_pipeline(state: State, query: GraphQuery) -> Graph:
    """Everything a run did."""
    return run_graph(state.source, query.id, query.depth, query.limit)


@endpoints.get("/columns/trace", ColumnTrace, TraceQuery)
def trace(state: State, query: TraceQuery) -> ColumnTrace:
    """Where a column comes from and where it goes."""
    return column_trace(state.source, query.dataset, query.column)
