"""The server itself: is it there, what store is it, may this page change things."""

from __future__ import annotations

from starlette.requests import Request

from modeldb.server.http.endpoint import Endpoints, NoQuery
from modeldb.server.http.routes.tables import MAX_ROWS
from modeldb.server.http.schemas import Health, Session
from modeldb.server.http.state import State

endpoints = Endpoints()


@endpoints.get("/healthz", Health, cached=False)
def healthz(state: State, query: NoQuery) -> Health:
    """Whether the server is up and its store can be read."""
    state.source.last_entry()
    return Health(status="ok", version=state.version)


@endpoints.get("/session", Session, cached=False)
def session(state: State, query: NoQuery, request: Request) -> Session:
    """What a page needs to know once."""
    return Session(
        version=state.version,
        store=state.store,
        entry=state.source.last_entry(),
        can_change=bool(request.scope.get("modeldb.can_change")),
        user=state.user,
        max_rows=MAX_ROWS,
    )
