"""The whole HTTP door: endpoints, news, the document that describes them, the pages, and the guard before all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from modeldb.server.http import openapi
from modeldb.server.http.endpoint import PREFIX, Endpoint
from modeldb.server.http.errors import HTTPError
from modeldb.server.http.events import Hub, events_route
from modeldb.server.http.respond import json_response, problem_response
from modeldb.server.http.routes import all_endpoints
from modeldb.server.http.security import Guard, Policy
from modeldb.server.http.state import State
from modeldb.server.http.static import BUILT, Pages


def build_app(state: State, policy: Policy, *, pages: Path = BUILT) -> Starlette:
    """The ASGI application over one store."""
    endpoints = all_endpoints()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.hub = Hub(state.source)
        try:
            yield
        finally:
            app.state.hub.close()

    app = Starlette(
        routes=[*_routes(endpoints), events_route(), _openapi_route(endpoints, state.version), *_page_routes(pages)],
        middleware=[Middleware(Guard, policy=policy)],
        exception_handlers={HTTPException: _refused},
        lifespan=lifespan,
    )
    app.state.modeldb = state
    return app


def _routes(endpoints: list[Endpoint]) -> list[BaseRoute]:
    """Fixed paths before those with a name in them, so that `/models/table` is not the model `table`."""
    ordered = sorted(endpoints, key=lambda endpoint: (endpoint.path.count("{"), endpoint.path))
    methods: dict[str, list[str]] = {}
    for endpoint in ordered:
        methods.setdefault(endpoint.path, []).append(endpoint.method)
    routes: list[BaseRoute] = [endpoint.route() for endpoint in ordered]
    # After all of them: what has the right path and the wrong method.
    routes += [_other_methods(path, allowed) for path, allowed in methods.items()]
    return routes


def _other_methods(path: str, allowed: list[str]) -> Route:
    async def refuse(request: Request) -> Response:
        message = f"{request.url.path} does not take {request.method}."
        error = HTTPError(405, "wrong_method", message, f"It takes {', '.join(allowed)}.")
        return problem_response(error, headers={"allow": ", ".join(allowed)})

    every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
    return Route(PREFIX + path, refuse, methods=every, name=f"other {path}")


def _openapi_route(endpoints: list[Endpoint], version: str) -> Route:
    document: dict[str, Any] = {}

    async def serve(request: Request) -> Response:
        if not document:
            document.update(await run_in_threadpool(openapi.document, endpoints, version))
        return json_response(document, accept=request.headers.get("accept-encoding", ""))

    return Route(PREFIX + "/openapi.json", serve, methods=["GET"])


def _page_routes(directory: Path) -> list[BaseRoute]:
    pages = Pages(directory)

    async def no_such(request: Request) -> Response:
        error = HTTPError(404, "no_such_path", f"There is nothing at {request.url.path[:200]!r}.",
                          f"The paths there are: {PREFIX}/openapi.json.")  # fmt: skip
        return problem_response(error)

    async def page(request: Request) -> Response:
        return await run_in_threadpool(pages.answer, request)

    every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return [Route("/api/{path:path}", no_such, methods=every), Route("/{path:path}", page, methods=["GET", "HEAD"])]


async def _refused(request: Request, error: HTTPException) -> Response:
    return problem_response(HTTPError(error.status_code, "refused", str(error.detail)), headers=error.headers)
