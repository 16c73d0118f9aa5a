"""An endpoint is declared once: routing, decoding, documentation and errors follow from the declaration."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from modeldb.server.http.errors import HTTPError, problem
from modeldb.server.http.respond import json_response, problem_response, unchanged
from modeldb.server.http.state import State

PREFIX = "/api/v1"
MAX_BODY = 4 * 1024 * 1024
Handler = TypeVar("Handler", bound=Callable[..., Struct])
log = logging.getLogger("modeldb.server")


class Declaring(Protocol):
    """A decorator that leaves the function as it is."""

    def __call__(self, handle: Handler, /) -> Handler: ...


class NoQuery(Struct, frozen=True, kw_only=True):
    """An endpoint without parameters."""


@dataclass(frozen=True)
class Endpoint:
    """What one method on one path takes and gives."""

    method: str
    path: str
    """Below the prefix, with `{names}` that are fields of `query`."""
    query: type[Struct]
    body: type[Struct] | None
    answer: type[Struct]
    handle: Callable[..., Struct]
    """Called in a thread with the state, the decoded query, and the body if there is one."""
    cached: bool
    """True when the answer depends on the store's content alone."""

    @property
    def noun(self) -> str:
        return self.path.split("/")[1]

    @property
    def summary(self) -> str:
        return (self.handle.__doc__ or "").strip().split("\n")[0]

    @cached_property
    def path_names(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    def route(self) -> Route:
        async def serve(request: Request) -> Response:
            try:
                return await self._serve(request)
            except ClientDisconnect:
                raise
            except Exception as error:
                if problem(error)[0] >= 500:
                    log.exception("%s %s failed", request.method, request.url.path)
                return problem_response(error)

        return Route(PREFIX + self.path, serve, methods=[self.method], name=f"{self.method} {self.path}")

    async def _serve(self, request: Request) -> Response:
        state: State = request.app.state.modeldb
        query = decode_query(self.query, request)
        body = await _read_body(self.body, request) if self.body is not None else None
        return await run_in_threadpool(self._answer, state, request, query, body)

    def _answer(self, state: State, request: Request, query: Struct, body: Struct | None) -> Response:
        etag = state.etag() if self.cached else None
        if etag is not None and unchanged(request, etag):
            return Response(status_code=304, headers={"etag": etag, "cache-control": "no-cache"})
        arguments = [state, query] if body is None else [state, query, body]
        if "request" in self.handle.__code__.co_varnames[: self.handle.__code__.co_argcount]:
            arguments.append(request)
        answer = self.handle(*arguments)
        return json_response(answer, accept=request.headers.get("accept-encoding", ""), etag=etag)


class Endpoints:
    """The endpoints of one noun, declared with decorators."""

    def __init__(self) -> None:
        self.all: list[Endpoint] = []

    def get(self, path: str, answer: type[Struct], query: type[Struct] = NoQuery, *, cached: bool = True) -> Declaring:
        return self._declare("GET", path, answer, query, None, cached)

    def post(self, path: str, answer: type[Struct], body: type[Struct], query: type[Struct] = NoQuery) -> Declaring:
        return self._declare("POST", path, answer, query, body, False)

    def put(self, path: str, answer: type[Struct], body: type[Struct], query: type[Struct]) -> Declaring:
        return self._declare("PUT", path, answer, query, body, False)

    def delete(self, path: str, answer: type[Struct], query: type[Struct]) -> Declaring:
        return self._declare("DELETE", path, answer, query, None, False)

    def _declare(
        self,
        method: str,
        path: str,
        answer: type[Struct],
        query: type[Struct],
        body: type[Struct] | None,
        cached: bool,
    ) -> Declaring:
        def remember(handle: Handler) -> Handler:
            self.all.append(Endpoint(method, path, query, body, answer, handle, cached))
            return handle

        return remember


def decode_query(type: type[Struct], request: Request) -> Struct:
    """The path and query parameters as a struct. Raises HTTPError 400 that names the parameter."""
    fields = {field.name: field for field in msgspec.structs.fields(type)}
    raw: dict[str, Any] = dict(request.path_params)
    for name in request.query_params:
        if name not in fields or name in request.path_params:
            known = ", ".join(n for n in fields if n not in request.path_params) or "none"
            raise HTTPError(400, "unknown_parameter", f"There is no parameter {name[:100]!r} here.",
                            f"Parameters: {known}.")  # fmt: skip
        values = request.query_params.getlist(name)
        is_list = isinstance(msgspec.inspect.type_info(fields[name].type), msgspec.inspect.ListType)
        if not is_list and len(values) > 1:
            raise HTTPError(400, "invalid_parameter", f"{name!r} is given {len(values)} times.", "Give it once.")
        raw[name] = values if is_list else values[0]
    if any("\0" in text for value in raw.values() for text in (value if isinstance(value, list) else [value])):
        raise HTTPError(400, "invalid_parameter", "A parameter holds a zero character.", "Leave it out.")
    try:
        return msgspec.convert(raw, type, strict=False)
    except msgspec.ValidationError as error:
        raise HTTPError(400, "invalid_parameter", f"A parameter cannot be used: {error}.") from None


async def _read_body(type: type[Struct], request: Request) -> Struct:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPError(415, "not_json", f"The body is {kind or 'of no type'!r}.", "Send application/json.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPError(413, "too_large", f"The body is larger than {MAX_BODY} bytes.")
    try:
        return msgspec.json.decode(bytes(body), type=type)
    except msgspec.ValidationError as error:
        raise HTTPError(422, "invalid_body", f"The body does not fit: {error}.", "See openapi.json.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HTTPError(400, "not_json", f"The body is not JSON: {error}.") from None
