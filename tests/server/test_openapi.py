"""Requests nobody thought of, made from the OpenAPI document: no crash, no undocumented answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.applications import Starlette

from modeldb.server.http.app import build_app
from modeldb.server.http.opening import serving
from modeldb.server.http.security import Policy
from modeldb.server.http.state import State

from .conftest import CHANGING, TOKEN, make_database

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SLOW = {"/api/v1/query"}


@pytest.fixture(scope="module")
def fuzzed_state(tmp_path_factory: pytest.TempPathFactory, sample_runs: Any) -> Iterator[State]:
    with make_database(tmp_path_factory.mktemp("fuzzed"), sample_runs[:20]) as db, serving(db) as state:
        yield state


@pytest.fixture(scope="module")
def app(fuzzed_state: State) -> Starlette:
    return build_app(fuzzed_state, Policy(TOKEN, hosts=None), pages=Path("nowhere"))


@pytest.fixture(scope="module")
def operations(app: Starlette) -> list[Any]:
    """Every operation of the document."""
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    return [found.ok() for found in schema.get_all_operations()]


def fuzz(operation: Any, examples: int, prepare: Callable[[Any], None] = lambda case: None) -> None:
    """Sends made-up requests to one operation and checks the answers against the document."""

    @given(case=operation.as_strategy())
    @settings(max_examples=examples, deadline=None, phases=[Phase.generate], derandomize=True,
              suppress_health_check=list(HealthCheck), database=None)  # fmt: skip
    def send(case: Any) -> None:
        prepare(case)
        case.call_and_validate(headers=CHANGING, checks=CHECKS)

    send()


def test_no_request_is_answered_with_a_crash(operations: list[Any]) -> None:
    assert len(operations) > 30
    for operation in operations:
        fuzz(operation, 3 if operation.path in SLOW else 8)


def test_nor_one_about_things_that_exist(operations: list[Any], fuzzed_state: State) -> None:
    """The same with ids that exist put in, so that more than the way to 404 is walked."""
    tables = fuzzed_state.tables
    models, runs = tables.models().ids, tables.runs().ids
    datasets = [row[0] for row in fuzzed_state.source.query("SELECT dataset_id FROM datasets ORDER BY dataset_id")]
    ids = {"models": models[0], "runs": runs[0], "datasets": datasets[0], "projects": "churn"}
    query = {"dataset": datasets[0], "a": models[0], "b": models[1], "ids": models[:2], "run": runs[0],
             "model": models[0], "models": models[:1], "project": "churn"}  # fmt: skip

    def prepare(case: Any) -> None:
        for name in ("id", "a", "b"):
            if name in (case.path_parameters or {}):
                case.path_parameters[name] = ids[case.path.split("/")[3]]
        for name in query.keys() & set(case.query or {}):
            case.query[name] = query[name]

    for operation in operations:
        if operation.method.upper() == "GET":
            fuzz(operation, 8, prepare)
