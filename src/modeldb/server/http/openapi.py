"""The OpenAPI 3.1 document, made from the endpoints and their structs."""

from __future__ import annotations

from typing import Any

import msgspec

from modeldb.server.http.endpoint import PREFIX, Endpoint
from modeldb.server.http.schemas import Problem

PROBLEMS = {
    "400": "A parameter, filter, query or value is wrong",
    "401": "The token is missing",
    "403": "Another host or origin, or a read-only store",
    "404": "Nothing has this id or name",
    "405": "The path does not take this method",
    "408": "The query took longer than its limit",
    "409": "A prefix that several ids share",
    "413": "The body is too large",
    "415": "The body is not JSON",
    "422": "The body does not fit its schema",
    "503": "The store, or a part of the server, is not available",
}
REF = "#/components/schemas/{name}"


def document(endpoints: list[Endpoint], version: str) -> dict[str, Any]:
    """The whole document, as plain values."""
    types = {endpoint.answer for endpoint in endpoints} | {Problem}
    types |= {endpoint.body for endpoint in endpoints if endpoint.body is not None}
    ordered = sorted(types, key=lambda type: type.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template=REF)
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        paths.setdefault(PREFIX + endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "ModelDB", "version": version, "description": "How every model came to be."},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "X-ModelDB-Token"}},
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{endpoint.method.lower()}_{endpoint.path.strip('/')}".translate(_TO_NAME),
        "tags": [endpoint.noun],
        "summary": endpoint.summary,
        "parameters": _parameters(endpoint),
        "responses": {
            "200": {"description": "The answer", "content": _json(endpoint.answer)},
            **{status: {"description": text, "content": _json(Problem)} for status, text in PROBLEMS.items()},
        },
    }
    if endpoint.cached:
        operation["responses"]["304"] = {"description": "Nothing has landed since"}
    if endpoint.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(endpoint.body)}
    if endpoint.method != "GET" and endpoint.path != "/query":
        operation["security"] = [{"token": []}]
    return operation


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    _, components = msgspec.json.schema_components([endpoint.query])
    properties = components[endpoint.query.__name__].get("properties", {})
    out = []
    for name, schema in properties.items():
        in_path = name in endpoint.path_names
        required = in_path or name in components[endpoint.query.__name__].get("required", [])
        text = {"description": schema.pop("description")} if "description" in schema else {}
        place = "path" if in_path else "query"
        out.append({"name": name, "in": place, "required": required, "schema": schema, **text})
    return out


def _json(type: type[msgspec.Struct]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REF.format(name=type.__name__)}}}


_TO_NAME = str.maketrans({"/": "_", "{": "", "}": ""})
