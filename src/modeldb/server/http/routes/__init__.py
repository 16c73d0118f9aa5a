"""Every endpoint, one file per noun."""

from __future__ import annotations

from modeldb.server.http.endpoint import Endpoint
from modeldb.server.http.routes import (
    annotating,
    comparisons,
    datasets,
    examples,
    graphs,
    models,
    projects,
    queries,
    runs,
    saved,
    session,
    tables,
)

NOUNS = (
    session, projects, tables, models, runs, graphs, comparisons, datasets, examples, queries, saved, annotating,
)  # fmt: skip


def all_endpoints() -> list[Endpoint]:
    return [endpoint for noun in NOUNS for endpoint in noun.endpoints.all]
