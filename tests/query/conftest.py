from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from modeldb.catalog import Catalog, open_catalog
from modeldb.database import Database
from modeldb.testing.stores import synthetic_store


@pytest.fixture(scope="session")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A store of 30 made-up runs."""
    with Database(synthetic_store(tmp_path_factory.mktemp("store") / ".modeldb", 30)) as database:
        newest = database.runs(limit=1)[0][0]
        database.tag(newest, "kept", "yes")
        database.note(newest, "the newest")
        yield database


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty catalog."""
    with open_catalog(tmp_path / "catalog.sqlite") as made:
        yield made
