"""Projects."""

from __future__ import annotations

from msgspec import Struct

from modeldb.server.http.endpoint import Endpoints
from modeldb.server.http.schemas import ProjectDetail, ProjectList
from modeldb.server.http.state import State
from modeldb.server.pages import projects

endpoints = Endpoints()


class ListQuery(Struct, frozen=True, kw_only=True):
    q: str = ""
    """Words that name, description or author must hold."""


class ItemQuery(Struct, frozen=True, kw_only=True):
    id: str
    """The project's id or name."""


@endpoints.get("/projects", ProjectList, ListQuery)
def project_list(state: State, query: ListQuery) -> ProjectList:
    """Projects as cards: counts, last activity, best metrics, model types."""
    return projects.project_list(state.source, state.tables, state.shared_data, query.q)


@endpoints.get("/projects/{id}", ProjectDetail, ItemQuery)
def project_detail(state: State, query: ItemQuery) -> ProjectDetail:
    """One project with its experiments and newest runs."""
    return projects.project_detail(state.source, state.tables, state.shared_data, query.id)
