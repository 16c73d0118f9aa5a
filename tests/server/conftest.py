"""A real store with a little of everything, and clients of its server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from modeldb.core.actions import Record
from modeldb.database import Database
from modeldb.server.http.app import build_app
from modeldb.server.http.opening import serving
from modeldb.server.http.security import Policy, local_hosts
from modeldb.server.http.state import State
from modeldb.store import StoreLayout, init
from modeldb.testing.synthetic import fill, records

TOKEN = "the-token"
BASE = "http://127.0.0.1:8265"
CHANGING = {"X-ModelDB-Token": TOKEN}


def make_database(directory: Path, runs: Sequence[Sequence[Record]]) -> Database:
    db = Database(init(StoreLayout(directory / ".modeldb")))
    fill(db.catalog, runs)
    return db


def client_of(state: State, **policy: Any) -> TestClient:
    chosen = Policy(**{"token": TOKEN, "hosts": local_hosts(8265), **policy})
    return TestClient(build_app(state, chosen, pages=Path("nowhere")), base_url=BASE)


@pytest.fixture(scope="session")
def sample_runs() -> list[list[Record]]:
    return list(records(60, steps=30))


@pytest.fixture(scope="session")
def shared_state(tmp_path_factory: pytest.TempPathFactory, sample_runs: list[list[Record]]) -> Iterator[State]:
    """A store nobody changes."""
    with make_database(tmp_path_factory.mktemp("shared"), sample_runs) as db, serving(db, user="tester") as state:
        yield state


@pytest.fixture(scope="session")
def client(shared_state: State) -> Iterator[TestClient]:
    with client_of(shared_state) as found:
        yield found


@pytest.fixture
def own_db(tmp_path: Path, sample_runs: list[list[Record]]) -> Iterator[Database]:
    """A store a test may change, with the first ten runs."""
    with make_database(tmp_path, sample_runs[:10]) as db:
        yield db


@pytest.fixture
def own_state(own_db: Database) -> Iterator[State]:
    with serving(own_db, user="tester") as state:
        yield state


@pytest.fixture
def own_client(own_state: State) -> Iterator[TestClient]:
    with client_of(own_state) as found:
        yield found
