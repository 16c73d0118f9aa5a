"""Things side by side."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from modeldb.server.http.endpoint import Endpoints
from modeldb.server.http.routes.models import MAX_OUTPUT
from modeldb.server.http.schemas import Comparison, Diff
from modeldb.server.http.state import State
from modeldb.server.pages.compare import compare
from modeldb.server.pages.diff import diff

endpoints = Endpoints()


class CompareQuery(Struct, frozen=True, kw_only=True):
    ids: Annotated[list[str], Meta(min_length=2, max_length=20)]
    """Models or runs."""
    dataset: str = ""
    """Where to look for examples that flipped; the data most of them share when empty."""
    output: Annotated[int, Meta(ge=0, le=MAX_OUTPUT)] = 0
    """Of models with several outputs, in which."""


class DiffQuery(Struct, frozen=True, kw_only=True):
    a: Annotated[str, Meta(min_length=1)]
    b: Annotated[str, Meta(min_length=1)]


@endpoints.get("/compare", Comparison, CompareQuery)
def comparison(state: State, query: CompareQuery) -> Comparison:
    """Two to twenty models or runs: what differs, and who is better at what."""
    return compare(state.source, state.sql, query.ids, query.dataset, query.output)


@endpoints.get("/diff", Diff, DiffQuery)
def difference(state: State, query: DiffQuery) -> Diff:
    """What changed from one run or model to another: hyperparameters, data, code, environment, steps."""
    return diff(state.source, state.diff, query.a, query.b)
